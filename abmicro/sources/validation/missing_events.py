"""Events of a definition that never occur in its log while one of nearly the same name does."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.engines.engine import Source, open_source
from abmicro.sources.engines.limits import Limits
from abmicro.sources.sql.columns import columns_of
from abmicro.sources.sql.dialects import translate
from abmicro.sources.sql.fragments import name, select

SHOWN = 12
MOST_EVENTS = 500


def refuse_missing_events(experiment: Experiment, folder: Path | None, limits: Limits) -> None:
    """Raise SourceError that names the events of the log, where one is called otherwise.

    folder: where a relative `data.source` starts. An event that simply has not occurred yet is no
    fault: only one with a near name is taken for the one that was meant.
    """
    if experiment.require_data().shape is not Shape.EVENTS:
        return
    with open_source(experiment, None, folder, limits) as source:
        problems = tuple(_missing(experiment, _events(experiment, source)))
    if problems:
        raise SourceError(*problems)


def _events(experiment: Experiment, source: Source) -> dict[str, int]:
    """The commonest events of the log and how often they occur."""
    event = f"CAST({name(str(experiment.require_data().columns.event))} AS TEXT)"
    counted = [(event, "event"), ("COUNT(*)", "times")]
    sql = select(counted, source.relation, group=[event])
    sql += f"\nORDER BY times DESC, event LIMIT {MOST_EVENTS}"
    rows = source.engine.rows(translate(sql, source.engine.dialect))
    return {str(event): int(times) for event, times in rows if event is not None}


def _missing(experiment: Experiment, events: dict[str, int]) -> Iterator[Problem]:
    folded = {event.casefold(): event for event in reversed(events)}
    for where, asked in _asked(experiment):
        near = get_close_matches(asked.casefold(), folded, n=1)
        if asked not in events and near:
            listed = ", ".join(f"{one} ({times:,})" for one, times in [*events.items()][:SHOWN])
            meant = folded[near[0]]
            hint = f"did you mean {meant!r}? the log holds {listed}"
            yield Problem(where, f"no event is called {asked!r}", "E340", hint)


def _asked(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Key and name of every event that the definition counts."""
    exposure = experiment.exposure
    if exposure.event is not None:
        yield "exposure.event", exposure.event
    if exposure.assignment is not None and exposure.assignment.event is not None:
        yield "exposure.assignment.event", exposure.assignment.event
    labels = columns_of(experiment)
    for goal in experiment.goals:
        if goal.name in (*labels.goals, *labels.measures):
            yield dotted("goals", goal.name, "event"), goal.event or goal.name
