"""Data files: which ones a path or glob means, and how DuckDB reads them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import escape, glob
from hashlib import file_digest
from pathlib import Path
from typing import Any

from abmicro.errors import CountsError, Problem, SourceError
from abmicro.experiment.masking import masked_source
from abmicro.sources.sql.fragments import literal, name, select
from abmicro.sources.text.encodings import opened
from abmicro.sources.text.first_bytes import refuse_other_kinds

READERS = {
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".txt": "read_csv",
    ".md": "read_csv",
    ".parquet": "read_parquet",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
}
Rows = Callable[[str], Iterable[tuple[Any, ...]]]
HEAD = 1 << 16
"""Bytes among which a second line is looked for."""
LARGE = 10_000_000
"""Bytes of text from which it takes longer to read it again than to keep what was read."""

READABLE = "see that the name is right, and that you may read what it names"
FORMS = "csv, tsv, txt, json or jsonl, also as .gz; parquet or xlsx"


def files_of(source: str, folder: Path | None, *, where: str = "data.source") -> list[Path]:
    """The files a path or glob means, sorted, each once whatever names it has.

    Raises SourceError where there are none, or one is empty or something else than its name says.

    folder: where a relative path starts; default the working folder. where: key that names them.
    """
    if "://" in source:
        scheme = masked_source(source).removesuffix("...")
        what = f"{scheme} cannot be opened here"
        hint = "hand in a connection, or run what `abmicro query` prints and analyse its result"
        raise SourceError(Problem(where, what, "E303", hint))
    path = (folder or Path()) / source
    try:
        files = _found(path, where)
    except OSError as error:
        what = f"{source!r} cannot be opened: {_reason(error)}"
        raise SourceError(Problem(where, what, "E303", READABLE)) from None
    if not files:
        raise _none(where, source, path)
    for file in files:
        _refuse_unreadable(file, where)
        refuse_other_kinds(file, where)
    return files


def _found(path: Path, where: str) -> list[Path]:
    """The files that a path or glob means; SourceError for a link that leads nowhere."""
    # Path.glob would refuse an absolute pattern
    found = [path] if path.is_file() else [*map(Path, sorted(glob(str(path), recursive=True)))]  # noqa: PTH207
    for file in found:
        if not file.exists():
            what = f"{file.name} is a link to a file that is not there"
            raise SourceError(Problem(where, what, "E301", "mend or delete the link"))
    return [file.resolve() for file in found if file.is_file()]


def _refuse_unreadable(file: Path, where: str) -> None:
    """Raise SourceError for a file that is empty, or that nobody or not this user can open."""
    if (path := str(file)).encode(errors="replace") != os.fsencode(file):
        what = f"{path!r} holds letters that are not UTF-8"
        raise SourceError(Problem(where, what, "E303", "rename it"))
    try:
        with file.open("rb") as content:
            begun = content.read(1)
    except OSError as error:
        what = f"{file.name} cannot be opened: {_reason(error)}"
        raise SourceError(Problem(where, what, "E303", READABLE)) from None
    if not begun:
        raise SourceError(Problem(where, f"{file.name} is empty", "E302", "export it again"))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


@contextmanager
def unchanged(files: Iterable[Path]) -> Iterator[None]:
    """Raise SourceError at the end where a file is not what it was at the start.

    Data are read more than once: of a log that grows meanwhile units would count whose exposure
    came too late to be seen. What else went wrong is told only where no file changed.
    """
    before = {file: _state(file) for file in files}
    try:
        yield
    except (SourceError, CountsError):
        _refuse_changed(before)
        raise
    _refuse_changed(before)


def _refuse_changed(before: Mapping[Path, tuple[int, ...] | None]) -> None:
    for file, state in before.items():
        if _state(file) != state:
            what = f"{file.name} was changed or taken away while it was read"
            hint = "run again when it is written to the end, or read a copy of it"
            raise SourceError(Problem("data.source", what, "E685", hint))


def _state(file: Path) -> tuple[int, ...] | None:
    """What changes when a file does; None where there is none."""
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


def _none(where: str, source: str, path: Path) -> SourceError:
    if (told := masked_source(source)) != source:
        hint = "a database is dialect://user:${NAME}@host/database, with --env NAME"
        return SourceError(Problem(where, f"no such file: {told!r}", "E301", hint))
    if any(sign in source for sign in "*?["):
        hint = f"looked in {path.parent.resolve()}"
        return SourceError(Problem(where, f"no file matches {source!r}", "E301", hint))
    if path.is_dir():
        what, hint = f"{source!r} is a folder", "name files in it, e.g. folder/*.parquet"
        return SourceError(Problem(where, what, "E301", hint))
    hint = f"looked in {path.parent.resolve()}"
    return SourceError(Problem(where, f"no such file: {source!r}", "E301", hint))


def reader(
    files: Sequence[Path],
    types: Mapping[str, str] | None = None,
    *,
    as_text: bool = False,
    sample: int | None = None,
    texts: Sequence[str] = (),
) -> str:
    """The item of FROM that reads the files; names of folders such as day=5 are text.

    types: of every column of JSON files, where DuckDB is not to guess. as_text: each cell of
    separated files is read as it stands. sample: rows to guess from, -1 for all;
    texts: columns that are not guessed then. Parquet has types
    of its own; of several files the wider type is taken.

    Raises SourceError for files of mixed or unknown form.
    """
    kind = _reader(files)
    paths = "[" + ", ".join(literal(escape(str(file))) for file in files) + "]"
    told = ", ".join(f"{name(column)}: {literal(kind)}" for column, kind in (types or {}).items())
    texted = ", ".join(f"{name(column)}: 'TEXT'" for column in texts)
    typed = f", types = {{{texted}}}" if texts else ""
    sampled = "" if sample is None else f", sample_size = {sample}"
    options = {
        "read_csv": ", header = true, union_by_name = true"
        + (", all_varchar = true" if as_text else f"{sampled}{typed}"),
        "read_json": f", columns = {{{told}}}" if told else sampled,
        "read_parquet": ", union_by_name = true" if len(files) > 1 else "",
    }
    folders = ", hive_types_autocast = false" if partitions(files) else ""
    return f"{kind}({paths}{options[kind]}{folders})"


def partitions(files: Sequence[Path]) -> frozenset[str]:
    """Columns that stand in the names of the folders, such as day=5.

    >>> sorted(partitions([Path("log/day=1/a.csv"), Path("log/day=2/b.csv")]))
    ['day']
    """
    found = [
        {part.partition("=")[0] for part in file.parent.parts if "=" in part} for file in files
    ]
    return frozenset(set.intersection(*found)) if found else frozenset()


def is_text(files: Sequence[Path]) -> bool:
    """Whether the files hold text between separators."""
    return _reader(files) == "read_csv"


def is_large_text(files: Sequence[Path]) -> bool:
    """Whether the files hold so much text between separators that it is better read once."""
    return is_text(files) and sum(file.stat().st_size for file in files) > LARGE


def is_parquet(files: Sequence[Path]) -> bool:
    """Whether the files are Parquet."""
    return _reader(files) == "read_parquet"


def is_json(files: Sequence[Path]) -> bool:
    """Whether the files hold JSON."""
    return _reader(files) == "read_json"


def _reader(files: Sequence[Path]) -> str:
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1:
        names = ", ".join(sorted({file.name for file in files})[:4])
        what, hint = f"files of different forms: {names}", "name files of one form, e.g. *.csv"
        raise SourceError(Problem("data.source", what, "E303", hint))
    return kinds.pop()


def _kind(file: Path) -> str:
    suffixes = [suffix.lower() for suffix in file.suffixes]
    packed = suffixes[-1:] == [".gz"]
    suffix = (suffixes[:-1] if packed else suffixes)[-1:]
    kind = READERS.get(suffix[0]) if suffix else None
    if kind is None or (packed and kind == "read_parquet"):
        what = f"{file.name}: a file of this form cannot be read"
        raise SourceError(Problem("data.source", what, "E303", f"data come as {FORMS}"))
    return kind


def refuse_twins(files: Sequence[Path], rows: Rows) -> None:
    """Raise SourceError that names files which hold the same rows, byte by byte.

    rows: runs a SELECT. Files in folders of other values, such as variant=A and variant=B, are no
    twins, and neither are files without rows.
    """
    alike: dict[tuple[object, ...], list[Path]] = defaultdict(list)
    for file in files:
        alike[file.stat().st_size, *_folders(file)].append(file)
    same: dict[tuple[object, ...], list[Path]] = defaultdict(list)
    for file in (one for group in alike.values() if len(group) > 1 for one in group):
        with file.open("rb") as content:
            same[file_digest(content, "sha256").digest(), *_folders(file)].append(file)
    for one, *others in same.values():
        if others and _holds_rows(one, rows):
            names = ", ".join(other.name for other in others[:3]) + ", ..." * (len(others) > 3)
            what = f"{one.name} holds the same rows as {names}"
            hint = "delete all of them but one, or name one file as the source"
            raise SourceError(Problem("data.source", what, "E362", hint))


def _folders(file: Path) -> tuple[str, ...]:
    """The columns that the names of its folders tell."""
    return tuple(part for part in file.parent.parts if "=" in part)


def _holds_rows(file: Path, rows: Rows) -> bool:
    """Whether a file holds more than names of columns."""
    if is_text([file]):
        with opened(file) as content:
            return sum(map(bool, map(bytes.strip, content.readlines(HEAD)))) > 1
    if is_json([file]):
        return True
    ((found,),) = rows(select([("COUNT(*)", "found")], reader([file])))
    return bool(found)
