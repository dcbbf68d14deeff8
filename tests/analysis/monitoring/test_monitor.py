"""A test of 28 days looked at day by day, through the door that users take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

import abmicro as ab
from abmicro.analysis.monitoring.watch import Watch
from abmicro.counts import JointCounts, entered_by
from abmicro.errors import CountsError
from abmicro.marginals.marginals import Marginals
from abmicro.stats import sequential

from .runs import START, counts, experiment

pytestmark = pytest.mark.journey

RATES = [(0.12, 0.25), (0.135, 0.25)]


def until(table: JointCounts, days: int) -> JointCounts:
    """The table as it stood when so many days of data were complete."""
    day = START + timedelta(days=days)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return replace(entered_by(table, day - timedelta(days=1)), cut_off=moment)


@pytest.fixture(scope="module")
def run() -> JointCounts:
    return counts(RATES, units=600)


def test_before_the_first_look_nothing_is_claimed(run: JointCounts) -> None:
    found = ab.analyze(experiment(), until(run, 3))
    assert found.verdicts[0].decision == "keep_running"
    assert found.monitoring is not None
    assert (found.monitoring.state, found.monitoring.look) == ("waiting", 0)
    assert found.monitoring.advice == "First look on 19 October."
    assert not any(row.is_clear(found.alpha) for row in found.goals)


def test_a_test_without_an_end_waits_while_it_has_few_visitors() -> None:
    endless = experiment(monitoring={"mode": "anytime"})
    found = ab.analyze(endless, counts([(0.1, 0.3)] * 2, days=8, units=5))
    assert found.verdicts[0].decision == "keep_running"
    assert found.monitoring is not None
    assert [look.critical for look in found.monitoring.path] == [np.inf, np.inf]


def test_a_variant_without_units_has_no_look_yet() -> None:
    """A few visitors a day may all be of one variant, for a week and more."""
    names = ("control", "sticky", "late")
    endless = experiment(monitoring={"mode": "anytime"}, end=None, variants=names)
    table = counts([(0.1, 0.3)] * 3, days=9, units=(900, 900, 0), variants=names)
    monitored = ab.monitor(endless, table)
    assert [look.critical < 6 for look in monitored.path] == [True] * 3
    assert {row.variant for look in monitored.path for row in look.goals} == {"sticky"}


def test_a_look_that_settles_nothing_says_when_the_next_one_is(run: JointCounts) -> None:
    found = ab.analyze(experiment(), until(run, 16))
    assert found.verdicts[0].decision == "keep_running"
    assert "look 3 of 15; the next one on 22 October" in found.verdicts[0].because[0]


def test_looks_of_the_past_are_the_same_on_every_later_day(run: JointCounts) -> None:
    monitored = [ab.monitor(experiment(), until(run, days)) for days in (16, 20)]
    earlier, later = (one.path for one in monitored)
    assert str(later[: len(earlier)]) == str(earlier)


def test_critical_values_are_those_of_the_calendar(run: JointCounts) -> None:
    path = ab.monitor(experiment(), run).path
    clock = np.arange(14, 29) / 28
    z = sequential.critical_values(clock, clock).z
    assert [look.critical for look in path] == pytest.approx(z, rel=1e-4)
    assert path[-1].alpha_spent == pytest.approx(0.05)


def test_a_claim_stands_once_it_is_made(run: JointCounts) -> None:
    monitored = ab.monitor(experiment(), run)
    ups = [
        pair.settled in ("carried", "carried_size_open", "partly_carried")
        for look in monitored.path
        for pair in look.carry
    ]
    assert all(later or not earlier for earlier, later in pairwise(ups))
    assert monitored.state == "finished"


def test_rows_and_labels_of_the_report_are_those_of_the_last_look(run: JointCounts) -> None:
    found = ab.analyze(experiment(), run)
    assert found.monitoring is not None
    last = found.monitoring.path[-1]
    row = next(row for row in found.goals if row.goal == "cart")
    assert 1 - found.alpha == pytest.approx(last.level)
    assert row.lift == next(one.lift for one in last.goals if one.goal == "cart")
    assert found.carry_through[0].label == last.carry[0].settled
    assert found.experiment.analysis.alpha == 0.05


def test_looks_of_the_past_draw_no_posterior(run: JointCounts) -> None:
    test = experiment()
    watch = Watch.of(test, Marginals.of(test, run), run.cut_off)
    pairs = [one for reading in watch.path.readings for one in reading.carry]
    assert len(pairs) == 15
    assert {one.posterior for one in pairs} == {None}


def test_looks_are_a_frame_and_a_line(run: JointCounts) -> None:
    found = ab.monitor(experiment(), run)
    frame = found.to_pandas()
    assert len(frame) == 15 * 2
    carts = frame[frame.goal == "cart"]
    assert carts.z.tolist() == [look.goals[0].z for look in found.path]
    assert carts.lift_low.iloc[-1] == found.path[-1].goals[0].lift.low
    assert carts.units_control.iloc[-1] == found.path[-1].units.control
    assert str(found) == f"{found.text}\n{found.advice}"


def test_harm_is_said_while_the_test_runs() -> None:
    bad = counts([(0.12, 0.25), (0.12, 0.18)], units=1500)
    found = ab.analyze(experiment(), until(bad, 12))
    assert found.verdicts[0].decision == "keep_control"
    assert found.monitoring is not None
    assert found.monitoring.state == "stop_harm"
    assert [alarm.kind for alarm in found.monitoring.alarms] == ["harm"]


def test_without_the_table_only_alarms_speak(run: JointCounts) -> None:
    fixed = experiment(monitoring={"mode": "fixed"})
    early, late = (ab.monitor(fixed, until(run, days)) for days in (16, 28))
    assert (early.mode, early.state, early.path) == ("fixed", "waiting", ())
    assert early.advice == "Results on 2026-11-02."
    assert late.state == "finished"
    assert ab.analyze(fixed, run).monitoring is None


def test_units_that_went_astray_stop_everything(run: JointCounts) -> None:
    lost = replace(run, units=run.units // np.array([1, 2]).reshape(2, 1, 1, 1))
    found = ab.analyze(experiment(), lost)
    assert found.verdicts[0].decision == "do_not_trust_yet"
    assert found.monitoring is not None
    assert found.monitoring.state == "fix_data"


def test_a_day_without_units_is_missed_unless_it_was_paused(run: JointCounts) -> None:
    gone = START + timedelta(days=9)
    kept = np.array([day != gone for day in run.periods])
    holed = replace(run, units=run.units * kept[:, None], rows=run.rows * kept[:, None])
    plan = {"mode": "group_sequential", "first_look": "14d"}
    assert ab.monitor(experiment(monitoring=plan), holed).state == "fix_data"
    paused = plan | {"paused": [gone]}
    assert ab.monitor(experiment(monitoring=paused), holed).state == "finished"


@pytest.mark.parametrize(
    ("shares", "daily", "named"),
    [((0.8, 0.2), (400, 100), "sticky"), ((0.2, 0.8), (100, 400), "control")],
)
def test_uneven_shares_with_few_conversions_are_said(
    shares: tuple[float, float], daily: tuple[int, int], named: str
) -> None:
    """Below 100 in the smaller variant one side may err in .03 of tests instead of .025."""
    subject = experiment(variants=dict(zip(("control", "sticky"), shares, strict=True)))
    table = counts([(0.12, 0.25), (0.12, 0.25)], units=daily)
    few = ab.analyze(subject, until(table, 20))
    (orders,) = (row.reached for row in few.goals if row.goal == "order")
    assert few.monitoring is not None
    assert orders is not None
    reached = min(orders.control, orders.treated)
    said = f"Uneven shares: only {reached} of {named} reached order."
    sizes = "in 3.0% of tests instead of 2.5%; in both together they stay within 5%."
    assert said in few.monitoring.advice
    assert sizes in few.monitoring.advice
    for form in ("text", "html"):
        assert "Uneven shares:" in " ".join(few.render(form).split())
    many = counts([(0.12, 0.25), (0.12, 0.25)], units=[2 * units for units in daily])
    for without in (until(table, 10), many):
        assert "Uneven" not in ab.monitor(subject, without).advice


def test_even_shares_need_no_caution() -> None:
    rare = counts([(0.12, 0.1), (0.12, 0.1)], units=200)
    assert "Uneven" not in ab.monitor(experiment(), rare).advice


def test_a_secondary_goal_is_tested_at_the_boundary_of_its_own_share_of_alpha() -> None:
    """Of two variants one is clear, so that the other is tested as if there were no other."""
    names = ("control", "clear", "open")
    table = counts([(0.12, 0.25), (0.12, 0.75), (0.12, 0.25)], units=600, variants=names)
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "milestone", "role": "secondary"}}
    subject = experiment(variants=names, goals=goals)
    clock = np.arange(14, 29) / 28
    for days in (24, 28):
        found = ab.analyze(subject, until(table, days))
        rows = {row.variant: row for row in found.goals if row.goal == "order"}
        of_two, alone = (
            sequential.critical_values(clock, clock, alpha=alpha).level[days - 14]
            for alpha in (0.025, 0.05)
        )
        assert rows["clear"].lift.level == pytest.approx(of_two, abs=1e-9)
        assert rows["open"].lift.level == pytest.approx(max(alone, 1 - found.alpha), abs=1e-9)
        for row in rows.values():
            clear = not row.difference.low <= 0 <= row.difference.high
            assert clear == (row.adjusted_p_value < found.alpha)


@pytest.mark.parametrize("correction", ["holm", "none"])
def test_a_goal_is_clear_at_a_look_where_its_interval_says_so(correction: str) -> None:
    """Two macros that share alpha, and variants that share it by steps: each at its own level."""
    names, order = ("control", "a", "b"), {"kind": "macro"}
    goals = {
        "cart": {"kind": "milestone", "mde": 0.05},
        "order": order,
        "left": {"kind": "macro", "when": "cart and not order", "direction": "down"},
    }
    keys = {"correction": correction, "alpha": 0.2}
    subject = experiment(variants=names, goals=goals, analysis=keys)
    table = counts([(0.12, 0.25), (0.124, 0.25), (0.127, 0.25)], variants=names)
    found = ab.monitor(subject, table)
    rows = [row for look in found.path for row in look.goals]
    for row in rows:
        way = 1 if row.lift.low > 0 else -1 if row.lift.high < 0 else 0
        assert row.crossed == {1: "up", 0: None, -1: "down"}[way], row
    assert {row.crossed for row in rows} == {"up", None}
    for one in found.goals:
        assert (one.crossed_at is not None) == (one.adjusted_p_value < 0.2), one


def test_no_look_makes_a_gain_of_few_large_amounts() -> None:
    """Thirteen orders of the control bear no gain, at a look as at the end, and ship nothing."""
    sums = "sum__revenue", "product__revenue__revenue"
    header = ("variant", "period", "goal__cart", *sums, "units", "cut_off")
    rows = []
    for day in range(14):
        for arm, carts, orders in (("control", 30, 1), ("sticky", 42, 4)):
            period, end = (f"{START + timedelta(days=at)}" for at in (day, 14))
            spent = (orders * 50, orders * 50**2)
            rows += [(arm, period, 1, *spent, carts, end), (arm, period, 0, 0, 0, 150 - carts, end)]
    goals = {"cart": "milestone", "revenue": {"kind": "macro", "value": "revenue"}}
    monitoring = {"mode": "group_sequential", "first_look": "7d"}
    subject = experiment(days=14, goals=goals, monitoring=monitoring)
    found = ab.analyze(subject, JointCounts.from_rows(header, rows))
    assert found.monitoring is not None
    money = [row for look in found.monitoring.path for row in look.goals if row.goal == "revenue"]
    assert max(row.z for row in money) > found.monitoring.path[-1].critical
    assert {row.crossed for row in money} == {None}
    (verdict,) = found.verdicts
    assert (verdict.stage, verdict.decision) == ("end", "unsettled")


def test_little_hope_is_told_of_the_variant_that_has_little() -> None:
    """Another that has no visitor yet has no chance that could be told."""
    shares = {"control": 0.49999, "sticky": 0.49999, "late": 0.00002}
    table = counts([(0.12, 0.25)] * 3, units=(900, 900, 0), variants=(*shares,))
    found = ab.monitor(experiment(variants=shares), until(table, 26))
    assert found.state == "little_hope"
    assert found.advice.startswith("Even at the planned +5% the chance of a clear result by the")
    assert "nan" not in found.advice


def test_looks_without_an_end_are_of_every_day(run: JointCounts) -> None:
    always = experiment(monitoring={"mode": "anytime"}, end=None)
    monitored = ab.monitor(always, run)
    assert [look.day for look in monitored.path][:2] == [
        START + timedelta(days=6),
        START + timedelta(days=7),
    ]
    assert monitored.looks_planned is None
    assert min(look.critical for look in monitored.path) > 3


def test_counts_without_days_cannot_be_looked_at() -> None:
    pooled = JointCounts.of_path(
        ("control", "sticky"), ("cart", "order"), [[9000, 900, 90], [9000, 990, 99]]
    )
    with pytest.raises(CountsError, match="no days of entry"):
        ab.monitor(experiment(), pooled)


def test_the_record_holds_the_looks(run: JointCounts) -> None:
    found = ab.analyze(experiment(), run)
    from abmicro.report.render.json_csv import from_record, to_record

    again = from_record(to_record(found))
    assert to_record(again) == to_record(found)
    assert again.alpha == found.alpha


def test_looks_that_disagree_stop_the_claim(run: JointCounts) -> None:
    """Carts rise throughout; their orders first follow twice over, then turn."""
    early = counts([(0.12, 0.25), (0.16, 0.40)], units=4000)
    late = counts([(0.12, 0.25), (0.16, 0.10)], units=12000, seed=2)
    half = np.array([day < START + timedelta(days=14) for day in early.periods])[:, None]
    turned = replace(
        early,
        units=np.where(half, early.units, late.units),
        rows=np.where(half, early.rows, late.rows),
    )
    found = ab.analyze(experiment(), turned)
    assert found.monitoring is not None
    assert found.monitoring.carry[0].settled == "unstable"
    assert found.verdicts[0].decision == "do_not_trust_yet"
    assert "The looks disagree about order" in found.render("text")


GONE = 9  # a day of entry whose goals are lost


def lost(table: JointCounts, *variants: int) -> JointCounts:
    """The table whose units of a day, in some variants, reached nothing that was recorded."""
    units = table.units.copy()
    nothing = table.patterns.any(axis=1).tolist().index(False)
    for variant in variants:
        of_day = units[variant, :, GONE].sum(axis=-1)
        units[variant, :, GONE] = 0
        units[variant, :, GONE, nothing] = of_day
    return replace(table, units=units, rows=np.where(units > 0, units, 0))


def test_a_day_whose_goals_were_lost_in_one_variant_stops_the_test(run: JointCounts) -> None:
    found = ab.monitor(experiment(), lost(run, 1))
    (alarm, *_) = [one for one in found.alarms if one.kind == "data"]
    assert (
        alarm.sentence
        == "No cart in sticky of those who entered on 2026-10-14; other days have many."
    )
    assert found.state == "fix_data"


def test_a_day_whose_goals_were_lost_in_all_variants_warns(run: JointCounts) -> None:
    found = ab.monitor(experiment(), lost(run, 0, 1))
    told = [(one.kind, one.severity, one.goal) for one in found.alarms]
    assert told == [("gap", "warn", "cart")]
    assert found.state == "finished"
    paused = {"mode": "group_sequential", "first_look": "14d", "paused": [START + timedelta(GONE)]}
    assert not ab.monitor(experiment(monitoring=paused), lost(run, 0, 1)).alarms


def test_a_day_without_units_of_one_variant_is_missed(run: JointCounts) -> None:
    here = np.ones((*run.units.shape[:3], 1), dtype=int)
    here[1, :, GONE] = 0
    found = ab.monitor(experiment(), replace(run, units=run.units * here, rows=run.rows * here))
    told = [one.sentence for one in found.alarms if one.kind == "data"]
    assert told == ["Nobody entered sticky on 2026-10-14."]
    assert found.state == "fix_data"


def test_few_conversions_a_day_leave_silent_days_without_a_word() -> None:
    table = lost(counts(RATES, units=60), 0, 1)
    assert not [
        one for one in ab.monitor(experiment(), table).alarms if one.kind in ("gap", "data")
    ]
