"""A sheet of counts straight to an experiment and its joint table, without an engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from abmicro.counts import JointCounts
from abmicro.counts.row_format import ANALYSED, Columns
from abmicro.errors import Problem, SourceError, suggest
from abmicro.experiment.model import Experiment
from abmicro.sources.collect import complete
from abmicro.sources.inspection.goals import of_sheet
from abmicro.sources.sheets.sheet import CountsSheet
from abmicro.sources.sql.columns import columns_of


def experiment_of(sheet: CountsSheet, **more: Any) -> Experiment:
    """The experiment that a sheet of counts is of; its goals are those of the sheet.

    more: further fields of `Experiment`, which take the place of what the sheet says.

    >>> from abmicro.sources.sheets.sheet import read_sheet
    >>> rows = [("variant", "visitors", "carts", "orders"), ("A", 100, 12, 3), ("B", 110, 15, 4)]
    >>> sheet = read_sheet(rows)
    >>> experiment_of(sheet).funnel.steps
    ('carts', 'orders')
    """
    columns = {"variant": sheet.variant, "units": sheet.units}
    columns |= {} if sheet.period is None else {"period": sheet.period}
    said = {
        "name": sheet.title or f"{', '.join(sheet.arms[1:])} against {sheet.arms[0]}",
        "variants": list(sheet.arms),
        "data": {"shape": "counts", "columns": columns},
        "goals": of_sheet(sheet),
        "segments": {name: name for name in sheet.segments},
    }
    return Experiment(**said | more)


def counts_of(sheet: CountsSheet, experiment: Experiment) -> JointCounts:
    """The joint table of a sheet: what `collect` finds in the same counts as a file.

    Steps of the funnel are nested, so their counts tell the joint; all other goals stand apart.
    Raises CountsError where a later step has more units than an earlier one, SourceError where the
    sheet has no column of a goal or segment.
    """
    labels = columns_of(experiment)
    _refuse_missing(sheet, experiment)
    column = {goal.name: sheet.names.index(goal.column or goal.name) for goal in experiment.goals}
    names = [one.name for one in experiment.variants]
    rows = [row for one in sheet.rows for row in _cells(sheet, one, labels, column)]
    counts = JointCounts.from_rows(labels.names, rows, variants=names)
    return complete(experiment, counts, None)


def _refuse_missing(sheet: CountsSheet, experiment: Experiment) -> None:
    """Raise SourceError for columns of the definition that a sheet does not have."""
    wanted = {f"goals.{goal.name}": goal.column or goal.name for goal in experiment.goals}
    wanted |= {f"segments.{one.name}": one.name for one in experiment.segments}
    if problems := [
        Problem(where, f"no column {name!r} in the data", "E305", suggest(name, sheet.names))
        for where, name in wanted.items()
        if name not in sheet.names
    ]:
        raise SourceError(*problems)


def _cells(
    sheet: CountsSheet, row: Sequence[str | int], labels: Columns, column: Mapping[str, int]
) -> Iterator[tuple[object, ...]]:
    """The cells of the joint table that one row tells: of each pattern, then the goals apart."""
    at = {name: place for place, name in enumerate(sheet.names)}
    day = None if sheet.period is None else row[at[sheet.period]]
    traits = [row[at[name]] for name in labels.segments]
    path = [int(row[at[sheet.units]]), *(int(row[column[step]]) for step in labels.goals)]
    nothing = (None,) * (2 * len(labels.apart))
    start = (ANALYSED, row[at[sheet.variant]], *traits, day)
    for reached, (here, beyond) in enumerate(pairwise([*path, 0])):
        bits = [int(step < reached) for step in range(len(labels.goals))]
        yield (*start, *bits, here - beyond, int(reached == 0), *nothing, None)
    if labels.apart:
        totals = [row[column[goal]] for goal in labels.apart for _ in range(2)]
        yield (*start, *(None,) * len(labels.goals), None, 0, *totals, None)
