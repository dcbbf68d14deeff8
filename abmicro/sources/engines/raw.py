"""Data of files as they are: the item of FROM, its columns and their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment, Form
from abmicro.frozen import frozen
from abmicro.sources.engines.copies import Plain
from abmicro.sources.engines.files import is_json, is_text, partitions, reader
from abmicro.sources.engines.separated import separated
from abmicro.sources.sql.fields import PARAMS, used_fields
from abmicro.sources.text.roles import Role, roles_of

Columns = Callable[[str], Mapping[str, str]]
"""Name and type of every column of an item of FROM."""

_KINDS = dict(zip(PARAMS, ("VARCHAR", "BIGINT", "DOUBLE", "DOUBLE"), strict=True))
_VALUE = ", ".join(f"{name} {kind}" for name, kind in _KINDS.items())
IN_JSON = {
    Form.JSON: "JSON",
    Form.STRUCT: "JSON",
    Form.PARAMS: f'STRUCT("key" VARCHAR, "value" STRUCT({_VALUE}))[]',
}
"""Types of columns that fields look into, whose keys the first rows need not have."""

NUMBERS = ("INT", "DECIMAL", "FLOAT", "DOUBLE")


@frozen
class Wanted:
    """What is looked for in data.

    texts: columns that are meant as text. others: those that are read as numbers or times.
    nested: column that fields look into to its type in JSON.
    """

    texts: frozenset[str]
    others: frozenset[str] = frozenset()
    nested: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Every column that is looked for."""
        return self.texts | self.others | self.nested.keys()


@frozen
class Raw:
    """Data as they are.

    relation: item of FROM. columns: name to type; text is VARCHAR. in_json: columns whose cells
    are JSON and meant as text. numbers: columns of text that come from numbers.
    notes: how they were read, for people. is_typed: columns have types of their own.
    """

    relation: str
    columns: Mapping[str, str]
    in_json: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    is_typed: bool = False


def wanted_of(experiment: Experiment) -> Wanted:
    """What the definition looks for, by itself or in fields."""
    roles = {column: role for column, (_, role) in roles_of(experiment).items()}
    texts = frozenset(one for one, role in roles.items() if role is Role.TEXT)
    others = frozenset(one for one, role in roles.items() if role is not Role.RAW) - texts
    fields = used_fields(experiment)
    nested = {
        column: IN_JSON[one.form]
        for one in fields.values()
        if not one.joined
        for column in one.columns
    }
    return Wanted(texts, others, nested)


def raw_of(plain: Plain, wanted: Wanted, columns: Columns) -> Raw:
    """The files as DuckDB reads them: cells of text files as text, JSON as it is wanted.

    Raises SourceError for a column that is text in one Parquet file and numbers in another.
    """
    if is_text(plain.files):
        return _of_text(plain, wanted)
    if is_json(plain.files):
        return _of_json(plain, wanted, columns)
    found = columns(reader(plain.files))
    _refuse_mixed(
        plain.files, {one for one in wanted.names if found.get(one) == "VARCHAR"}, columns
    )
    return Raw(reader(plain.files), found, is_typed=True)


def _of_text(plain: Plain, wanted: Wanted) -> Raw:
    folders = partitions(plain.files)
    table = separated(plain.files, folders, wanted.names)
    columns = dict.fromkeys((*table.names, *sorted(folders)), "VARCHAR")
    numbers = frozenset(one for at, one in enumerate(table.names) if at in plain.numbers)
    return Raw(table.relation, columns, numbers=numbers, notes=(*plain.notes, *table.notes))


def _of_json(plain: Plain, wanted: Wanted, columns: Columns) -> Raw:
    """Objects need not name what they do not have, so that only all rows can tell the columns."""
    found = columns(reader(plain.files))
    if not wanted.names <= found.keys():
        found = columns(reader(plain.files, sample=-1))
    folders = partitions(plain.files)
    there = {one for one, kind in found.items() if one not in folders and not _is_nested(kind)}
    texts = (wanted.texts - wanted.nested.keys()) & there
    told = dict.fromkeys(texts, "JSON") | dict.fromkeys(wanted.others & there, "VARCHAR")
    told |= {one: kind for one, kind in wanted.nested.items() if one in found}
    types = {one: kind for one, kind in {**found, **told}.items() if one not in folders}
    numbers = frozenset(one for one in there if any(kind in found[one] for kind in NUMBERS))
    read = reader(plain.files, types)
    return Raw(read, {**found, **told}, texts, numbers, plain.notes)


def _is_nested(kind: str) -> bool:
    return kind.startswith(("STRUCT", "MAP")) or kind.endswith("]")


def _refuse_mixed(files: Sequence[Path], asked: set[str], columns: Columns) -> None:
    """Raise SourceError for a column that is text in one Parquet file and numbers in another.

    asked: columns that come out as text; no other can be such.
    """
    if len(files) == 1:
        return
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
