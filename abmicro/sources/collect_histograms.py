"""A log of events to histograms: one more SELECT over the same rows, under the same attribution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from abmicro.counts import Histograms
from abmicro.counts.histograms import columns
from abmicro.errors import CountsError, Problem, SourceError, suggest
from abmicro.experiment.model import Experiment, Shape, TimeUnit
from abmicro.sources.answer import answer
from abmicro.sources.engines.engine import Source
from abmicro.sources.engines.limits import Limits
from abmicro.sources.sql.columns import rates
from abmicro.sources.sql.dialects import as_read, translate
from abmicro.sources.sql.histograms import histograms_select
from abmicro.sources.sql.select import default_relation
from abmicro.sources.sql.time import this_moment, until
from abmicro.sources.validation.rows import Row, keep_top_levels


def collect_histograms(
    experiment: Experiment,
    data: object = None,
    *,
    folder: Path | None = None,
    as_of: date | str | None = None,
    memory: str | None = None,
    threads: int | None = None,
    now: datetime | None = None,
) -> Histograms:
    """When units reached the goals of an experiment, how often their events came, in which order.

    Arguments as in `collect`, which names what is wrong with the data; here units that leave are
    left out without a word. A segment keeps the largest levels of the units that are counted here,
    which are those analysed and those whose window is still open.

    Raises SourceError where data are missing or unreadable, and where they cannot tell: rows that
    are no events, positions instead of times.

    >>> import duckdb
    >>> from abmicro.experiment.model import DataColumns, Data, Exposure
    >>> shop = duckdb.connect()
    >>> _ = shop.execute("CREATE TABLE log AS SELECT * FROM (VALUES (1, 0, 'seen', 'A'), "
    ...                  "(1, 7300, 'cart', NULL), (2, 0, 'seen', 'B'), (2, 20000, 'buy', NULL)) "
    ...                  "AS v(who, ts, event, variant)")
    >>> columns = DataColumns(unit="who", time="ts", event="event", variant="variant")
    >>> test = Experiment(
    ...     name="Button", variants=["A", "B"], exposure=Exposure(event="seen"),
    ...     goals={"cart": {"kind": "milestone"}, "buy": {"kind": "macro"}},
    ...     data=Data(shape="events", table="log", time_unit="s", columns=columns),
    ... )
    >>> found = collect_histograms(test, shop)
    >>> found.of("lag", "cart").bins, found.of("lag", "cart").units.ravel()
    (array([2]), array([1, 0]))
    >>> found.of("open", "cart").bins, found.of("open", "cart").units.ravel()
    (array([5]), array([0, 1]))
    """
    refuse_timeless(experiment)
    query = HistogramsQuery(experiment, as_of, this_moment(now))
    return answer(query, data, folder, Limits(memory, threads))


@dataclass(frozen=True)
class HistogramsQuery:
    """The query of the histograms."""

    experiment: Experiment
    as_of: date | str | None
    now: datetime

    def check(self, source: Source) -> None:
        """Nothing: `collect` names what is wrong with the data."""

    def select(self, relation: str, dialect: str) -> str:
        """The SELECT that makes the histograms."""
        return select_histograms(
            self.experiment, relation=relation, dialect=dialect, as_of=self.as_of, now=self.now
        )

    def table(self, rows: list[Row], source: Source) -> Histograms:  # noqa: ARG002
        """The histograms; SourceError where there is nobody to follow."""
        if not rows:
            what = "no unit was exposed to a variant, so no goal can be followed"
            hint = "look at what became of the rows with `abmicro explain`"
            raise SourceError(Problem("data", what, "E308", hint))
        variants = tuple(variant.name for variant in self.experiment.variants)
        traits = tuple(segment.name for segment in self.experiment.segments)
        kept = keep_top_levels(rows, range(1, 1 + len(traits)), _followed)
        return Histograms.from_rows(columns(traits), kept, variants=variants)


def read_histograms(experiment: Experiment, path: Path) -> Histograms:
    """The histograms in a .csv or .parquet file, held against the experiment.

    path: what `abmicro collect --histograms` saved, or what a warehouse gave for
        `abmicro query --histograms`.
    Raises SourceError where the file cannot be read, CountsError where it does not fit.
    """
    variants = tuple(variant.name for variant in experiment.variants)
    histograms = Histograms.load(path, variants=variants)
    problems = [
        Problem(f"{table}.{label}", "is not in the histograms", "E401", suggest(label, there))
        for table, wanted, there in (
            ("segments", (one.name for one in experiment.segments), histograms.segment_names),
            ("goals", (one.name for one in rates(experiment)), histograms.goals),
        )
        for label in wanted
        if label not in there
    ]
    if problems:
        raise CountsError(*problems)
    return histograms


def select_histograms(
    experiment: Experiment,
    *,
    relation: str | None = None,
    dialect: str = "duckdb",
    as_of: date | str | None = None,
    now: datetime | None = None,
) -> str:
    """The SELECT that makes the histograms; its columns are those of `abmicro.counts.histograms`.

    Arguments as in `abmicro.sources.sql.select.select`. Raises SourceError for an unknown dialect,
    and for data that do not say when a unit reached a goal.
    """
    refuse_timeless(experiment)
    source = relation or default_relation(experiment, dialect)
    told, read = as_read(experiment, source, dialect)
    return translate(histograms_select(told, read, until(experiment, as_of), now), dialect)


def refuse_timeless(experiment: Experiment) -> None:
    """Raise SourceError for data that do not say when a unit reached a goal."""
    if problem := why_no_histograms(experiment):
        raise SourceError(problem)


def why_no_histograms(experiment: Experiment) -> Problem | None:
    """Why the data do not say when a unit reached a goal; None where they do."""
    data = experiment.require_data()
    hint = "histograms need a log of events with their moments"
    if data.shape is not Shape.EVENTS:
        what = f"rows of the {data.shape} shape do not say when a goal was reached"
        return Problem("data.shape", what, "E309", hint)
    if data.time_unit is TimeUnit.ORDER:
        what = "positions do not say how much time passed"
        return Problem("data.time_unit", what, "E309", hint)
    if not rates(experiment):
        hint = "histograms need a goal without value, or one with at_least"
        return Problem("goals", "no goal is something a unit reaches", "E309", hint)
    return None


def _followed(row: Row) -> int:
    """Units of a row, each of which stands once per goal among those that reached it or did not."""
    figure, _, units, _ = row[-4:]
    return int(units) if figure in ("lag", "open") else 0
