"""Running totals: counts that are told again and again, day by day, with what came before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from abmicro.errors import Problem, SourceError
from abmicro.sources.sheets.double_counts import Sheet

RUNNING = 4
STEEP = 1.5
NAMED = re.compile(
    r"\b(cumulative(ly)?|cumulated|cum|cumul\w*|kumul\w*|running totals?|to date|till date|ytd|mtd|"
    r"acumulad[oa]s?|cumulat[oi]|ackumulera\w*|skumulowan\w*)\b",
    re.IGNORECASE,
)

OVERLAPPING = re.compile(
    r"\b(last|past|previous|since|so far|to date|ytd|mtd|letzten?|letzte[rs]|seit|bisher|depuis|"
    r"derni\w+|desde|[uú]ltim\w+|sidste|siste|senaste|laatste)\b|"
    r"^(before|pre|pre[- ]?(test|period|launch)|before (the )?(test|launch)|vorher|avant|antes)$",
    re.IGNORECASE,
)
"""Periods that end today, of which a longer one holds a shorter one, and those before a test."""
HOURS = re.compile(r"hour|stunde|heure|hora|ora", re.IGNORECASE)
"""Columns of times of the day, in which more people come from hour to hour."""

Days = Sequence[tuple[str, tuple[float, ...]]]


def refuse_running(sheet: Sheet) -> None:
    """Raise SourceError for running totals, by their name or as counts that never fall."""
    for at, column in enumerate(sheet.columns):
        if column not in sheet.dated or HOURS.fullmatch(column):
            continue
        _refuse_overlapping(column, {str(labels[at]) for labels in sheet.labels})
        days: dict[tuple[str | None, ...], list[tuple[str, tuple[float, ...]]]] = {}
        for labels, counts in zip(sheet.labels, sheet.counts, strict=True):
            rest = (*labels[:at], *labels[at + 1 :])
            days.setdefault(rest, []).append((str(labels[at]), counts))
        held = list(days.values())
        called = next((name for name in sheet.counted if NAMED.search(name)), None)
        several = any(len(one) > 1 for one in held)
        if (called and several) or any(map(all, zip(*map(_grows, held), strict=True))):
            said = f"{called!r} is added up by its name" if called else "no count falls"
            what = f"{said} from one {column} to the next: running totals"
            hint = f"keep the rows of the last {column}, without its column"
            raise SourceError(
                Problem("data.source", what, "E339", f"{hint}, or write what each adds")
            )


def _refuse_overlapping(column: str, periods: set[str]) -> None:
    """Raise SourceError for periods of which one may be part of another."""
    told = sorted(filter(OVERLAPPING.search, periods))
    if told and len(periods) > 1:
        what = f"{told[0]!r} in column {column!r} may hold other periods, or lie before the test"
        hint = "keep the rows of one period, without its column"
        raise SourceError(Problem("data.source", what, "E339", hint))


def _grows(days: Days) -> Iterator[bool]:
    """Whether counts never fall: in the order of days, as they stand, and from below."""
    yield from map(_never_falls, (sorted(days, key=_place), days, days[::-1]))


def _place(day: tuple[str, tuple[float, ...]]) -> tuple[str, ...]:
    """What sorts days: their text, its numbers by size."""
    return tuple(part.zfill(12) for part in re.findall(r"\d+|\D+", day[0]))


def _never_falls(days: Days) -> bool:
    """Whether no count falls and units always rise, by much where there are few days."""
    rows = [counts for _, counts in days]
    rising = len(rows) >= RUNNING - 1 and all(
        all(a <= b for a, b in zip(before, after, strict=True)) and before[0] < after[0]
        for before, after in pairwise(rows)
    )
    steep = rising and STEEP * rows[0][0] <= rows[1][0] and 2 * rows[0][0] <= rows[2][0]
    return rising and (steep or len(rows) >= RUNNING)
