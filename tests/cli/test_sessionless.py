"""Hits that do not say in which session they fell, from a log of events to the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Command

pytestmark = pytest.mark.journey

DEFINITION = """
experiment.name = "Session id only on session_start"
variants.arms = ["A", "B"]
[data]
shape = "events"
source = "log.csv"
[data.columns]
unit = "user"
time = "ts"
event = "event"
variant = "variant"
session = "visit"
[goals.cart]
kind = "milestone"
[goals.cart_sessions]
kind = "action"
event = "cart"
per = "session"
[goals.order]
kind = "macro"
"""


@pytest.mark.parametrize(
    ("every_a", "every_b", "status"),
    [(1, 1, "fail"), (4, 4, "warn"), (40, 40, "pass"), (20, 4, "fail"), (0, 0, None)],
)
def test_hits_without_a_session_are_counted_and_checked(
    cli: Command, tmp_path: Path, every_a: int, every_b: int, status: str | None
) -> None:
    rows = ["user,ts,event,variant,visit"]
    lost = 0
    for user in range(800):
        every = (every_a, every_b)[user % 2]
        named = not every or user // 2 % every != 0
        lost += not named
        rows.append(f"{user},2026-10-05 10:00:00,view,{'AB'[user % 2]},{user}")
        rows.append(f"{user},2026-10-05 10:01:00,cart,,{user if named else ''}")
    (tmp_path / "log.csv").write_text("\n".join(rows))
    (tmp_path / "experiment.toml").write_text(DEFINITION)
    page = json.loads(cli("analyze", str(tmp_path / "experiment.toml"), "--format", "json").out)
    found = [one["status"] for one in page["checks"] if one["name"] == "sessions"]
    assert found == ([status] if status else [])
    told = [one["rows"] for one in page["ledger"] if one["step"] == "no_session"]
    assert sum(told) == lost
