"""The golden groups of carry-through that have a function of their own: G1 to G4, G12, G14."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abmicro.stats.bayes.funnel_posterior import step_posterior
from abmicro.stats.carry_through.pass_through import (
    PassThrough,
    joint,
    joint_strata,
    path,
    path_strata,
)
from abmicro.stats.carry_through.selection_bias import after_gate
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.fieller_sets import Kind

GOLDEN = json.loads((Path(__file__).parent / "carry" / "golden_carry.json").read_text())
KINDS = {"interval": Kind.INTERVAL, "two rays": Kind.RAYS, "whole line": Kind.LINE}
G1, G2, G3, G3B, G4 = (
    GOLDEN[name]
    for name in (
        *("G1_funnel", "G2_path_passthrough", "G3_unbounded", "G3b_two_rays"),
        "G4_secondary",
    )
)
PATHS = {"G2": G2, "G3": G3, "G3b": G3B}


def nested(cells: list[int]) -> list[int]:
    both, micro, macro, _ = cells
    assert not macro
    return [sum(cells), both + micro, both]


def on_path(group: dict[str, Any]) -> PassThrough:
    return path(
        NestedCounts(nested(group["inputs"]["variant"])),
        NestedCounts(nested(group["inputs"]["control"])),
    )


def beside(group: dict[str, Any]) -> PassThrough:
    return joint(JointCells(group["inputs"]["variant"]), JointCells(group["inputs"]["control"]))


JUDGED = {
    **{f"{name} as a path": (on_path, group) for name, group in PATHS.items()},
    **{f"{name} as a pair": (beside, group) for name, group in (PATHS | {"G4": G4}).items()},
}


@pytest.mark.parametrize(("judge", "group"), JUDGED.values(), ids=JUDGED)
def test_label_and_fieller_set_are_golden(judge: Any, group: dict[str, Any]) -> None:
    found, want = judge(group), group["fieller"]
    assert str(found.label) == group["verdict"]
    if "kappa" in group:
        assert float(found.ratio.estimate) == pytest.approx(group["kappa"], rel=1e-8)
    assert found.ratio.kind == KINDS[want["kind"]]
    ends = [want.get("lo", want.get("below", -np.inf)), want.get("hi", want.get("above", np.inf))]
    assert [float(found.ratio.low), float(found.ratio.high)] == pytest.approx(ends, rel=1e-8)


def test_the_funnel_from_basket_to_order_is_inconclusive() -> None:
    counts = (G1["inputs"][arm] for arm in ("control", "variant"))
    found, want = (
        path(*map(NestedCounts, [*([arm[at] for at in (0, 1, 3)] for arm in counts)][::-1])),
        G1["kappa_ATC"],
    )
    assert str(found.label) == want["verdict"]
    assert float(found.ratio.estimate) == pytest.approx(want["kappa"], rel=1e-8)
    ends = float(found.ratio.low), float(found.ratio.high)
    assert ends == pytest.approx((want["fieller"]["lo"], want["fieller"]["hi"]), rel=1e-8)


def test_the_posteriors_of_the_steps_are_golden() -> None:
    found = step_posterior(
        NestedCounts(G1["inputs"]["variant"]), NestedCounts(G1["inputs"]["control"])
    )
    want = np.array(G1["bayes_jeffreys_mean_sd"])
    assert found.mean == pytest.approx(want[:, 0], rel=1e-8)
    assert found.sd == pytest.approx(want[:, 1], rel=1e-8)
    assert found.up == pytest.approx(G1["p_step_up"], rel=1e-8)


def test_expected_orders_and_relative_pass_through_are_golden() -> None:
    found = on_path(G2)
    expected = 0.0295 * 1000 + float(found.expected_extra_macro.estimate)
    assert 100 * expected == pytest.approx(G2["expected_orders_if_carried"], rel=1e-8)
    relative = found.extra_macro.estimate / found.expected_extra_macro.estimate
    assert float(relative) == pytest.approx(G2["kappa_relative"], rel=1e-8)


def test_the_secondary_goal_expects_what_is_golden() -> None:
    found = beside(G4)
    got = {
        "lM": found.micro.estimate,
        "lY": found.macro.estimate,
        "VM": found.micro.se**2,
        "VY": found.macro.se**2,
        "C": found.micro_macro,
        "paf_d": found.dilution,
        "expected_rel_macro_lift": found.expected.lift.estimate,
        "Lam_star": found.expected.estimate,
        "Lam_star_se": found.expected.se,
        "cov_lY_Lam": found.covariance,
    }
    assert {name: float(value) for name, value in got.items()} == pytest.approx(
        {name: G4[name] for name in got}, rel=1e-8
    )


@pytest.mark.parametrize("delta", [0.0, 1.0, 2.0, 3.0, 5.0])
def test_winners_of_a_gate_look_as_much_too_good_as_is_golden(delta: float) -> None:
    want = GOLDEN["G12_selection"][f"delta={delta}"]
    found = after_gate(delta, 0.4)
    assert float(found.bias) == pytest.approx(want["bias_in_se_units_of_macro"], rel=1e-8)
    false_up = want["p_macro_up_given_gate_if_macro_null"]
    assert float(found.false_up) == pytest.approx(false_up, rel=1e-8)


RAMP = GOLDEN["G14_ramp"]
PERIODS = [[period[arm] for period in RAMP["inputs"]] for arm in ("c0", "c1")]
FIGURES = ("lM", "lY", "VM", "VY", "C")


def figures(found: PassThrough) -> dict[str, float]:
    logs = found.micro, found.macro
    values = (*(one.estimate for one in logs), *(one.se**2 for one in logs), found.covariance)
    return dict(zip(FIGURES, map(float, values), strict=True))


def test_a_ramp_in_a_season_is_no_effect_within_its_periods() -> None:
    steps = [[nested(cells) for cells in arm] for arm in PERIODS]
    for found in (
        path_strata(*map(NestedCounts, steps[::-1])),
        joint_strata(*map(JointCells, PERIODS[::-1])),
    ):
        assert figures(found) == pytest.approx(RAMP["stratified"], rel=1e-8, abs=1e-12)
        assert str(found.label) == "no_micro_signal"


def test_the_same_ramp_pooled_looks_like_a_gain() -> None:
    pooled = [np.sum(arm, axis=0).tolist() for arm in PERIODS]
    found = path(*map(NestedCounts, [*map(nested, pooled)][::-1]))
    assert figures(found) == pytest.approx(RAMP["pooled"], rel=1e-8)
    assert str(found.label) == "carried"
