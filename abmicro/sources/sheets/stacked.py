"""Sheets with one row for each variant and metric: metrics become columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from abmicro.errors import Problem, SourceError
from abmicro.sources import vocabulary
from abmicro.sources.sheets.columns import Columns, SheetColumn
from abmicro.sources.sheets.double_counts import METRIC
from abmicro.sources.sheets.units import goals_of, is_units, units_of

MOST_METRICS = 30
BEGINNINGS = ("visit", "session", "exposure", "exposed", "landing", "page view", "seen", "entry")
GOALS = (*vocabulary.MACRO, *vocabulary.MICRO)


def unstacked(columns: Columns) -> tuple[Columns, tuple[str, ...]]:
    """One row for each variant and part, and a note, where metrics stood in rows.

    Raises SourceError where metrics have visitors of their own.
    """
    metric = _metric(columns)
    if metric is None:
        return columns, ()
    counts = [column for column in columns if column.is_number]
    held = _says_units(metric, columns) or (len(counts) == 1 and _begins(metric, counts[0]))
    units = None if held else units_of(tuple(counts))
    if units is None and not held:
        what = f"metrics stand in column {metric.name!r}, and no column or row tells the visitors"
        hint = "add a row of visitors for every variant, or a column of them"
        raise SourceError(Problem("data.source", what, "E336", hint))
    groups = _groups(columns, metric)
    _refuse_repeats(metric, groups)
    first = [rows[0] for rows in groups.values()]
    kept = [one.only(first) for one in columns if not one.is_number and one is not metric]
    if units is not None:
        _refuse_own_units(metric, units, groups)
        counts.remove(units)
        kept.append(units.only(first))
    spread = _spread(metric, _counted(counts), groups)
    note = f"one row for each {metric.name}: made columns of {', '.join(_values(metric))}"
    return (*kept, *spread), (note,)


def _metric(columns: Columns) -> SheetColumn | None:
    """The column of metrics: by its name, by a value that is called visitors, or by its counts."""
    labels = [column for column in columns if not column.is_number]
    measures = [one for one in labels if METRIC.fullmatch(vocabulary.words(one.name))]
    measures += [one for one in labels if _says_units(one, columns)]
    others = [column for column in labels if column not in measures]
    variant = vocabulary.variant_among({one.name: [*filter(None, one.texts)] for one in others})
    for column in labels:
        if column.name == variant or not _has_metrics(column, columns):
            continue
        if column in measures or _repeats_units(columns, column):
            return column
    return None


def _has_metrics(column: SheetColumn, columns: Columns) -> bool:
    """Whether a column holds several values, or the metric of the one count beside the units."""
    values = len(_values(column))
    if values != 1 or not METRIC.fullmatch(vocabulary.words(column.name)):
        return 2 <= values <= MOST_METRICS
    units = units_of(tuple(column for column in columns if column.is_number))
    return units is not None and len(goals_of(columns, units)[0]) == 1


def _values(column: SheetColumn) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in column.texts if one))


def _says_units(column: SheetColumn, columns: Columns) -> bool:
    """Whether visitors are among the values of a column, where no column counts them."""
    counts = [one for one in columns if one.is_number]
    if len(counts) > 1 and any(is_units(one) for one in counts):
        return False
    return any(
        vocabulary.says(one, vocabulary.UNITS) and not vocabulary.says(one, GOALS)
        for one in _values(column)
    )


def _begins(metric: SheetColumn, counts: SheetColumn) -> bool:
    """Whether the units are counted at every step, the first of them being a visit."""
    of_units = vocabulary.says(counts.name, vocabulary.UNITS)
    return of_units and any(vocabulary.says(one, BEGINNINGS) for one in _values(metric))


def _repeats_units(columns: Columns, metric: SheetColumn) -> bool:
    """Whether each variant's visitors are told again for every value, which are called goals."""
    units = units_of(tuple(column for column in columns if column.is_number))
    if units is None or not any(vocabulary.says(one, GOALS) for one in _values(metric)):
        return False
    groups = [rows for rows in _groups(columns, metric).values() if len(rows) > 1]
    return bool(groups) and all(len({units.numbers[at] for at in rows}) == 1 for rows in groups)


def _groups(columns: Columns, metric: SheetColumn) -> dict[tuple[str, ...], list[int]]:
    """Rows by all labels but the metric."""
    others = [column.texts for column in columns if not column.is_number and column is not metric]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at in range(len(metric.cells)):
        groups[tuple(texts[at] for texts in others)].append(at)
    return groups


def _refuse_repeats(metric: SheetColumn, groups: dict[tuple[str, ...], list[int]]) -> None:
    for labels, rows in groups.items():
        told = [metric.texts[at] for at in rows]
        twice = next((one for one in told if told.count(one) > 1), None)
        if twice is not None:
            what = f"{', '.join(map(repr, labels))} stands twice for {metric.name} {twice!r}"
            hint = "keep one of the rows, or a column with the day or segment that tells them apart"
            raise SourceError(Problem("data.source", what, "E315", hint))


def _refuse_own_units(
    metric: SheetColumn, units: SheetColumn, groups: dict[tuple[str, ...], list[int]]
) -> None:
    for labels, rows in groups.items():
        if len({units.numbers[at] for at in rows}) > 1:
            told = ", ".join(f"{metric.texts[at]} {units.numbers[at]:,}" for at in rows)
            what = f"{units.name} of {', '.join(map(repr, labels))} differ by {metric.name}: {told}"
            hint = "keep the metrics that are of all visitors; others need a test of their own"
            raise SourceError(Problem("data.source", what, "E337", hint))


def _counted(counts: list[SheetColumn]) -> list[SheetColumn]:
    """The columns of counts to be spread: of several those of unique units, where one says so."""
    whole = [one for one in counts if one.is_count] or counts
    unique = [one for one in whole if vocabulary.says(one.name, ("unique", "eindeutig"))]
    return unique or whole


def _spread(
    metric: SheetColumn, counts: list[SheetColumn], groups: dict[tuple[str, ...], list[int]]
) -> Iterator[SheetColumn]:
    """A column for each metric and count; its cells are empty where a group lacks the metric."""
    for value in _values(metric):
        for column in counts:
            name = value if len(counts) == 1 else f"{value} {column.name}"
            rows = [
                next((at for at in places if metric.texts[at] == value), None)
                for places in groups.values()
            ]
            cells = tuple("" if at is None else column.cells[at] for at in rows)
            numbers = tuple(None if at is None else column.numbers[at] for at in rows)
            yield SheetColumn(name, cells, numbers)
