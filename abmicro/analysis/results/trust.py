"""Checks, the account of every row, and where the numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from abmicro.analysis.results.estimates import Interval
from abmicro.frozen import frozen
from abmicro.marginals.segment_levels import Level

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

Status = Literal["pass", "warn", "fail", "skipped"]


@frozen
class Check:
    """One question about whether the data can be trusted.

    name: of the check, behind a dot the goal or segment it is about. figure, threshold: what was
    found and from where on it fails or warns; NaN where the check has none.
    sentence: the finding in words; fix: what to do, empty where it passed.
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


CHECKS = {
    "bots": "Robots",
    "capture": "Missing steps",
    "consent": "Rows without a visitor",
    "crossed": "In two variants",
    "days": "Missing days",
    "double_firing": "Events sent twice",
    "dwell": "Too-fast clicks",
    "effective_size": "Large amounts",
    "events": "Single events",
    "exclude": "Left out by a rule",
    "funnel_order": "Order of steps",
    "future": "Dates to come",
    "gaps": "Lost days",
    "goals_fire": "Goals",
    "maturity": "Waiting time",
    "no_time": "Events without a time",
    "only": "Goals of some variants",
    "order": "Order of steps",
    "over_firing": "Too many events",
    "reversal": "Mixed groups",
    "runtime": "Run time",
    "sample_ratio": "Split",
    "silence": "Silent hours",
    "tags": "Tracking changes",
    "trend": "From week to week",
}
"""What people read in place of the name of a check; others stand for themselves."""


def check_name(name: str, names: Names | None = None) -> str:
    """The name of a check in words; behind a dot stands the goal or segment that it is about.

    names: the words for goals; without, the goal is called as the definition calls it.

    >>> check_name("sample_ratio"), check_name("capture.add_to_cart")
    ('Split', 'Missing steps (add_to_cart)')
    """
    kind, _, about = name.partition(".")
    words = CHECKS.get(kind, kind.replace("_", " ").capitalize())
    shown = about if names is None else names.goal(about)
    return f"{words} ({shown})" if about else words


@frozen
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


@frozen
class LedgerLine:
    """What became of the rows: `count` rows or units at one step of the account."""

    step: str
    count: int
    of: str
    variant: str | None
    sentence: str


@frozen
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
