"""Rows of a sheet that are sums of others, or of no variant: set aside and said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from abmicro.errors import Problem, SourceError
from abmicro.sources.sheets.columns import Columns, SheetColumn
from abmicro.sources.sheets.double_counts import (
    DELETE,
    Labels,
    Sheet,
    Total,
    bare_words,
    first_total,
    is_total_like,
    part_of_total,
)
from abmicro.sources.sheets.labels import PARTS, LabelColumns
from abmicro.sources.vocabulary import says

PLUS = re.compile(r"\s*(?:\+|&|\band\b|\bund\b|\bet\b)\s*")
"""What stands between the names of rows that were added up."""
SMALL = 0.2
"""A part of the units so small beside the other that it may be their difference."""


def without_totals(labels: LabelColumns, counts: Columns) -> tuple[list[int], list[str]]:
    """Rows that are no total of others, and what to say of those that are.

    Raises SourceError for rows that are called the total of some rows and are not, and for
    three of which one may be the sum or the difference of the others.
    """
    kept, notes = _without_variant(labels, counts)
    gone = [at for at in kept if _is_part_total(labels, counts, kept, at)]
    kept = sorted({*kept} - {*gone})
    notes += [_set_aside(f"{_named(labels, at)!r} is the sum of its rows", 1) for at in gone]
    while found := _total_among(labels, counts, kept):
        value, gone = found
        kept = sorted({*kept} - {*gone})
        said = ", ".join(repr(one) if one else "an empty name" for one in value)
        notes.append(_set_aside(f"{said} is the sum of the others", len(gone)))
    return kept, notes


def _total_among(
    labels: LabelColumns, counts: Columns, kept: Sequence[int]
) -> tuple[Labels, list[int]] | None:
    """Labels that are a total of others, and the rows that have them."""
    whole = [at for at in kept if all(one.numbers[at] is not None for one in counts)]
    texts = [tuple(one.texts[at] or None for one in labels.all) for at in whole]
    sheet = sheet_of_rows(labels, texts, [one.only(whole) for one in counts])
    found = first_total(sheet)
    if found is None:
        return None
    _refuse_difference(sheet, found)
    return found.value, [at for at, row in zip(whole, texts, strict=True) if found.tells(row)]


def _set_aside(what: str, rows: int) -> str:
    return f"{what}: {rows} row{'s' * (rows > 1)} set aside"


def _named(labels: LabelColumns, at: int) -> str:
    told = (one.texts[at] for one in labels.all if part_of_total(one.texts[at]) is not None)
    return next(told, labels.variant.texts[at])


def _without_variant(labels: LabelColumns, counts: Columns) -> tuple[list[int], list[str]]:
    """Rows without those whose variant is a word for nothing, and without totals of units alone."""
    units, kept, notes = counts[0], [], []
    every = range(len(labels.variant.cells))
    others = [at for at in every if not is_total_like(labels.variant.texts[at])]
    for at in every:
        cell, number = labels.variant.cells[at], units.numbers[at]
        bare = [one for one in counts if one.numbers[at] is not None]
        if cell != "" and labels.variant.texts[at] == "":
            notes.append(_set_aside(f"{cell!r} names no variant, {units.name} {number}", 1))
        elif (
            cell != ""
            and is_total_like(str(cell))
            and len(bare) < len(counts)
            and all(_sum(one, others) == one.numbers[at] for one in bare)
        ):
            said = "is the sum of the others" if bare else "holds no counts"
            notes.append(_set_aside(f"{cell!r} {said}", 1))
        else:
            kept.append(at)
    return kept, notes


def _sum(column: SheetColumn, rows: Sequence[int]) -> object:
    return column.only(rows).total


def _is_part_total(labels: LabelColumns, counts: Columns, kept: Sequence[int], at: int) -> bool:
    """Whether a row is called the total of one label's rows, such as A Total, and is their sum."""
    for column in labels.all:
        part = part_of_total(column.texts[at])
        rows = _added(column, kept, at) if part is None else _called(column, kept, part)
        if not rows:
            continue
        if all(_sum(one, rows) == one.numbers[at] for one in counts if one.numbers[at] is not None):
            return True
        if len(rows) > 1 and part is not None:
            off = ", ".join(_differences(counts, rows, at))
            what = f"{column.texts[at]!r} is called a total and is not the sum of its rows: {off}"
            hint = "delete the row, or give it another name"
            raise SourceError(Problem(f"column {column.name}", what, "E315", hint))
    return False


def _added(column: SheetColumn, rows: Sequence[int], at: int) -> list[int]:
    """Rows whose names make up that of another: those of B and of C for "B + C"."""
    parts = PLUS.split(column.texts[at])
    found = [one for one in rows if column.texts[one] in parts]
    return found if len(found) == len(parts) > 1 else []


def _called(column: SheetColumn, rows: Sequence[int], part: str) -> list[int]:
    return [at for at in rows if bare_words(column.texts[at]) == part]


def _differences(counts: Columns, rows: Sequence[int], at: int) -> Iterator[str]:
    for column in counts:
        mine, others = column.numbers[at], column.only(rows).total
        if mine is not None and mine != others:
            yield f"{column.name} {mine:,} against {others:,}"


def _refuse_difference(sheet: Sheet, found: Total) -> None:
    """Raise SourceError for a sum of two rows of which one may be the difference of the others."""
    if found.axis != (0,) or is_total_like(found.value[0]):
        return
    rows = list(zip(sheet.labels, sheet.counts, strict=True))
    others = [(row[0], counts[0]) for row, counts in rows if row[0] != found.value[0]]
    if len(others) != 2 or min(units for _, units in others) >= SMALL * found.counts[0]:
        return
    whole, (part, _) = repr(found.value[0]), min(others, key=lambda one: one[1])
    what = f"{whole} is the sum of the others, or {part or ''!r} is a difference"
    raise SourceError(Problem(f"column {sheet.columns[0]}", what, "E315", DELETE))


def sheet_of_rows(
    labels: LabelColumns, texts: Sequence[Labels], counts: Sequence[SheetColumn]
) -> Sheet:
    """Rows of labels and counts as `find_doubles` takes them."""
    names = tuple(one.name for one in labels.all)
    dated = [one.name for one in (labels.period, *labels.apart) if one is not None]
    return Sheet(
        columns=names,
        counted=tuple(one.name for one in counts),
        labels=tuple(texts),
        counts=tuple(
            tuple(float(one.numbers[at] or 0) for one in counts) for at in range(len(texts))
        ),
        mapped=frozenset({names[0], *(name for name in names if says(name, PARTS))}),
        dated=frozenset(dated),
        arms=frozenset(),
    )
