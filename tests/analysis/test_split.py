"""Splits over segments and days, effects that turn around, effects that differ."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from abmicro import Analysis, Experiment, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.marginals.strata import strata

from .checks import named
from .conftest import CART, ORDER

ARMS = ("A", "B")
Cells = dict[tuple[str, str], tuple[int, int]]


def segmented(cells: Cells, *, known_before: bool = False) -> Analysis:
    """Units and carts of each (arm, device)."""
    header = ("status", "variant", "segment__device", "goal__cart", "goal__order", "units")
    rows = [
        ("analysed", arm, device, cart, 0, units)
        for (arm, device), (total, carts) in cells.items()
        for cart, units in ((1, carts), (0, total - carts))
    ]
    device = {"device": {"column": "device", "known_before": known_before}}
    experiment = Experiment(name="m", variants=ARMS, goals=(CART, ORDER), segments=device)
    return analyze(experiment, JointCounts.from_rows(header, rows, variants=ARMS))


EVEN: Cells = {
    ("A", "phone"): (5_000, 500),
    ("B", "phone"): (5_020, 560),
    ("A", "desk"): (3_000, 450),
    ("B", "desk"): (2_990, 500),
}


def test_an_even_split_passes_in_every_level() -> None:
    check = named(segmented(EVEN), "sample_ratio.device")
    assert (check.status, check.fix) == ("pass", "")
    assert "Most uneven device: phone with 5,000 in A, 5,020 in B" in check.sentence


def test_units_lost_on_one_device_only_are_found() -> None:
    check = named(segmented(EVEN | {("B", "desk"): (2_500, 420)}), "sample_ratio.device")
    assert check.status == "fail"
    assert "Most uneven device: desk" in check.sentence


def test_a_few_units_are_tested_exactly() -> None:
    header = ("status", "variant", "goal__cart", "goal__order", "units")
    rows = [("analysed", "A", 0, 0, 10)]
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    analysis = analyze(Experiment(name="m", variants=ARMS, goals=(CART, ORDER)), counts)
    assert named(analysis, "sample_ratio").figure == pytest.approx(2 * 0.5**10)


def test_a_day_with_another_split_is_found() -> None:
    start = date(2026, 10, 5)
    header = ("status", "variant", "period", "goal__cart", "goal__order", "units")
    rows = [
        ("analysed", arm, start + timedelta(days=day), 0, 0, 300 if (arm, day) == ("B", 9) else 500)
        for arm in ARMS
        for day in range(14)
    ]
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    analysis = analyze(Experiment(name="m", variants=ARMS, goals=(CART, ORDER)), counts)
    check = named(analysis, "sample_ratio.entry day")
    assert check.status == "fail"
    assert "Most uneven entry day: 2026-10-14 with 500 in A, 300 in B" in check.sentence


def test_an_effect_that_turns_around_within_levels_is_said() -> None:
    # Charig et al. 1986, kidney stones: better in both sizes, worse in all.
    stones: Cells = {
        ("A", "small"): (270, 234),
        ("B", "small"): (87, 81),
        ("A", "large"): (80, 55),
        ("B", "large"): (263, 192),
    }
    check = named(segmented(stones), "reversal.device")
    assert check.status == "warn"
    assert "changed by -4.6 pp over all visitors and by +5.4 pp within levels" in check.sentence


# As many phones in both arms, one in ten of which the variant's page tells as a desktop; phones buy
# half as often, and nothing else differs.
TOLD_ASIDE: Cells = {
    ("A", "phone"): (50_000, 2_500),
    ("B", "phone"): (45_000, 2_250),
    ("A", "desk"): (50_000, 5_000),
    ("B", "desk"): (55_000, 5_250),
}


def test_a_level_that_a_variant_changes_the_recording_of_makes_no_strata() -> None:
    """Within levels the variant would lose 25 of 10,000 units, and all of that is the recording."""
    found = segmented(TOLD_ASIDE)
    assert found.goals[0].difference.estimate == 0
    assert found.goals[0].method == "Miettinen-Nurminen score"
    assert found.carry_through[0].strata == 1
    assert "a variant changes the recording" in named(found, "sample_ratio.device").fix.lower()
    within = segmented(TOLD_ASIDE, known_before=True)
    assert within.goals[0].difference.estimate == pytest.approx(-0.0024, abs=2e-4)
    assert "recording" not in named(within, "sample_ratio.device").fix


def test_only_segments_that_are_known_before_make_strata() -> None:
    header = ("status", "variant", "segment__shop", "segment__os", "goal__cart", "units")
    sizes = {("A", "old"): 900, ("A", "new"): 300, ("B", "old"): 300, ("B", "new"): 900}
    rows = [
        ("analysed", arm, shop, system, cart, units)
        for (arm, shop), units in sizes.items()
        for system in ("x", "y")
        for cart in (0, 1)
    ]
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    found = strata(counts, known_before=["shop"])
    assert found.of_cell.ravel().tolist() == [0, 0, 1, 1]
    assert "levels of shop (p < 0.001)" in found.sentence
    assert strata(counts, known_before=["os"]).count == 1
    assert strata(counts, known_before=["shop", "os"]).count == 4
    assert strata(counts).count == 1


def test_levels_that_differ_are_found_and_equal_ones_are_not() -> None:
    differ = EVEN | {("B", "desk"): (2_990, 300)}
    by_cart = {one.goal: one for one in segmented(differ).interactions}
    assert by_cart["cart"].adjusted_p_value < 0.001
    assert segmented(EVEN).interactions[0].p_value > 0.5


def test_units_whose_window_is_open_count_for_the_sample_ratio():
    header = (
        "status",
        "variant",
        "segment__device",
        "period",
        "goal__cart",
        "goal__order",
        "units",
    )
    even = [("analysed", arm, "phone", "2026-10-05", 0, 0, 1000) for arm in "AB"]
    waiting = [("immature", arm, "phone", "2026-10-06", None, None, units)
               for arm, units in (("A", 1000), ("B", 700))]  # fmt: skip
    counts = JointCounts.from_rows(header, even + waiting, variants=("A", "B"))
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    test = Experiment(name="Half open", variants=["A", "B"], goals=goals, segments=["device"])
    status = {one.name: one.status for one in analyze(test, counts).checks}
    names = ("sample_ratio", "sample_ratio.device", "sample_ratio.entry day")
    assert [status[name] for name in names] == ["fail"] * 3
    old = [(*row[:3], None, *row[4:]) for row in waiting]  # 0.1 did not keep the day
    counts = JointCounts.from_rows(header, even + old, variants=("A", "B"))
    assert analyze(test, counts).checks[0].status == "pass"
