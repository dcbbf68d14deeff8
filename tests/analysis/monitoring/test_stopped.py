"""A test that a look has stopped: the figures of that day, and of the units still in the pipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import expm1, isnan, log1p

import numpy as np
import pytest

import abmicro as ab
from abmicro.analysis.results import Monitoring
from abmicro.counts import JointCounts
from abmicro.experiment.model import Experiment
from abmicro.stats import sequential

from .runs import START, counts, experiment
from .test_monitor import until

WEEK = {"window": "7d"}
RATES = [(0.12, 0.25), (0.145, 0.25)]


def of_a_week(**keys: object) -> Experiment:
    goals = {
        "cart": {"kind": "milestone", "mde": 0.1} | WEEK,
        "order": {"kind": "macro"} | WEEK,
    }
    return experiment(goals=goals, decision={"require": "not_contradicted"}, **keys)


@pytest.fixture(scope="module")
def run() -> JointCounts:
    return counts(RATES, units=600)


def primary(found: Monitoring) -> object:
    return next(one for one in found.goals if one.goal == "cart")


@pytest.fixture(scope="module")
def crossed(run: JointCounts) -> Monitoring:
    """The first look that finds carts up."""
    day = primary(ready(run, 35)).crossed_at
    return ready(run, (day - START).days + 1)


def ready(table: JointCounts, days: int) -> Monitoring:
    return ab.monitor(of_a_week(), until(table, days))


def ended(table: JointCounts, entered: int, days: int) -> Monitoring:
    """Entry ended after so many days; the data go on."""
    cut = START + timedelta(days=days)
    stopped = until(table, entered)
    moment = datetime(cut.year, cut.month, cut.day, tzinfo=UTC)
    return ab.monitor(of_a_week(), replace(stopped, cut_off=moment))


def test_the_look_that_crosses_tells_what_it_would_say_if_it_were_the_last(
    crossed: Monitoring,
) -> None:
    one, looks = primary(crossed), crossed.path
    rows = [next(row for row in look.goals if row.goal == "cart") for look in looks]
    found = sequential.at_stop(
        rows[-1].z,
        [look.information for look in looks],
        [look.critical for look in looks],
        len(looks),
        estimate=log1p(rows[-1].lift.estimate),
    )
    assert one.stop.p_value == pytest.approx(found.p)
    assert one.stop.lift.estimate == pytest.approx(expm1(found.estimate))
    assert one.stop.lift.low == pytest.approx(expm1(found.low))
    assert 0 < one.stop.lift.low < one.stop.lift.estimate <= rows[-1].lift.estimate
    assert one.overrun is None
    assert "cart crossed at this look; without the luck of that day +" in crossed.advice


def test_units_in_the_pipe_mature_and_lead_the_headline(
    run: JointCounts, crossed: Monitoring
) -> None:
    day = (crossed.path[-1].day - START).days + 1
    later = ended(run, day + 1, day + 9)
    one = primary(later)
    assert one.stop == primary(crossed).stop
    assert one.overrun.units == 2 * 600 * 8  # a week of windows, and the day it took to stop
    assert one.overrun.lift == later.path[-1].goals[0].lift
    assert (later.state, later.look) == ("ready", crossed.look + 8)
    month = crossed.path[-1].day.strftime("%-d %B")
    assert later.advice.startswith(f"Stopped on {month}; with the 9,600 units that matured since")


def test_where_entry_went_on_nothing_was_stopped(run: JointCounts, crossed: Monitoring) -> None:
    day = (crossed.path[-1].day - START).days + 1
    one = primary(ready(run, day + 3))
    assert (one.stop, one.overrun) == (None, None)
    assert "The claims stand" in ready(run, day + 3).advice
    assert one.crossed_at == crossed.path[-1].day


def test_a_test_that_ended_later_has_only_its_overrun(
    run: JointCounts, crossed: Monitoring
) -> None:
    day = (crossed.path[-1].day - START).days + 1
    one = primary(ended(run, day + 4, day + 6))
    assert one.stop is None
    assert one.overrun.day == START + timedelta(days=day + 2)
    assert one.overrun.units == 2 * 600 * 3


def test_what_runs_on_says_how_far_it_is() -> None:
    open_still = ready(counts([(0.12, 0.25), (0.128, 0.25)], units=600, seed=3), 24)
    assert open_still.state == "running"
    assert open_still.advice.startswith("Not enough yet: the bound is 2.")
    assert "; at the planned lift the chance to cross by 8 November is " in open_still.advice


def test_always_on_tests_have_intervals_that_hold_at_any_stop(run: JointCounts) -> None:
    always = of_a_week(monitoring={"mode": "anytime"}, end=None)
    assert primary(ab.monitor(always, run)).stop is None


def test_the_record_reads_back(run: JointCounts, crossed: Monitoring) -> None:
    from abmicro.report.render.json_csv import from_record, to_record

    analysis = ab.analyze(of_a_week(), until(run, (crossed.path[-1].day - START).days + 1))
    assert from_record(to_record(analysis)).monitoring == analysis.monitoring
    assert not isnan(primary(crossed).stop.p_value)
    assert np.isfinite(primary(crossed).stop.lift.high)
