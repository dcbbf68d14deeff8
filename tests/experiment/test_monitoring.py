"""Looks while a test runs, as a definition plans them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from abmicro.errors import DefinitionError
from abmicro.experiment.file.toml import loads
from abmicro.experiment.model import Experiment
from abmicro.experiment.monitoring import planned_looks, window_days

SEQUENTIAL = {"mode": "group_sequential", "first_look": "14d"}


def planned(monitoring: dict[str, Any] | None = None, **more: Any) -> Experiment:
    keys: dict[str, Any] = {
        "name": "Sticky button",
        "start": "2026-10-05",
        "end": "2026-11-02",
        "variants": ("control", "sticky"),
        "goals": {
            "cart": {"kind": "milestone", "window": "7d"},
            "order": {"kind": "macro", "window": "7d"},
        },
        "monitoring": SEQUENTIAL if monitoring is None else monitoring,
    }
    return Experiment(**(keys | more))


def refused(monitoring: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionError) as caught:
        planned(monitoring, **more)
    return [(problem.where, problem.code) for problem in caught.value.problems]


def test_looks_wait_for_whole_windows_and_end_with_the_last() -> None:
    looks = planned_looks(planned())
    assert (looks[0], looks[-1], len(looks)) == (date(2026, 10, 25), date(2026, 11, 8), 15)


def test_looks_wait_for_a_delay_too() -> None:
    goals = {
        "cart": {"kind": "milestone", "window": "7d"},
        "order": {"kind": "macro", "delay": "2d", "window": "7d"},
    }
    assert window_days(planned(goals=goals)) == 9
    assert planned_looks(planned(goals=goals))[-1] == date(2026, 11, 10)


def test_weekly_looks_end_with_the_last_mature_day() -> None:
    looks = planned_looks(planned(SEQUENTIAL | {"looks": "weekly"}))
    assert [day.day for day in looks] == [25, 1, 8]


def test_listed_looks_get_the_final_one() -> None:
    looks = planned_looks(planned(SEQUENTIAL | {"looks": ["2026-10-27", "2026-11-01"]}))
    assert looks == (date(2026, 10, 27), date(2026, 11, 1), date(2026, 11, 8))


def test_without_the_table_nobody_looks() -> None:
    assert planned_looks(planned({})) == ()
    assert planned_looks(planned({"mode": "anytime"}, end=None)) == ()


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from(["daily", "weekly"]))
def test_looks_rise_and_the_last_is_final(first: int, run: int, looks: str) -> None:
    end = date(2026, 10, 5) + timedelta(days=max(first, run))
    keys = {"mode": "group_sequential", "first_look": f"{first}d", "looks": looks}
    experiment = planned(keys, end=end)
    days = planned_looks(experiment)
    assert all(a < b for a, b in pairwise(days))
    assert days[-1] == end + timedelta(days=window_days(experiment) - 1)


def test_the_table_and_the_notes_are_written_back() -> None:
    notes = [{"date": "2026-10-12", "text": "checkout redesigned"}]
    keys = SEQUENTIAL | {"looks": ["2026-10-27"], "harm_alpha": 0, "paused": ["2026-10-20"]}
    experiment = planned(keys, notes=notes)
    assert loads(str(experiment)) == experiment


@pytest.mark.parametrize(
    ("monitoring", "more", "problems"),
    [
        (SEQUENTIAL, {"end": None}, [("monitoring", "E070")]),
        ({"looks": "daily"}, {}, [("monitoring.looks", "E071")]),
        ({"mode": "anytime", "spending": "pocock"}, {}, [("monitoring.spending", "E071")]),
        (SEQUENTIAL | {"units": 9000}, {}, [("monitoring.units", "E071")]),
        (
            SEQUENTIAL | {"first_look": "7d"},
            {"decision": {"minimum_runtime": "14d"}},
            [("monitoring.first_look", "E072")],
        ),
        (SEQUENTIAL | {"first_look": "40d"}, {}, [("monitoring.first_look", "E072")]),
        (
            SEQUENTIAL | {"looks": ["2026-11-01", "2026-10-27"]},
            {},
            [("monitoring.looks[2]", "E073")],
        ),
        (SEQUENTIAL | {"looks": ["2026-10-12"]}, {}, [("monitoring.looks[1]", "E074")]),
        (SEQUENTIAL | {"looks": ["2026-12-24"]}, {}, [("monitoring.looks[1]", "E074")]),
        (SEQUENTIAL | {"paused": ["2026-12-24"]}, {}, [("monitoring.paused[1]", "E076")]),
        (SEQUENTIAL | {"looks": "hourly"}, {}, [("monitoring.looks", "E013")]),
        (SEQUENTIAL | {"harm_alpha": 1}, {}, [("monitoring.harm_alpha", "E014")]),
        (SEQUENTIAL | {"futility": "often"}, {}, [("monitoring.futility", "E014")]),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(
    monitoring: dict[str, Any], more: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    assert refused(monitoring, **more) == problems


def test_goals_that_decide_on_events_need_a_window() -> None:
    events = {
        "shape": "events",
        "source": "log.csv",
        "columns": {"unit": "u", "time": "t", "event": "e", "variant": "v"},
    }
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    found = refused(SEQUENTIAL, data=events, goals=goals)
    assert found == [("goals.cart.window", "E075"), ("goals.order.window", "E075")]
