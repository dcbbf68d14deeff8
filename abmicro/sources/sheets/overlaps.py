"""Rows that hold what others hold: running totals, longer periods, audiences, phases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from abmicro.errors import Problem, SourceError
from abmicro.sources import vocabulary
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
DECORATED = re.compile(
    r"\b(all|only|alle|nur|users?|visitors?|traffic|customers?|sessions?|besucher|nutzer|kunden|"
    r"visiteurs|usuarios|utenti|bezoekers)\b"
)
AUDIENCES = (
    re.compile("|".join((*vocabulary.DEVICES, "i os", "mobil", "móvil", "computer", "pc"))),
    re.compile(
        r"new|returning|existing|recurring|first time|neue?|wiederkehrende?|bestand|nouveaux?|"
        r"r[ée]currents?|nuevos|recurrentes|nuovi|nieuwe?|terugkerende?|nye|nya|återkommande"
    ),
    re.compile(
        r"(paid|organic|bezahlt|organisch)( (search|social))?|direct|direkt|e ?mail|social|"
        r"referral|display|affiliates?|seo|sea|cpc|newsletter"
    ),
)
"""What people are parted by: what they hold, whether they were here before, where they come from.

Those of one kind part the units, those of two kinds hold the same ones.
"""
MOBILE = re.compile("mobile|phone|smartphone|handy|mobil|móvil")
SHARED = (*combinations(AUDIENCES, 2), (MOBILE, re.compile("i ?os|i ?phone|android")))
"""Kinds of people that hold the same ones."""
SNAPSHOT = re.compile(r"(as of|snapshot|stand|status|state)( (date|day|datum|vom))?")
"""Columns of days up to which was counted."""
TRIAL = re.compile(
    r"a ?a( test| phase)?|pre ?(test|period|phase|launch)?|before|vorher|vorlauf|avant|antes|"
    r"raw|unfiltered|ungefiltert|last click|ga ?4|google analytics|vwo|optimizely|matomo|"
    r"adobe( analytics)?|amplitude|mixpanel"
)
"""A phase before the test, and ways to count of which there may be others."""
PLAN = re.compile(r"plan(ned)?|forecast|expected|target|budget|soll")
TWICE = ((TRIAL, re.compile(".+")), (PLAN, re.compile(r"ist|actuals?|real|observed|so far")))
"""Values beside which others are no further part."""

Days = Sequence[tuple[str, tuple[float, ...]]]


def refuse_overlaps(sheet: Sheet) -> None:
    """Raise SourceError for rows that may hold what others hold, so that they do not add up."""
    for at, column in enumerate(sheet.columns):
        values = {str(labels[at]) for labels in sheet.labels}
        if column in sheet.dated and not HOURS.fullmatch(column):
            _refuse_periods(column, values)
            _refuse_running(sheet, at)
        elif at:
            _refuse_audiences(sheet, at, values)
            _refuse_told_again(column, values)


def _refuse_running(sheet: Sheet, at: int) -> None:
    """Raise SourceError for running totals, by their name or as counts that never fall."""
    days: dict[tuple[str | None, ...], list[tuple[str, tuple[float, ...]]]] = {}
    for labels, counts in zip(sheet.labels, sheet.counts, strict=True):
        rest = (*labels[:at], *labels[at + 1 :])
        days.setdefault(rest, []).append((str(labels[at]), counts))
    held = list(days.values())
    by_day = [sheet.columns[at]] * bool(SNAPSHOT.fullmatch(vocabulary.words(sheet.columns[at])))
    called = next(iter([*filter(NAMED.search, sheet.counted), *by_day]), None)
    several = any(len(one) > 1 for one in held)
    if (called and several) or any(map(all, zip(*map(_grows, held), strict=True))):
        said = f"{called!r} is added up by its name" if called else "no count falls"
        column, arm = sheet.columns[at], next(iter(days))[0]
        told = [counts[0] for _, counts in held[0]]
        both = f"{sheet.counted[0]} of {arm} are {max(told):,.10g} or {sum(told):,.10g}"
        what = f"{said} from one {column} to the next, as in running totals: {both}"
        hint = f"keep the rows of the last {column}, without its column, or write what each adds"
        raise SourceError(Problem("data.source", what, "E339", hint))


def _refuse_audiences(sheet: Sheet, at: int, values: set[str]) -> None:
    """Raise SourceError for people of two kinds in one column, such as new ones and paid ones."""
    bare = {one: DECORATED.sub(" ", vocabulary.words(one)) for one in sorted(values)}
    words = {one: " ".join(text.split()) for one, text in bare.items()}
    for kinds in SHARED:
        named = [next((one for one in words if kind.fullmatch(words[one])), None) for kind in kinds]
        if None in named:
            continue
        what = f"{named[0]!r} and {named[1]!r} in column {sheet.columns[at]!r} may be the same"
        hint = "keep the rows that part the units in one way, or those of one of them"
        raise SourceError(
            Problem("data.source", f"{what} {sheet.counted[0]}, or others", "E677", hint)
        )


def _refuse_told_again(column: str, values: set[str]) -> None:
    """Raise SourceError for counts of a phase before the test, of a plan, or counted otherwise."""
    words = {one: vocabulary.words(one) for one in sorted(values)}
    for kind, beside in TWICE:
        first = next((one for one in words if kind.fullmatch(words[one])), None)
        if first and any(beside.fullmatch(words[one]) for one in words if one != first):
            what = f"{first!r} in column {column!r} may be no part of the test, or tell it again"
            hint = f"keep the rows of one {column}, without its column"
            raise SourceError(Problem("data.source", what, "E677", hint))


def _refuse_periods(column: str, periods: set[str]) -> None:
    """Raise SourceError for periods of which one may be part of another."""
    told = sorted(filter(OVERLAPPING.search, periods))
    if told and len(periods) > 1:
        what = f"{told[0]!r} in column {column!r} may hold other periods, or lie before the test"
        hint = "keep the rows of one period, without its column"
        raise SourceError(Problem("data.source", what, "E339", hint))


def _grows(days: Days) -> Iterator[bool]:
    """Whether counts never fall: in the order of days, as they stand, and from below.

    Two days stand in their order where it can be told, else from above.
    """
    by_day = sorted(days, key=_place)
    numbered = all(any(map(str.isdigit, day)) for day, _ in days)
    first = by_day if numbered else days
    orders = (by_day, days, days[::-1]) if len(days) > 2 else (first, first, first)
    yield from map(_never_falls, orders)


def _place(day: tuple[str, tuple[float, ...]]) -> tuple[str, ...]:
    """What sorts days: their text, its numbers by size."""
    return tuple(part.zfill(12) for part in re.findall(r"\d+|\D+", day[0]))


def _never_falls(days: Days) -> bool:
    """Whether no count falls and units always rise, by much where there are few days."""
    rows = [counts for _, counts in days]
    rising = len(rows) > 1 and all(
        all(a <= b for a, b in zip(before, after, strict=True)) and before[0] < after[0]
        for before, after in pairwise(rows)
    )
    if not rising or len(rows) >= RUNNING:
        return rising
    if len(rows) == 2:
        return all(STEEP * a <= b for a, b in zip(*rows, strict=True))
    return STEEP * rows[0][0] <= rows[1][0] and 2 * rows[0][0] <= rows[2][0]
