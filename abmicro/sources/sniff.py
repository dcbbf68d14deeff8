"""A first look at a data file: what its columns seem to be, for an experiment file to start from.

Everything here is a guess that the owner of the data will read and mend. A guess that could be
silently wrong in the numbers (a window, a margin) is not made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from abmicro.experiment.data import Shape
from abmicro.sources import vocabulary
from abmicro.sources.engines import DuckDB

SAMPLE = 1_000_000
MOST_ARMS = MOST_LEVELS = 20
MOST_CELLS = 500
MOST_EVENTS = 50
MOST_MICRO_GOALS = 8
# A milestone is what hardly any unit with the macro goal lacks; the check of capture asks the same.
LACKING = 0.05
# What hardly any unit lacks, such as a page view, is nothing to win.
COMMON = 0.99

Goals = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a data file seems to hold.

    columns: role to column. arms: control first; empty where no variant column was found.
    goals: name to the keys of its table. segments: name to column.
    notes: sentences for the owner of the data, on what was found and what was not.
    """

    shape: Shape
    columns: Mapping[str, str]
    arms: tuple[str, ...]
    goals: Mapping[str, Mapping[str, str]]
    segments: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """What is known of one column of the sample."""

    name: str
    type: str
    distinct: int
    least: str | None
    most: str | None

    @property
    def is_text(self) -> bool:
        return self.type == "VARCHAR"

    @property
    def is_whole(self) -> bool:
        return "INT" in self.type

    @property
    def is_truth(self) -> bool:
        """Holds 0 and 1 only, and both."""
        return self.type == "BOOLEAN" or (self.is_whole and (self.least, self.most) == ("0", "1"))

    @property
    def is_number(self) -> bool:
        return self.is_whole or any(kind in self.type for kind in ("DOUBLE", "FLOAT", "DECIMAL"))

    @property
    def is_coarse(self) -> bool:
        return 2 <= self.distinct <= MOST_LEVELS


@dataclass(slots=True)
class _Look:
    """The file, its columns, and what has been said of it."""

    engine: DuckDB
    files: Sequence[object]
    relation: str
    known: tuple[_Column, ...]
    notes: list[str] = field(default_factory=list)

    def named(self, words: Sequence[str], among: Iterator[_Column]) -> str | None:
        return vocabulary.best([column.name for column in among], words, whole=True)
