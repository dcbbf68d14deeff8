"""The one SELECT that makes the joint table of an experiment, in any dialect."""

from __future__ import annotations

from datetime import date, datetime

from abmicro.errors import Problem, SourceError
from abmicro.experiment.masking import masked_source
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.sql.counts import totals_select
from abmicro.sources.sql.dialects import as_read, translate
from abmicro.sources.sql.events import events_select
from abmicro.sources.sql.fields import as_meant
from abmicro.sources.sql.fragments import literal, name, replaced, table
from abmicro.sources.sql.time import from_local, until
from abmicro.sources.sql.units import units_select

SELECTS = {Shape.UNITS: units_select, Shape.COUNTS: totals_select}


def select(
    experiment: Experiment,
    *,
    relation: str | None = None,
    dialect: str = "duckdb",
    as_of: date | str | None = None,
    now: datetime | None = None,
) -> str:
    """The SELECT that makes the joint table; its columns are those of `abmicro.counts.row_format`.

    relation: item of FROM in DuckDB's SQL; default the table or file that the experiment names.
    dialect: any that sqlglot writes. as_of: count only what happened before this day or moment.
    now: the moment of the run; events dated later are set aside. Default: none are, so that what
    is printed once can be run on any later day.

    The statement is written once, in SQL that engines agree on, and translated. Nothing of a unit
    leaves it but counts. Raises SourceError for an unknown dialect or a shape without a query.

    >>> from abmicro.experiment.model import DataColumns, Data
    >>> data = Data(shape="units", table="visits", columns=DataColumns(variant="variant"))
    >>> goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    >>> test = Experiment(name="Button", variants=["A", "B"], goals=goals, data=data)
    >>> print(select(test).splitlines()[-1])
    ) AS cells
    """
    shape = experiment.require_data().shape
    if shape is Shape.JOINT:
        what = "the joint shape is the answer of a query already"
        raise SourceError(Problem("data.shape", what, "E309", "read it with abmicro analyze"))
    source = relation or default_relation(experiment, dialect)
    told, read = as_read(experiment, source, dialect)
    end = until(experiment, as_of)
    if shape is Shape.EVENTS:
        return translate(events_select(told, read, end, now), dialect)
    return translate(SELECTS[shape](told, read, end), dialect)


def default_relation(experiment: Experiment, dialect: str) -> str:
    """What the experiment names, as it means it; a file is a table to DuckDB only."""
    data = experiment.require_data()
    relation = _named(data.table, data.source, data.shape, dialect)
    who = data.identity
    persons = None if who is None else _named(who.table, who.source, "identity", dialect)
    return as_meant(experiment, _with_local_times(experiment, relation, dialect), persons)


def _with_local_times(experiment: Experiment, relation: str, dialect: str) -> str:
    """The relation with times of a zone in UTC."""
    data = experiment.require_data()
    if data.time_zone == "UTC" or data.columns.time is None:
        return relation
    if dialect != "duckdb":
        what = f"no query for {dialect} reads times of {data.time_zone}"
        hint = "make UTC of them in a view and drop time_zone"
        raise SourceError(Problem("data.time_zone", what, "E309", hint))
    local = f"CAST({name(data.columns.time)} AS TIMESTAMP)"
    return replaced(relation, {data.columns.time: from_local(experiment, data.time_zone, local)})


def _named(in_database: str | None, file: str | None, otherwise: str, dialect: str) -> str:
    if in_database is not None:
        return table(in_database)
    return (
        literal(masked_source(file))
        if file is not None and dialect == "duckdb"
        else name(otherwise)
    )
