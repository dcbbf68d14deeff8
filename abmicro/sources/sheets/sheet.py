"""One test in one sheet: any layout in, one table of counts out, with what was done to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from csv import writer
from dataclasses import replace
from datetime import datetime
from io import StringIO
from itertools import chain
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.sheets.across import without_variants_across
from abmicro.sources.sheets.cells import page_of_file, refuse_large, rows_of_text, trimmed
from abmicro.sources.sheets.columns import (
    Columns,
    SheetColumn,
    columns_of,
    filled_down,
    without_comments,
)
from abmicro.sources.sheets.comparisons import without_comparisons
from abmicro.sources.sheets.double_counts import find_doubles
from abmicro.sources.sheets.grid import Grid
from abmicro.sources.sheets.labels import LabelColumns, labels_of, refuse_names, refuse_tests
from abmicro.sources.sheets.layout import grid_of, turned
from abmicro.sources.sheets.numbers import number, readings
from abmicro.sources.sheets.overlaps import refuse_overlaps
from abmicro.sources.sheets.rates import without_rates
from abmicro.sources.sheets.stacked import unstacked
from abmicro.sources.sheets.totals import sheet_of_rows, without_totals
from abmicro.sources.sheets.units import goals_of, is_units, units_of
from abmicro.sources.text.dates import dates
from abmicro.sources.text.numerals import Doubt, Numerals
from abmicro.sources.text.workbooks import Page

NONE = "(none)"


@frozen
class CountsSheet:
    """A table of counts.

    variant, units, period, segments, goals, apart: its columns by what they are; period may be
        None; apart only tell rows apart. labels: of every row, in the order of `label_names`.
    counts: units first, then goals, whole numbers. arms: control first.
    title: what the sheet is called, where it says so. grammar: how it writes numbers.
    notes: sentences on what was done, warnings among them.
    """

    variant: str
    units: str
    period: str | None
    segments: tuple[str, ...]
    apart: tuple[str, ...]
    goals: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    counts: tuple[tuple[int, ...], ...]
    arms: tuple[str, ...]
    title: str | None
    grammar: Numerals
    notes: tuple[str, ...]

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of the columns of labels, the variant's first."""
        period = () if self.period is None else (self.period,)
        return (self.variant, *period, *self.segments, *self.apart)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return (*self.label_names, self.units, *self.goals)

    @property
    def rows(self) -> tuple[tuple[str | int, ...], ...]:
        """Labels and counts of every row."""
        both = zip(self.labels, self.counts, strict=True)
        return tuple((*labels, *counts) for labels, counts in both)

    @property
    def csv(self) -> str:
        """The table as a file of comma-separated text."""
        file = StringIO()
        writer(file, lineterminator="\n").writerows([self.names, *self.rows])
        return file.getvalue()

    @property
    def totals(self) -> dict[str, tuple[int, ...]]:
        """Variant to units and goals, added up."""
        return {
            variant: tuple(
                sum(column)
                for column in zip(
                    *(
                        c
                        for of, c in zip(self.labels, self.counts, strict=True)
                        if of[0] == variant
                    ),
                    strict=True,
                )
            )
            for variant in self.arms
        }


def read_sheet(source: str | Path | Sequence[Sequence[object]]) -> CountsSheet:
    r"""The table of counts in a file, in pasted text or in rows that are there.

    source: a path; text, its cells parted by commas, semicolons, tabs, pipes or blanks; or rows.
    Raises SourceError as `sheet_of` does, and for a workbook of which several sheets have cells.

    >>> read_sheet("variant  visitors  orders\nA  10000  300\nB  10050  318").totals
    {'A': (10000, 300), 'B': (10050, 318)}
    """
    if isinstance(source, Path):
        return sheet_of_page(page_of_file(source))
    return sheet_of(rows_of_text(source) if isinstance(source, str) else source)


def sheet_of_page(page: Page) -> CountsSheet:
    """The table of counts in a sheet of a workbook.

    Raises SourceError as `sheet_of` does, and where the counts hang on columns that are hidden.
    """
    return as_shown(page, sheet_of(page.rows))


def as_shown(page: Page, sheet: CountsSheet) -> CountsSheet:
    """The table that was found in a page, with what is to be said of its hidden columns.

    Raises SourceError where the counts hang on them.
    """
    page.refuse_hidden(sheet, sheet_of, lambda found: (found.names, found.rows))
    return replace(sheet, notes=(*sheet.notes, *page.notes))


def sheet_of(rows: Sequence[Sequence[object]], written: Numerals | None = None) -> CountsSheet:
    """The table of counts in rows of cells, whatever its layout.

    rows: text, numbers, days or nothing; title lines, totals, rates, one row for each metric or
        metrics across are told apart from the counts by what the numbers say.
    written: how numbers are written, where more than these rows tell.

    Raises SourceError for cells that are no such table, or that can be read in two ways.

    >>> sheet = sheet_of([("Button test",), ("", "A", "B"), ("visitors", 100, 110), ("sold", 7, 9)])
    >>> sheet.names, sheet.rows
    (('variant', 'visitors', 'sold'), (('A', 100, 7), ('B', 110, 9)))
    """
    refuse_large(rows)
    grid = without_variants_across(turned(without_comparisons(grid_of(trimmed(rows)))))
    cells = chain.from_iterable(grid.rows)
    grammars = list(readings(cells)) if written is None else [written]
    found, faults = [], []
    for grammar in grammars:
        try:
            found.append(_counts_of(grid, grammar))
        except SourceError as error:
            faults.append(error)
    if not found:
        raise faults[0] if faults else _not_in_one_way()
    found = [one for one in found if not _cuts_units(grid, one.grammar)] or found
    if len({(one.names, one.rows) for one in found}) > 1:
        raise in_two_ways(grid, *(one.grammar for one in found[:2]))
    return found[0]


def _not_in_one_way() -> SourceError:
    what = "the numbers are not all written in one way"
    hint = "write all numbers of a sheet with one sign for decimals and one for thousands"
    return SourceError(Problem("data.source", what, "E318", hint))


def _cuts_units(grid: Grid, grammar: Numerals) -> bool:
    """Whether a grammar makes fractions of numbers that are called like units."""
    units = [column for column in columns_of(grid, grammar) if is_units(column)]
    return any(column.is_number and column.odd for column in units)


def in_two_ways(grid: Grid, one: Numerals, other: Numerals) -> SourceError:
    """The first cell that two grammars read as different numbers."""
    name, cell, values = next(
        (name, cell, values)
        for row in grid.rows
        for name, cell in zip(grid.names, row, strict=True)
        if None not in (values := {number(cell, one), number(cell, other)}) and len(values) > 1
    )
    small, large = sorted(value for value in values if value is not None)
    what = f"column {name!r}: {cell!r} is {small.normalize():,f} or {large.normalize():,f}"
    hint = "write the numbers without signs between thousands"
    return SourceError(Problem("data.source", what, "E318", hint))


def _counts_of(grid: Grid, grammar: Numerals) -> CountsSheet:
    """The counts of a grid in one grammar of numbers."""
    columns, of_remarks = without_comments(columns_of(grid, grammar))
    columns, of_merged = filled_down(columns)
    columns, of_rates = without_rates(columns)
    columns, of_metrics = unstacked(columns)
    columns, of_ratios = without_rates(columns)
    labels = labels_of(columns)
    units = units_of(tuple(one for one in columns if one.is_number))
    if units is None:
        raise _no_units(columns)
    goals, aside = goals_of(columns, units)
    if not goals:
        others = "; ".join([*of_rates, *of_ratios, *aside]) or "there is no other"
        what = f"no column counts what the {units.name} did: {others}"
        hint = f"add a column with the number of {units.name} that reached the goal"
        raise SourceError(Problem("data.source", what, "E336", hint))
    notes = (
        *grid.notes,
        *of_remarks,
        *of_merged,
        *of_rates,
        *of_metrics,
        *of_ratios,
        *labels.notes,
        *aside,
    )
    return _checked(labels, (units, *goals), notes, grid.titles, grammar)


def _no_units(columns: Columns) -> SourceError:
    """Why no column counts the units: one called so holds other numbers, or none is called so."""
    told = [one for one in columns if one.is_number and is_units(one)]
    odd = next((cell for one in told for cell in one.odd), None)
    if odd is not None:
        what = f"column {told[0].name!r} holds {odd}, which is no count"
        hint = "keep the rows of counts, or write a whole number there"
        return SourceError(Problem("data.source", what, "E338", hint))
    names = ", ".join(repr(one.name) for one in columns if one.is_number) or "none"
    what = f"no column counts the visitors of a variant; columns of numbers: {names}"
    return SourceError(Problem("data.source", what, "E336", "call one of them visitors"))


def _checked(
    labels: LabelColumns,
    counts: Columns,
    notes: Sequence[str],
    titles: Sequence[str],
    grammar: Numerals,
) -> CountsSheet:
    """The rows without totals; SourceError for those that would be counted twice."""
    kept, removed = without_totals(labels, counts)
    labels_kept = _filled_down(labels, kept)
    _refuse_missing(labels_kept, [column.only(kept) for column in counts])
    labels_kept = list(_days_as_iso(labels, labels_kept))
    sheet = sheet_of_rows(labels, labels_kept, [column.only(kept) for column in counts])
    if problems := tuple(find_doubles(sheet)):
        raise SourceError(*problems)
    refuse_overlaps(sheet)
    variants = vocabulary.arms_in_order(dict.fromkeys(row[0] for row in labels_kept))
    if not 2 <= len(variants) <= vocabulary.MOST_ARMS:
        what = f"column {labels.variant.name!r} names {len(variants)} variants"
        hint = "a test has two to 26 variants, the control among them"
        raise SourceError(Problem("data.source", what, "E336", hint))
    refuse_names(labels.variant.name, variants)
    period = labels.period
    found = CountsSheet(
        variant=labels.variant.name,
        units=counts[0].name,
        period=None if period is None else period.name,
        segments=tuple(one.name for one in labels.segments),
        apart=tuple(one.name for one in labels.apart),
        goals=tuple(one.name for one in counts[1:]),
        labels=tuple(labels_kept),
        counts=tuple(tuple(map(int, row)) for row in sheet.counts),
        arms=variants,
        title=labels.test or next(iter(titles), None),
        grammar=grammar,
        notes=(*notes, *removed),
    )
    refuse_tests(found.variant, {arm: row[0] for arm, row in found.totals.items()})
    return found


def _filled_down(labels: LabelColumns, kept: Sequence[int]) -> list[tuple[str, ...]]:
    """Labels of the rows; an empty one is that of the row above where a group tells it once."""
    columns = []
    for column in labels.all:
        texts = [column.texts[at] for at in kept]
        if "" in texts and texts[0] and (column is labels.variant or column is labels.period):
            for at, text in enumerate(texts):
                texts[at] = text or texts[at - 1]
        columns.append([text or NONE for text in texts])
    return list(zip(*columns, strict=True))


def _refuse_missing(labels: Sequence[tuple[str, ...]], counts: Sequence[SheetColumn]) -> None:
    for column in counts:
        for at, one in enumerate(column.numbers):
            if one is None:
                what = f"column {column.name!r} holds nothing for {', '.join(labels[at])!r}"
                hint = "write 0 where nobody reached it, or leave the column out"
                raise SourceError(Problem("data.source", what, "E338", hint))


def _days_as_iso(
    labels: LabelColumns, rows: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    """The labels with days as ISO writes them."""
    if labels.period is None:
        yield from rows
        return
    form = dates({row[1] for row in rows})
    for row in rows:
        yield (row[0], row[1] if isinstance(form, Doubt) else _day(row[1], form.formats), *row[2:])


def _day(text: str, formats: Sequence[str]) -> str:
    for form in formats:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return text
