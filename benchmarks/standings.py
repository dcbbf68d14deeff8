"""Where abmicro stands: ours, the best peer, the floor and their ratio, of every row that has one.

Read out of the sections of the page, so that it cannot say anything else; where a section gains a
contender, `READ` says how to find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from abmicro import __version__
from benchmarks.measure import markdown
from benchmarks.page import Section, number

LEVEL = 1.05
"""Up to here a ratio to a peer is level: repeated runs differ by as much."""


class Other(NamedTuple):
    """A peer or a floor, and its figure."""

    name: str
    figure: str


@dataclass(frozen=True)
class Standing:
    """One row of the page: what is done, our figure, the best peer and the floor.

    bar: what the ratio to the floor must not pass.
    """

    section: Section
    what: str
    ours: str
    peer: Other | None = None
    floor: Other | None = None
    bar: float = inf

    @property
    def is_behind(self) -> bool:
        """Whether a peer is ahead, or the floor further away than the bar."""
        peer, floor = self.ratio(self.peer), self.ratio(self.floor)
        return (peer or 0) > LEVEL or (floor or 0) > self.bar

    def ratio(self, other: Other | None) -> float | None:
        """Ours by another's figure."""
        return number(self.ours) / number(other.figure) if other else None

    def cells(self) -> tuple[str, ...]:
        """As a row of the page."""
        load = f", load {self.section.load}" if self.section.load else ""
        old = "" if self.section.version == __version__ else f" (abmicro {self.section.version})"
        mark = "🔴 " * self.is_behind
        return (
            f"{mark}[{self.section.name}](#{self.section.name}): {self.what}",
            self.ours,
            " ".join(self.peer or ()),
            _told(self.ratio(self.peer)),
            " ".join(self.floor or ()),
            _told(self.ratio(self.floor)),
            "" if self.bar == inf else f"{self.bar:g}",
            f"{self.section.day}{load}{old}",
        )


HEAD = ("", "ours", "best peer", "ratio", "floor", "ratio", "bar", "measured")


def _told(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def _best(others: Iterable[Other]) -> Other | None:
    """The one with the least figure."""
    return min(others, key=lambda one: number(one.figure), default=None)


@dataclass(frozen=True)
class Down:
    """Contenders stand below one another, named in the first column.

    column: of the figures. ours: the row of ours. peers, floor: other rows; by: a column whose
    values make groups, each a standing of its own. bar: of the ratio to the floor.
    """

    what: str
    column: str
    ours: str
    peers: tuple[str, ...] = ()
    floor: str = ""
    by: str = ""
    bar: float = inf

    def standings(self, section: Section) -> Iterator[Standing]:
        """One standing for each group."""
        groups: dict[str, dict[str, str]] = {}
        for table in section.tables:
            for row in table.rows if self.column in table.head else ():
                if cell := table.cell(row, self.column):
                    group = table.cell(row, self.by) if self.by else ""
                    groups.setdefault(group, {})[row[0]] = cell
        for group, held in groups.items():
            if self.ours in held:
                what = ", ".join(filter(None, (self.what, group)))
                peer = _best(Other(name, held[name]) for name in self.peers if name in held)
                floor = Other(self.floor, held[self.floor]) if self.floor else None
                yield Standing(section, what, held[self.ours], peer, floor, self.bar)


@dataclass(frozen=True)
class Across:
    """Contenders stand beside one another; what they do is named in the first column.

    ours: column of ours. peer, floor: columns of others, named in their cells or by `name`; of
    rows that do the same the best peer stands. times: a peer's cell tells how many times quicker
    ours is.
    """

    what: str
    ours: str
    peer: str = ""
    name: str = ""
    floor: str = ""
    times: bool = False
    bar: float = inf

    def standings(self, section: Section) -> Iterator[Standing]:
        """One standing for each first cell."""
        wanted = {self.ours, self.peer or self.ours, self.floor or self.ours}
        for table in section.tables:
            peers: dict[str, list[Other]] = {}
            ours: dict[str, tuple[str, Other | None]] = {}
            for row in table.rows if wanted <= {*table.head} else ():
                own = table.cell(row, self.ours)
                floor = Other(self.floor, table.cell(row, self.floor)) if self.floor else None
                ours.setdefault(row[0], (own, floor))
                if self.peer and (cell := table.cell(row, self.peer)):
                    peers.setdefault(row[0], []).append(self._other(own, cell))
            for label, (own, floor) in ours.items():
                if label in peers or floor:
                    what = ", ".join(filter(None, (label, self.what)))
                    peer = _best(peers.get(label, ()))
                    yield Standing(section, what, own, peer, floor, self.bar)

    def _other(self, ours: str, cell: str) -> Other:
        """The peer of a cell."""
        if self.times:
            return Other(self.name, f"{number(ours) * number(cell):.3g}")
        name, _, figure = cell.rpartition(" ")
        return Other(self.name, cell) if self.name else Other(name, figure)


@dataclass(frozen=True)
class Beside:
    """Each row names what is ours, what stands beside it, the time of both, and a bar if any.

    Without a bar it is a peer that stands beside it, else the floor.
    """

    def standings(self, section: Section) -> Iterator[Standing]:
        """One standing for each floor, and one with the best peer for each row that is ours."""
        for table in section.tables:
            peers: dict[str, list[Other]] = {}
            times: dict[str, str] = {}
            for ours, time, other, beside, _, bar in table.rows:
                times[ours], against = f"{time} ms", Other(other, f"{beside} ms")
                if bar:
                    most = round((number(beside) + number(bar)) / number(beside), 2)
                    yield Standing(section, ours, times[ours], None, against, most)
                else:
                    peers.setdefault(ours, []).append(against)
            for ours, others in peers.items():
                yield Standing(section, ours, times[ours], _best(others))


COLLECT_EVENTS = tuple(
    Down(f"{log}, {what}", column, f"{log}: abmicro collect", (), f"{log}: by hand", "", bar)
    for log in ("shop", "msnbc")
    for what, column, bar in (("time", "call", 1.3), ("memory", "memory", 1.25))
)
BARE = "DuckDB's GROUP BY"
TEA = ("tea-tasting on polars", "tea-tasting on Ibis/DuckDB")
DRAWS = ("numpy, 20,000 draws", "bayesian-testing, 20,000", "gbstats")
READ: Mapping[str, tuple[Down | Across | Beside, ...]] = {
    "bayes": (
        Down("two posteriors, µs", "alone, µs", "abmicro", DRAWS),
        Down("5 v 3 of 300, µs (peers: 244 v 200)", "alone, µs", "abmicro, 5 v 3 of 300", DRAWS),
    ),
    "collect_events": COLLECT_EVENTS,
    "collect_units": (
        Down("joint table, time", "call", "abmicro collect", ("pandas groupby",), BARE, "", 1.3),
        Down(
            "joint table, memory", "memory", "abmicro collect", ("pandas groupby",), BARE, "", 1.25
        ),
        Down("totals and tests, time", "call", "abmicro totals, analyze", TEA, BARE),
        Down("totals and tests, memory", "memory", "abmicro totals, analyze", TEA, BARE),
    ),
    "exact": tuple(
        Across(f"{test}, ms", test, f"{test} v scipy", "scipy", times=True)
        for test in ("Fisher", "Barnard", "Boschloo")
    ),
    "growth": (
        Down("time", "call", "abmicro", ("pandas",), "by hand", "events", 1.3),
        Down("memory", "memory", "abmicro", ("pandas",), "by hand", "events", 1.25),
    ),
    "lazy_tables": tuple(
        Down(f"{who}, time", "call", who, (), "path", "", 1.3)
        for who in ("DuckDB relation", "narwhals over it", "polars lazy frame", "Ibis table")
    ),
    "log_forms": (
        Across("time", "collect", floor="by hand", bar=1.3),
        Across("processor", "collect, processor", floor="by hand, processor", bar=1.3),
        Across("memory", "collect, memory", floor="by hand, memory", bar=1.25),
    ),
    "power": (Across("µs", "each, µs", "statsmodels, each, µs", "statsmodels"),),
    "proportions": (
        Across("alone, µs", "alone, µs", "peer, alone, µs"),
        Across("in a batch, µs", "in a batch, µs", "peer, alone, µs"),
    ),
    "resampling": (
        Across("percentile", "percentile", "scipy percentile, one goal", "scipy, one goal"),
    ),
    "startup": (Beside(),),
    "stratified": (
        Across("alone, µs", "alone, µs", "peer, alone, µs"),
        Across("in a batch, µs", "in a batch, µs", "peer, alone, µs"),
    ),
}


def opening(sections: Mapping[str, Section]) -> str:
    """The table of all standings as Markdown, after how many of them are behind."""
    found = [
        one
        for name in sorted(sections)
        for how in READ.get(name, ())
        for one in how.standings(sections[name])
    ]
    behind = sum(one.is_behind for one in found)
    told = f"{behind} of {len(found)} rows are behind."
    return f"{told}\n\n{markdown(HEAD, (one.cells() for one in found))}"
