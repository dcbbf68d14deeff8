"""A declared ramp: the sample ratio by phase, and goals judged within its phases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import unescape
from itertools import product
from typing import Any

import numpy as np
import pytest

from abmicro import Analysis, Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import GoalResult
from abmicro.report.render.json_csv import from_record, to_record

from .checks import named
from .conftest import CART, ORDER

START = date(2026, 10, 5)
ARMS = ("A", "B")
Phase = tuple[int, int, float, float]
# Scenario S8: units of control and treated, micro and macro rate of both arms; no effect at all.
S8: tuple[Phase, ...] = ((54_000, 6_000, 0.10, 0.02), (30_000, 30_000, 0.16, 0.048))
DAYS = 3  # of each phase
RAMP = ({"since": START + timedelta(days=DAYS), "allocation": {"A": 0.5, "B": 0.5}},)
DEVICES = {"phone": 0.6, "desk": 0.4}


def rows(phases: Sequence[Phase], lift: float = 0.0) -> list[tuple[Any, ...]]:
    """Cells of every arm, day and device; the carts of B are `lift` more, its orders too."""
    found = []
    for number, (*units, micro, macro) in enumerate(phases):
        for day, at, (device, share) in product(range(DAYS), (0, 1), DEVICES.items()):
            entry = START + timedelta(days=number * DAYS + day)
            total, gain = round(units[at] * share / DAYS), 1 + lift * at
            carts, orders = (round(total * rate * gain) for rate in (micro, macro))
            cells = ((1, 1, orders), (1, 0, carts - orders), (0, 0, total - carts))
            found += [("analysed", ARMS[at], entry, device, *cell) for cell in cells]
    return found


def analysed(
    phases: Sequence[Phase] = S8,
    lift: float = 0.0,
    goals: tuple[Goal, ...] = (CART, ORDER),
    **fields: Any,
) -> Analysis:
    header = (
        "status",
        "variant",
        "period",
        "segment__device",
        "goal__cart",
        "goal__order",
        "units",
    )
    counts = JointCounts.from_rows(header, rows(phases, lift), variants=ARMS)
    fields = {"variants": {"A": 0.9, "B": 0.1}, "ramp": RAMP, "segments": ["device"]} | fields
    return analyze(Experiment(name="m", goals=goals, **fields), counts)


def row(analysis: Analysis, goal: str) -> GoalResult:
    return next(one for one in analysis.goals if one.goal == goal and one.segment is None)


def test_a_ramp_in_a_season_shows_no_effect_where_there_is_none() -> None:
    """Scenario S8 and G14: pooled log lifts are 0.2113 and 0.3677, post-stratified ones 0."""
    found = analysed()
    assert found.carry_through[0].label == "no_micro_signal"
    for goal in ("cart", "order"):
        assert row(found, goal).lift.estimate == pytest.approx(0, abs=1e-9)
        assert row(found, goal).p_value == pytest.approx(1, abs=1e-6)
    assert not row(found, "cart").is_better(0.05)
    assert found.verdicts[0].decision == "no_detectable_difference"
    assert [check.name for check in found.checks if check.status == "fail"] == []


def test_the_sample_ratio_follows_the_phases() -> None:
    found = analysed()
    whole = named(found, "sample_ratio")
    assert whole.status == "pass"
    assert (
        "84,000 in A, 36,000 in B; planned 90 : 10, equal shares from 2026-10-08" in whole.sentence
    )
    assert named(found, "sample_ratio.entry day").status == "pass"
    assert named(found, "sample_ratio.device").status == "pass"


def test_without_the_declaration_the_same_data_fail() -> None:
    found = analysed(ramp=())
    assert named(found, "sample_ratio").status == "fail"
    assert found.carry_through[0].label == "measurement_fault"
    # Goals and ruler agree all the same: both are judged within the strata that the shares show.
    assert row(found, "cart").lift.estimate == pytest.approx(0, abs=1e-9)
    assert row(found, "cart").method.endswith("within strata")


def test_a_phase_that_keeps_the_shares_of_the_one_before_is_found() -> None:
    late = ((54_000, 6_000, 0.10, 0.02), (54_000, 6_000, 0.16, 0.048))
    found = analysed(late)
    assert named(found, "sample_ratio").status == "fail"
    assert named(found, "sample_ratio.entry day").status == "fail"
    assert "2026-10-08" in named(found, "sample_ratio.entry day").sentence


def test_a_real_effect_under_a_ramp_is_found_at_its_size() -> None:
    found = analysed(lift=0.2)
    cart = row(found, "cart")
    assert cart.lift.estimate == pytest.approx(0.2, abs=0.002)
    assert cart.is_better(0.05)
    assert cart.rate.treated / cart.rate.control - 1 == pytest.approx(cart.lift.estimate)
    assert cart.rate.treated - cart.rate.control == pytest.approx(cart.difference.estimate)
    assert found.carry_through[0].label == "carried"


def test_goals_table_and_ruler_estimate_the_same_lift() -> None:
    found = analysed(lift=0.07)
    micro = found.carry_through[0].micro_lift
    assert row(found, "cart").lift.estimate == pytest.approx(micro.estimate, rel=1e-9)


def test_rows_say_that_they_are_judged_within_strata_and_have_no_posterior() -> None:
    found = analysed()
    cart = row(found, "cart")
    assert cart.method == "Miettinen-Nurminen score within strata"
    assert "no posterior is computed" in cart.note
    assert np.isnan(cart.probability_better)
    assert cart.credible is None
    assert found.bayes.posteriors == ()
    assert {"bayes", "interactions"} <= {absent.panel for absent in found.absent}


@pytest.mark.parametrize("correction", ["none", "holm", "hochberg", "hommel", "dunnett", "bh"])
def test_intervals_leave_out_zero_exactly_where_adjusted_p_is_small(correction: str) -> None:
    for lift in (0.0, 0.03, 0.04, 0.05, 0.1):
        found = analysed(lift=lift, analysis={"correction": correction})
        for one in found.goals:
            for effect in (one.difference, one.lift):
                clear = not effect.low <= 0 <= effect.high
                assert clear == (one.adjusted_p_value < 0.05)


def test_a_guardrail_is_held_within_phases() -> None:
    guard = Goal(name="order", kind="macro", role="guardrail", margin=0.2)
    found = analysed(goals=(CART, guard))
    judged = row(found, "order").noninferiority
    assert judged is not None
    assert judged.status == "held"
    assert judged.lift.estimate == pytest.approx(0, abs=1e-9)


def test_segment_rows_are_judged_within_phases_too() -> None:
    for one in analysed().goals:
        assert one.lift.estimate == pytest.approx(0, abs=1e-9)


# The control alone for the first days; then halves, and a tenth more carts.
ALONE: tuple[Phase, ...] = ((6_000, 0, 0.10, 0.02), (30_000, 30_000, 0.16, 0.048))


def test_the_headline_names_strata_and_the_units_they_leave_out() -> None:
    found = analysed(ALONE, lift=0.1, ramp=(), variants=ARMS)
    (within,) = found.strata
    assert (within.variant, within.strata) == ("B", 1)
    assert (within.left_out.control, within.left_out.treated) == (6_000, 0)
    told = (
        "B is compared with the control within 1 group, since their shares of visitors differ "
        "between entry days (p < 0.001). Left out, in groups without the other: 6,000 visitors of "
        "the control, 0 of B."
    )
    for form in ("text", "md", "html", "summary"):
        assert told in unescaped(found.render(form))
    record = to_record(found)
    assert record["strata"] == [
        {
            "variant": "B",
            "over": ["entry days (p < 0.001)"],
            "strata": 1,
            "left_out": {"control": 6_000, "treated": 0},
        }
    ]
    assert to_record(from_record(record)) == record
    assert analysed(ALONE[1:], ramp=(), variants=ARMS).strata == ()


def test_counts_are_those_of_the_strata_that_are_compared() -> None:
    found = analysed(ALONE, lift=0.1, ramp=(), variants=ARMS)
    cart, step = row(found, "cart"), found.funnel[0]
    assert cart.reached is not None
    for one in (cart, step):
        assert (one.units.control, one.units.treated) == (30_000, 30_000)
        assert (one.reached.control, one.reached.treated) == (4_800, 5_280)
    assert cart.rate.control == pytest.approx(0.16)
    assert cart.rate.treated == pytest.approx(0.176)


def unescaped(page: str) -> str:
    return " ".join(unescape(page).replace("\\<", "<").split())


def test_before_the_second_phase_everything_is_pooled() -> None:
    found = analysed(S8[:1])
    assert row(found, "cart").method.startswith("Miettinen-Nurminen score")
    assert found.carry_through[0].strata == 1
    assert named(found, "sample_ratio").status == "pass"


def test_counts_without_days_cannot_be_judged_under_a_ramp() -> None:
    counts = JointCounts.of_path(ARMS, ("cart", "order"), [[900, 90, 9], [100, 10, 1]])
    experiment = Experiment(name="m", variants={"A": 0.9, "B": 0.1}, ramp=RAMP, goals=(CART, ORDER))
    check = named(analyze(experiment, counts), "ramp")
    assert check.status == "fail"
    assert "do not tell on which day people entered" in check.sentence


def valued(mean: Sequence[float]) -> Analysis:
    """A ramp, with spend per unit of each phase the same in both arms."""
    header = (
        "status",
        "variant",
        "period",
        "goal__order",
        "units",
        "sum__spend",
        "product__spend__spend",
    )
    table = []
    for at, ((*units, _, macro), amount) in enumerate(zip(S8, mean, strict=True)):
        day = START + timedelta(days=at * DAYS)
        for arm, n in zip(ARMS, units, strict=True):
            orders = round(n * macro)
            spread = 1.3 * orders * amount**2
            table.append(("analysed", arm, day, 1, orders, orders * amount, spread))
            table.append(("analysed", arm, day, 0, n - orders, 0.0, 0.0))
    goals = (
        Goal(name="order", kind="macro", role="primary"),
        Goal(name="spend", kind="macro", role="guardrail", value="spend", margin=0.3),
    )
    counts = JointCounts.from_rows(header, table, variants=ARMS)
    fields: dict[str, Any] = {"variants": {"A": 0.9, "B": 0.1}, "ramp": RAMP}
    return analyze(Experiment(name="m", goals=goals, **fields), counts)


def test_values_are_judged_within_phases() -> None:
    spend = row(valued((20.0, 50.0)), "spend")
    assert spend.method == "Welch and Student, the wider; Fieller lift within strata"
    assert spend.lift.estimate == pytest.approx(0, abs=1e-9)
    assert spend.p_value == pytest.approx(1, abs=1e-9)
    assert spend.noninferiority is not None
    assert spend.noninferiority.status == "held"


def test_phases_of_equal_shares_without_a_season_agree_with_pooled_counts() -> None:
    steady = ((30_000, 30_000, 0.16, 0.048), (30_000, 30_000, 0.16, 0.048))
    halves = {"A": 0.5, "B": 0.5}
    within = row(analysed(steady, lift=0.05, variants=halves), "cart")
    pooled = row(analysed(steady, lift=0.05, variants=halves, ramp=()), "cart")
    assert pooled.method.startswith("Miettinen-Nurminen score")
    assert within.lift.estimate == pytest.approx(pooled.lift.estimate, rel=1e-9)
    assert (within.lift.low, within.lift.high) == pytest.approx(
        (pooled.lift.low, pooled.lift.high), rel=1e-3
    )
    assert within.p_value == pytest.approx(pooled.p_value, rel=0.01)


def test_several_arms_share_the_phases_of_one_control() -> None:
    arms = ("A", "B", "C")
    header = ("status", "variant", "period", "goal__cart", "goal__order", "units")
    table = []
    phases = (((8_000, 1_000, 1_000), 0.1), ((4_000, 3_000, 3_000), 0.2))
    for phase, (units, rate) in enumerate(phases):
        for arm, n, gain in zip(arms, units, (1.0, 1.0, 1.3), strict=True):
            carts = round(n * rate * gain)
            day = START + timedelta(days=phase * DAYS)
            table += [("analysed", arm, day, 1, 0, carts), ("analysed", arm, day, 0, 0, n - carts)]
    experiment = Experiment(
        name="m",
        variants={"A": 0.8, "B": 0.1, "C": 0.1},
        ramp=[
            {"since": START + timedelta(days=DAYS), "allocation": {"A": 0.4, "B": 0.3, "C": 0.3}}
        ],
        goals=(CART, ORDER),
        analysis={"correction": "dunnett"},
    )
    found = analyze(experiment, JointCounts.from_rows(header, table, variants=arms))
    same, better = (one for one in found.goals if one.goal == "cart")
    assert (same.lift.estimate, better.lift.estimate) == pytest.approx((0, 0.3))
    assert (same.is_clear(0.05), better.is_clear(0.05)) == (False, True)
    assert named(found, "sample_ratio").status == "pass"


def test_the_funnel_is_split_within_phases() -> None:
    for step in analysed().funnel:
        assert step.lift.estimate == pytest.approx(0, abs=1e-9)
        assert step.per_1000.estimate == pytest.approx(0, abs=1e-9)
        assert step.rate is not None
        assert step.rate.treated == pytest.approx(step.rate.control)
        assert "within strata" in step.note


def dropped(stray: int = 0) -> Analysis:
    """Three arms; from the second phase on C gets no units, but for those that stray into it."""
    names, table = ("A", "B", "C"), []
    for number, units in enumerate(((20_000, 20_000, 20_000), (30_000, 30_000, stray))):
        for name, total in zip(names, units, strict=True):
            entry, cart = START + timedelta(days=number * DAYS), 0.10 + 0.05 * number
            gain = {"A": 1.0, "B": 1.2, "C": 1.2}[name]
            carts, orders = round(total * cart * gain), round(total * cart * gain / 4)
            cells = ((1, 1, orders), (1, 0, carts - orders), (0, 0, total - carts))
            table += [("analysed", name, entry, *cell) for cell in cells]
    header = ("status", "variant", "period", "goal__cart", "goal__order", "units")
    counts = JointCounts.from_rows(header, table, variants=names)
    none = {"since": START + timedelta(days=DAYS), "allocation": {"A": 0.5, "B": 0.5, "C": 0}}
    experiment = Experiment(name="m", variants=names, ramp=[none], goals=(CART, ORDER))
    return analyze(experiment, counts)


def test_a_phase_may_give_an_arm_no_share() -> None:
    found = dropped()
    for name in ("sample_ratio", "sample_ratio.entry day"):
        assert named(found, name).status == "pass"
    assert "50 : 50 : 0 from 2026-10-08" in named(found, "sample_ratio").sentence
    lifts = {one.variant: one for one in found.goals if one.goal == "cart"}
    assert lifts["B"].lift.estimate == pytest.approx(0.2, abs=0.001)
    # C is compared with the units of its own time, when fewer had carts.
    assert lifts["C"].lift.estimate == pytest.approx(0.2, abs=0.001)
    assert lifts["C"].rate.control == pytest.approx(0.10, abs=0.001)
    assert [one.decision for one in found.verdicts] == ["ship", "ship"]


def test_units_in_an_arm_that_was_to_get_none_are_a_fault() -> None:
    found = dropped(stray=40)
    check = named(found, "sample_ratio")
    assert (check.status, check.figure) == ("fail", 0)
    assert {one.decision for one in found.verdicts} == {"do_not_trust_yet"}
