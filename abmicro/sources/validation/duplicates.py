"""Units that stand in more than one row where each should stand in one."""

from __future__ import annotations

from typing import Any

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.engines.engine import Engine, Source
from abmicro.sources.sql.dialects import translate
from abmicro.sources.sql.exclusions import meant
from abmicro.sources.sql.fragments import name, nested, select
from abmicro.sources.text.roles import compared

SHOWN = 3


def refuse_repeated_units(experiment: Experiment, source: Source) -> None:
    """Raise SourceError that names some units of the units shape which stand in several rows.

    Asked only where `data.columns.unit` is given, since the answer costs a second query.
    """
    data = experiment.require_data()
    if data.shape is not Shape.UNITS or data.columns.unit is None or data.repeats is not None:
        return
    asked = {data.columns.unit, *(column for column, _ in compared(data.where))}
    relation = meant(experiment, source.only(asked))
    found, total = units_with_several("COUNT(*)", relation, data.columns.unit, source.engine)
    if found:
        named = ", ".join(f"{unit} ({times} rows)" for unit, times in found)
        what = f"{total:,} units stand in more than one row: {named}"
        hint = 'write repeats = "sum" in [data] where they add up; else keep one row of each'
        raise SourceError(Problem("data.columns.unit", what, "E312", hint))


def units_with_several(
    counted: str, relation: str, unit: str, engine: Engine
) -> tuple[list[tuple[Any, int]], int]:
    """The first units for which a count is above 1, each with it, and how many there are in all.

    counted: an aggregate over the rows of a unit. relation: item of FROM; unit: a column of it.
    """
    column = name(unit)
    several = select(
        [(column, "unit"), (counted, "times")],
        relation,
        where=[f"{column} IS NOT NULL"],
        group=[f"{column} HAVING {counted} > 1"],
    )
    columns = [("unit", "unit"), ("times", "times"), ("COUNT(*) OVER ()", "several")]
    sql = f"{select(columns, nested(several, 'repeats'))}\nORDER BY unit LIMIT {SHOWN}"
    found = list(engine.rows(translate(sql, engine.dialect)))
    return [(unit, times) for unit, times, _ in found], found[0][2] if found else 0
