"""Facts about the pass-through of path goals: golden groups G2, G3, G3b and every label."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from abmicro.stats.carry_through.count_labels import label_path
from abmicro.stats.carry_through.label import OwnTests
from abmicro.stats.carry_through.pass_through import path
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.fieller_sets import Kind, fieller

CARRY = Path(__file__).parents[1] / "golden" / "carry" / "golden_carry.json"
GOLDEN = json.loads(CARRY.read_text(encoding="utf-8"))
G2, G3, G3B = (GOLDEN[name] for name in ("G2_path_passthrough", "G3_unbounded", "G3b_two_rays"))
N = 1_000_000


def nested(cells: list[int]) -> list[int]:
    """Units, micro, macro from the cells (micro and macro, micro only, macro only, neither)."""
    both, micro_only, macro_only, _ = cells
    assert macro_only == 0
    return [sum(cells), both + micro_only, both]


def arms(case: dict) -> tuple[list[int], list[int]]:
    return nested(case["inputs"]["control"]), nested(case["inputs"]["variant"])


FOUND = path(*map(NestedCounts, [*arms(G2)][::-1]))


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (FOUND.micro.estimate, G2["lM"]),
        (FOUND.macro.estimate, G2["lY"]),
        (FOUND.micro.se**2, G2["VM"]),
        (FOUND.macro.se**2, G2["VY"]),
        (FOUND.covariance, G2["C"]),
        (FOUND.ratio.estimate, G2["kappa"]),
        (FOUND.ratio.low, G2["fieller"]["lo"]),
        (FOUND.ratio.high, G2["fieller"]["hi"]),
        (FOUND.extra_micro.estimate, 12.0),
        (FOUND.extra_macro.estimate, 1.55),
        (FOUND.expected_extra_macro.estimate, 2.95),
    ],
    ids=["lM", "lY", "VM", "VY", "C", "kappa", "low", "high", "micro", "macro", "expected"],
)
def test_the_golden_path_is_met(got: np.ndarray, want: float) -> None:
    assert float(got) == pytest.approx(want, rel=1e-8)


def test_the_golden_path_is_partly_carried() -> None:
    assert FOUND.label == G2["verdict"] == "partly_carried"


def test_the_golden_quality_of_extra_micro_conversions_is_met() -> None:
    """Extra orders per extra basket on the difference scale, design note section 1b."""
    (n0, m0, y0), (n1, m1, y1) = arms(G2)
    var_m, var_y, cov = (
        sum(joint / n**2 - first * second / n**3 for joint, first, second, n in terms)
        for terms in (
            ((m0, m0, m0, n0), (m1, m1, m1, n1)),
            ((y0, y0, y0, n0), (y1, y1, y1, n1)),
            ((y0, m0, y0, n0), (y1, m1, y1, n1)),
        )
    )
    found = fieller(y1 / n1 - y0 / n0, m1 / n1 - m0 / n0, var_y, var_m, cov)
    want = G2["w_fieller"]
    assert (float(found.low), float(found.high)) == pytest.approx(
        (want["lo"], want["hi"]), rel=1e-8
    )


def test_a_vague_micro_lift_leaves_the_whole_line() -> None:
    found = path(*map(NestedCounts, [*arms(G3)][::-1]))
    assert found.ratio.kind == Kind.LINE
    assert float(found.ratio.estimate) == pytest.approx(G3["kappa"], rel=1e-8)
    assert found.label == "no_micro_signal"


def test_a_clear_macro_lift_with_a_vague_micro_lift_leaves_two_rays() -> None:
    found = path(*map(NestedCounts, [*arms(G3B)][::-1]))
    assert found.ratio.kind == Kind.RAYS
    assert float(found.ratio.low) == pytest.approx(G3B["fieller"]["below"], rel=1e-8)
    assert float(found.ratio.high) == pytest.approx(G3B["fieller"]["above"], rel=1e-8)
    assert found.label == "no_micro_signal"


# Control 12 % micro, 3 % macro; the micro gains 10 % unless said otherwise.
@pytest.mark.parametrize(
    ("units", "micro", "macro", "label"),
    [
        (N, 0.132, 0.0330, "carried"),
        (N, 0.132, 0.0390, "carried"),
        (N // 20, 0.132, 0.0330, "carried_size_open"),
        (N, 0.132, 0.0315, "partly_carried"),
        (N, 0.132, 0.0310, "partly_carried"),
        (N // 5, 0.132, 0.0307, "not_fully_carried"),
        (N, 0.132, 0.0300, "not_carried"),
        (N, 0.132, 0.0285, "contradicted"),
        (N // 50, 0.132, 0.0315, "inconclusive"),
        (N, 0.1201, 0.0360, "no_micro_signal"),
        (N, 0.108, 0.0270, "loss_carried"),
        (N, 0.108, 0.0300, "loss_not_carried"),
        (N, 0.108, 0.0315, "loss_contradicted"),
        (N // 50, 0.108, 0.0285, "loss_inconclusive"),
    ],
)
def test_each_label_has_its_place(units: int, micro: float, macro: float, label: str) -> None:
    control = np.rint(units * np.array([1, 0.12, 0.03]))
    assert (
        label_path(
            NestedCounts(np.rint(units * np.array([1, micro, macro]))), NestedCounts(control)
        )
        == label
    )


def test_the_threshold_decides_what_counts_as_carried() -> None:
    control, treated = [N, 120_000, 30_000], [N, 132_000, 31_500]
    assert (
        label_path(NestedCounts(treated), NestedCounts(control), threshold=0.5) == "partly_carried"
    )
    assert label_path(NestedCounts(treated), NestedCounts(control), threshold=0.2) == "carried"


def test_levels_and_thresholds_may_differ_by_experiment() -> None:
    control, treated = arms(G2)
    labels = label_path(
        NestedCounts(treated), NestedCounts([control] * 2), level=[0.95, 0.99], threshold=[0.5, 0.5]
    )
    assert list(labels) == ["partly_carried", "inconclusive"]


def test_a_macro_that_is_the_micro_carries_all_of_it() -> None:
    assert label_path(NestedCounts([1000, 200, 200]), NestedCounts([1000, 100, 100])) == "carried"


@pytest.mark.parametrize(("macro", "shaky"), [(9, True), (10, False)])
def test_counts_under_ten_are_shaky(macro: int, shaky: bool) -> None:
    assert path(NestedCounts([1000, 120, 30]), NestedCounts([1000, 100, macro])).shaky == shaky


def test_a_zero_adds_a_half_to_the_goals_and_one_to_the_units_of_both_arms() -> None:
    found = path(NestedCounts([1000, 150, 12]), NestedCounts([1000, 100, 0]))
    assert found.adjusted
    assert found.micro.estimate == pytest.approx(np.log(150.5 / 100.5))
    assert found.macro.estimate == pytest.approx(np.log(12.5 / 0.5))
    assert found.macro.se**2 == pytest.approx(1 / 12.5 + 1 / 0.5 - 2 / 1001)


def test_an_arm_without_units_gives_no_number_and_no_signal() -> None:
    found = path(NestedCounts([1000, 150, 12]), NestedCounts([0, 0, 0]))
    assert np.isnan([found.micro.estimate, found.macro.p, found.ratio.estimate]).all()
    assert found.ratio.kind == Kind.LINE
    assert found.label == "no_micro_signal"


def test_a_batch_of_any_shape_keeps_its_shape() -> None:
    control = np.broadcast_to([1000, 100, 20], (2, 1, 3))
    treated = np.broadcast_to([1000, 140, 25], (4, 3))
    assert label_path(NestedCounts(treated), NestedCounts(control)).shape == (2, 4)
    assert path(NestedCounts(treated), NestedCounts(control)).ratio.low.shape == (2, 4)


@pytest.mark.parametrize(
    ("treated", "message"),
    [
        ([100, 10, 11], "steps must not grow from one step to the next, got 11"),
        ([100, 101, 11], "steps must not grow from one step to the next, got 101"),
        ([100, 10, -1], "steps must be whole numbers from 0 to .*, got -1"),
        ([100, 10, 0.5], "steps must be whole numbers from 0 to .*, got 0.5"),
        ([100, 10, np.nan], "steps must be whole numbers from 0 to .*, got nan"),
        ([100, 10], "treated needs units, micro, macro along its last axis"),
    ],
)
@pytest.mark.parametrize("function", [label_path, path])
def test_impossible_counts_are_refused(
    function: object, treated: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        function(NestedCounts(treated), NestedCounts([100, 10, 1]))


def test_bare_arrays_and_exchanged_types_are_refused() -> None:
    nested, joint_cells = NestedCounts([100, 10, 1]), JointCells([1, 9, 0, 90])
    for call in (lambda: path([100, 10, 1], [100, 10, 1]), lambda: path(nested, joint_cells)):
        with pytest.raises(AttributeError, match="steps"):
            call()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"level": 1}, "level must lie strictly"), ({"threshold": 0}, "threshold must lie strictly")],
)
def test_impossible_choices_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        label_path(NestedCounts([100, 10, 1]), NestedCounts([100, 10, 1]), **options)


@pytest.mark.parametrize(
    ("macro", "label"), [(-1, "contradicted"), (0, "not_carried"), (1, "partly_carried")]
)
def test_the_share_lies_on_that_side_of_zero_where_the_macros_own_test_saw_it(
    macro: int, label: str
) -> None:
    control, treated = (
        NestedCounts([100_000, 12_000, 3_000]),
        NestedCounts([100_000, 13_200, 2_900]),
    )
    alone = path(treated, control).ratio
    found = path(treated, control, own=OwnTests(moved=True, macro=macro))
    assert found.label == label
    assert alone.low < 0 < alone.high
    assert (found.ratio.low > 0, found.ratio.high < 0) == (macro > 0, macro < 0)


def test_a_macro_that_its_own_test_leaves_open_may_have_got_no_share() -> None:
    arms = NestedCounts([100_000, 13_200, 3_300]), NestedCounts([100_000, 12_000, 3_000])
    found = path(*arms, own=OwnTests(moved=True, macro=0))
    assert (path(*arms).ratio.low > 0, found.ratio.low, found.label) == (True, 0, "inconclusive")
