"""Bounce rate and click-through rate, from a log of events to the page."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from .conftest import Command

pytestmark = pytest.mark.journey

DEFINITION = """
experiment.name = "Shorter landing page"
[variants]
arms = ["control", "short"]
[data]
shape = "events"
source = "log.csv"
[data.columns]
unit = "user"
time = "ts"
event = "event"
variant = "variant"
session = "visit"
[exposure]
event = "seen"
[goals.bounce]
kind = "action"
role = "primary"
event = "page_view"
exactly = 1
per = "session"
direction = "down"
[goals.impression]
kind = "action"
role = "exploratory"
[goals.ctr]
kind = "action"
event = "click"
per = "impression"
[goals.order]
kind = "macro"
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The definition beside a log in which a visitor's sessions resemble one another."""
    random = Random(7)  # noqa: S311 - no secret
    rows = ["user,ts,event,variant,visit"]
    for user in range(400):
        arm, habit = ("control", "short")[user % 2], random.random()
        for visit in range(1 + user % 5):
            at = f"2026-10-05 1{visit}:00:00"
            rows.append(f"{user},{at},{'seen' if not visit else 'scroll'},{arm},{visit}")
            bounces = random.random() < habit * (0.8 if arm == "control" else 0.4)
            rows += [f"{user},{at},page_view,,{visit}"] * (1 if bounces else 3)
            rows += [f"{user},{at},impression,,{visit}"] * 4
            rows += [f"{user},{at},click,,{visit}"] * random.choice([0, 0, 1])
            rows += [f"{user},{at},order,,{visit}"] * (random.random() < 0.1)
    (tmp_path / "log.csv").write_text("\n".join(rows))
    definition = tmp_path / "experiment.toml"
    definition.write_text(DEFINITION)
    return definition


def test_bounces_and_clicks_are_told_per_session_and_impression(cli: Command, log: Path) -> None:
    found = json.loads(cli("analyze", log, "--format", "json").out)
    rows = {row["goal"]: row for row in found["goals"]}
    assert rows["bounce"]["units"] == {"control": 200, "treated": 200}
    assert rows["bounce"]["rate"]["treated"] < 0.3 < rows["bounce"]["rate"]["control"]
    assert rows["bounce"]["adjusted_p_value"] < 0.001
    assert rows["ctr"]["rate"]["control"] == pytest.approx(1 / 12, abs=0.02)
    assert rows["impression"]["rate"]["control"] == 1


def test_the_page_shows_them(cli: Command, log: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert cli("report", log, "-o", page).status == 0
    shown = page.read_text()
    assert "Bounce (per session)" in shown
    assert "Ctr (per impression)" in shown
    assert "Deng, Knoblich and Lu (2018)" in shown


def test_saved_counts_say_the_same(cli: Command, log: Path, tmp_path: Path) -> None:
    counts = tmp_path / "counts.csv"
    cli("collect", log, "-o", counts)
    of_log, of_counts = (
        json.loads(cli("analyze", log, "--format", "json", *more).out)["goals"]
        for more in ((), ("--counts", counts))
    )
    assert of_counts == of_log
