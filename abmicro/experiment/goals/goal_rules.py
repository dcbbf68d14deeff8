"""The rules between goals, and between a goal and the rows that tell of it.

As in `experiment.rules`: generators of problems, which judge by no goal in `unsure`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from abmicro.errors import DefinitionError, Problem, suggest
from abmicro.experiment.data.mapping import Data, Shape
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.goals.goal import SESSION, Goal

_EVENTS_ONLY = ("event", "dedupe", "at_least", "exactly", "aggregate")
_FOREIGN_KEYS = {
    Shape.EVENTS: ("column",),
    Shape.UNITS: _EVENTS_ONLY,
    Shape.COUNTS: (*_EVENTS_ONLY, "where", "requires", "per", "cap", "before", "missing"),
    Shape.JOINT: (),
}
_INSTEAD = {
    "column": "name the event in `event`, or drop the key",
    "where": "count these units in a column of their own and name it in `column`",
    "per": "totals do not tell sessions of one unit from those of many; use events or units",
    "cap": "totals cannot be capped; collect from events or units, or count capped amounts",
    "before": "totals do not tell a unit's past; collect from events or units",
    "at_least": 'write the threshold as a row condition, e.g. where = "pages >= 5"',
}


def check_derived(
    goals: Sequence[Goal], steps: Sequence[str], data: Data | None, unsure: Collection[str]
) -> Iterator[Problem]:
    """A derived goal speaks of rates that are known, and not of itself."""
    known = {goal.name: goal for goal in goals}
    counted = data is not None and data.shape is Shape.COUNTS
    mentions = {goal.name: _mentioned(goal) for goal in goals if goal.is_derived}
    for name, mentioned in mentions.items():
        where = dotted("goals", name, "when")
        for other in mentioned:
            if other in unsure:
                continue
            if other not in known:
                what = f"{other!r} is not a goal"
                yield Problem(where, what, "E036", suggest(other, list(known)))
            elif not known[other].is_rate:
                hint = "use a goal that units reach"
                yield Problem(where, no_rate(known[other]), "E035", hint)
            elif counted and other not in steps and not known[other].is_derived:
                what = f"{other!r} is outside the funnel, and counts do not show who reached both"
                yield Problem(where, what, "E061", "count the derived goal in a column of its own")
    yield from _ring(mentions)


def check_requirements(goals: Sequence[Goal], unsure: Collection[str]) -> Iterator[Problem]:
    """What a goal requires is another goal, and both are something a unit reaches."""
    known = {goal.name: goal for goal in goals}
    for goal in goals:
        other = goal.requires
        if other is None or other in unsure:
            continue
        where = dotted("goals", goal.name, "requires")
        if other == goal.name:
            yield Problem(where, "a goal cannot require itself", "E044", "drop it")
        elif other not in known:
            yield Problem(where, f"{other!r} is not a goal", "E036", suggest(other, list(known)))
        else:
            for one in (goal, known[other]):
                if not one.is_rate:
                    yield Problem(where, no_rate(one), "E035", "use a goal that units reach")


def check_shape(goals: Iterable[Goal], data: Data | None) -> Iterator[Problem]:
    """The keys of a goal fit the rows."""
    if data is None:
        return
    for goal in goals:
        for name in _FOREIGN_KEYS[data.shape]:
            if getattr(goal, name) is not None:
                what = f"has no meaning in the {data.shape} shape"
                hint = _INSTEAD.get(name, f"drop {name}")
                yield Problem(dotted("goals", goal.name, name), what, "E061", hint)
        yield from _past(goal, data.shape)
        given = [name for name in ("column", "where", "value") if getattr(goal, name) is not None]
        if data.shape in {Shape.UNITS, Shape.COUNTS} and len(given) > 1:
            what = f"says twice what the goal is: {', '.join(given)}"
            yield Problem(dotted("goals", goal.name), what, "E033", "keep one of them")


def _past(goal: Goal, shape: Shape) -> Iterator[Problem]:
    """A value from before stands in earlier rows of a log, or in a column of a unit."""
    if goal.before is None or shape not in {Shape.EVENTS, Shape.UNITS}:
        return
    hints = {Shape.EVENTS: 'write "28d"', Shape.UNITS: 'write { column = "its column" }'}
    if (goal.before.column is None) == (shape is Shape.UNITS):
        what = f"is not where the {shape} shape has it"
        yield Problem(dotted("goals", goal.name, "before"), what, "E068", hints[shape])


def check_ratios(
    goals: Sequence[Goal], data: Data | None, unsure: Collection[str]
) -> Iterator[Problem]:
    """What a goal is counted per can be counted: sessions, the events of a goal, a column."""
    known = {goal.name: goal for goal in goals}
    for goal in (goal for goal in goals if goal.is_ratio):
        if goal.base in known:
            what = f"is what the joint table calls the base of {goal.name!r}"
            yield Problem(dotted("goals", goal.base), what, "E019", "choose another name")
        where = dotted("goals", goal.name, "per")
        if data is not None and data.shape is Shape.UNITS and goal.where is not None:
            what = "`where` says which units reach a goal, and this one is counted"
            yield Problem(where, what, "E045", "count in a column and name it in `column`")
        if data is not None and data.shape is Shape.EVENTS and goal.per not in unsure:
            yield from _base(goal, where, known, data)


def _base(goal: Goal, where: str, known: Mapping[str, Goal], data: Data) -> Iterator[Problem]:
    """What a goal is counted per, in a log."""
    per = str(goal.per)
    if per == SESSION:
        if data.columns.session is None:
            hint = 'write session = "its column" in [data.columns]'
            yield Problem(where, "needs to know the session of a row", "E060", hint)
    elif per not in known:
        hint = suggest(per, [SESSION, *(known.keys() - {goal.name})])
        yield Problem(where, f"{per!r} is neither {SESSION} nor a goal", "E036", hint)
    elif per != goal.name and not _is_of_events(known[per]):
        what = f"{per!r} is not counted event by event"
        yield Problem(where, what, "E045", "name a goal with an event and no threshold")


def _ring(mentions: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    try:
        TopologicalSorter(mentions).prepare()
    except CycleError as error:
        ring = error.args[1]
        what = f"runs in a ring: {' -> '.join(reversed(ring))}"
        yield Problem(dotted("goals", ring[0], "when"), what, "E037", "say one of them otherwise")


def no_rate(goal: Goal) -> str:
    """What to say of a goal that should be a rate and is none."""
    return f"{goal.name!r} {kind_of(goal)}, not something a unit reaches"


def kind_of(goal: Goal) -> str:
    """What a goal is that is no rate."""
    return f"is counted per {goal.per}" if goal.is_ratio else "is a value"


def _is_of_events(goal: Goal) -> bool:
    """Whether the goal stands for single events and no more."""
    return goal.is_rate and not goal.is_derived and goal.at_least is None


def _mentioned(goal: Goal) -> tuple[str, ...]:
    """The goals a derived goal speaks of; none where its text cannot be read."""
    try:
        expression = goal.expression
    except DefinitionError:
        return ()
    return expression.names if expression else ()
