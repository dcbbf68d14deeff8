"""The alarms of harm: mature units decide, all units so far warn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import abmicro as ab
from abmicro.analysis.results import Monitoring

from .event_log import log, log_test
from .runs import START, counts, experiment
from .test_monitor import until

pytestmark = pytest.mark.journey

FIXED = {"mode": "fixed"}
EQUAL = {"control": 0.3, "sticky": 0.3}


def on_day(table: object, days: int, **keys: object) -> Monitoring:
    """The test of a log as it stands once so many days of data are complete."""
    test, day = log_test(monitoring=FIXED, **keys), START + timedelta(days=days)
    given = (collected(test, table, as_of=day) for collected in (ab.collect, ab.collect_histograms))
    return ab.monitor(test, *given, as_of=day)


def kinds(found: Monitoring) -> list[str]:
    return [alarm.kind for alarm in found.alarms]


@pytest.fixture(scope="module")
def broken() -> object:
    """Hardly anybody who sees the sticky button can order."""
    return log(EQUAL, {"control": 0.3, "sticky": 0.01}, days=14)


def test_orders_that_fail_are_seen_a_week_before_a_unit_is_mature(broken: object) -> None:
    (alarm,) = on_day(broken, 4).alarms
    assert (alarm.kind, alarm.severity, alarm.variant) == ("harm_so_far", "warn", "sticky")
    assert alarm.sentence.startswith("order -98% with sticky so far, lost or late (z -")
    assert alarm.figure < alarm.threshold < -3


def test_the_line_says_where_to_look_and_nothing_is_decided(broken: object) -> None:
    found = on_day(broken, 4)
    assert "| HARM SO FAR: order -98% with sticky so far, lost or late (z -" in found.text
    assert "| look at sticky |" in found.text
    assert "harm no" not in found.text
    assert found.variants[0].decision == "keep_running"


def test_what_is_mature_decides_and_is_not_said_twice(broken: object) -> None:
    found = on_day(broken, 12)
    assert kinds(found) == ["harm"]
    assert found.alarms[0].day == START + timedelta(days=7)
    assert found.variants[0].decision == "keep_control"


def test_before_the_first_window_closes_nothing_is_wrong_with_the_data() -> None:
    same = log(EQUAL, EQUAL, days=14)
    found = on_day(same, 4)
    assert (found.state, found.alarms) == ("waiting", ())
    assert found.advice == "Results on 2026-11-09."


def test_a_goal_that_never_fires_is_named_in_the_line() -> None:
    dead = log(EQUAL, {"control": 0.3, "sticky": 0.0}, days=14)
    found = on_day(dead, 12)
    assert found.state == "fix_data"
    assert found.advice in found.text
    assert found.advice.startswith("Orders: none recorded in sticky")


def test_orders_that_are_only_late_warn_until_their_windows_close() -> None:
    slow = log(EQUAL, {"control": 0.5, "sticky": 0.5}, late={"control": 0.1, "sticky": 2.0})
    assert kinds(on_day(slow, 4)) == ["harm_so_far"]
    assert kinds(on_day(slow, 28)) == []


def test_a_log_without_harm_is_quiet() -> None:
    same = log(EQUAL, {"control": 0.3, "sticky": 0.3}, days=14)
    assert [kinds(on_day(same, days)) for days in (3, 14)] == [[], []]


def test_fewer_than_ten_orders_tell_nothing() -> None:
    few = log(EQUAL, {"control": 0.05, "sticky": 0.0}, days=14)
    assert kinds(on_day(few, 3)) == []


def windowed(days: int) -> Monitoring:
    """Counts by day of entry, a week to order, none in the treated variant."""
    test = experiment(
        monitoring=FIXED,
        goals={
            "cart": {"kind": "milestone", "window": "7d"},
            "order": {"kind": "macro", "window": "7d"},
        },
    )
    table = counts([(0.12, 0.25), (0.12, 0.12)], units=600)
    return ab.monitor(test, until(table, days))


def test_counts_that_hold_everybody_speak_of_today() -> None:
    (alarm,) = windowed(6).alarms
    assert (alarm.kind, alarm.day) == ("harm_so_far", START + timedelta(days=5))
    assert kinds(windowed(14)) == ["harm"]


def test_counts_of_days_whose_windows_are_open_do_no_harm() -> None:
    """Only the last week lacks orders, and its windows are open."""
    test = experiment(
        monitoring=FIXED,
        goals={
            "cart": {"kind": "milestone", "window": "7d"},
            "order": {"kind": "macro", "window": "7d"},
        },
    )
    fine, bad = (counts([(0.12, 0.25), (0.12, order)], units=900) for order in (0.25, 0.0))
    recent = [day >= START + timedelta(days=13) for day in fine.periods]
    units = fine.units.copy()
    units[:, :, recent] = bad.units[:, :, recent]
    found = ab.monitor(test, until(replace(fine, units=units), 20))
    assert "harm" not in kinds(found)
