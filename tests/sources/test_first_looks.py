"""Logs as tools export them: what `abmicro init` guesses of one counts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import abmicro as ab
from abmicro.cli.commands.init import start

Row = tuple[datetime, str, str, str, str]
BEGIN = datetime(2026, 10, 13, 8, tzinfo=UTC)
LOG: list[Row] = [
    (BEGIN + timedelta(hours=5 * at, minutes=3 * step), f"u{at}", "AB"[at % 2], event, amount)
    for at in range(40)
    for step, (event, amount) in enumerate(
        [("page_view", ""), ("add_to_cart", ""), ("purchase", f"{at + 1},{at + 10}")][: 1 + at % 3]
    )
]
REACHED = {
    goal: [len({u for _, u, a, e, _ in LOG if (a, e) == (arm, goal)}) for arm in "AB"]
    for goal in ("page_view", "add_to_cart", "purchase")
}


def of_csv(names: str, cells: Callable[[Row], list[str]]) -> str:
    return "\n".join([names, *(";".join(cells(row)) for row in LOG)]) + "\n"


def plain(clock: Callable[[datetime], str], names: str = "timestamp;user_id;variant;event") -> str:
    return of_csv(f"{names};revenue", lambda row: [clock(row[0]), *row[1:]])


def inside(clock: Callable[[datetime], object]) -> str:
    rows = ((unit, event, clock(at), arm) for at, unit, arm, event, _ in LOG)
    return "".join(
        json.dumps({"user_id": unit, "event": event, "properties": {"time": at, "variant": arm}})
        + "\n"
        for unit, event, at, arm in rows
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("points-beside-commas.csv", plain(lambda at: f"{at.timestamp():.3f}")),
        ("commas.csv", plain(lambda at: f"{at.timestamp():.3f}".replace(".", ","))),
        ("month-first.csv", plain(lambda at: f"{at:%m/%d/%Y %I:%M %p}")),
        (
            "snowplow.csv",
            plain(
                lambda at: f"{at:%Y-%m-%d %H:%M:%S}.123",
                "derived_tstamp;domain_userid;variant;event_name",
            ),
        ),
        ("matomo.csv", plain(lambda at: f"{at}", "server_time;idvisitor;variation;event")),
        ("german.csv", plain(lambda at: f"{at}", "Zeitstempel;Nutzer-ID;Variante;Ereignis")),
        ("json-times.jsonl", inside(lambda at: at.isoformat())),
        ("json-seconds.jsonl", inside(lambda at: int(at.timestamp()))),
        ("json-milliseconds.jsonl", inside(lambda at: int(at.timestamp()) * 1000)),
    ],
)
def test_what_init_guesses_of_a_log_counts_it(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    made = start(str(tmp_path / name), None, None, None, tmp_path / "test")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "experiment.toml").write_text(made.text, encoding="utf-8")
    experiment = ab.load(tmp_path / "test" / "experiment.toml")
    counts = ab.collect(experiment, folder=tmp_path / "test")
    found = {one: counts.reached(one).reshape(2, -1).sum(1).tolist() for one in counts.goals}
    assert counts.units.reshape(2, -1).sum(1).tolist() == [20, 20]
    assert {goal: REACHED[goal] for goal in found} == found
    assert {"add_to_cart", "purchase"} <= set(found)
