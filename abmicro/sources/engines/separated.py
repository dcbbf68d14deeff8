"""Text files between separators, every cell of them as text, read as their first lines say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from glob import escape
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources.engines.copies import head_of
from abmicro.sources.sql.fragments import literal, name, nested, select
from abmicro.sources.text.separators import Layout, layout_of


@frozen
class Separated:
    """Text files as one table.

    relation: item of FROM. names: of its columns. notes: columns that some files lack.
    """

    relation: str
    names: tuple[str, ...]
    notes: tuple[str, ...]


def separated(files: Sequence[Path], folders: Collection[str], known: Collection[str]) -> Separated:
    """The files as one table; columns that a file lacks are empty there.

    folders: columns that stand in the names of folders. known: columns that are looked for.
    Raises SourceError for a file without lines, and where a column that is looked for stands twice.
    """
    alike: dict[Layout, list[Path]] = {}
    for file in files:
        alike.setdefault(_layout(file, known), []).append(file)
    readers = [_reader(layout, of, folders) for layout, of in alike.items()]
    names = tuple(dict.fromkeys(one for layout in alike for one in layout.names))
    lacking = {
        one: [file for layout, of in alike.items() if one not in layout.names for file in of]
        for one in sorted(known)
        if one in names
    }
    relation = readers[0] if len(readers) == 1 else _united(readers)
    return Separated(relation, names, tuple(_notes(lacking)))


def _notes(lacking: Mapping[str, Sequence[Path]]) -> Iterator[str]:
    for column, files in lacking.items():
        if files:
            more = f" and in {len(files) - 1:,} more" * (len(files) > 1)
            yield f"no column {column!r} in {files[0].name}{more}: empty there"


def _layout(file: Path, known: Collection[str]) -> Layout:
    text = head_of(file).decode("utf-8-sig", errors="ignore")
    layout = layout_of(text, known)
    if layout is None:
        raise SourceError(
            Problem("data.source", f"{file.name} is empty", "E302", "export it again")
        )
    if twice := sorted(layout.twice & set(known)):
        what = f"{file.name} has several columns {twice[0]!r}"
        raise SourceError(Problem("data.source", what, "E329", "give each a name of its own"))
    return layout


def _reader(layout: Layout, files: Sequence[Path], folders: Collection[str]) -> str:
    paths = ", ".join(literal(escape(str(file))) for file in files)
    columns = ", ".join(f"{name(one)}: 'TEXT'" for one in layout.names)
    options = [
        f"delim = {literal(layout.sign)}",
        "quote = '\"', escape = '\"', header = true, auto_detect = false",
        f"columns = {{{columns}}}",
    ]
    options += [f"skip = {layout.skip}"] * (layout.skip > 0)
    options += ["hive_partitioning = true, hive_types_autocast = false"] * bool(folders)
    return f"read_csv([{paths}], {', '.join(options)})"


def _united(readers: Sequence[str]) -> str:
    parts = (select([("*", "*")], one) for one in readers)
    return nested("\nUNION ALL BY NAME\n".join(parts), "files")
