"""Values inside a column, under a name of their own; and which units are one person."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from abmicro.errors import Problem
from abmicro.experiment.field_types import TEXT_SCHEMA, Name, Text
from abmicro.experiment.strict_model import StrictModel, fault, shown


class Form(StrEnum):
    """What a column is that holds several values: JSON, named parts, or pairs of key and value."""

    JSON = "json"
    STRUCT = "struct"
    PARAMS = "params"


_PATH = WithJsonSchema(
    {"anyOf": [TEXT_SCHEMA, {"type": "array", "items": TEXT_SCHEMA, "minItems": 1}]}
)
_JOINED = WithJsonSchema({"type": "array", "items": TEXT_SCHEMA, "minItems": 2})


def _as_path(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _as_written(path: tuple[str, ...]) -> Any:
    return path[0] if len(path) == 1 else path


class Field(StrictModel):
    """A value that is no column: inside a column, or made of several.

    name: by which the definition speaks of it, wherever a column may stand; it hides a column of
        the same name.
    column: that holds the value, among others.
    form: of that column: `json` (default; as text or as the database's own type), `struct` (named
        parts) or `params` (repeated pairs of key and typed value, as in a GA4 export).
    key: of the value; a list of keys leads deeper into JSON or a struct.
    type: `text` (default), or `number` for values that are compared with numbers or added up.
    joined: instead of a column, two or more columns or fields, their texts joined by a slash;
        missing where one of them is.

    Raises DefinitionError where it does not say in one way where the value is.

    >>> Field(name="plan", column="properties", key="plan").form.value
    'json'
    >>> Field(name="plan", column="properties")
    Traceback (most recent call last):
        ...
    abmicro.errors.DefinitionError: data.fields.plan.key: is missing (E063); write key = "its name"
    """

    toml_table: ClassVar[str] = "data.fields"
    heading: ClassVar[frozenset[str]] = frozenset({"name"})

    name: Name
    column: Text | None = None
    form: Form = Form.JSON
    key: Annotated[
        tuple[Text, ...], BeforeValidator(_as_path), PlainSerializer(_as_written), _PATH
    ] = ()
    type: Literal["text", "number"] = "text"
    joined: Annotated[tuple[Text, ...], _JOINED] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, and of a joined field the fields, that the value is taken from."""
        return self.joined if self.column is None else (self.column,)

    @model_validator(mode="after")
    def _keep_the_rules(self, info: ValidationInfo) -> Self:
        if info.context is None and (problems := tuple(_broken_rules(self))):
            raise fault(*problems)
        return self


def _broken_rules(field: Field) -> Iterator[Problem]:
    if (field.column is None) == (not field.joined):
        what = f"says {'twice' if field.joined else 'not'} where its value is"
        yield Problem("", what, "E063", "write column and key, or joined")
    elif field.joined:
        for name in ("form", "key", "type"):
            if name in field.model_fields_set:
                yield Problem(name, f"a joined field has no {name}", "E063", "drop it")
        if len(field.joined) == 1:
            yield Problem("joined", "joins one column only", "E063", 'write ["one", "other"]')
    elif not field.key:
        yield Problem("key", "is missing", "E063", 'write key = "its name"')
    elif field.form is Form.JSON and not {*"\"'\\"}.isdisjoint("".join(field.key)):
        what = (
            f"{shown('/'.join(field.key))} holds a quote or backslash, which no path into JSON may"
        )
        yield Problem("key", what, "E063", "make a column of this value, in a view")
    elif field.form is Form.PARAMS and len(field.key) > 1:
        what = f"{shown(field.column)} has pairs of key and value; nothing lies deeper"
        yield Problem("key", what, "E063", 'write one key, e.g. key = "page_location"')


class Identity(StrictModel):
    """A table of which units are one person; a person then counts as one unit.

    source: a file or glob beside files.
    table: a table or view beside a table.
    unit: its column of units, as the log calls them.
    person: its column of persons.
    shared: a unit of several persons is refused (`refuse`), or stays a unit of its own (`apart`).

    A unit that is not in the table stays a unit of its own.

    >>> Identity(table="persons", unit="distinct_id", person="person_id").shared
    'refuse'
    """

    toml_table: ClassVar[str] = "data.identity"

    source: Text | None = None
    table: Text | None = None
    unit: Text
    person: Text
    shared: Literal["refuse", "apart"] = "refuse"

    @model_validator(mode="after")
    def _one_place(self, info: ValidationInfo) -> Self:
        if info.context is None and (self.source is None) == (self.table is None):
            what = f"the persons are {'nowhere' if self.source is None else 'in two places'}"
            hint = "write source for files, or table for a database"
            raise fault(Problem("", what, "E064", hint))
        return self


def broken_joins(fields: tuple[Field, ...]) -> Iterator[Problem]:
    """What joined fields are made of: no joined field, so that none is made of itself."""
    joined = {field.name for field in fields if field.joined}
    for field in fields:
        for part in field.joined:
            if part in joined:
                what = f"{shown(part)} is joined itself"
                yield Problem(field.name, what, "E063", "name the columns it is made of")
