"""Cells of files as their columns' roles ask for them; nothing is guessed from the first rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment, Form, Identity
from abmicro.sources.engines.files import is_json, is_parquet, is_text, partitions, reader
from abmicro.sources.engines.writing import Rows, Writing, writing_of
from abmicro.sources.sql.fields import PARAMS, used_fields
from abmicro.sources.sql.fragments import name, replaced
from abmicro.sources.sql.required_columns import needed
from abmicro.sources.text import casts
from abmicro.sources.text.roles import Role, roles_of

_NUMBERS = dict(zip(PARAMS, ("VARCHAR", "BIGINT", "DOUBLE", "DOUBLE"), strict=True))
_VALUE = ", ".join(f"{name} {kind}" for name, kind in _NUMBERS.items())
IN_JSON = {
    Form.JSON: "JSON",
    Form.STRUCT: "JSON",
    Form.PARAMS: f'STRUCT("key" VARCHAR, "value" STRUCT({_VALUE}))[]',
}
"""Types of columns that fields look into, whose keys the first rows need not have."""


NESTED = ("STRUCT", "MAP", "JSON")
KINDS = {
    Role.TEXT: "VARCHAR",
    Role.NUMBER: "DOUBLE",
    Role.COUNT: "DOUBLE",
    Role.COMPARED: "DOUBLE",
    Role.TIME: "TIMESTAMP",
    Role.FLAG: "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class CastColumn:
    """A column of text that is read as something else.

    key: of the definition, that asks for it. made: its SQL, NULL where a cell does not fit.
    """

    column: str
    key: str
    role: Role
    made: str

    @property
    def checked(self) -> str:
        """Its SQL, which stops at a cell that does not fit."""
        plain = self.role in {Role.TEXT, Role.FLAG}
        return self.made if plain else casts.or_stop(name(self.column), self.made)

    @property
    def misfits(self) -> str:
        """Condition that a cell is there and does not fit."""
        cell = name(self.column)
        return f"{cell} IS NOT NULL AND NOT {casts.is_missing(cell)} AND {self.made} IS NULL"


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read.

    raw: item of FROM whose cells are text; relation: the same with cells by their roles.
    columns: name to type. cells: the columns that are read as something.
    """

    raw: str
    relation: str
    columns: Mapping[str, str]
    cells: tuple[CastColumn, ...]


def reading_of(
    experiment: Experiment,
    files: Sequence[Path],
    found: Mapping[str, str],
    rows: Rows,
) -> Reading:
    """How to read files for an experiment, given the columns and types that DuckDB found.

    rows: runs a SELECT on the files. Columns without a role pass as they are.
    Raises SourceError for dates and numbers that can be read in two ways.
    """
    folders = partitions(files)
    asked = {
        column: one
        for column, one in roles_of(experiment).items()
        if column in found and (column in folders or not is_parquet(files))
    }
    told = _types(experiment, asked, found) if is_json(files) else {}
    told = {column: kind for column, kind in told.items() if column not in folders}
    raw = reader(files, told, as_text=is_text(files))
    read = {
        column: one
        for column, one in asked.items()
        if one[1] is not Role.RAW and not _is_nested(told.get(column, ""))
    }
    open_ = {column: one for column, one in read.items() if _is_open(files, one[1], found[column])}
    writing = writing_of(experiment, raw, open_, rows)
    cells = tuple(
        CastColumn(column, key, role, _made(role, column, writing))
        for column, (key, role) in read.items()
    )
    columns = {**found, **dict.fromkeys(asked, "VARCHAR"), **told}
    columns |= {cell.column: KINDS[cell.role] for cell in cells}
    return Reading(raw, replaced(raw, _checked(cells)), columns, cells)


def _is_open(files: Sequence[Path], role: Role, kind: str) -> bool:
    """Whether cells could be written in several ways; numbers of JSON are what they are."""
    return not is_json(files) or kind == "VARCHAR" or role is Role.TIME


def _checked(cells: Sequence[CastColumn]) -> dict[str, str]:
    return {cell.column: cell.checked for cell in cells}


def _made(role: Role, column: str, writing: Writing) -> str:
    cell = name(column)
    if role is Role.TIME:
        return casts.as_moment(cell, writing.formats.get(column, ()))
    if role in {Role.NUMBER, Role.COUNT}:
        return casts.as_number(cell, writing.numbers)
    if role is Role.COMPARED:
        return casts.as_compared(cell, writing.numbers)
    return casts.as_flag(cell) if role is Role.FLAG else casts.as_name(cell)


def _types(
    experiment: Experiment, asked: Mapping[str, tuple[str, Role]], found: Mapping[str, str]
) -> dict[str, str]:
    """Types of the columns of JSON: text where a role reads it, what fields look into as such."""
    told = dict(found)
    told |= {column: "VARCHAR" for column in asked if not _is_nested(found[column])}
    for field in used_fields(experiment).values():
        if not field.joined:
            told |= {one: IN_JSON[field.form] for one in field.columns if one in found}
    return told


def _is_nested(kind: str) -> bool:
    return kind.startswith(NESTED) or kind.endswith("]")


def is_short(experiment: Experiment, files: Sequence[Path], found: Mapping[str, str]) -> bool:
    """Whether a column that is asked for is missing from the first rows of JSON files.

    Objects need not name what they do not have, so that only all rows can tell.
    """
    fields = used_fields(experiment)
    asked = {column for _, column in needed(experiment)} - fields.keys()
    asked |= {one for field in fields.values() for one in field.columns} - fields.keys()
    return is_json(files) and not asked <= found.keys()


def persons_of(identity: Identity, files: Sequence[Path], found: Mapping[str, str]) -> Reading:
    """How to read the table of identity, its ids as text: 007 is not 7."""
    told = dict.fromkeys(found, "VARCHAR") if is_json(files) else {}
    raw = reader(files, told, as_text=is_text(files))
    ids = [one for one in (identity.unit, identity.person) if one in found]
    cells = tuple(
        CastColumn(one, "data.identity", Role.TEXT, casts.as_name(name(one)))
        for one in dict.fromkeys(ids)
    )
    cells = () if is_parquet(files) else cells
    return Reading(raw, replaced(raw, _checked(cells)), found, cells)


def refuse_mixed(
    experiment: Experiment,
    files: Sequence[Path],
    found: Mapping[str, str],
    columns: Callable[[str], Mapping[str, str]],
) -> None:
    """Raise SourceError for a column that is text in one Parquet file and numbers in another.

    columns: of an item of FROM. Only columns that come out as text can be such.
    """
    if not is_parquet(files) or len(files) == 1:
        return
    asked = {column for column in roles_of(experiment) if found.get(column) == "VARCHAR"}
    asked -= partitions(files)
    kinds = [(file.name, columns(reader([file]))) for file in files] if asked else []
    problems = [
        Problem("data.source", what, "E307", "write both files with one type for it")
        for column in sorted(asked)
        if (what := _mixed(column, kinds)) is not None
    ]
    if problems:
        raise SourceError(*problems)


def _mixed(column: str, kinds: Sequence[tuple[str, Mapping[str, str]]]) -> str | None:
    first: dict[bool, tuple[str, str]] = {}
    for file, found in kinds:
        if (kind := found.get(column)) is not None and kind != '"NULL"':
            first.setdefault(kind == "VARCHAR", (file, kind))
    if len(first) < 2:
        return None
    (text, _), (other, kind) = first[True], first[False]
    return f"column {column!r} is text in {text} and {kind} in {other}"
