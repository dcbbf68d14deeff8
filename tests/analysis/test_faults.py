"""Faults of recording that were put into counts are found, named and mended; sound data pass."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from abmicro import Analysis, Experiment, Goal, Histograms, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import Mended
from abmicro.counts.histograms import KEYS
from abmicro.experiment.model import Data, DataColumns
from abmicro.sources.collect import collect

from .checks import named
from .conftest import CART, ORDER

ARMS = ("control", "treated")
N = 200_000
Cells = dict[tuple[int, ...], int]
VIEW = Goal(name="view", kind="action", role="exploratory")
SOUND: Cells = {(1, 1): 6_000, (1, 0): 18_000, (0, 0): 176_000}


def kinds(analysis: Analysis) -> set[str]:
    return {check.name.partition(".")[0] for check in analysis.checks if check.status != "pass"}


def counted(
    control: Cells,
    treated: Cells,
    *,
    goals: tuple[Goal, ...] = (CART, ORDER),
    histograms: Histograms | None = None,
    **fields: Any,
) -> Analysis:
    """Two arms of units by pattern of the goals."""
    header = ("variant", *(f"goal__{goal.name}" for goal in goals), "units")
    rows = [
        (arm, *pattern, units)
        for arm, cells in zip(ARMS, (control, treated), strict=True)
        for pattern, units in cells.items()
    ]
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    return analyze(Experiment(name="m", variants=ARMS, goals=goals, **fields), counts, histograms)


def segmented(levels: dict[str, tuple[Cells, Cells]]) -> Analysis:
    """Two arms of units by device and pattern of cart and order."""
    rows = [
        (arm, level, *pattern, units)
        for level, arms in levels.items()
        for arm, cells in zip(ARMS, arms, strict=True)
        for pattern, units in cells.items()
    ]
    header = ("variant", "segment__device", "goal__cart", "goal__order", "units")
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    segments = {"device": "device"}
    experiment = Experiment(name="m", variants=ARMS, goals=(CART, ORDER), segments=segments)
    return analyze(experiment, counts)


def cells(units: int, cart: int, order: int, lacking: int = 0) -> Cells:
    """Units, units with a recorded cart, with an order, and those of the latter without cart."""
    both = order - lacking
    rest = units - cart - lacking
    return {(1, 1): both, (1, 0): cart - both, (0, 1): lacking, (0, 0): rest}


def figures(rows: Iterable[tuple[Any, ...]]) -> Histograms:
    return Histograms.from_rows(("variant", *KEYS), rows, variants=ARMS)


def mended(analysis: Analysis) -> dict[str, Mended]:
    return {row.fault: row for row in analysis.mended if row.segment is None}


# --- capture -----------------------------------------------------------------------------------


def test_a_tag_lost_on_one_device_is_named_and_corrected() -> None:
    # Carry-through note, G8: mobile loses the cart of 66 of 590 orders in the variant.
    analysis = segmented(
        {
            "mobile": (cells(30_000, 4_000, 600, 12), cells(30_000, 3_700, 590, 66)),
            "desktop": (cells(20_000, 2_400, 400, 6), cells(20_000, 2_410, 410, 7)),
        }
    )
    check = named(analysis, "capture.cart")
    assert check.status == "fail"
    assert "clearest where device is mobile (12 of 600 in control, 66 of 590" in check.sentence
    assert analysis.carry_through[0].label == "measurement_fault"
    mobile = next(row for row in analysis.mended if row.segment and row.segment.level == "mobile")
    assert mobile.recorded.estimate == pytest.approx(np.expm1(-0.0779615414697118))
    assert mobile.mended.estimate == pytest.approx(np.expm1(0.020466603791491705))
    assert mobile.label == "no_micro_signal"


def test_a_mended_tag_has_the_signature_of_one() -> None:
    # S6: the control's mobile tag captures 70% of carts; nothing else differs.
    analysis = segmented(
        {
            "mobile": (cells(24_000, 1_680, 432, 130), cells(24_000, 2_400, 432)),
            "desktop": (cells(16_000, 2_400, 792), cells(16_000, 2_400, 792)),
        }
    )
    assert named(analysis, "capture.cart").status == "fail"
    assert "a tag that the variant mended" in named(analysis, "signature.cart").sentence
    assert [row.segment.level for row in analysis.mended if row.segment] == ["mobile"]
    assert mended(analysis) == {}
    assert analysis.mended[0].label == "no_micro_signal"


def test_a_fault_that_cannot_explain_the_change_bears_no_signature() -> None:
    # The variant loses carts, and yet they rose.
    arms = cells(N, 24_000, 6_000, 20), cells(N, 28_000, 6_000, 400)
    analysis = counted(*arms)
    assert named(analysis, "capture.cart").status == "fail"
    assert "signature" not in kinds(analysis)


def test_names_with_braces_are_names() -> None:
    goals = tuple(one.model_copy(update={"name": f"{{{one.name}}}"}) for one in (CART, ORDER))
    analysis = counted(cells(N, 24_000, 6_000, 20), cells(N, 24_000, 6_000, 400), goals=goals)
    assert "visitors with {order} lack {cart}" in named(analysis, "capture.{cart}").sentence


def test_a_gap_below_the_practical_floor_is_left_alone() -> None:
    big = 10**8
    arms = cells(big, big // 8, big // 40, 10_000), cells(big, big // 8, big // 40, 20_000)
    assert named(counted(*arms), "capture.cart").status == "warn"


# --- over-firing -------------------------------------------------------------------------------


def over_fired(extra: int) -> Analysis:
    """S7: the variant fires the cart for units that never saw the page; orders are the same."""
    goals = (VIEW, CART.model_copy(update={"requires": "view"}), ORDER)
    sound = {(1, 1, 1): 6_000, (1, 1, 0): 18_000, (1, 0, 0): 76_000, (0, 0, 0): 100_000}
    treated = sound | {(0, 0, 0): 100_000 - extra, (0, 1, 0): extra}
    return counted(sound, treated, goals=goals)


def test_firing_without_what_is_required_is_flagged_and_the_label_stands() -> None:
    analysis = over_fired(3_520)
    check = named(analysis, "over_firing.cart")
    assert check.status == "warn"
    assert "3,520 of 51,520 visitors with carts lack views" in check.sentence
    assert {one.label for one in analysis.carry_through if one.micro == "cart"} == {"not_carried"}
    # Nothing says which gain in orders would be worth having, so none is ruled out.
    assert analysis.verdicts[0].decision == "unsettled"
    assert "over-firing" in named(analysis, "signature.cart").sentence


def test_without_the_odd_firings_no_lift_is_left() -> None:
    row = mended(over_fired(3_520))["over_firing"]
    assert row.recorded.low > 0.1
    assert row.mended.estimate == pytest.approx(0)
    assert row.label == "no_micro_signal"


def test_a_goal_that_keeps_its_requirement_passes() -> None:
    check = named(over_fired(0), "over_firing.cart")
    assert (check.status, check.sentence) == (
        "pass",
        "Everybody with carts has views, as the definition requires.",
    )


def test_a_requirement_that_many_lack_in_both_arms_is_worth_a_look() -> None:
    goals = (VIEW, CART.model_copy(update={"requires": "view"}), ORDER)
    arm = {(0, 1, 1): 600, (1, 1, 0): 2_000, (0, 0, 0): 20_000}
    assert named(counted(arm, arm, goals=goals), "over_firing.cart").status == "warn"


# --- days ----------------------------------------------------------------------------------------


def by_day(cart: Any, order: Any, units: int = 5_000) -> Analysis:
    """Two arms over days; cart and order are (2, days) units that reached them."""
    cart, order = np.asarray(cart), np.asarray(order)
    start = date(2026, 10, 5)
    rows = [
        (arm, start + timedelta(days=day), *pattern, count)
        for at, arm in enumerate(ARMS)
        for day in range(cart.shape[1])
        for pattern, count in cells(
            units, int(cart[at, day]), int(order[at, day]), max(0, int((order - cart)[at, day]))
        ).items()
    ]
    header = ("variant", "period", "goal__cart", "goal__order", "units")
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    return analyze(Experiment(name="m", variants=ARMS, goals=(CART, ORDER)), counts)


def test_days_that_one_arm_hardly_recorded_withhold_the_label() -> None:
    cart, order = np.full((2, 14), 600), np.full((2, 14), 150)
    cart[1, 3:5] = 160
    analysis = by_day(cart, order)
    check = named(analysis, "gaps.cart")
    assert check.status == "fail"
    assert "treated recorded 160 on 2026-10-08 where about" in check.sentence
    assert analysis.carry_through[0].label == "measurement_fault"
    assert mended(analysis)["gaps"].mended.estimate == pytest.approx(0, abs=1e-12)


def test_a_gap_in_the_control_names_the_control() -> None:
    cart, order = np.full((2, 14), 600), np.full((2, 14), 150)
    cart[0, 7] = 150
    sentence = named(by_day(cart, order), "gaps.cart").sentence
    assert "control recorded 150 on 2026-10-12" in sentence
    assert "treated" not in sentence


def test_a_short_gap_in_a_long_test_warns() -> None:
    cart, order = np.full((2, 70), 600), np.full((2, 70), 150)
    cart[1, 3] = 300
    assert named(by_day(cart, order), "gaps.cart").status == "warn"


def test_many_short_days_are_not_all_listed() -> None:
    cart, order = np.full((2, 28), 600), np.full((2, 28), 150)
    cart[1, 3:9] = 200
    assert "and too few on 3 more days" in named(by_day(cart, order), "gaps.cart").sentence


def test_a_lift_of_every_day_and_a_weekend_of_both_arms_are_no_gap() -> None:
    cart, order = np.array([[600] * 14, [660] * 14]), np.full((2, 14), 150)
    cart[:, 5:7] //= 3
    assert named(by_day(cart, order), "gaps").status == "pass"


def test_three_first_conversions_of_a_small_arm_are_no_gap() -> None:
    """A day lacks nothing where the other days tell nothing of one arm."""
    cart = np.zeros((2, 14), dtype=int)
    cart[:, 0] = 0, 3
    check = named(by_day(cart, np.zeros_like(cart)), "gaps")
    assert (check.status, check.sentence) == (
        "skipped",
        "Nothing to check yet: no goal has conversions of both variants on several days.",
    )


def test_a_day_without_a_conversion_of_a_small_arm_is_no_gap() -> None:
    """One conversion a day beside nineteen: a normal law finds a gap on some day."""
    cart, order = np.full((2, 14), 1), np.full((2, 14), 1)
    cart[0] = 19
    cart[1, 4:6] = 0, 6
    check = named(by_day(cart, order), "gaps")
    assert check.status == "pass"


def test_a_goal_that_only_one_arm_has_is_named_as_not_checked() -> None:
    cart, order = np.full((2, 14), 600), np.full((2, 14), 150)
    order[1] = 0
    assert named(by_day(cart, order), "gaps").sentence.endswith("Nothing to check yet: orders.")


def test_two_entry_days_are_too_few_to_find_a_short_one() -> None:
    check = named(by_day(np.full((2, 2), 600), np.full((2, 2), 150)), "gaps")
    assert (check.status, check.sentence) == (
        "skipped",
        "Nothing to check yet: there are fewer than 3 days of entry.",
    )


def test_before_a_window_has_closed_no_check_of_goals_speaks() -> None:
    """Units entered within the last days and none is judged."""
    keys: dict[str, Any] = {
        "name": "Young",
        "variants": ARMS,
        "goals": (
            Goal(name="cart", kind="milestone", window="7d", requires="view"),
            Goal(name="view", kind="action", role="exploratory", window="7d"),
            Goal(name="order", kind="macro", window="7d"),
        ),
        "data": Data(
            shape="events",
            columns=DataColumns(unit="user", time="ts", event="event", variant="variant"),
        ),
    }
    rows = [
        (f"{arm}{unit}", f"2026-10-0{day} 10:00:00", "seen", arm)
        for arm in ARMS
        for day in range(1, 4)
        for unit in range(40 * day, 40 * day + 40)
    ]
    rows += [(f"treated{unit}", "2026-10-01 11:00:00", "cart", "treated") for unit in range(40, 43)]
    names = "user", "ts", "event", "variant"
    frame = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
    counts = collect(Experiment(**keys), frame, as_of="2026-10-04T00:00:00")
    assert not counts.units.sum()
    checks = {check.name: check for check in analyze(Experiment(**keys), counts).checks}
    for name in ("gaps", "goals_fire", "capture.cart", "over_firing.cart", "tags"):
        assert checks[name].status == "skipped", name
        assert checks[name].sentence.startswith("Nothing to check yet")


# --- tags ----------------------------------------------------------------------------------------


def test_a_loss_that_only_the_recording_shows_is_called_a_lost_tag() -> None:
    analysis = counted(cells(N, 24_000, 6_000), cells(N, 21_600, 6_010))
    check = named(analysis, "lost_tag.cart")
    assert check.status == "warn"
    assert "mirror image" in check.sentence
    assert "a tag that the variant lost" in named(analysis, "signature.cart").sentence


def test_a_loss_that_reached_the_macro_is_no_lost_tag() -> None:
    analysis = counted(cells(N, 24_000, 6_000), cells(N, 21_600, 5_400))
    assert "lost_tag" not in kinds(analysis)


def test_a_mirror_image_on_one_device_is_said() -> None:
    analysis = segmented(
        {
            "mobile": (cells(24_000, 1_680, 432), cells(24_000, 2_400, 432)),
            "desktop": (cells(16_000, 2_400, 792), cells(16_000, 2_400, 792)),
        }
    )
    assert "only where device is mobile" in named(analysis, "one_level.cart").sentence


# --- histograms ----------------------------------------------------------------------------------


def test_without_histograms_the_reader_learns_what_was_not_looked_at() -> None:
    check = named(counted(SOUND, SOUND), "events")
    assert check.status == "skipped"
    assert "Double firing" in check.sentence


def test_events_that_come_twice_in_one_arm_are_flagged() -> None:
    rows = [
        ("control", "cart", "burst", 0, 24_000, 6_000),
        ("treated", "cart", "burst", 0, 23_000, 5_900),
    ]
    rows += [("treated", "cart", "burst", 1, 1_000, 100)]
    analysis = counted(SOUND, SOUND, histograms=figures(rows))
    check = named(analysis, "double_firing.cart")
    assert check.status == "warn"
    assert (
        "1,000 of 48,000 visitors with carts fired one twice within two seconds" in check.sentence
    )


ORDERED = [
    ("control", "order", "early", 0, 6_000, 6_000),
    ("treated", "order", "early", 0, 5_000, 5_000),
    ("treated", "order", "early", 1, 1_000, 1_000),
]


@pytest.mark.parametrize(("order", "status"), [("any", "warn"), ("strict", "fail")])
def test_a_wrong_order_matters_where_the_order_does(order: str, status: str) -> None:
    funnel = {"steps": ("cart", "order"), "order": order}
    analysis = counted(SOUND, SOUND, histograms=figures(ORDERED), funnel=funnel)
    assert named(analysis, "order.order").status == status


def test_bots_in_one_arm_are_flagged_by_their_many_events() -> None:
    # S16: units of the variant with a cart, no order, and more events than people make.
    rows = [
        (arm, "cart", "events", events, units, units // 4)
        for arm in ARMS
        for events, units in ((1, 16_000), (2, 5_000), (3, 2_000), (4, 700), (5, 300))
    ]
    rows += [("treated", "cart", "events", 80, 3_000, 0)]
    treated = SOUND | {(1, 0): 21_000, (0, 0): 173_000}
    analysis = counted(SOUND, treated, histograms=figures(rows))
    check = named(analysis, "bots.cart")
    assert check.status == "warn"
    assert analysis.carry_through[0].label == "not_carried"
    assert "bots that the variant draws" in named(analysis, "signature.cart").sentence
    row = mended(analysis)["bots"]
    assert row.recorded.estimate == pytest.approx(0.125)
    assert row.mended.estimate == pytest.approx(1 / (1 - 3_000 / N) - 1, rel=0.05)


def test_units_that_are_too_fast_are_flagged_and_can_be_left_out() -> None:
    rows = [(arm, "cart", "dwell", 0, 24_000, 6_000) for arm in ARMS]
    rows += [("treated", "cart", "dwell", 1, 3_000, 0)]
    treated = SOUND | {(1, 0): 21_000, (0, 0): 173_000}
    analysis = counted(SOUND, treated, histograms=figures(rows))
    assert named(analysis, "dwell.cart").status == "warn"
    assert mended(analysis)["dwell"].mended.low < 0.03


def test_a_clear_difference_below_the_floor_is_said_with_what_it_does() -> None:
    """12 of 3,714 v 48 of 4,253: p = 0.00002, and the page said that there was none."""
    sizes = {"control": (3_702, 12), "treated": (4_205, 48)}
    rows = [
        (arm, "cart", "dwell", fast, units, 900 * (1 - fast))
        for arm, both in sizes.items()
        for fast, units in enumerate(both)
    ]
    arms = [{(0, 0): 30_000 - cart, (1, 0): cart - 900, (1, 1): 900} for cart in (3_714, 4_253)]
    analysis = counted(*arms, histograms=figures(rows))
    check = named(analysis, "dwell.cart")
    assert check.status == "pass"
    assert "12 of 3,714 in control, 48 of 4,253 in treated" in check.sentence
    assert "differ by +0.81 pp, less than the 2.0 pp from which it is a warning" in check.sentence
    told = mended(analysis)["dwell"]
    assert told.recorded.estimate == pytest.approx(4_253 / 3_714 - 1)
    assert told.mended.estimate == pytest.approx(4_205 / 29_952 * 29_988 / 3_702 - 1)
    assert "Without them the change in carts with treated is +13.7%" in check.sentence
    assert "with them +14.5%" in check.sentence


def test_hours_of_silence_in_one_arm_are_found() -> None:
    rng = np.random.default_rng(4)
    seen = rng.poisson(30, (2, 336))
    seen[1, 100:112] = 0
    rows = [
        (arm, "cart", "hour", 490_000 + hour, int(units), 0)
        for arm, hours in zip(ARMS, seen, strict=True)
        for hour, units in enumerate(hours)
    ]
    check = named(counted(SOUND, SOUND, histograms=figures(rows)), "silence.cart")
    assert check.status == "fail"
    assert (
        "treated recorded no carts from 2025-11-28 20:00 to 2025-11-29 08:00 UTC" in check.sentence
    )


def test_sound_histograms_pass_every_check() -> None:
    rows: list[tuple[Any, ...]] = []
    for arm in ARMS:
        rows += [(arm, "cart", "events", events, 24_000 >> events, 0) for events in range(1, 9)]
        rows += [(arm, "cart", figure, 0, 24_000, 0) for figure in ("burst", "dwell")]
        rows += [(arm, "cart", "hour", 490_000 + hour, 80, 20) for hour in range(300)]
        rows += [(arm, "order", "early", 0, 6_000, 6_000)]
    analysis = counted(SOUND, SOUND, histograms=figures(rows))
    assert kinds(analysis) <= {"runtime"}
    assert {"double_firing", "order", "bots", "dwell", "silence"} <= {
        c.name for c in analysis.checks
    }


def test_histograms_of_other_arms_are_refused() -> None:
    other = Histograms.from_rows(("variant", *KEYS), [("A", "cart", "burst", 0, 1, 0)])
    with pytest.raises(Exception, match="the counts are of A, the experiment of control, treated"):
        counted(SOUND, SOUND, histograms=other)


# --- anything ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arm",
    [
        {(0, 0): 1},
        {(1, 1): 1},
        {(1, 1): 50},
        {(0, 1): 3, (0, 0): 7},
        {(1, 1): 10**9, (0, 0): 10**9},
    ],
)
def test_extreme_arms_are_told_without_a_warning(arm: Cells) -> None:
    rows = [
        (name, "cart", figure, 1, 1, 0) for name in ARMS for figure in ("events", "burst", "hour")
    ]
    analysis = counted(SOUND, arm, histograms=figures(rows))
    assert all(check.sentence.endswith(".") for check in analysis.checks)
