"""The page of the benchmarks says of each figure what its section says; nothing here is timed."""

from __future__ import annotations

import csv
from pathlib import Path

from abmicro import __version__
from benchmarks import page, standings
from benchmarks.__main__ import KEPT, README, names, written

SECTION = """exact

What it is about.

| ms | Fisher | Fisher v scipy |
| --- | --: | --: |
| 10 per arm | 1.66 | 0.5x |
| 50 per arm | 1.44 | 2x |

2026-11-30, load 0.5 to 1.5 on 2 cores: Python 3.11.7, abmicro {version}, scipy 1.17.1
"""


def test_the_page_opens_with_what_its_sections_say():
    text = README.read_text(encoding="utf-8")
    assert written(*page.split(text)) == text


def test_every_section_is_of_a_benchmark_and_tells_its_day():
    _, sections = page.split(README.read_text(encoding="utf-8"))
    assert {*sections} <= {*names()}
    assert all(one.day and one.version for one in sections.values())


def test_what_is_read_finds_something_in_every_section():
    """A column that was called something else would take its rows off the page in silence."""
    _, sections = page.split(README.read_text(encoding="utf-8"))
    for name, ways in standings.READ.items():
        assert all([*how.standings(sections[name])] for how in ways if name in sections), name


def test_a_row_behind_a_peer_is_red_and_an_old_version_is_said():
    now = page.section(SECTION.format(version=__version__))
    behind, ahead = standings.opening({"exact": now}).splitlines()[-2:]
    assert behind.startswith(
        "| 🔴 [exact](#exact): 10 per arm, Fisher, ms | 1.66 | scipy 0.83 | 2.00 "
    )
    assert ahead.startswith("| [exact](#exact): 50 per arm, Fisher, ms | 1.44 | scipy 2.88 | 0.50 ")
    assert ahead.endswith("| 2026-11-30, load 0.5 to 1.5 |")
    old = standings.opening({"exact": page.section(SECTION.format(version="0.0.9"))})
    assert old.splitlines()[0] == "1 of 2 rows are behind."
    assert old.endswith("| 2026-11-30, load 0.5 to 1.5 (abmicro 0.0.9) |")


def test_every_figure_of_a_run_is_kept():
    found = page.section(SECTION.format(version="0.2.0"))
    first = next(csv.reader(page.runs([found]).splitlines()))
    assert first == ["2026-11-30", "0.2.0", "0.5 to 1.5", "exact", "10 per arm", "Fisher", "1.66"]
    kept = Path(KEPT).read_text(encoding="utf-8").splitlines()
    assert tuple(kept[0].split(",")) == page.RUNS
    assert {len(row) for row in csv.reader(kept)} == {len(page.RUNS)}
