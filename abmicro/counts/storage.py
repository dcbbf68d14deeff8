"""Tables of counts as files: CSV for eyes and spreadsheets, Parquet for the rest."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from glob import escape
from pathlib import Path
from typing import Any

from abmicro.atomic_files import cannot_write, replacing
from abmicro.errors import OutputError, Problem, SourceError
from abmicro.plain_text import packed, unpacked

FORMS = ".csv or .parquet"
TEXTS = {"status", "variant", "goal", "figure"}
WHOLE = {"units", "rows", "bin", "macro"}
QUOTE, APOSTROPHE = '"', "'"
MOMENTS = {"period": "DATE", "cut_off": "TIMESTAMP"}  # the latter in UTC


def write_table(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows under the column names; OutputError where the file cannot be written."""
    path = Path(path)
    check_form(path)
    with replacing(path) as unfinished:
        try:
            if path.suffix == ".csv":
                _write_csv(unfinished, names, rows)
            else:
                _write_parquet(unfinished, names, rows)
        except OSError as error:
            raise cannot_write(path, error) from error


def check_form(path: Path) -> None:
    """Raise OutputError where the name of a file asks for no form such a table has."""
    if path.suffix not in (".csv", ".parquet"):
        what = f"a table of counts is saved as {FORMS}, not as {path.suffix or 'a bare name'!r}"
        raise OutputError(Problem(str(path), what, "E502", "name it counts.csv or counts.parquet"))


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in (names, *rows):
            writer.writerow([packed(cell) if isinstance(cell, str) else cell for cell in row])


def _write_parquet(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Let DuckDB write the file; every value passes as text and is cast to its column's type."""
    import duckdb
    import numpy as np

    if len({name.casefold() for name in names}) < len(names):
        what = "two labels differ only in upper and lower case, which Parquet cannot hold"
        raise OutputError(Problem(str(path), what, "E502", "save as .csv"))
    texts = [[None if value is None else str(value) for value in row] for row in rows]
    held = {
        f"c{at}": np.array([row[at] for row in texts], dtype=object) for at in range(len(names))
    }
    casts = ", ".join(
        f"CAST(c{at} AS {_type(name)}) AS {_doubled(name, QUOTE)}" for at, name in enumerate(names)
    )
    with duckdb.connect() as connection:
        connection.register("held", held)
        file = _doubled(str(path), APOSTROPHE)
        sql = f"COPY (SELECT {casts} FROM held) TO {file} (FORMAT parquet, USE_TMP_FILE false)"  # noqa: S608 - quoted
        try:
            connection.execute(sql)
        except duckdb.IOException as error:
            raise OSError(str(error).partition("\n")[0]) from error


def _doubled(text: str, sign: str) -> str:
    """A text between signs, of which those in it are doubled."""
    return f"{sign}{text.replace(sign, sign * 2)}{sign}"


def _type(name: str) -> str:
    if name in TEXTS or name.startswith("segment__"):
        return "VARCHAR"
    if name in WHOLE:
        return "BIGINT"
    if name in MOMENTS:
        return MOMENTS[name]
    return "TINYINT" if name.startswith("goal__") else "DOUBLE"


def read_table(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Header and rows of a .csv or .parquet file; SourceError where it cannot be read."""
    path = Path(path)
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    if path.suffix not in readers:
        what = f"a table of counts is read from {FORMS}, not from {path.suffix or 'a bare name'!r}"
        hint = "save it with `abmicro collect -o counts.parquet`"
        raise SourceError(Problem(str(path), what, "E303", hint))
    if not path.is_file():
        hint = f"looked in {path.parent.resolve()}"
        raise SourceError(Problem(str(path), "no such file", "E301", hint))
    try:
        header, rows = readers[path.suffix](path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        what, hint = f"cannot be read: {error}", "save it again with `abmicro collect`"
        raise SourceError(Problem(str(path), what, "E304", hint)) from error
    if not header:
        hint = "save it again with `abmicro collect`"
        raise SourceError(Problem(str(path), "the file is empty", "E302", hint))
    return header, rows


def _read_csv(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file, strict=True)
        read = ([unpacked(cell) for cell in line] for line in lines)
        header = next(read, [])
        return header, [tuple(line) for line in read if line]


def _read_parquet(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    import duckdb

    with duckdb.connect() as connection:
        try:
            result = connection.execute("SELECT * FROM read_parquet(?)", [escape(str(path))])
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise OSError(reason) from error
        return [column[0] for column in result.description], result.fetchall()
