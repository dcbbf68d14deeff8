"""The rows as the definition speaks of them: values inside columns by name, persons for units.

Both are made in one SELECT around the data, which every other statement then reads like a table.
It names each column it passes on, so that a field may hide a column, and nothing that is not
asked for is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from abmicro.experiment.model import Experiment, Field, Form, Identity
from abmicro.sources.sql.fragments import literal, name, nested, select, stripped
from abmicro.sources.sql.required_columns import needed

UNIT, PERSON, PERSONS = '"abmicro_unit"', '"abmicro_person"', '"abmicro_persons"'
TYPES = {"text": "TEXT", "number": "DOUBLE"}
KINDS = {"text": "VARCHAR", "number": "DOUBLE"}
PARAMS = ("string_value", "int_value", "float_value", "double_value")
"""The typed values of a repeated pair, of which one is filled."""

NESTED = ("STRUCT", "MAP", "ROW", "RECORD")
"""How types begin that JSON must be made of before it is read as JSON."""


def as_meant(
    experiment: Experiment,
    relation: str,
    persons: str | None,
    kinds: Mapping[str, str] | None = None,
    *,
    trimmed: bool = False,
) -> str:
    """The item of FROM that holds what the definition names; the data themselves where they do.

    relation: item of FROM of the data; persons: of the table of identity, if there is one.
    kinds: type of every column, where it is known. trimmed: texts inside columns lose the blanks
    at their ends, as those of plain columns have.
    """
    fields, identity = used_fields(experiment), experiment.require_data().identity
    if not fields and identity is None:
        return relation
    columns = dict.fromkeys(column for _, column in needed(experiment))
    made = {column: _value(column, fields, kinds or {}, trimmed=trimmed) for column in columns}
    if identity is not None and persons is not None:
        unit = str(experiment.require_data().columns.unit)
        own = f"CAST({made[unit]} AS TEXT)"
        made[unit] = f"COALESCE({PERSON}, {own})"
        relation += f"\nLEFT JOIN {nested(_one_person(identity, persons), PERSONS)}"
        relation += f" ON {UNIT} = {own}"
    items = ((value, name(column)) for column, value in made.items())
    return nested(select(items, relation), "base")


def used_fields(experiment: Experiment) -> dict[str, Field]:
    """Name to field, of those fields that the definition speaks of."""
    fields = {field.name: field for field in experiment.require_data().fields}
    wanted = [column for _, column in needed(experiment) if column in fields]
    parts = [part for column in wanted for part in fields[column].joined if part in fields]
    return {column: fields[column] for column in dict.fromkeys([*wanted, *parts])}


def asked_of(experiment: Experiment) -> frozenset[str]:
    """Columns of the data that the definition names, by itself or in fields."""
    fields = used_fields(experiment)
    own = (column for _, column in needed(experiment) if column not in fields)
    return frozenset((*own, *(column for one in fields.values() for column in one.columns)))


def kinds_with_fields(
    experiment: Experiment, kinds: Mapping[str, str] | None
) -> Mapping[str, str] | None:
    """Type of every column and field; None where the engine cannot tell."""
    if kinds is None:
        return None
    told = {named: KINDS[one.type] for named, one in used_fields(experiment).items()}
    return {**kinds, **told}


def _one_person(identity: Identity, persons: str) -> str:
    """A SELECT of each unit that is one person, and which."""
    unit, person = (f"CAST({name(one)} AS TEXT)" for one in (identity.unit, identity.person))
    known = [f"{name(one)} IS NOT NULL" for one in (identity.unit, identity.person)]
    alone = f"{unit} HAVING MIN({person}) = MAX({person})"
    items = [(unit, UNIT), (f"MIN({person})", PERSON)]
    return select(items, persons, where=known, group=[alone])


def _value(
    column: str, fields: Mapping[str, Field], kinds: Mapping[str, str], *, trimmed: bool
) -> str:
    """What a name of the definition stands for."""
    field = fields.get(column)
    if field is None:
        return name(column)
    if field.joined:
        parts = (_value(part, fields, kinds, trimmed=trimmed) for part in field.joined)
        return " || '/' || ".join(f"CAST({part} AS TEXT)" for part in parts)
    value = value_of(field, kinds.get(str(field.column), ""))
    if not trimmed or field.type != "text":
        return value
    return stripped(value)


def value_of(field: Field, kind: str) -> str:
    """The SQL of a value inside a column of a type."""
    return _FORMS[field.form](field, kind)


def _of_json(field: Field, kind: str) -> str:
    column = name(str(field.column))
    if kind.startswith(NESTED):
        column = f"CAST({column} AS JSON)"
    return _typed(f"{column} ->> {literal(path_of(field))}", field)


def path_of(field: Field) -> str:
    """The path of a value inside JSON.

    >>> path_of(Field(name="plan", column="p", key=["user", "plan"]))
    '$."user"."plan"'
    """
    return path_to(field.key)


def path_to(keys: Iterable[str]) -> str:
    """The path to what keys lead to inside JSON, the outermost first."""
    return "$" + "".join(f".{name(key)}" for key in keys)


def _of_struct(field: Field, kind: str) -> str:
    if kind == "JSON":
        return _of_json(field, kind)
    value = name(str(field.column))
    for key in field.key:
        value = _part(value, key)
    return _typed(value, field)


def _of_params(field: Field, kind: str) -> str:  # noqa: ARG001
    """The first pair of that key; its filled value."""
    values = (_typed(_part(_part("p", "value"), one), field) for one in PARAMS)
    wanted = f"LAMBDA p: {_part('p', 'key')} = {literal(field.key[0])}"
    pairs = f"LIST_FILTER({name(str(field.column))}, {wanted})"
    first = f"LIST_TRANSFORM({pairs}, LAMBDA p: COALESCE({', '.join(values)}))[1]"
    return _typed(first, field)


_FORMS = {Form.JSON: _of_json, Form.STRUCT: _of_struct, Form.PARAMS: _of_params}


def _part(of: str, key: str) -> str:
    """A named part of a struct."""
    return f"STRUCT_EXTRACT({of}, {literal(key)})"


def _typed(value: str, field: Field) -> str:
    return f"CAST({value} AS {TYPES[field.type]})"
