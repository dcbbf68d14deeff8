"""Checks, the account of every row, and where the numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from abmicro.analysis.results.estimates import Interval
from abmicro.marginals.segment_levels import Level

Status = Literal["pass", "warn", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One question about whether the data can be trusted.

    figure and threshold are NaN where the check has none; fix: what to do, empty where it passed.
    """

    name: str
    status: Status
    figure: float
    threshold: float
    sentence: str
    fix: str = ""

    @property
    def waits(self) -> bool:
        """Whether it failed for want of time only: too short a runtime, windows still open."""
        return self.status == "fail" and self.name in ("runtime", "maturity")

    @property
    def distrusts(self) -> bool:
        """Whether it failed for a fault that time does not mend."""
        return self.status == "fail" and not self.waits


def check_name(name: str) -> str:
    """The name of a check in words; behind a dot stands the goal or segment that it is about.

    >>> check_name("sample_ratio"), check_name("capture.add_to_cart")
    ('Sample ratio', 'Capture (add_to_cart)')
    """
    kind, _, about = name.partition(".")
    words = kind.replace("_", " ").capitalize()
    return f"{words} ({about})" if about else words


@dataclass(frozen=True, slots=True)
class Mended:
    """The lift of a micro goal with a fault of recording and without it.

    fault: name of the check that found it. segment: None for all units. label: of carry-through
    with the mended lift; it replaces no label, since the mending rests on assumptions.
    """

    fault: str
    variant: str
    goal: str
    segment: Level | None
    recorded: Interval
    mended: Interval
    label: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What became of the rows: `count` rows or units at one step of the account."""

    step: str
    count: int
    of: str
    variant: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the numbers come from.

    started: ISO time, or empty so that equal runs give equal bytes; days: with data, or None.
    notes: how the data were read where that is not plain.
    """

    abmicro: str
    python: str
    numpy: str
    scipy: str
    engine: str
    started: str
    definition_sha256: str
    query_sha256: str
    rows_read: int | None
    units: int
    days: int | None
    notes: tuple[str, ...] = ()
