"""One phone that says 2036, from a log of events to the page."""

from __future__ import annotations

from pathlib import Path

from .conftest import Command

DEFINITION = """
experiment.name = "One clock in 2036"
variants.arms = ["A", "B"]
[data]
shape = "events"
source = "log.csv"
[data.columns]
unit = "user"
time = "ts"
event = "event"
variant = "variant"
[goals.cart]
kind = "milestone"
window = "14d"
[goals.order]
kind = "macro"
window = "14d"
"""
ROWS = ["user,ts,event,variant"] + [
    f"{user},2026-09-{1 + user % 20:02} 10:00:00,view,{'AB'[user % 2]}" for user in range(200)
]
WRONG = ["1,2036-01-01 00:00:00,scroll,"]


def test_one_clock_in_2036_closes_no_window(cli: Command, tmp_path: Path) -> None:
    (tmp_path / "experiment.toml").write_text(DEFINITION)
    told = []
    for rows in (ROWS, ROWS + WRONG):
        (tmp_path / "log.csv").write_text("\n".join(rows))
        told.append(cli("explain", str(tmp_path / "experiment.toml")).out.splitlines())
    clean, wrong = told
    assert any("immature" in line for line in clean)
    assert set(clean[2:]) < set(wrong)
    line = "1               0  future: rows dated later than the moment of the run"
    assert line in "\n".join(wrong)
