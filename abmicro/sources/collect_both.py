"""A log of events to its joint table and its histograms, in one opening of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from abmicro.counts import Histograms, JointCounts
from abmicro.errors import SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.answer import answer_both
from abmicro.sources.collect import CountsQuery
from abmicro.sources.collect_histograms import HistogramsQuery, refuse_timeless
from abmicro.sources.engines.limits import Limits


def collect_both(
    experiment: Experiment,
    data: object = None,
    *,
    folder: Path | None = None,
    as_of: date | str | None = None,
    memory: str | None = None,
    threads: int | None = None,
    now: datetime | None = None,
    caps: Mapping[str, float | None] | None = None,
    counted: Callable[[JointCounts], object] = lambda _: None,
) -> tuple[JointCounts, Histograms | SourceError]:
    """What `collect` and `collect_histograms` give, of the same rows at the same moment.

    The engine starts once, and text is read once. Arguments as in `collect`; counted: is told the
    joint table before the histograms are asked for. In place of histograms that cannot be had
    stands the reason: they add to a joint table that is sound without them.

    Raises what `collect` raises, and SourceError for data that do not say when a unit reached a
    goal.
    """
    refuse_timeless(experiment)
    first = CountsQuery.of(experiment, as_of, now, caps)
    second = HistogramsQuery(experiment, as_of, first.now)
    limits = Limits(memory, threads)
    return answer_both(first, second, data, folder, limits, answered=counted)
