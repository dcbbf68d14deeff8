"""Columns that the definition names, compared with those the data have."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro.errors import Problem, SourceError, suggest
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.model import Experiment, Shape, TimeUnit
from abmicro.sources.engines.databases import Database
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.engines.engine import Source
from abmicro.sources.sql.columns import added, rates
from abmicro.sources.sql.fields import used_fields
from abmicro.sources.sql.fragments import literal, name, nested, select
from abmicro.sources.sql.required_columns import needed
from abmicro.sources.sql.time import TICKS, likely_unit

LARGEST, LARGEST_FLOAT = 2**53, 2**24
ROUNDED = r"[0-9]([.,][0-9]+)?[eE]\+[0-9]{2}"
"""A large number as a spreadsheet shows it."""

FIRST = 20_000
"""Rows in which rounded ids are looked for: what rounds one rounds all."""

NUMBERS = ("INT", "DECIMAL", "FLOAT", "DOUBLE", "REAL")
TIMES = ("TIMESTAMP", "DATE")


def check_columns(experiment: Experiment, source: Source) -> None:
    """Raise SourceError with every column that is missing or of a type that cannot serve.

    Does nothing for an engine that cannot tell its columns, and with types that are not known; its
    own errors must do there.
    """
    problems = [*_missing(experiment, source), *_missing_persons(experiment, source)]
    if source.columns is not None and not problems:
        problems = [*_no_numbers(experiment, source), *_no_times(experiment, source)]
        problems += [*_json_events(experiment, source), *_rounded_ids(experiment, source)]
    if problems:
        raise SourceError(*problems)


def _missing(experiment: Experiment, source: Source) -> Iterator[Problem]:
    """Columns that the definition names, itself or in a field, and the data do not have."""
    if source.columns is None:
        return
    fields, known = used_fields(experiment), tuple(source.columns)
    asked = [one for one in needed(experiment) if one[1] not in fields]
    for field in fields.values():
        key = "joined" if field.joined else "column"
        asked += [(dotted("data", "fields", field.name, key), one) for one in field.columns]
    for where, column in dict.fromkeys(asked):
        if column not in known:
            hint = suggest(column, known)
            yield Problem(where, f"no column {column!r} in the data", "E305", hint)


def _missing_persons(experiment: Experiment, source: Source) -> Iterator[Problem]:
    """Columns of the table of identity that it does not have."""
    identity = experiment.require_data().identity
    if identity is None or source.persons is None:
        return
    if not isinstance(source.engine, (DuckDB, Database)):
        return
    known = tuple(source.engine.columns(source.persons))
    for key, column in (("unit", identity.unit), ("person", identity.person)):
        if column not in known:
            what = f"no column {column!r} in the table of identity"
            yield Problem(f"data.identity.{key}", what, "E305", suggest(column, known))


def _no_numbers(experiment: Experiment, source: Source) -> Iterator[Problem]:
    """Columns that are added up and hold something else than numbers."""
    data = experiment.require_data()
    summed = [
        (f"goals.{goal.name}.value", str(goal.value)) for goal in experiment.goals if goal.value
    ]
    if data.shape is Shape.UNITS:
        rule = experiment.exposure.exclude
        summed = [*added(experiment), *([("exposure.exclude.of", rule.of)] if rule else [])]
    if data.shape is Shape.COUNTS:
        summed.append(("data.columns.units", str(data.columns.units)))
        summed += [(f"goals.{g.name}.column", g.column or g.name) for g in rates(experiment)]
    for where, column in summed:
        kind = (source.columns or {})[column]
        if kind and not any(number in kind for number in NUMBERS):
            what = f"column {column!r} {_said(source, column, kind)} where numbers are asked"
            field = column in used_fields(experiment)
            yield Problem(where, what, "E307", 'write type = "number" at the field' * field)


def _no_times(experiment: Experiment, source: Source) -> Iterator[Problem]:
    """A time column that does not hold what `time_unit` says."""
    data = experiment.require_data()
    if data.columns.time is None:
        return
    kind, unit = (source.columns or {})[data.columns.time], data.time_unit
    if not kind:
        return
    number = any(one in kind for one in NUMBERS)
    if unit is TimeUnit.TIMESTAMP and number:
        hint = f'write time_unit = "{_likely_unit(source, data.columns.time)}" in [data]'
    elif unit is not TimeUnit.TIMESTAMP and not number:
        likely = any(one in kind for one in TIMES)
        hint = "drop time_unit from [data]" if likely else "the column must hold numbers"
    else:
        yield from _other_unit(experiment, source)
        return
    what = f"column {data.columns.time!r} holds {_held(kind)}, and time_unit is {unit!s}"
    yield Problem("data.time_unit", what, "E307", hint)


def _other_unit(experiment: Experiment, source: Source) -> Iterator[Problem]:
    """Moments that are numbers of a type, which `time_unit` puts before 1980 or after 2200."""
    data = experiment.require_data()
    if data.time_unit not in TICKS or source.reading is None:
        return
    if any(cell.column == data.columns.time for cell in source.reading.cells):
        return
    column = name(str(data.columns.time))
    (found,) = source.engine.rows(select([(f"MAX({column})", "largest")], source.relation))
    unit = likely_unit(found[0])
    if found[0] and unit not in {None, data.time_unit, TimeUnit.ORDER}:
        what = f"column {data.columns.time!r} holds {found[0]}, and time_unit is {data.time_unit!s}"
        yield Problem("data.time_unit", what, "E307", f'write time_unit = "{unit}" in [data]')


def _json_events(experiment: Experiment, source: Source) -> Iterator[Problem]:
    """Names of events that an engine holds as JSON, in quotes, so that none is like a goal's."""
    column, columns = experiment.require_data().columns.event, source.columns or {}
    if source.reading is None and columns.get(str(column), "").upper() in {"JSON", "JSONB"}:
        what = f"column {column!r} holds JSON where names of events are asked"
        hint = "make text of it in a view, or name it in [data.fields]"
        yield Problem("data.columns.event", what, "E307", hint)


def _rounded_ids(experiment: Experiment, source: Source) -> Iterator[Problem]:
    """Ids of which a spreadsheet or a floating type kept the first digits, so that many are one."""
    unit, reading = experiment.require_data().columns.unit, source.reading
    if unit is None or reading is None or unit not in reading.raw.columns:
        return
    kind, cell = reading.raw.columns[unit], name(unit)
    if kind in {"DOUBLE", "FLOAT"}:
        rounded = f"ABS({cell}) >= {LARGEST if kind == 'DOUBLE' else LARGEST_FLOAT}"
    elif kind == "VARCHAR":
        rounded = f"REGEXP_FULL_MATCH(TRIM({cell}), {literal(ROUNDED)})"
    else:
        return
    first = nested(f"{select([(cell, cell)], reading.raw.relation)}\nLIMIT {FIRST}", "first")
    example = [(f"MIN({cell}) FILTER (WHERE {rounded})", "example")]
    ((found,),) = source.engine.rows(select(example, first))
    if found is not None:
        what = f"ids of column {unit!r} such as {found} have lost their last digits"
        hint = "export them as text, and do not save them from a spreadsheet"
        if found != found:  # not a number, which floating types hold to be the largest
            what, hint = f"NaN in column {unit!r} is no id", "leave empty what is not known"
        yield Problem("data.columns.unit", what, "E676", hint)


def _likely_unit(source: Source, column: str) -> str:
    """The unit that puts the largest number between 2000 and 2100; else a position."""
    sql = select([(f"MAX({name(column)})", "largest")], source.relation)
    (largest,) = next(iter(source.engine.rows(sql)))
    return str(likely_unit(largest) or TimeUnit.ORDER)


def _held(kind: str) -> str:
    if any(number in kind for number in NUMBERS):
        return "numbers"
    if any(time in kind for time in TIMES):
        return "times"
    return "text" if kind == "VARCHAR" else kind


def _said(source: Source, column: str, kind: str) -> str:
    """What a column without numbers holds, with a value where DuckDB can be asked for one."""
    if kind != "VARCHAR" or not isinstance(source.engine, DuckDB):
        return f"holds {_held(kind)}"
    text = f"CAST({name(column)} AS TEXT)"
    odd = [f"{name(column)} IS NOT NULL", f"TRY_CAST({text} AS DOUBLE) IS NULL LIMIT 1"]
    found = list(source.engine.rows(select([(text, "example")], source.relation, where=odd)))
    return (
        f"holds text (for example {found[0][0]!r})" if found else "is empty or holds digits as text"
    )
