"""A test of 28 days of entry run day by day through `monitor`, as a team would have run it.

Orders take days, a ramp opens in the second week, the plan is changed once with a reason, a load of
the data goes wrong for a day, and somebody tries to restart the test under its old key.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ..analysis.monitoring.event_log import DATA, log, log_test
from ..analysis.monitoring.runs import START
from .conftest import Command, Outcome

pytestmark = pytest.mark.journey

DAILY, WEEK = 240, timedelta(days=7)
RAMP = [{"since": START + WEEK, "allocation": {"control": 0.5, "sticky": 0.5}}]
SHARES = {"control": {"share": 0.9}, "sticky": {"share": 0.1}}
FIRST = 21  # full days before the first look: two weeks of entry, and a week to order


def ramped() -> pa.Table:
    """Every tenth unit of the first week sees the sticky button, then every other one."""
    units = np.arange(DAILY * 28)
    sticky = np.where(units < DAILY * 7, units % 10 == 0, units % 2 == 0)
    arms = np.where(sticky, "sticky", "control").tolist()
    rates = {"control": 0.2, "sticky": 0.27}, {"control": 0.3, "sticky": 0.3}
    return log(*rates, daily=DAILY, late={"control": 1.5, "sticky": 1.5}, arms=arms, seed=5)


class Team:
    """A folder with the test, and what its team does in it."""

    def __init__(self, folder: Path, cli: Command) -> None:
        self.cli, self.file, self.data = cli, folder / "test.toml", folder / "log.parquet"
        self.whole = ramped()
        self.define()
        self.load(self.whole)

    def define(self, **keys: Any) -> None:
        monitoring = {"mode": "group_sequential", "first_look": "14d"}
        data = {**DATA, "source": "log.parquet", "table": None}
        given = {"monitoring": monitoring, "data": data, "variants": SHARES, "ramp": RAMP, **keys}
        self.file.write_text(str(log_test(**given)))

    def load(self, table: pa.Table) -> None:
        pq.write_table(table, self.data)

    def look(self, days: int, *more: str) -> Outcome:
        """Read the morning after so many days of data."""
        return self.cli("monitor", self.file, "--as-of", START + timedelta(days=days), *more)

    def found(self, days: int, *more: str) -> dict[str, Any]:
        shown = self.look(days, "--format", "json", *more)
        return json.loads(shown.out)

    @property
    def recorded(self) -> list[dict[str, Any]]:
        path = self.file.parent / "sticky-button.looks.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def team(tmp_path: Path, cli: Command) -> Team:
    return Team(tmp_path, cli)


def test_before_the_first_look_a_test_waits(team: Team) -> None:
    for days in (2, 7, 9):  # on the seventh a single unit is mature
        found = team.found(days)
        assert (found["state"], found["look"], found["alarms"]) == ("waiting", 0, [])
        assert found["advice"] == "First look on 26 October."
    assert found["sample_ratio"]["log_e"] < 0  # the ramp was declared


def test_a_ramp_that_was_not_declared_is_an_alarm(team: Team) -> None:
    team.define(ramp=(), variants=("control", "sticky"))
    shown = team.look(9)
    assert shown.status == 1
    assert "The variants do not get their planned shares" in shown.out


def test_a_restarted_test_needs_a_key_of_its_own(team: Team) -> None:
    assert team.look(FIRST).status == 0
    team.define(start=START + timedelta(days=2))
    shown = team.look(FIRST + 1, "--replan", "we begin again")
    assert shown.status == 2
    assert "experiment.start: moved from 2026-10-05 to 2026-10-07 after 1 look" in shown.err
    assert "give the restarted test a new key" in shown.err


def test_a_variant_that_joins_late_is_a_new_test(team: Team) -> None:
    team.look(FIRST)
    three = {"control": {"share": 0.8}, "sticky": {"share": 0.1}, "blue": {"share": 0.1}}
    team.define(variants=three, ramp=())
    shown = team.look(FIRST + 1, "--replan", "one more idea")
    assert (shown.status, "variants" in shown.err, "new key" in shown.err) == (2, True, True)


def test_a_variant_that_is_dropped_gets_no_share_from_a_day_on(team: Team) -> None:
    phases = [*RAMP, {"since": START + 3 * WEEK, "allocation": {"control": 1.0, "sticky": 0.0}}]
    team.define(ramp=phases)
    assert team.cli("check", team.file, "--no-data").status == 0


def test_data_that_shrank_are_named_until_they_are_mended(team: Team) -> None:
    team.look(FIRST + 1)
    fewer = pc.is_in(team.whole["who"], pa.array([f"u{at}" for at in range(1, DAILY * 14, 20)]))
    team.load(team.whole.filter(pc.invert(fewer)))
    shown = team.look(FIRST + 2)
    assert shown.status == 1
    assert "visitors at look 1 and has" in shown.out
    assert shown.out.splitlines()[0].endswith("fix the data")
    team.load(team.whole)
    assert team.look(FIRST + 3).status == 0


@pytest.mark.slow
def test_day_by_day_until_the_end(team: Team) -> None:
    """Every morning of five weeks: looks are recorded once, and none is ever taken back."""
    known: dict[str, float] = {}
    states = []
    for days in range(1, 29):
        if days == 24:
            team.define(end=START + timedelta(days=35))
            refused = team.look(days)
            assert (refused.status, "--replan REASON" in refused.err) == (2, True)
        found = team.found(days, *(("--replan", "Black Friday") if days == 24 else ()))
        states.append(found["state"])
        assert found["look"] == max(days - FIRST + 1, 0)
        assert {alarm["kind"] for alarm in found["alarms"]} <= {"dip"}
        path = {look["day"]: look["critical"] for look in found["path"]}
        assert {day: path[day] for day in known} == pytest.approx(known)
        known = path
    assert states[:20] == ["waiting"] * 20
    assert set(states[20:]) <= {"running", "ready"}
    assert [one["look"] for one in team.recorded] == [*range(1, 9)]
    assert [one["reason"] for one in team.recorded if one["reason"]] == ["Black Friday"]
    assert found["replans"] == [{"date": "2026-10-28", "reason": "Black Friday"}]
    assert found["looks_planned"] == 22
    spent = [one["spent"] for one in team.recorded]
    assert spent == sorted(spent)
    assert spent[-1] < 0.05
