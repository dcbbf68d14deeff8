"""The page of the benchmarks as text: its sections, their tables, every figure as a row of CSV."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

HEADING = re.compile(r"^## (?=\w+$)", re.MULTILINE)
FOOT = re.compile(r"(\d{4}-\d\d-\d\d)(?:, load ([\d.]+ to [\d.]+) on \d+ cores)?:")
VERSION = re.compile(r"abmicro\s([\d.]+\d)")
NUMBER = re.compile(r"\d[\d,]*\.?\d*(?:e[-+]\d+)?")
RUNS = ("day", "abmicro", "load", "benchmark", "row", "column", "figure")
"""Columns of the file that keeps what every run of a benchmark found."""


@dataclass(frozen=True)
class Table:
    """A Markdown table: its head and its rows of cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def cell(self, row: Sequence[str], column: str) -> str:
        """What stands in a row under the first column of that name."""
        return row[self.head.index(column)]


@dataclass(frozen=True)
class Section:
    """What one benchmark found: its text and tables; day, load and version of the measurement."""

    name: str
    text: str
    tables: tuple[Table, ...]
    day: str
    load: str
    version: str


def split(page: str) -> tuple[str, dict[str, Section]]:
    """What stands before the sections of a page, and the sections by name."""
    head, *texts = HEADING.split(page)
    return head, {found.name: found for found in map(section, texts)}


def section(text: str) -> Section:
    """A section from its text, which begins with its name and ends with when and what."""
    body = text.strip()
    foot = body.rsplit("\n\n", 1)[-1]
    when, version = FOOT.match(foot), VERSION.search(foot)
    day, load = (when[1], when[2] or "") if when else ("", "")
    name = body.split("\n", 1)[0]
    return Section(name, body, tuple(tables(body)), day, load, version[1] if version else "")


def tables(text: str) -> Iterator[Table]:
    """The Markdown tables of a text."""
    for block in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        head, _, *rows = map(_cells, block.strip().splitlines())
        yield Table(tuple(_told_apart(head)), tuple(rows))


def _told_apart(names: Iterable[str]) -> Iterator[str]:
    """The same names, a number behind each that stood before: ms, ms 2."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} {seen[name]}"


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip()[1:-1].split("|"))


def number(cell: str) -> float:
    """The first number of a cell, which has one.

    >>> number("1,385 MB"), number("0.357x")
    (1385.0, 0.357)
    """
    found = NUMBER.search(cell)
    assert found, cell
    return float(found[0].replace(",", ""))


def runs(found: Iterable[Section]) -> str:
    """Every figure of some sections as lines of CSV, under `RUNS`."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    for one in found:
        for table in one.tables:
            for label, *cells in table.rows:
                for column, cell in zip(table.head[1:], cells, strict=True):
                    writer.writerow([one.day, one.version, one.load, one.name, label, column, cell])
    return held.getvalue()
