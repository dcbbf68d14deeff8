"""Which goals, traits and values of an experiment become columns of its joint table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse

from abmicro.counts import CROSSED, NO_SESSION, SESSION_HITS
from abmicro.counts.row_format import Columns
from abmicro.experiment.goals.goal import SESSION
from abmicro.experiment.model import Experiment, Goal, Shape, ordered_step
from abmicro.sources.sql.fragments import literal, name


def rates(experiment: Experiment) -> tuple[Goal, ...]:
    """Goals that a unit reaches or not by the data themselves; derived ones follow from them."""
    return tuple(one for one in experiment.goals if one.is_rate and not one.is_derived)


def values(experiment: Experiment) -> tuple[Goal, ...]:
    """Goals that are a mean per unit."""
    return tuple(one for one in experiment.goals if one.is_value and not one.is_ratio)


def ratios(experiment: Experiment) -> tuple[Goal, ...]:
    """Goals that are counted per session or event."""
    return tuple(one for one in experiment.goals if one.is_ratio)


def bases(experiment: Experiment) -> dict[str, Goal]:
    """What ratios are counted per, by its label, each with a goal that asks for it."""
    return {goal.base: goal for goal in ratios(experiment)}


def capped(experiment: Experiment) -> tuple[Goal, ...]:
    """Goals whose amounts are capped; the table holds them without the cap, too."""
    return tuple(goal for goal in values(experiment) if goal.cap is not None)


def with_past(experiment: Experiment) -> tuple[Goal, ...]:
    """Goals of which a value from before is known."""
    return tuple(goal for goal in experiment.goals if goal.before is not None)


def added(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Key and column of every measure of the units shape, in the order of the measures."""
    for goal in (*values(experiment), *ratios(experiment)):
        key = "column" if goal.value is None else "value"
        yield f"goals.{goal.name}.{key}", goal.value or goal.column or goal.name
    for goal in bases(experiment).values():
        yield f"goals.{goal.name}.per", str(goal.per)
    for goal in capped(experiment):
        yield f"goals.{goal.name}.value", str(goal.value)
    for goal in with_past(experiment):
        if goal.before is not None:
            yield f"goals.{goal.name}.before.column", str(goal.before.column)


def columns_of(experiment: Experiment) -> Columns:
    """The labels of the joint table that the experiment's data make.

    Counts know the joint of the funnel only: its steps are nested, and all else stands apart. An
    experiment that names no data has a joint table that was saved.
    """
    segments = tuple(segment.name for segment in experiment.segments)
    reached = tuple(goal.name for goal in rates(experiment))
    amounts = tuple(goal.name for goal in (*values(experiment), *ratios(experiment)))
    shape = experiment.data.shape if experiment.data else Shape.JOINT
    if shape is Shape.COUNTS:
        steps = tuple(step for step in experiment.funnel.steps if step in reached)
        return Columns(segments, steps, (), (*filterfalse(steps.__contains__, reached), *amounts))
    bits, hits = _of_a_log(experiment) if shape is Shape.EVENTS else ((), ())
    rule = experiment.exposure.exclude
    left_out = () if rule is None else (rule.label,)
    whole = tuple(goal.uncapped for goal in capped(experiment))
    past = tuple(goal.past for goal in with_past(experiment))
    measures = (*amounts, *bases(experiment), *whole, *past, *hits)
    caps = tuple(goal.name for goal in capped(experiment))
    return Columns(segments, (*reached, *bits, *left_out), measures, (), caps)


def _of_a_log(experiment: Experiment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What only events tell: of a unit yes or no, and counts of its sessions."""
    strict = experiment.funnel.order == "strict"
    steps = tuple(map(ordered_step, experiment.funnel.steps if strict else ()))
    crossed = (CROSSED,) if experiment.exposure.crossed == "first" else ()
    by_session = any(one.per == SESSION for one in ratios(experiment))
    return (*steps, *crossed), (NO_SESSION, SESSION_HITS) if by_session else ()


def recorded_arms(experiment: Experiment) -> tuple[tuple[str, str], ...]:
    """Pairs of recorded value and variant, in the order of variants; one may have several."""
    match = experiment.exposure.match
    recorded = {one.name: [value for named, value in match if named == one.name] or [one.name]
                for one in experiment.variants}  # fmt: skip
    return tuple((value, variant) for variant, values in recorded.items() for value in values)


def recorded_variant(experiment: Experiment) -> str:
    """The variant of a row as it is recorded; where there is but one, every row is of it."""
    column = experiment.require_data().columns.variant
    if column is None:
        return literal(recorded_arms(experiment)[0][0])
    return f"CAST({name(column)} AS TEXT)"


def squares(goal: Goal) -> str:
    """The column of a value goal's sum of squares in the counts shape: its own and `_squares`."""
    return f"{goal.value}_squares"


def amount_of_row(goal: Goal) -> str:
    """The amount of a row; nothing where an empty one may be so."""
    amount = f"CAST({name(str(goal.value))} AS DOUBLE)"
    return f"COALESCE({amount}, 0)" if goal.missing == "zero" else amount
