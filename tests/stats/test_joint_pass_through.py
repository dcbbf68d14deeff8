"""Pass-through of goals beside the path: facts of the design note, laws, and every zero cell."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.carry_through.count_labels import label_joint, label_path
from abmicro.stats.carry_through.pass_through import joint, path
from abmicro.stats.foundations.cells import JointCells, NestedCounts

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "carry" / "golden_carry.json").read_text()
)
CONTROL, TREATED = (420, 3580, 480, 15520), (560, 4440, 470, 14530)


def test_the_secondary_goal_of_the_design_note() -> None:
    # G4: every figure to the printed digits; kappa 1.6856 [.6058, 2.8405], d 1/3 -> carried.
    found = joint(JointCells(TREATED), JointCells(CONTROL))
    golden = GOLDEN["G4_secondary"]
    assert golden["inputs"]["control"] == list(CONTROL)
    assert float(found.micro.estimate) == pytest.approx(0.2231436, abs=5e-8)
    assert float(found.macro.estimate) == pytest.approx(0.1349193, abs=5e-8)
    assert float(found.micro.se**2) == pytest.approx(0.00035, abs=5e-8)
    assert float(found.macro.se**2) == pytest.approx(0.00198198, abs=5e-9)
    assert float(found.dilution) == pytest.approx(1 / 3)
    assert float(found.expected.estimate) == pytest.approx(0.0800427, abs=5e-8)
    assert float(found.expected.se) == pytest.approx(0.0081125, abs=5e-8)
    ratio = found.ratio
    ends = [float(end) for end in (ratio.estimate, ratio.low, ratio.high)]
    assert ends == pytest.approx([1.6856, 0.6058, 2.8405], abs=5e-5)
    assert str(found.label) == "carried"


cell = st.integers(0, 4_000)
path_arm = st.tuples(cell, cell, cell).map(lambda c: (c[0], c[1], 0, c[2]))


@given(path_arm, path_arm)
def test_on_a_path_the_joint_is_the_path(
    control: tuple[int, ...], treated: tuple[int, ...]
) -> None:
    arms = [(sum(a), a[0] + a[1], a[0]) for a in (control, treated)]
    if min(arm[2] for arm in arms) == 0 or any(arm[0] == arm[1] for arm in arms):
        return  # zero counts are moved off zero differently; a micro of all has no rest
    of_joint, of_path = (
        joint(JointCells(treated), JointCells(control)),
        path(*map(NestedCounts, arms[::-1])),
    )
    assert float(of_joint.expected.estimate) == pytest.approx(float(of_path.micro.estimate))
    assert float(of_joint.covariance) == pytest.approx(float(of_path.covariance), rel=1e-6)
    assert float(of_joint.dilution) == 1
    expectation = str(of_joint.label)
    z = abs(float(of_path.micro.estimate) / float(of_path.micro.se)) if of_path.micro.se else 0
    if abs(z - 1.959964) > 1e-6:
        assert expectation == str(label_path(*map(NestedCounts, arms[::-1])))


@given(st.tuples(cell, cell, cell, cell), st.tuples(cell, cell, cell, cell))
def test_no_cell_can_be_so_empty_that_a_number_is_invented(
    control: tuple[int, ...], treated: tuple[int, ...]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = joint(JointCells(treated), JointCells(control))
    if not sum(control) or not sum(treated):
        assert np.isnan(found.micro.estimate)
        assert str(found.label) == "no_micro_signal"
    assert str(found.label) == str(label_joint(JointCells(treated), JointCells(control)))


@given(st.tuples(cell, cell, cell, cell), st.tuples(cell, cell, cell, cell))
def test_a_label_is_read_off_its_interval(
    control: tuple[int, ...], treated: tuple[int, ...]
) -> None:
    found = joint(JointCells(treated), JointCells(control))
    label = str(found.label).removeprefix("loss_")
    low, high = float(found.ratio.low), float(found.ratio.high)
    if label == "carried":
        assert low >= 0.5 - 1e-9
    elif label in ("carried_size_open", "partly_carried"):
        assert -1e-9 < low < 0.5 + 1e-9
    elif label == "contradicted":
        assert high < 1e-9
    elif label == "not_carried":
        assert low < 1e-9
        assert high < 0.5 + 1e-9


def test_a_micro_goal_that_everybody_reached_expects_nothing() -> None:
    assert (
        str(label_joint(JointCells((450, 450, 0, 100)), JointCells((500, 500, 0, 0))))
        == "no_expected_carry"
    )


def test_an_unrelated_action_expects_nothing() -> None:
    # Orders are as frequent with the action as without it: nothing goes with it.
    assert (
        str(label_joint(JointCells((80, 1520, 420, 7980)), JointCells((50, 950, 450, 8550))))
        == "no_expected_carry"
    )


def test_batches_are_labelled_like_single_experiments() -> None:
    arms = np.array([[CONTROL, TREATED], [TREATED, CONTROL]])
    assert label_joint(JointCells(arms[:, 1]), JointCells(arms[:, 0])).tolist() == [
        "carried",
        "loss_carried",
    ]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((1, 2, 3), "n11, n10, n01, n00"),
        ((1, 2, 3, -1), "whole"),
        ((1, 2, 3, 0.5), "whole"),
    ],
)
def test_impossible_cells_are_refused(cells: tuple[float, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        joint(JointCells(TREATED), JointCells(cells))


def simulated(rng: np.random.Generator, n: int, shares: list[float]) -> np.ndarray:
    return rng.multinomial(n, shares, size=4_000)


@pytest.mark.slow
def test_scenario_s14_an_unrelated_secondary_action() -> None:
    # m .05 -> .065, q0 .06, y .03 in both arms, d .053, n 200k: inconclusive .84, not_fully .07.
    rng = np.random.default_rng(14)
    r0 = (0.03 - 0.05 * 0.06) / 0.95
    control = simulated(rng, 200_000, [0.003, 0.047, 0.95 * r0, 0.95 * (1 - r0)])
    q1 = 0.06  # the action's people buy as before; y stays .03 in all
    r1 = (0.03 - 0.065 * q1) / 0.935
    treated = simulated(rng, 200_000, [0.065 * q1, 0.065 * (1 - q1), 0.935 * r1, 0.935 * (1 - r1)])
    labels = label_joint(JointCells(treated), JointCells(control))
    assert np.mean(labels == "inconclusive") == pytest.approx(0.84, abs=0.02)
    assert np.mean(labels == "not_fully_carried") == pytest.approx(0.07, abs=0.02)


@pytest.mark.slow
def test_scenario_s5_the_surrogate_paradox() -> None:
    # 30 % engaged: M .5, Y .08; others M .1, Y .01. Variant: engaged Y .072, others M .25.
    rng = np.random.default_rng(5)

    def cells(kinds: list[tuple[float, float, float]]) -> list[float]:
        both = sum(w * m * y for w, m, y in kinds)
        micro = sum(w * m * (1 - y) for w, m, y in kinds)
        macro = sum(w * (1 - m) * y for w, m, y in kinds)
        return [both, micro, macro, 1 - both - micro - macro]

    control = simulated(rng, 200_000, cells([(0.3, 0.5, 0.08), (0.7, 0.1, 0.01)]))
    treated = simulated(rng, 200_000, cells([(0.3, 0.5, 0.072), (0.7, 0.25, 0.01)]))
    assert np.mean(label_joint(JointCells(treated), JointCells(control)) == "contradicted") > 0.97
