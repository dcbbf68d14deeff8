"""Every second ASOS experiment (Liu et al. 2021), against values of an independent program.

Metric 1 stands for the micro goal, metric 4 for the macro; the noise of both within an arm is taken
to correlate by 0.27. What is left out is said in the file of expected values.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from abmicro.stats import programme

LAST = """
    with looks as (
        select *, row_number() over (
            partition by experiment_id, variant_id, metric_id order by time_since_start desc
        ) as back
        from read_parquet(?)
    ),
    treatments as (
        select experiment_id as e, variant_id as v,
            {columns},
            count(variance_t) as metrics
        from looks where back = 1 group by all
    )
    select * from treatments order by e, v
"""
COLUMNS = ", ".join(
    f"max({name}_{arm}) filter (metric_id = {metric}) as {name}_{arm}{metric}"
    for metric in (1, 4)
    for arm in "tc"
    for name in ("count", "mean", "variance")
)


@pytest.fixture(scope="module")
def expected(shared_data: Path) -> dict[str, Any]:
    file = shared_data / "asos" / "expected_history.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["expected"]
    return found


@pytest.fixture(scope="module")
def arms(shared_data: Path) -> dict[str, np.ndarray]:
    file = str(shared_data / "asos" / "asos_digital_experiments_dataset.parquet")
    table = duckdb.execute(LAST.format(columns=COLUMNS), [file]).fetchnumpy()
    sizes = table["count_t1"] / table["count_c1"]
    even = np.maximum(sizes, 1 / sizes) <= 1.05
    usable = even & (table["metrics"] == 4)
    kept = usable & np.isin(table["e"], np.unique(table["e"][usable])[::2])
    return {name: np.ma.getdata(column)[kept] for name, column in table.items()}


def noise(arms: dict[str, np.ndarray], arm: str) -> np.ndarray:
    micro, macro = (
        arms[f"variance_{arm}{m}"] / (arms[f"count_{arm}{m}"] * arms[f"mean_{arm}{m}"] ** 2)
        for m in (1, 4)
    )
    return np.stack([micro, 0.27 * np.sqrt(micro * macro), macro], axis=-1)


def lifts(arms: dict[str, np.ndarray]) -> np.ndarray:
    return np.stack([np.log(arms[f"mean_t{m}"] / arms[f"mean_c{m}"]) for m in (1, 4)], axis=-1)


@pytest.fixture(scope="module")
def learnt(arms: dict[str, np.ndarray]) -> programme.Programme:
    _, first, test = np.unique(arms["e"], return_index=True, return_inverse=True)
    return programme.programme(lifts(arms), noise(arms, "t"), noise(arms, "c")[first], test)


def test_the_treatments_are_those_of_the_reference(
    arms: dict[str, np.ndarray], expected: dict[str, Any]
) -> None:
    assert len(arms["e"]) == expected["treatments"]
    assert len(np.unique(arms["e"])) == expected["tests"]


def test_how_the_two_metrics_go_together(
    learnt: programme.Programme, expected: dict[str, Any]
) -> None:
    found, wanted = programme.summary(learnt), expected["B"]
    names = {"s": "lift_sd", "t": "around_sd", "mu_m": "micro", "mu_y": "macro"}
    for name, value in wanted.items():
        got = getattr(found, names.get(name, name))
        assert got == pytest.approx(value, rel=0.02 if "r2" in name else 0.002, abs=1e-7), name
    agreement = programme.true_sign_agreement(learnt)
    assert agreement == pytest.approx(expected["true_sign_agreement"], rel=0.002)


def test_what_a_new_test_would_be_told(
    learnt: programme.Programme, expected: dict[str, Any]
) -> None:
    usual = expected["median_noise"]
    told = programme.micro_only(learnt, 0.01, usual[0])
    for name, value in expected["micro_only_at_1pct"].items():
        assert getattr(told, name) == pytest.approx(value, rel=0.002)
    least = programme.threshold(learnt, usual[0])
    assert least == pytest.approx(expected["threshold_at_median_noise"], rel=0.002)
    quality = programme.proxy_quality(learnt, usual)
    for name, value in expected["quality"].items():
        assert getattr(quality, name) == pytest.approx(value, rel=0.02)


def test_the_signs_and_the_line_that_misleads(
    arms: dict[str, np.ndarray], learnt: programme.Programme, expected: dict[str, Any]
) -> None:
    line, signs = programme.raw_line(lifts(arms)), programme.sign_table(lifts(arms), learnt.noise)
    assert line.slope == pytest.approx(expected["naive_slope"], rel=0.002)
    assert line.r2 == pytest.approx(expected["naive_r2"], rel=0.002)
    ways = ("up", "flat", "down")
    table = {
        f"{micro}/{macro}": int(signs.counts[row, column])
        for row, micro in enumerate(ways)
        for column, macro in enumerate(ways)
    }
    assert table == expected["sign_table"]
    assert signs.agree == expected["sign_agree"]
    assert signs.share == pytest.approx(expected["sign_agree_share"], rel=0.002)
    assert (signs.low, signs.high) == pytest.approx(expected["sign_ci"], rel=0.002)
    assert signs.chance == pytest.approx(expected["chance"], rel=0.002)


def test_the_typical_step(arms: dict[str, np.ndarray], expected: dict[str, Any]) -> None:
    _, test = np.unique(arms["e"], return_inverse=True)
    _, first = np.unique(test, return_index=True)
    step = lifts(arms) @ [-1, 1]
    own, shared = (noise(arms, arm) @ [1, -2, 1] for arm in "tc")
    found = programme.typical_step(step, own, shared[first][test], test)
    names = {"mu": "mean", "tau2": "variance", "Q0": "q"}
    for name, value in expected["A"].items():
        assert getattr(found, names.get(name, name)) == pytest.approx(value, rel=0.002), name


@pytest.mark.parametrize(("goal", "place"), [("micro", 0), ("macro", 1)])
def test_the_law_of_true_lifts_and_the_wins(
    arms: dict[str, np.ndarray], expected: dict[str, Any], goal: str, place: int
) -> None:
    first = np.unique(arms["e"], return_index=True)[1]
    lift = lifts(arms)[first, place]
    variance = (noise(arms, "t") + noise(arms, "c"))[first, 2 * place]
    found, wanted = programme.lift_law(lift, variance), expected["U"][goal]
    won = lift / np.sqrt(variance) > 1.96
    for name, value in {
        "mu": found.mean,
        "mu_sd": found.mean_sd,
        "s": found.sd,
        "p_positive": found.positive,
        "wins": won.sum(),
        "claimed": lift[won].sum(),
        "shrunk": found.lifts.mean[won].sum(),
        "chance_bound": programme.chance_wins(len(lift), won.sum()).share_at_most,
    }.items():
        assert value == pytest.approx(wanted[name], rel=0.002), name
