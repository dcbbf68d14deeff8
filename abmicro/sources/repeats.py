"""Units that stand in more than one row where each should stand in one."""

from __future__ import annotations

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.dialects import in_dialect
from abmicro.sources.engines import Source
from abmicro.sources.labels import data_of
from abmicro.sources.sql import name, nested, select

SHOWN = 3


def refuse_repeated_units(experiment: Experiment, source: Source) -> None:
    """Raise SourceError that names some units of the units shape which stand in several rows.

    Asked only where `data.columns.unit` is given, since the answer costs a second query.
    """
    data = data_of(experiment)
    if data.shape is not Shape.UNITS or data.columns.unit is None:
        return
    unit = name(data.columns.unit)
    times = select(
        [(unit, "unit"), ("COUNT(*)", "times")],
        source.relation,
        where=[f"{unit} IS NOT NULL"],
        group=[f"{unit} HAVING COUNT(*) > 1"],
    )
    columns = [("unit", "unit"), ("times", "times"), ("COUNT(*) OVER ()", "repeated")]
    sql = f"{select(columns, nested(times, 'repeats'))}\nORDER BY unit LIMIT {SHOWN}"
    found = list(source.engine.rows(in_dialect(sql, source.engine.dialect)))
    if found:
        named = ", ".join(f"{unit} ({times} rows)" for unit, times, _ in found)
        what = f"{found[0][2]:,} units stand in more than one row: {named}"
        hint = "one row is one unit; keep one row of each, or use the events shape"
        raise SourceError(Problem("data.columns.unit", what, "E312", hint))
