"""Joint tables without days, one a day: the totals of a running test as they stood each evening."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Self

from abmicro.counts.joint_counts import JointCounts
from abmicro.errors import CountsError, Problem, SourceError
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDS = (".csv", ".parquet")


@frozen
class Snapshots:
    """Totals by the end of each day. days: rising; tables: as many, of the same goals, no days.

    >>> one, other = (
    ...     JointCounts.of_path(("A", "B"), ("cart",), [[100 * day, 9 * day], [99 * day, 12 * day]])
    ...     for day in (1, 2)
    ... )
    >>> Snapshots((date(2026, 10, 5), date(2026, 10, 6)), (one, other)).last is other
    True
    """

    days: tuple[date, ...]
    tables: tuple[JointCounts, ...]

    def __post_init__(self) -> None:
        problems = [*_with_days(self), *_fallen(self)]
        if problems:
            raise CountsError(*problems)

    @classmethod
    def load(cls, folder: Path, *, variants: Sequence[str]) -> Self:
        """The tables of a folder whose files are named by their day: 2026-10-05.csv.

        Raises SourceError where there are none, CountsError where totals fall from day to day.
        """
        found = sorted(_dated(folder))
        if not found:
            what = f"no file in {folder} is named by a day"
            hint = "name them such as 2026-10-05.csv, the last day that the file counts"
            raise SourceError(Problem("snapshots", what, "E358", hint))
        tables = (JointCounts.load(path, variants=variants) for _, path in found)
        return cls(tuple(day for day, _ in found), tuple(tables))

    def until(self, last: date) -> Self:
        """Those up to a day."""
        kept = [at for at, day in enumerate(self.days) if day <= last]
        return type(self)(
            tuple(self.days[at] for at in kept), tuple(self.tables[at] for at in kept)
        )

    @property
    def last(self) -> JointCounts:
        """The table of the last day."""
        return self.tables[-1]


def _dated(folder: Path) -> Iterator[tuple[date, Path]]:
    if not folder.is_dir():
        raise SourceError(Problem("snapshots", f"no such folder: {folder}", "E358", "name another"))
    for path in folder.iterdir():
        if path.suffix in ENDS:
            try:
                yield date.fromisoformat(path.stem), path
            except ValueError:
                continue


def _with_days(found: Snapshots) -> Iterator[Problem]:
    for day, table in zip(found.days, found.tables, strict=True):
        if any(period is not None for period in table.periods):
            hint = "tables with days need no snapshots: give the last one as --counts"
            yield Problem(f"snapshots.{day}", "has days of entry of its own", "E359", hint)


def _fallen(found: Snapshots) -> Iterator[Problem]:
    """Totals that are smaller than the day before."""
    for (before, earlier), (day, later) in pairwise(zip(found.days, found.tables, strict=True)):
        for name in ("units", *later.goals):
            totals = [
                (table.units if name == "units" else table.reached(name)).sum(axis=(1, 2))
                for table in (earlier, later)
            ]
            old, new = (each.sum(axis=-1) if name == "units" else each for each in totals)
            for variant, was, now in zip(later.variants, old.tolist(), new.tolist(), strict=True):
                if now < was:
                    what = f"{variant} has {now:,} {name}, and had {was:,} on {before}"
                    hint = "count what has ever happened, so that totals only rise"
                    yield Problem(f"snapshots.{day}", what, "E360", hint)
