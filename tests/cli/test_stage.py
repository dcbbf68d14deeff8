"""The declared end on the command line: `--as-of` says the day, and an early look is healthy."""

from __future__ import annotations

import json

import pytest

from .conftest import Command, Shop

DATED = 'name = "Sticky button"\nstart = 2026-10-05\nend = 2026-11-02'
GATES = ("--fail-on", "health")


@pytest.fixture
def dated(shop: Shop) -> Shop:
    """The shop with a declared end; its data have no days."""
    shop.define('name = "Sticky button"', DATED)
    return shop


def test_before_the_end_nothing_ships_and_the_exit_is_healthy(cli: Command, dated: Shop) -> None:
    shown = cli("analyze", dated.file, "--as-of", "2026-10-09", *GATES)
    assert shown.status == 0
    assert "RUNNING, DAY 4 OF 28" in shown.out
    assert "The first answer comes on 2 November." in shown.out
    assert "SHIP IT" not in shown.out


def test_at_the_end_it_ships(cli: Command, dated: Shop) -> None:
    shown = cli("analyze", dated.file, "--as-of", "2026-11-02", *GATES)
    assert (shown.status, "SHIP IT" in shown.out) == (0, True)


def test_counts_without_days_are_told_the_day(cli: Command, dated: Shop) -> None:
    counts = dated.folder / "counts.csv"
    assert cli("collect", dated.file, "-o", counts).status == 0
    told = []
    for day in ("2026-10-09", "2026-11-02"):
        shown = cli("analyze", dated.file, "--counts", counts, "--as-of", day, "--format", "json")
        told.append(json.loads(shown.out)["verdicts"][0])
    keys = "decision", "stage", "results_on"
    assert [tuple(one[key] for key in keys) for one in told] == [
        ("keep_running", "before", "2026-11-02"),
        ("ship", "end", "2026-11-02"),
    ]


def by_day(shop: Shop, days: int) -> None:
    """The shop's data over again on every day, each with its day."""
    head, *rows = shop.data.read_text().splitlines()
    lines = [f"{row},2026-10-{5 + day:02}" for day in range(days) for row in rows]
    shop.data.write_text("\n".join([f"{head},day", *lines]) + "\n")
    shop.define('variant = "arm"', 'variant = "arm"\nperiod = "day"')


def test_days_in_the_data_tell_the_day(cli: Command, shop: Shop) -> None:
    by_day(shop, 4)
    shop.file.write_text(shop.file.read_text().replace('name = "Sticky button"', DATED))
    shown = cli("analyze", shop.file, *GATES)
    assert "DAY 4 OF 28\nLet it run. The first answer comes on 2 November." in shown.out
    assert shown.status == 0


def test_counts_with_later_days_cannot_be_taken_back(cli: Command, shop: Shop) -> None:
    by_day(shop, 4)
    counts = shop.folder / "counts.csv"
    cli("collect", shop.file, "-o", counts)
    shown = cli("analyze", shop.file, "--counts", counts, "--as-of", "2026-10-07")
    assert shown.status == 3
    assert "as_of: the counts know of later days than 2026-10-07 (E310)" in shown.err


def test_too_short_a_run_waits_and_is_healthy(cli: Command, shop: Shop) -> None:
    by_day(shop, 4)
    with shop.file.open("a") as file:
        file.write('\n[decision]\nminimum_runtime = "14d"\n')
    shown = cli("analyze", shop.file, *GATES)
    assert shown.status == 0
    assert "\nLet it run." in shown.out
    assert "Let it run. The first answer comes on 19 October." in shown.out
    assert "4 days of at least 14 have been run." in cli("analyze", shop.file, "--full").out


LOG = """\
[experiment]
name = "Log"
start = 2026-10-05
end = 2026-11-02
[variants]
arms = ["control", "sticky"]
[data]
shape = "events"
source = "events.csv"
columns = { unit = "id", time = "at", event = "what", variant = "arm" }
[exposure]
event = "seen"
[goals.cart]
kind = "milestone"
window = "7d"
[goals.buy]
kind = "macro"
window = "7d"
"""


def test_events_are_complete_up_to_their_last_row_or_the_day_that_is_said(
    cli: Command, shop: Shop
) -> None:
    times = {"seen": "2026-10-30 10:00", "cart": "2026-11-01 09:00", "buy": "2026-11-08 20:00"}
    rows = [
        f"{arm}{at},{time},{what},{arm}"
        for arm in ("control", "sticky")
        for at in range(40)
        for what, time in times.items()
        if what == "seen" or at < 20
    ]
    (shop.folder / "events.csv").write_text("\n".join(["id,at,what,arm", *rows]) + "\n")
    shop.file.write_text(LOG)
    by_row = cli("analyze", shop.file, "--format", "json")
    said = cli("analyze", shop.file, "--as-of", "2026-11-09", "--format", "json")
    early, late = (json.loads(one.out)["verdicts"][0] for one in (by_row, said))
    assert (early["stage"], late["stage"]) == ("before", "end")
    assert early["because"][0] == "Entry closed; results on 9 November."
    assert "--as-of 2026-11-09" in early["would_change"]
