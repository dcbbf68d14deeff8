"""What runs the SELECT: DuckDB over files, frames or a connection, or any object of two members."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment, TimeUnit
from abmicro.frozen import frozen
from abmicro.sources.engines import databases, lazy_tables, spark
from abmicro.sources.engines.column_types import (
    NAIVE,
    Reading,
    odd_hours_of,
    persons_of,
    reading_of,
    shift_of,
)
from abmicro.sources.engines.copies import Plain, Saved, plain
from abmicro.sources.engines.databases import Database
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.engines.environment import expand_source
from abmicro.sources.engines.files import files_of, is_large_text, refuse_twins, unchanged
from abmicro.sources.engines.limits import NO_LIMITS, Limits
from abmicro.sources.engines.misfits import left_out, misfits
from abmicro.sources.engines.raw import Raw, Wanted, raw_of, wanted_of
from abmicro.sources.engines.scratch import scratch
from abmicro.sources.sql.fields import as_meant, asked_of, kinds_with_fields
from abmicro.sources.sql.fragments import name, nested, replaced, table
from abmicro.sources.text.casts import as_moment, or_stop, same

CLOSED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
"""Settings of an engine that fetches nothing and sees no variable of Python."""


@runtime_checkable
class Engine(Protocol):
    """Something that runs SQL.

    dialect: a name sqlglot knows. rows: run one SELECT and give its rows, values as Python's.
    """

    @property
    def dialect(self) -> str:
        """The SQL it speaks, by sqlglot's name."""
        ...

    def rows(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """The rows of one SELECT."""
        ...


@frozen
class Source:
    """Data that are ready to be asked.

    relation: item of FROM, in DuckDB's SQL. label: engine and version, for the record.
    columns: name to type, or None where the engine cannot tell; fields are columns here.
    persons: item of FROM of the table of identity, where the experiment names one.
    notes: how the data were read, for people.
    """

    engine: Engine
    relation: str
    label: str
    columns: Mapping[str, str] | None = None
    persons: str | None = None
    notes: tuple[str, ...] = ()
    reading: Reading | None = None

    def only(self, columns: Collection[str]) -> str:
        """An item of FROM in which no other column is looked at, where that saves work."""
        return self.relation if self.reading is None else self.reading.only(columns)


@contextmanager
def open_source(
    experiment: Experiment,
    data: object,
    folder: Path | None,
    limits: Limits = NO_LIMITS,
    *,
    copied: bool = False,
    without_bad_times: bool = False,
) -> Iterator[Source]:
    """The data of an experiment, ready to be asked; see `collect` for what `data` may be.

    limits: for the engine that is opened here; one that is handed in keeps its own.
    copied: read plain copies of files, which `NotPlainError` asks for. without_bad_times: read
        times that do not fit as missing, which `FewBadTimesError` asks for.

    Raises SourceError where there are no data, or none that can be opened.
    """
    with (
        expand_source(experiment, data) as (asked, given),
        _opened(asked, given, _Opening(folder, limits, copied, without_bad_times)) as raw,
    ):
        trimmed = raw.reading is not None
        relation = as_meant(experiment, raw.relation, raw.persons, raw.columns, trimmed=trimmed)
        columns = kinds_with_fields(experiment, raw.columns)
        reading = raw.reading if relation == raw.relation else None
        found = replace(raw, relation=relation, columns=columns, reading=reading)
        yield _in_utc_throughout(experiment, found, raw.reading)


@frozen
class _Opening:
    """How data are opened: from which folder, within which limits, with what left to forgive."""

    folder: Path | None
    limits: Limits
    copied: bool
    without_bad_times: bool


def _in_utc_throughout(experiment: Experiment, source: Source, read: Reading | None) -> Source:
    """Times of DuckDB in UTC: text with its offsets, which a plain cast drops, and local times.

    Raises SourceError for local times of an engine that cannot be asked for their types.
    """
    data = experiment.require_data()
    column, known = data.columns.time, source.columns or {}
    if column is None or data.time_unit is not TimeUnit.TIMESTAMP:
        return source
    if read is not None and column in read.columns:
        return source
    kind, cell, shift = known.get(column, ""), name(column), shift_of(experiment)
    if source.engine.dialect != "duckdb":
        if shift is not same and "ZONE" not in kind:
            what = f"times of {source.engine.dialect} are read as UTC"
            hint = "make UTC of them in a view, or hand the rows in as a frame; drop time_zone"
            raise SourceError(Problem("data.time_zone", what, "E309", hint))
        return source
    made = {}
    if kind == "VARCHAR":
        made = {column: or_stop(cell, as_moment(cell, to_utc=shift))}
    elif kind in NAIVE and shift is not same:
        made = {column: shift(f"CAST({cell} AS TIMESTAMP)")}
    return replace(source, relation=replaced(source.relation, made))


@contextmanager
def _opened(experiment: Experiment, data: object, how: _Opening) -> Iterator[Source]:
    """The data as they are."""
    data = lazy_tables.native(data)
    named = experiment.require_data().source if data is None else data
    if (open_ := _open_elsewhere(experiment, data)) is not None:
        yield open_
    elif spark.is_session(data) or spark.is_frame(data):
        yield from _of_spark(experiment, data)
    elif isinstance(named, str) and databases.is_url(named):
        yield from _of_url(experiment, named)
    elif isinstance(named, (str, Path)):
        files = files_of(str(named), how.folder if data is None else None)
        yield from _of_files(experiment, files, how)
    elif named is None:
        hint = 'write source = "path or glob" in [data], or hand the data in'
        raise SourceError(Problem("data.source", "the experiment names no data", "E301", hint))
    else:
        yield from _of_frame(experiment, data, how)


def _open_elsewhere(experiment: Experiment, data: object) -> Source | None:
    """The tables of an engine that is its owner's to close; None for other data."""
    if lazy_tables.is_relation(data):
        return _of_relation(experiment, data)
    if (held := lazy_tables.held_by(data)) is not None:
        return _of_held(experiment, *held)
    if isinstance(data, Database):
        return _of_database(experiment, data)
    if isinstance(data, Engine):
        label, persons = type(data).__name__, _persons_table(experiment)
        return Source(data, _named_table(experiment), label, persons=persons)
    if _is_connection(data):
        return _of_connection(experiment, data)
    if databases.is_connection(data):
        return _of_database(experiment, databases.of_connection(data))
    return None


def _of_files(experiment: Experiment, files: Sequence[Path], how: _Opening) -> Iterator[Source]:
    """Files, and those of identity, read by a DuckDB that may touch nothing else."""
    wanted = wanted_of(experiment)
    with scratch() as folder:
        saved = _saved(experiment)
        texts = wanted.texts | wanted.nested.keys()
        copies = plain(files, saved, folder / "data", texts, copied=how.copied)
        others = _plain_persons(experiment, folder, how)
        large = folder / "rows.parquet" if is_large_text(copies.files) else None
        read = [*copies.files, *others.files]
        with unchanged(read), locked(read, how.limits, copy=large) as engine:
            refuse_twins(copies.files, engine.rows)
            raw = raw_of(copies, wanted, engine.columns)
            yield _read(experiment, engine, raw, others, how)


def _read(experiment: Experiment, engine: DuckDB, raw: Raw, others: Plain, how: _Opening) -> Source:
    """The source of data that DuckDB reads by the roles of their columns."""
    lenient = how.without_bad_times
    reading = reading_of(experiment, raw, engine.rows, without_bad_times=lenient)
    persons = _reader_of_persons(engine, experiment, others)
    _in_utc(engine, raw.columns, whole="TIMESTAMP" in reading.columns.values())
    checked = replace(engine, misfits=lambda: misfits(reading, engine.rows))
    found = (*odd_hours_of(reading, engine.rows), *left_out(reading, engine.rows))
    notes = (*raw.notes, *others.notes, *found)
    return Source(checked, reading.relation, _version(), reading.columns, persons, notes, reading)


def _of_url(experiment: Experiment, url: str) -> Iterator[Source]:
    """A table of the database behind a URL, opened for reading."""
    _table_name(experiment)  # asked for before anything is opened
    with databases.connect(url) as database:
        yield _of_database(experiment, database)


def _of_database(experiment: Experiment, database: Database) -> Source:
    relation = _named_table(experiment)
    columns = database.columns(relation)
    read = databases.in_utc(relation, columns)
    return Source(database, read, database.dialect, columns, _persons_table(experiment))


def _of_spark(experiment: Experiment, data: Any) -> Iterator[Source]:
    """A frame, or the table of a session that the experiment names."""
    frame = data if spark.is_frame(data) else spark.table(data, _table_name(experiment))
    with spark.viewed(frame) as (engine, relation, columns):
        label = f"Spark {engine.session.version}"
        yield Source(engine, relation, label, columns, _persons_table(experiment))


def _of_frame(experiment: Experiment, frame: object, how: _Opening) -> Iterator[Source]:
    """A data frame or Arrow table; a reader that can be read only once is read first."""
    import duckdb

    held = lazy_tables.held(frame, asked_of(experiment))
    with scratch() as folder:
        others = _plain_persons(experiment, folder, how)
        with locked(others.files, how.limits) as engine:
            try:
                engine.connection.register("data", held)
            except (duckdb.Error, RuntimeError) as error:
                raise lazy_tables.unreadable(frame, error) from None
            raw = Raw('"data"', engine.columns('"data"'), is_typed=True)
            yield _read(experiment, engine, raw, others, how)


def _of_connection(experiment: Experiment, connection: Any, relation: str | None = None) -> Source:
    """A table of an open connection, or what a SELECT of its makes."""
    engine = DuckDB(connection)
    relation = relation or _named_table(experiment)
    columns = engine.columns(relation)
    read = _with_utc(relation, columns)
    return Source(engine, read, _version(), columns, _persons_table(experiment))


def _of_relation(experiment: Experiment, relation: Any) -> Source:
    """A relation of DuckDB, on its own connection."""
    engine = lazy_tables.Relation(relation)
    columns = engine.columns()
    read = _with_utc(name(lazy_tables.NAME), columns)
    return Source(engine, read, _version(), columns, _persons_table(experiment))


def _of_held(experiment: Experiment, holder: Any, text: str) -> Source:
    """A table of Ibis, in the database that computes it."""
    if not isinstance(holder, Database):
        return _of_connection(experiment, holder, nested(text, name(lazy_tables.NAME)))
    engine = lazy_tables.Named(holder, text)
    columns, relation = engine.columns(), name(lazy_tables.NAME)
    read = databases.in_utc(relation, columns)
    return Source(engine, read, holder.dialect, columns, _persons_table(experiment))


def _with_utc(relation: str, columns: Mapping[str, str]) -> str:
    """The relation with moments read as UTC, whatever the session's zone."""
    utc = {one: f"{name(one)} AT TIME ZONE 'UTC'" for one in _zoned(columns)}
    return replaced(relation, utc)


@contextmanager
def locked(
    files: Iterable[Path], limits: Limits = NO_LIMITS, *, copy: Path | None = None
) -> Iterator[DuckDB]:
    """A DuckDB without network, extensions and any file but those given, its scratch and copy."""
    import duckdb

    with (
        scratch() as folder,
        duckdb.connect(config=CLOSED | _near() | limits.settings(folder)) as connection,
    ):
        with suppress(duckdb.InvalidInputException):  # a notebook that cannot draw it
            connection.execute("SET enable_progress_bar = false")  # it would be drawn on stdout
        paths = [str(file) for file in (*files, *([copy] if copy else []))]
        written = [escape(path) for path in paths]  # as readers write them: no sign makes a glob
        connection.execute("SET allowed_paths = ?", [[*paths, *written]])
        connection.execute("SET enable_external_access = false")
        yield DuckDB(connection, copy=copy)


def _near() -> dict[str, str]:
    """What tells DuckDB, from its second version on, that no file lies far away.

    It starts eight threads to wait for those, which cost 2 MB and a hundredth of a second.
    """
    import duckdb

    return {"async_threads": "0"} if int(duckdb.__version__.partition(".")[0]) >= 2 else {}


def _in_utc(engine: DuckDB, columns: Mapping[str, str], *, whole: bool = False) -> None:
    """Read zoned moments in UTC, whatever the machine's zone; then let no setting change.

    The zone is set only where it matters: its tables take 3 MB. whole: text is read as times too.
    """
    if _zoned(columns) or (whole and "TIMESTAMP" in columns.values()):
        engine.connection.execute("SET TimeZone = 'UTC'")
    engine.connection.execute("SET lock_configuration = true")


def _zoned(columns: Mapping[str, str]) -> list[str]:
    return [column for column, kind in columns.items() if kind == "TIMESTAMP WITH TIME ZONE"]


def _named_table(experiment: Experiment) -> str:
    return table(_table_name(experiment))


def _table_name(experiment: Experiment) -> str:
    data = experiment.require_data()
    named = data.table or data.source
    if named is None or (data.table is None and "://" in named):
        hint = 'write table = "its name" in [data]'
        raise SourceError(Problem("data.table", "which table of the database?", "E301", hint))
    return named


def _persons_table(experiment: Experiment) -> str | None:
    """The table of identity beside a table."""
    identity = experiment.require_data().identity
    if identity is None:
        return None
    if identity.table is None:
        hint = 'write table = "its name" in [data.identity]'
        raise SourceError(
            Problem("data.identity.source", "a file stands beside no table", "E301", hint)
        )
    return table(identity.table)


def _plain_persons(experiment: Experiment, folder: Path, how: _Opening) -> Plain:
    """The files of identity beside files, or plain copies of them in a folder."""
    identity = experiment.require_data().identity
    if identity is None:
        return Plain(())
    if identity.source is None:
        hint = 'write source = "path or glob" in [data.identity]'
        raise SourceError(
            Problem("data.identity.table", "a table stands beside no file", "E301", hint)
        )
    files = files_of(identity.source, how.folder, where="data.identity.source")
    ids = (identity.unit, identity.person)
    return plain(files, _saved(experiment), folder / "identity", ids, copied=how.copied)


def _saved(experiment: Experiment) -> Saved:
    data = experiment.require_data()
    return Saved(data.encoding, data.sheet)


def _reader_of_persons(engine: DuckDB, experiment: Experiment, files: Plain) -> str | None:
    """What reads the files of identity."""
    identity = experiment.require_data().identity
    if identity is None:
        return None
    wanted = Wanted(frozenset((identity.unit, identity.person)))
    return persons_of(identity, raw_of(files, wanted, engine.columns))


def _is_connection(data: object) -> bool:
    return type(data).__name__ == "DuckDBPyConnection"


def _version() -> str:
    import duckdb

    return f"DuckDB {duckdb.__version__}"
