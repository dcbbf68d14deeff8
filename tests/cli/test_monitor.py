"""`abmicro monitor`: a line a test, the worst first, and an exit status for cron."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..analysis.monitoring.runs import counts, experiment
from .conftest import Command


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
        (made_file := tmp_path / f"{name}.toml").write_text(str(experiment(name=name, data=data)))
        made[name] = made_file
    return made


def test_a_line_says_how_a_test_stands(cli: Command, tests: dict[str, Path]) -> None:
    shown = cli("monitor", tests["sound"])
    assert shown.status == 0
    line = shown.out.splitlines()[0]
    assert line.startswith("sound 2026-11-01 look 15 of 15 | cart +")
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
