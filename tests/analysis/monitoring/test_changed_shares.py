"""Looks at tests whose shares change while they run: a look that tells no more is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

import abmicro as ab
from abmicro.analysis.monitoring.boundary import information_of, rises
from abmicro.analysis.results import Monitoring
from abmicro.counts import JointCounts

from .runs import START, counts, experiment

THREE = ("control", "sticky", "blue")
RATES = [(0.12, 0.25), (0.13, 0.25), (0.17, 0.25)]


def thinned(table: JointCounts, kept: dict[str, float], since: int) -> JointCounts:
    """The table with so large a part of the units of some variants from a day on."""
    late = np.array([day >= START + timedelta(days=since) for day in table.periods])
    part = np.array([kept.get(name, 1.0) for name in table.variants])[:, None, None, None]
    shares = np.where(late[:, None], part, 1.0)
    units = np.floor(table.units * shares).astype(np.int64)
    return replace(table, units=units, rows=units)


def watched(table: JointCounts, allocation: dict[str, float], since: int) -> Monitoring:
    phases = [{"since": START + timedelta(days=since), "allocation": allocation}]
    names = tuple(allocation)
    return ab.monitor(experiment(variants=names, ramp=phases), table)


@pytest.fixture(scope="module")
def dropped() -> Monitoring:
    """From the twentieth day on nobody sees the blue variant."""
    table = thinned(counts(RATES, units=500, variants=THREE), {"blue": 0.0}, 19)
    return watched(table, {"control": 0.5, "sticky": 0.5, "blue": 0.0}, 19)


def test_a_variant_that_is_dropped_has_no_look_any_more(dropped: Monitoring) -> None:
    told = {
        variant: [any(one.variant == variant for one in look.goals) for look in dropped.path]
        for variant in THREE[1:]
    }
    assert told == {"sticky": [True] * 15, "blue": [True] * 6 + [False] * 9}
    assert (dropped.state, dropped.look) == ("finished", 15)


def test_what_was_found_of_it_stands(dropped: Monitoring) -> None:
    blue = next(one for one in dropped.goals if (one.goal, one.variant) == ("cart", "blue"))
    assert blue.crossed_at is not None
    assert blue.sequential_p_value < 0.01
    assert np.isnan(blue.conditional_power)


def test_the_others_keep_the_bounds_of_the_calendar(dropped: Monitoring) -> None:
    assert dropped.path[-1].alpha_spent == pytest.approx(0.05)
    critical = [look.critical for look in dropped.path]
    assert critical == sorted(critical, reverse=True)


def test_shares_that_become_uneven_cost_some_looks() -> None:
    table = thinned(counts(RATES[:2], units=800), {"sticky": 0.1}, 14)
    found = watched(table, {"control": 0.9091, "sticky": 0.0909}, 14)
    information = [look.information for look in found.path]
    assert information == sorted(set(information))
    assert 1 <= len(found.path) < 15
    assert found.state == "finished"


def test_a_phase_without_a_variant_tells_nothing_of_it() -> None:
    units = np.array([[[100.0, 100.0], [0.0, 80.0]], [[100.0, 100.0], [0.0, 0.0]]])
    assert information_of(units).tolist() == [[50.0, 50.0]]
    assert rises(information_of(units)).tolist() == [[True, False]]
