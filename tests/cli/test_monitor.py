"""`abmicro monitor`: a line a test, the worst first, and an exit status for cron."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from abmicro.counts import JointCounts, entered_by

from ..analysis.monitoring.runs import START, counts, experiment
from .conftest import Command

pytestmark = pytest.mark.journey

WEEKLY = {"mode": "group_sequential", "first_look": "14d", "looks": "weekly"}


@pytest.fixture
def tests(tmp_path: Path) -> dict[str, Path]:
    """A sound test and one that does harm, each with a joint table beside it."""
    made = {}
    for name, rates in (
        ("sound", [(0.12, 0.25), (0.14, 0.25)]),
        ("bad", [(0.12, 0.25), (0.12, 0.18)]),
    ):
        (table := tmp_path / f"{name}.csv").write_text("")
        counts(rates, units=1500).save(table)
        data = {"shape": "joint", "source": f"{name}.csv"}
        made[name] = tmp_path / f"{name}.toml"
        made[name].write_text(str(experiment(monitoring=WEEKLY, name=name, data=data)))
    return made


def test_a_line_says_how_a_test_stands(cli: Command, tests: dict[str, Path]) -> None:
    shown = cli("monitor", tests["sound"])
    assert shown.status == 0
    line = shown.out.splitlines()[0]
    assert line.startswith("sound 2026-11-01 look 3 of 3 | cart +")
    assert line.endswith("harm no | sample ratio ok | finished")


def test_harm_breaks_the_pipeline_and_comes_first(cli: Command, tests: dict[str, Path]) -> None:
    shown = cli("monitor", tests["sound"], tests["bad"])
    assert shown.status == 1
    assert shown.out.startswith("bad ")
    assert "--fail-on harm: failed" in shown.err
    assert cli("monitor", tests["bad"], "--fail-on", "dip").status == 0


def test_json_is_a_line_a_test(cli: Command, tests: dict[str, Path]) -> None:
    shown = cli("monitor", tests["sound"], tests["bad"], "--format", "json")
    found: list[dict[str, Any]] = [json.loads(line) for line in shown.out.splitlines()]
    assert [one["state"] for one in found] == ["stop_harm", "finished"]
    assert found[1]["path"][-1]["day"] == "2026-11-01"


def test_an_alarm_nobody_knows_is_refused(cli: Command, tests: dict[str, Path]) -> None:
    shown = cli("monitor", tests["sound"], "--fail-on", "smoke")
    assert (shown.status, "known: harm" in shown.err) == (2, True)


def test_saved_counts_need_no_data_in_the_definition(cli: Command, tmp_path: Path) -> None:
    (tmp_path / "e.toml").write_text(str(experiment()))
    counts([(0.12, 0.25), (0.14, 0.25)]).save(tmp_path / "c.csv")
    for command in ("monitor", "analyze"):
        assert cli(command, tmp_path / "e.toml", "--counts", tmp_path / "c.csv").status == 0


def lines(folder: Path, key: str = "sound") -> list[dict[str, Any]]:
    text = (folder / f"{key}.looks.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def run_until(table: Path, days: int) -> None:
    """The table as it stood when so many days of data were complete."""
    whole = JointCounts.load(table)
    day = START + timedelta(days=days)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    replace(entered_by(whole, day - timedelta(days=1)), cut_off=moment).save(table)


def test_looks_are_written_down_once(cli: Command, tests: dict[str, Path]) -> None:
    for _ in range(2):
        assert cli("monitor", tests["sound"]).status == 0
        assert len(lines(tests["sound"].parent)) == 3
    assert cli("analyze", tests["sound"]).status == 0


def test_a_first_look_is_recorded_as_it_is_made(cli: Command, tests: dict[str, Path]) -> None:
    table = tests["sound"].with_suffix(".csv")
    late = cli("monitor", tests["sound"], "--format", "json", "--no-record")
    assert json.loads(late.out)["recorded"] is False
    run_until(table, 15)
    first = cli("monitor", tests["sound"], "--format", "json")
    assert json.loads(first.out)["recorded"] is True


def test_no_record_leaves_no_file(cli: Command, tests: dict[str, Path]) -> None:
    cli("monitor", tests["sound"], "--no-record")
    assert not (tests["sound"].parent / "sound.looks.jsonl").exists()


def test_a_plan_changed_after_a_look_asks_why(cli: Command, tests: dict[str, Path]) -> None:
    file = tests["sound"]
    whole = JointCounts.load(file.with_suffix(".csv"))
    run_until(file.with_suffix(".csv"), 20)
    assert cli("monitor", file).status == 0
    before = lines(file.parent)
    file.write_text(file.read_text().replace("end = 2026-11-02", "end = 2026-11-16"))
    for command in ("monitor", "analyze"):
        shown = cli(command, file)
        assert (shown.status, "--replan REASON" in shown.err) == (2, True)
        assert 'experiment.end: "2026-11-02" became "2026-11-16" after 1 look' in shown.err
    whole.save(file.with_suffix(".csv"))
    run_until(file.with_suffix(".csv"), 21)
    shown = cli("monitor", file, "--replan", "Black Friday", "--format", "json")
    assert (shown.status, json.loads(shown.out)["replans"][0]["reason"]) == (0, "Black Friday")
    after = lines(file.parent)
    assert after[:1] == before
    assert [one["reason"] for one in after[1:]] == ["Black Friday"]
    assert after[1]["critical"] != pytest.approx(2.36, abs=0.01)
    assert cli("monitor", file, "--format", "json").status == 0


def test_a_changed_goal_is_a_new_test(cli: Command, tests: dict[str, Path]) -> None:
    file = tests["sound"]
    cli("monitor", file)
    file.write_text(file.read_text().replace("[goals.order]", '[goals.order]\ndirection = "down"'))
    shown = cli("monitor", file, "--replan", "we would like it")
    assert (shown.status, "new key" in shown.err) == (2, True)


def test_units_of_a_past_look_do_not_change(cli: Command, tests: dict[str, Path]) -> None:
    file, table = tests["sound"], tests["sound"].with_suffix(".csv")
    cli("monitor", file)
    counts([(0.12, 0.25), (0.14, 0.25)], units=1400).save(table)
    shown = cli("monitor", file)
    assert shown.status == 1
    assert "control had 21,000 visitors at look 1 and has 19,600 of the same days now" in shown.out


@pytest.mark.parametrize("text", ["{", '{"look": 1}', "[]", "nonsense"])
def test_a_broken_file_of_looks_is_named(cli: Command, tests: dict[str, Path], text: str) -> None:
    (tests["sound"].parent / "sound.looks.jsonl").write_text(text)
    shown = cli("monitor", tests["sound"])
    assert (shown.status, "sound.looks.jsonl: line 1 is no look" in shown.err) == (3, True)
