"""Data to joint counts: ask the one SELECT, refuse what does not fit by name, place the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Self

from abmicro.counts import NO_SESSION, SESSION_HITS, JointCounts, Origin
from abmicro.errors import CountsError, Problem, SourceError, suggest
from abmicro.experiment.calendar import midnight
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.answer import answer
from abmicro.sources.engines.engine import Source, open_source
from abmicro.sources.engines.environment import expand_source
from abmicro.sources.engines.limits import Limits
from abmicro.sources.plain_frames import with_plain_data
from abmicro.sources.sql.columns import capped, columns_of
from abmicro.sources.sql.fragments import select as sql_select
from abmicro.sources.sql.select import select
from abmicro.sources.sql.time import this_moment, until
from abmicro.sources.validation.contradictions import refuse_contradictions
from abmicro.sources.validation.duplicates import refuse_repeated_units
from abmicro.sources.validation.flags import read_flags
from abmicro.sources.validation.persons import refuse_shared_units
from abmicro.sources.validation.rows import (
    Row,
    analysed_units,
    keep_top_levels,
    read_rows,
    refuse_what_does_not_fit,
)
from abmicro.sources.validation.unknown_variants import recorded, refuse_strangers


def collect(
    experiment: Experiment,
    data: object = None,
    *,
    folder: Path | None = None,
    as_of: date | str | None = None,
    memory: str | None = None,
    threads: int | None = None,
    now: datetime | None = None,
    caps: Mapping[str, float | None] | None = None,
) -> JointCounts:
    """Reduce the data of an experiment to its joint counts.

    data: a path or glob, a pandas, polars or Arrow table, an open DuckDB connection (the table is
        `data.table` or `data.source`), a DuckDB relation, an Ibis table or a narwhals frame, which
        are asked where they are, or any `Engine`; default what the experiment names. A frame with a
        column `variant` needs no description: a row is a unit, or with a column `units` of counts.
    folder: where a relative `data.source` starts; default the working folder.
    as_of: count only what happened before this day (or ISO moment).
    memory, threads: what DuckDB may use of the machine, such as "4GB" and 2; beyond the memory it
        writes to a folder of its own. An engine that is handed in keeps its own limits.
    now: the moment of the run, in UTC unless it tells its zone; default that of the machine.
        Events dated later have a wrong clock: they are set aside and counted as `future`, so that
        they do not pass for the end of the data. Give the `origin.now` of a table to repeat it.

    caps: what amounts were capped at by an earlier look, `dict(table.caps)`; a cap that is a share
        of the amounts is found once and not again.

    Returns the table with the account of every row read; see `JointCounts.ledger`.
    Raises SourceError where data are missing, unreadable or not of the shape declared, and
    CountsError where counts contradict themselves.

    >>> import duckdb
    >>> from abmicro.experiment.model import DataColumns, Data
    >>> shop = duckdb.connect()
    >>> _ = shop.execute("CREATE TABLE visits AS SELECT * FROM (VALUES ('A', 1, 0), ('A', 0, 0), "
    ...                  "('B', 1, 1), ('B', 1, 0)) AS v(variant, cart, buy)")
    >>> test = Experiment(
    ...     name="Button", variants=["A", "B"],
    ...     goals={"cart": {"kind": "milestone"}, "buy": {"kind": "macro"}},
    ...     data=Data(shape="units", table="visits", columns=DataColumns(variant="variant")),
    ... )
    >>> collect(test, shop).reached("cart").ravel()
    array([1, 2])
    """
    experiment = with_plain_data(experiment, data)
    if experiment.require_data().shape is Shape.JOINT:
        return _joint(experiment, data, folder)
    query = CountsQuery.of(experiment, as_of, now, caps)
    return answer(query, data, folder, Limits(memory, threads))


def capped_at(experiment: Experiment, caps: Mapping[str, float | None]) -> Experiment:
    """The experiment with the caps that were found before; SourceError for what is none."""
    goals = {goal.name: goal for goal in capped(experiment)}
    problems = []
    for name, cap in caps.items():
        if name not in goals:
            what = f"{name!r} has no cap in the definition"
            problems.append(Problem(f"caps.{name}", what, "E320", suggest(name, [*goals])))
        elif cap is not None and not 0 < cap < float("inf"):
            hint = "give the caps of the earlier table, `dict(table.caps)`"
            problems.append(Problem(f"caps.{name}", f"{cap:g} is no cap", "E320", hint))
    if problems:
        raise SourceError(*problems)
    found = tuple(
        goal.model_copy(update={"cap": float(cap)}) if (cap := caps.get(goal.name)) else goal
        for goal in experiment.goals
    )
    return experiment.model_copy(update={"goals": found}) if caps else experiment


@dataclass(frozen=True)
class CountsQuery:
    """The query of the joint table; `end` is the moment that `as_of` is."""

    experiment: Experiment
    as_of: date | str | None
    end: datetime | None
    now: datetime

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        as_of: date | str | None,
        now: datetime | None,
        caps: Mapping[str, float | None] | None,
    ) -> Self:
        """The query of an experiment; arguments as in `collect`."""
        experiment = capped_at(experiment, caps or {})
        return cls(experiment, as_of, until(experiment, as_of), this_moment(now))

    def check(self, source: Source) -> None:
        """Raise SourceError for rows that would be counted twice, or contradict one another."""
        if self.experiment.require_data().shape is Shape.COUNTS:
            from abmicro.sources.validation.sheet_rows import refuse_doubles

            refuse_doubles(self.experiment, source)
        refuse_contradictions(self.experiment, source, self.end)
        refuse_repeated_units(self.experiment, source)
        refuse_shared_units(self.experiment, source)

    def select(self, relation: str, dialect: str) -> str:
        """The SELECT that makes the joint table."""
        return select(
            self.experiment, relation=relation, dialect=dialect, as_of=self.as_of, now=self.now
        )

    def table(self, rows: list[Row], source: Source) -> JointCounts:
        """The joint table, with its origin and the moment up to which it is complete."""
        labels = columns_of(self.experiment)
        rows = read_flags(self.experiment, labels, rows)
        places = range(2, 2 + len(labels.segments))  # after status and variant
        kept = keep_top_levels(rows, places, analysed_units(labels))
        counts = JointCounts.from_rows(labels.names, kept, variants=_arms(self.experiment))
        refuse_strangers(self.experiment, source, counts)
        refuse_what_does_not_fit(self.experiment, counts, lambda: recorded(self.experiment, source))
        end = None if self.end is None else min(self.end, self.now)
        return replace(complete(self.experiment, counts, end), origin=self._origin(source))

    def _origin(self, source: Source) -> Origin:
        printed = select(self.experiment, as_of=self.as_of)
        digest = sha256(printed.encode()).hexdigest()
        return Origin(source.label, digest, self.now, source.notes)


def read_joint(experiment: Experiment, path: Path) -> JointCounts:
    """The joint counts in a .csv or .parquet file, held against the experiment.

    path: what `abmicro collect` saved, or what a warehouse gave for `abmicro query`.
    Raises SourceError where the file cannot be read, CountsError where it does not fit.
    """
    counts = check_fit(experiment, JointCounts.load(path, variants=_arms(experiment)))
    return complete(experiment, counts, None)


def _joint(experiment: Experiment, data: object, folder: Path | None) -> JointCounts:
    """The joint shape: a file, or a table whose columns are those of a joint table."""
    named = experiment.require_data().source if data is None else data
    if isinstance(named, (str, Path)):
        with expand_source(experiment, data) as (asked, given):
            path = (folder or Path()) / str(asked.require_data().source) if given is None else given
            return read_joint(experiment, Path(str(path)))
    with open_source(experiment, data, folder) as source:
        if source.columns is None:
            what = "an engine that cannot tell its columns cannot hold a joint table"
            raise SourceError(Problem("data", what, "E303", "save its rows as .csv"))
        rows = read_rows(source.engine.rows(sql_select([("*", "*")], source.relation)))
    table = JointCounts.from_rows(tuple(source.columns), rows, variants=_arms(experiment))
    return check_fit(experiment, table)


def check_fit(experiment: Experiment, counts: JointCounts) -> JointCounts:
    """The same counts; CountsError where a goal or segment is missing from them.

    They may know more goals and segments than the experiment asks for.
    """
    known, have = columns_of(experiment), counts.columns
    goals = (*have.goals, *have.measures, *have.apart)
    rule = experiment.exposure.exclude  # of which the analysis asks
    free = (NO_SESSION, SESSION_HITS, *([rule.label] if rule else []))
    problems = [
        Problem(f"{table}.{label}", "is not in the joint table", "E401", suggest(label, there))
        for table, wanted, there in (
            ("segments", known.segments, have.segments),
            ("goals", (*known.goals, *known.measures, *known.apart), goals),
        )
        for label in wanted
        if label not in there and label not in free
    ]
    if problems:
        raise CountsError(*problems)
    refuse_what_does_not_fit(experiment, counts)
    return counts


def complete(experiment: Experiment, counts: JointCounts, until: datetime | None) -> JointCounts:
    """The counts with the moment up to which units or counts with days are complete.

    It is `until`, else midnight after the last day, in the experiment's zone; events tell it
    themselves, and nothing else does.
    """
    shape = None if experiment.data is None else experiment.data.shape
    days = [day for day in counts.periods if day is not None]
    if shape not in (Shape.UNITS, Shape.COUNTS) or counts.cut_off is not None or not days:
        return counts
    at = until or midnight(experiment, max(days) + timedelta(days=1))
    return replace(counts, cut_off=at.astimezone(UTC))


def _arms(experiment: Experiment) -> tuple[str, ...]:
    return tuple(variant.name for variant in experiment.variants)
