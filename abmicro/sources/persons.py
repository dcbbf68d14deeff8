"""Units of several persons, which the table of identity cannot tell apart."""

from __future__ import annotations

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.dialects import in_dialect
from abmicro.sources.engines import Source
from abmicro.sources.labels import data_of
from abmicro.sources.sql import name, nested, select

SHOWN = 3


def refuse_shared_units(experiment: Experiment, source: Source) -> None:
    """Raise SourceError that names some units of several persons.

    With `shared = "apart"` such a unit stays a unit of its own, and nothing is asked.
    """
    identity = data_of(experiment).identity
    if identity is None or source.persons is None or identity.shared == "apart":
        return
    unit, person = name(identity.unit), name(identity.person)
    several = select(
        [(unit, "unit"), (f"COUNT(DISTINCT {person})", "persons")],
        source.persons,
        where=[f"{unit} IS NOT NULL"],
        group=[f"{unit} HAVING COUNT(DISTINCT {person}) > 1"],
    )
    columns = [("unit", "unit"), ("persons", "persons"), ("COUNT(*) OVER ()", "shared")]
    sql = f"{select(columns, nested(several, 'several'))}\nORDER BY unit LIMIT {SHOWN}"
    found = list(source.engine.rows(in_dialect(sql, source.engine.dialect)))
    if found:
        named = ", ".join(f"{unit} ({persons})" for unit, persons, _ in found)
        what = f"{found[0][2]:,} units are of several persons: {named}"
        hint = 'write shared = "apart" to let each stay a unit of its own'
        raise SourceError(Problem("data.identity", what, "E314", hint))
