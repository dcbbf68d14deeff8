"""One walk from data to tables: open, check, select, read the rows, make the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol, TypeVar

from abmicro.errors import SourceError
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
Found = TypeVar("Found")
First = TypeVar("First")
Second = TypeVar("Second")


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


@dataclass(frozen=True)
class _Opened:
    """Data that are open, to be asked more than once."""

    experiment: Experiment
    source: Source

    def answer(self, query: Query[Found]) -> Found:
        """The table that they give to a query."""
        query.check(self.source)
        sql = query.select(self.relation, self.source.engine.dialect)
        return query.table(read_rows(self.source.engine.rows(sql)), self.source)

    @cached_property
    def relation(self) -> str:
        """The item of FROM that is asked: much text, read again and again, is copied first.

        The copy holds the columns that the definition names, as their roles ask for them.
        """
        engine, relation = self.source.engine, self.source.relation
        if (
            self.experiment.require_data().shape is not Shape.EVENTS
            or not isinstance(engine, DuckDB)
            or engine.copy is None
        ):
            return relation
        asked = dict.fromkeys(name(column) for _, column in needed(self.experiment))
        return engine.copied(select([(one, one) for one in asked], relation), engine.copy)


def answer(query: Query[Found], data: object, folder: Path | None, limits: Limits) -> Found:
    """The table that the data give to a query; `data` and `folder` as in `collect`."""
    return _walk(query.experiment, data, folder, limits, lambda opened: opened.answer(query))


def answer_both(
    first: Query[First],
    second: Query[Second],
    data: object,
    folder: Path | None,
    limits: Limits,
    *,
    answered: Callable[[First], object],
) -> tuple[First, Second | SourceError]:
    """The tables that one opening of the data gives to two queries of one experiment.

    In place of the second table its error, where it has one of its own. answered: is told the first
    table before the second query is asked.
    """

    def both(opened: _Opened) -> tuple[First, Second | SourceError]:
        table = opened.answer(first)
        answered(table)
        try:
            return table, opened.answer(second)
        except SourceError as error:
            return table, error

    return _walk(first.experiment, data, folder, limits, both)


def _walk(
    experiment: Experiment,
    data: object,
    folder: Path | None,
    limits: Limits,
    ask: Callable[[_Opened], Found],
) -> Found:
    """What is asked of the data, opened as they need it.

    Text that stops the engine in the midst of the data is read once more, as a plain copy; times
    that do not fit, where they are few, once more without their rows.
    """
    opening = partial(open_source, experiment, data, folder, limits)

    def asked() -> Found:
        with opening() as source:
            check_columns(experiment, source)
            return ask(_Opened(experiment, source))

    for _ in range(2):
        try:
            return asked()
        except NotPlainError:
            opening = partial(opening, copied=True)
        except FewBadTimesError:
            opening = partial(opening, without_bad_times=True)
    return asked()
