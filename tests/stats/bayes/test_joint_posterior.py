"""Facts about the joint posterior of a micro and a macro goal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from abmicro.stats.bayes.beta_binomial import Beta, expected_loss, probability_better
from abmicro.stats.bayes.carry_posterior import joint_posterior, path_posterior
from abmicro.stats.bayes.priors.prior import UNIFORM
from abmicro.stats.foundations.cells import JointCells, NestedCounts

CARRY = Path(__file__).parents[2] / "golden" / "carry" / "golden_carry.json"
G2 = json.loads(CARRY.read_text(encoding="utf-8"))["G2_path_passthrough"]
SECONDARY = [420, 3580, 480, 15520], [560, 4440, 470, 14530]
ON_PATH = [10_000, 1_200, 295], [10_000, 1_320, 311]


def generator() -> np.random.Generator:
    return np.random.default_rng(20)


def path_counts(cells: list[int]) -> list[int]:
    return [sum(cells), cells[0] + cells[1], cells[0]]


def test_the_probabilities_of_a_path_are_the_golden_ones() -> None:
    expected = G2["bayes_jeffreys"]
    arms = [path_counts(G2["inputs"][arm]) for arm in ("control", "variant")]
    found = path_posterior(*map(NestedCounts, arms[::-1]), rng=generator(), draws=400_000)
    assert found.macro_up.value == pytest.approx(expected["p_macro_up"], abs=0.002)
    assert found.at_least.value == pytest.approx(expected["p_at_least_half"], abs=0.002)
    assert found.full.value == pytest.approx(expected["p_at_least_full"], abs=0.0005)
    assert found.micro_up.value == pytest.approx(expected["p_micro_up"], abs=1e-9)


def test_joint_cells_of_a_path_agree_with_the_path() -> None:
    cells = G2["inputs"]["control"], G2["inputs"]["variant"]
    nested = path_posterior(
        *map(NestedCounts, [*map(path_counts, cells)][::-1]), rng=generator(), draws=200_000
    )
    joint = joint_posterior(*map(JointCells, cells[::-1]), rng=generator(), draws=200_000)
    for figure in ("macro_up", "both_up", "at_least", "full"):
        assert getattr(joint, figure).value == pytest.approx(
            getattr(nested, figure).value, abs=0.004
        )
    assert joint.ratio[0].value == pytest.approx(nested.ratio[0].value, abs=0.01)


def test_the_pass_through_lies_where_its_fieller_interval_does() -> None:
    cells = G2["inputs"]["control"], G2["inputs"]["variant"]
    found = joint_posterior(*map(JointCells, cells[::-1]), rng=generator(), draws=200_000)
    ends = [float(end.value) for end in found.ratio]
    assert ends == pytest.approx([G2["kappa"], G2["fieller"]["lo"], G2["fieller"]["hi"]], abs=0.01)


def test_one_goal_alone_is_its_own_beta_law() -> None:
    found = joint_posterior(*map(JointCells, SECONDARY[::-1]), rng=generator(), prior=1)
    macro = Beta(560 + 470 + 2, 20_000 - 560 - 470 + 2), Beta(902, 19_102)
    assert found.macro_up.value == probability_better(*macro)
    assert found.loss.value == expected_loss(*macro)
    assert found.macro_up.error == 0


@pytest.mark.slow
def test_the_error_is_that_of_repeated_draws() -> None:
    arms = [3000, 360, 90], [3000, 375, 96]
    runs = [
        path_posterior(*map(NestedCounts, arms[::-1]), rng=np.random.default_rng(seed), draws=1000)
        for seed in range(200)
    ]
    for figure in ("both_up", "at_least"):
        drawn = [getattr(run, figure) for run in runs]
        spread = np.std([each.value for each in drawn])
        assert np.mean([each.error for each in drawn]) == pytest.approx(spread, rel=0.2)
    for place in range(3):
        ends = [run.ratio[place] for run in runs]
        spread = np.std([end.value for end in ends])
        assert np.median([end.error for end in ends]) == pytest.approx(spread, rel=0.5)


def test_a_loss_of_the_micro_is_read_as_the_gain_of_the_other_arm() -> None:
    control, treated = ON_PATH
    gain = path_posterior(
        NestedCounts(treated), NestedCounts(control), rng=generator(), draws=200_000
    )
    loss = path_posterior(
        NestedCounts(control), NestedCounts(treated), rng=generator(), draws=200_000
    )
    assert (bool(gain.falls), bool(loss.falls)) == (False, True)
    assert loss.full.value == pytest.approx(gain.full.value, abs=1e-12)
    assert loss.at_least.value == pytest.approx(gain.at_least.value, abs=0.006)
    assert loss.macro_up.value == pytest.approx(1 - gain.macro_up.value, abs=0.006)
    assert loss.loss.value == pytest.approx(gain.loss_control.value, rel=0.01)


def test_a_higher_threshold_is_reached_less_often() -> None:
    found = path_posterior(
        *map(NestedCounts, ON_PATH[::-1]), rng=generator(), threshold=[0.1, 0.5, 0.9]
    )
    chances = found.at_least.value
    assert chances[0] > chances[1] > chances[2] >= found.full.value[2]


def test_without_data_the_prior_is_left() -> None:
    found = path_posterior(
        NestedCounts([0, 0, 0]), NestedCounts([0, 0, 0]), rng=generator(), prior=UNIFORM
    )
    assert found.micro_up.value == pytest.approx(0.5)
    assert found.full.value == pytest.approx(0.25)
    assert found.macro_up.value == pytest.approx(0.5, abs=5 * found.macro_up.error)


def test_batch_axes_broadcast_and_every_figure_has_their_shape() -> None:
    many = np.multiply.outer(np.array([[1], [2], [3]]), ON_PATH[1])
    found = path_posterior(NestedCounts(many), NestedCounts(ON_PATH[0]), rng=generator(), draws=500)
    figures = (found.micro_up, found.both_up, found.at_least, found.full, found.loss, *found.ratio)
    assert {part.shape for figure in figures for part in figure} == {(3, 1)}


@pytest.mark.parametrize(
    "counts", [[0, 0, 0], [1, 0, 0], [1, 1, 1], [10**9, 0, 0], [10**9, 10**9, 10**9]]
)
def test_extreme_paths_are_read_without_a_warning(counts: list[int]) -> None:
    found = path_posterior(
        NestedCounts([10**9, 10**4, 2]), NestedCounts(counts), rng=generator(), draws=1000
    )
    assert np.isfinite([found.macro_up.value, found.at_least.value, found.ratio[0].value]).all()


@pytest.mark.parametrize("empty", [[0], [1], [2], [3], [0, 1], [0, 2], [1, 2, 3]])
def test_cells_without_units_are_read_without_a_warning(empty: list[int]) -> None:
    cells = np.array(SECONDARY[0])
    cells[empty] = 0
    found = joint_posterior(
        JointCells(SECONDARY[1]), JointCells(cells), rng=generator(), prior=0.01
    )
    assert np.isfinite([found.at_least.value, *(end.value for end in found.ratio)]).all()


def test_a_figure_no_draw_met_still_has_an_error() -> None:
    found = path_posterior(
        NestedCounts([10**6, 1.1e5, 1000]), NestedCounts([10**6, 10**5, 9000]), rng=generator()
    )
    assert found.at_least.value == 0
    assert 0 < found.at_least.error < 1e-3


@pytest.mark.parametrize("counts", [[5, 5, 5], [20, 9, 2], [1000, 120, 30], [10**6, 10**5, 10**4]])
def test_the_macro_rate_of_a_path_agrees_with_draws_of_its_steps(counts: list[int]) -> None:
    control = [2 * count for count in counts]
    found = path_posterior(NestedCounts(counts), NestedCounts(control), rng=generator())
    rng = generator()
    ahead = np.zeros(300_000)
    for sign, (units, micro, macro) in ((1, counts), (-1, control)):
        steps = ((micro, units - micro), (macro, micro - macro))
        rates = [rng.beta(hit + 0.5, missed + 0.5, ahead.size) for hit, missed in steps]
        ahead += sign * np.prod(rates, axis=0)
    assert found.macro_up.value == pytest.approx((ahead > 0).mean(), abs=0.004)
    assert found.loss.value == pytest.approx(np.maximum(-ahead, 0).mean(), rel=0.02)
    assert found.loss_control.value == pytest.approx(np.maximum(ahead, 0).mean(), rel=0.02)


@pytest.mark.parametrize("units", [10**4, 10**6, 10**9])
def test_where_hardly_anybody_fails_the_failures_tell_the_arms_apart(units: int) -> None:
    # Those of both steps then have gamma laws: of shapes 1/2 + 1/2, and 1/2 + 2 + 1/2 of the other.
    arms = [units] * 3, [units, units, units - 2]
    found = path_posterior(*map(NestedCounts, arms), rng=generator(), draws=100)
    assert found.macro_up.value == pytest.approx(1 - 0.5**3, abs=1e-4)
    turned = path_posterior(*map(NestedCounts, arms[::-1]), rng=generator(), draws=100)
    assert turned.macro_up.value == pytest.approx(1 - found.macro_up.value, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"control": [10, 12, 1]}, "steps must not grow from one step to the next, got 12"),
        (
            {"control": [10, 2]},
            "control needs units, micro, macro along its last axis",
        ),
        ({"threshold": 1.5}, "threshold must lie strictly between 0 and 1, got 1.5"),
        ({"level": 0}, "level must lie strictly between 0 and 1"),
        ({"draws": 10}, "draws must be at least 100, got 10"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    arguments = {"control": [10, 2, 1], "treated": [10, 2, 1], "rng": generator()} | change
    control, treated = arguments.pop("control"), arguments.pop("treated")
    with pytest.raises(ValueError, match=message):
        path_posterior(NestedCounts(treated), NestedCounts(control), **arguments)


def test_a_concentration_must_be_positive() -> None:
    with pytest.raises(ValueError, match="prior must be positive and finite, got 0"):
        joint_posterior(*map(JointCells, SECONDARY[::-1]), rng=generator(), prior=[1, 1, 0, 1])
