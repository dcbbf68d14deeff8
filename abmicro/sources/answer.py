"""One walk from data to a table: open, check, select, read the rows, make the table."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.engines.copies import NotPlainError
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.engines.engine import Source, open_source
from abmicro.sources.engines.limits import Limits
from abmicro.sources.engines.misfits import FewBadTimesError
from abmicro.sources.sql.fragments import name, select
from abmicro.sources.sql.required_columns import needed
from abmicro.sources.validation.columns import check_columns
from abmicro.sources.validation.rows import Row, read_rows

Table_co = TypeVar("Table_co", covariant=True)


class Query(Protocol[Table_co]):
    """One question to the data of an experiment, and the table its answer makes."""

    @property
    def experiment(self) -> Experiment:
        """What was meant."""
        ...

    def check(self, source: Source) -> None:
        """Raise SourceError for data that cannot answer it."""

    def select(self, relation: str, dialect: str) -> str:
        """The SELECT, in a dialect."""
        ...

    def table(self, rows: list[Row], source: Source) -> Table_co:
        """The rows of the answer as a table; raises what `check` raises."""
        ...


def answer(query: Query[Table_co], data: object, folder: Path | None, limits: Limits) -> Table_co:
    """The table that the data give to a query; `data` and `folder` as in `collect`.

    Text that stops the engine in the midst of the data is read once more, as a plain copy; times
    that do not fit, where they are few, once more without their rows.
    """
    opening = partial(open_source, query.experiment, data, folder, limits)
    for _ in range(2):
        try:
            return _answer(query, opening)
        except NotPlainError:
            opening = partial(opening, copied=True)
        except FewBadTimesError:
            opening = partial(opening, without_bad_times=True)
    return _answer(query, opening)


def _answer(
    query: Query[Table_co], opening: Callable[[], AbstractContextManager[Source]]
) -> Table_co:
    with opening() as source:
        check_columns(query.experiment, source)
        query.check(source)
        sql = query.select(_relation(query.experiment, source), source.engine.dialect)
        return query.table(read_rows(source.engine.rows(sql)), source)


def _relation(experiment: Experiment, source: Source) -> str:
    """The item of FROM that is asked: a log of much text, read again and again, is copied first.

    The copy holds the columns that the definition names, as their roles ask for them.
    """
    engine = source.engine
    if (
        experiment.require_data().shape is not Shape.EVENTS
        or not isinstance(engine, DuckDB)
        or engine.copy is None
    ):
        return source.relation
    asked = dict.fromkeys(name(column) for _, column in needed(experiment))
    return engine.copied(select([(one, one) for one in asked], source.relation), engine.copy)
