"""Event data give histograms beside the joint table, and both travel as files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from abmicro import Histograms, collect_histograms, load
from abmicro.cli.steps import Run

from .conftest import Command, Shop, without_query

pytestmark = pytest.mark.journey

DEFINITION = """\
[experiment]
name = "Sticky button"

[variants]
arms = ["control", "sticky"]

[data]
shape = "events"
source = "log.csv"
[data.columns]
unit = "user"
time = "ts"
event = "event"
variant = "arm"

[goals.cart]
kind = "milestone"
window = "1d"

[goals.buy]
kind = "macro"
window = "1d"

[segments]
device = "device"
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """400 users, of whom every second fills a cart within the hour and every fourth buys."""
    lines = ["user,ts,event,arm,device"]
    for at in range(400):
        arm, device = ("control", "sticky")[at % 2], ("phone", "desk")[at // 2 % 2]
        day = f"2026-10-{5 + at % 14:02}"
        lines.append(f"u{at},{day} 10:00:00,seen,{arm},{device}")
        if at // 4 % 2:
            lines.append(f"u{at},{day} 10:30:00,cart,,{device}")
            if at // 8 % 2:
                lines.append(f"u{at},{day} 13:00:00,buy,,{device}")
    lines.append("late,2026-10-30 10:00:00,other,,")
    (tmp_path / "log.csv").write_text("\n".join(lines))
    file = tmp_path / "experiment.toml"
    file.write_text(DEFINITION)
    return file


@pytest.fixture
def saved(cli: Command, log: Path) -> Callable[[str], tuple[Path, Path]]:
    """Collect both tables into files of one form."""

    def save(form: str) -> tuple[Path, Path]:
        counts, histograms = (log.parent / f"{name}.{form}" for name in ("counts", "histograms"))
        shown = cli("collect", log, "-o", counts, "--histograms", histograms)
        assert shown.status == 0
        return counts, histograms

    return save


def test_collect_says_that_it_wrote_both(cli: Command, log: Path) -> None:
    counts, histograms = log.parent / "counts.csv", log.parent / "histograms.csv"
    shown = cli("collect", log, "-o", counts, "--histograms", histograms)
    cells = len(Histograms.load(histograms).cells)
    assert shown.err.splitlines() == [
        f"wrote {counts}: 400 units in 84 cells",
        f"wrote {histograms}: {cells:,} cells",
    ]


@pytest.mark.parametrize(
    ("form", "more"), [("csv", ()), ("parquet", ("--segment", "device=phone"))]
)
def test_saved_tables_give_the_analysis_that_the_log_gives(
    cli: Command, log: Path, saved: Callable[[str], tuple[Path, Path]], form: str, more: tuple[str]
) -> None:
    counts, histograms = saved(form)
    again = cli("analyze", log, "--counts", counts, "--histograms", histograms, *more)
    assert again.status == 0
    assert without_query(again.out) == without_query(cli("analyze", log, *more).out)


def test_counts_without_histograms_say_what_is_missing(
    cli: Command, log: Path, saved: Callable[[str], tuple[Path, Path]]
) -> None:
    counts, _ = saved("csv")
    told = cli("analyze", log, "--counts", counts, "--format", "html").out
    assert "need histograms of the events" in " ".join(told.split())


def test_the_report_is_made_of_events_too(cli: Command, log: Path) -> None:
    path = log.parent / "report.html"
    assert cli("report", log, "-o", path).status == 0
    assert path.stat().st_size > 0


def test_query_prints_the_select_of_the_histograms(cli: Command, log: Path) -> None:
    text = cli("query", log, "--histograms", "--dialect", "bigquery").out
    assert text.startswith("WITH ends AS")  # the moments between which rows count
    assert "`figure`" in text


@pytest.mark.parametrize("command", ["analyze", "explain"])
def test_verbose_runs_say_what_both_questions_cost(cli: Command, log: Path, command: str) -> None:
    counted, followed = cli(command, log, "-v").err.splitlines()[:2]
    assert re.fullmatch(r"DuckDB \S+: 701 rows in \d+\.\d\d s, read 3 times", counted)
    assert re.fullmatch(r"histograms: \d+ cells in \d+\.\d\d s more, read 4 times", followed)


def test_what_became_of_the_rows_is_said_without_histograms(cli: Command, log: Path) -> None:
    assert cli("explain", log).err == ""
    assert cli("explain", log).out == cli("explain", log, "-v").out


def test_the_limits_of_the_machine_hold_for_the_histograms_too(cli: Command, log: Path) -> None:
    shown = cli(
        "collect",
        log,
        "-o",
        log.parent / "c.csv",
        "--histograms",
        log.parent / "h.csv",
        "-v",
        "--memory",
        "lots",
    )
    assert shown.status == 2
    assert "'lots' is not a size (E313)" in shown.err
    assert "histograms: " not in shown.err


def test_both_tables_of_a_run_end_at_one_moment(log: Path) -> None:
    today = Run.begin(load(log), log, None)
    then = replace(today, now=datetime(2026, 10, 10, tzinfo=UTC))
    counts, found = then.both()
    assert counts.origin is not None
    assert counts.origin.now == then.now
    assert found == collect_histograms(load(log), folder=log.parent, now=then.now)
    assert found != today.both()[1]


def test_rows_that_are_units_have_no_histograms(cli: Command, shop: Shop) -> None:
    shown = cli("collect", shop.file, "-o", shop.folder / "c.csv", "--histograms", "h.csv")
    assert shown.status == 3
    assert "rows of the units shape do not say when a goal was reached (E309)" in shown.err
    assert not (shop.folder / "c.csv").exists()


def test_saved_histograms_cannot_be_taken_back_to_an_earlier_day(
    cli: Command, log: Path, saved: Callable[[str], tuple[Path, Path]]
) -> None:
    _, histograms = saved("csv")
    shown = cli("analyze", log, "--histograms", histograms, "--as-of", "2026-10-10")
    assert shown.status == 2
    assert "counts that are ready cannot be taken back" in shown.err


def test_histograms_that_are_too_fine_leave_the_analysis_standing(
    cli: Command, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abmicro.sources.validation.rows.MOST_CELLS", 100)
    shown = cli("analyze", log)
    assert shown.status == 0
    assert "abmicro: warning: no histograms: data: the data make more than 100 cells" in shown.err


def test_goals_that_fire_twice_are_left_out_of_a_log_and_of_its_files(
    cli: Command, log: Path, saved: Callable[[str], tuple[Path, Path]]
) -> None:
    table = log.parent / "log.csv"
    again = [line for line in table.read_text().splitlines() if ",cart," in line]
    table.write_text("\n".join([table.read_text(), *again]).replace("10:30:00", "10:30:01"))
    counts, histograms = saved("csv")
    said = "100.0% of visitors with carts fired one twice within two seconds"
    asked = ("goals", log, "--units", "5000", "--format", "json")
    files = ("--counts", counts, "--histograms", histograms)
    assert said in cli(*asked).out
    assert said in cli(*asked, *files).out
    assert said not in cli(*asked, *files[:2]).out
