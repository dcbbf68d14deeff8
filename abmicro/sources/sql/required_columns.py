"""Every column that a definition names, with the key that names it."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro.experiment.data.row_condition import parse_condition
from abmicro.experiment.goals.goal import SESSION
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.sql.columns import added, rates, squares, values


def needed(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Path of the key and the column it names; a column comes as often as it is named."""
    by_session = any(goal.per == SESSION for goal in experiment.goals)
    for key, column in experiment.require_data().columns.model_dump(exclude_none=True).items():
        if key != "session" or by_session:
            yield f"data.columns.{key}", column
    yield from _mentioned("data.where", experiment.require_data().where)
    yield from _mentioned("exposure.where", experiment.exposure.where)
    if experiment.exposure.assignment is not None:
        yield from _mentioned("exposure.assignment.where", experiment.exposure.assignment.where)
    for segment in experiment.segments:
        yield f"segments.{segment.name}", segment.column
    for goal in experiment.goals:
        for key in ("column", "value", "dedupe"):
            if getattr(goal, key) is not None:
                yield f"goals.{goal.name}.{key}", getattr(goal, key)
        yield from _mentioned(f"goals.{goal.name}.where", goal.where)
    yield from _by_default(experiment)


def _by_default(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Columns that are called like their goal."""
    shape = experiment.require_data().shape
    if shape in {Shape.UNITS, Shape.COUNTS}:
        for goal in rates(experiment):
            if goal.column is None and goal.where is None:
                yield f"goals.{goal.name}.column", goal.name
    if shape is Shape.UNITS:
        yield from added(experiment)
        if (rule := experiment.exposure.exclude) is not None:
            yield "exposure.exclude.of", rule.of
    if shape is Shape.COUNTS:
        for goal in values(experiment):
            yield f"goals.{goal.name}.value", squares(goal)


def _mentioned(key: str, condition: str | None) -> Iterator[tuple[str, str]]:
    """Columns of a row condition; of a nested field the outermost."""
    if condition is None:
        return
    from sqlglot import exp

    for column in parse_condition(condition).find_all(exp.Column):
        yield key, column.parts[0].name
