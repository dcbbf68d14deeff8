"""The rules between what leaves units out, the goals and the data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from abmicro.errors import Problem, suggest
from abmicro.experiment.data.exclusion import Exclusion
from abmicro.experiment.data.mapping import Data, Shape
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.goals.goal import Goal

WHERE = "exposure.exclude"


def check_exclusion(
    exclusion: Exclusion | None,
    goals: Sequence[Goal],
    data: Data | None,
    unsure: Collection[str],
) -> Iterator[Problem]:
    """The rule counts something that the data tell of every unit of every variant."""
    if exclusion is None:
        return
    if any(goal.name == exclusion.label for goal in goals):
        what = "is what the joint table calls the units that exposure.exclude leaves out"
        yield Problem(dotted("goals", exclusion.label), what, "E019", "choose another name")
    shape = None if data is None else data.shape
    if shape is Shape.COUNTS:
        what = "totals do not tell what a single unit did"
        yield Problem(WHERE, what, "E061", "leave these units out before they are counted")
    if shape is Shape.EVENTS and exclusion.of not in unsure:
        yield from _of_goal(exclusion.of, {goal.name: goal for goal in goals})


def _of_goal(name: str, known: Mapping[str, Goal]) -> Iterator[Problem]:
    where = f"{WHERE}.of"
    if name not in known:
        hint = f"{suggest(name, list(known))}; name a goal of these events"
        yield Problem(where, f"{name!r} is not a goal", "E036", hint)
        return
    goal = known[name]
    if not goal.is_rate or goal.is_derived:
        what = f"{name!r} is not something that events of its own count for"
        yield Problem(where, what, "E048", "name a goal with an event and neither value nor per")
    elif not goal.is_compared:
        what = (
            f"{name!r} exists in {', '.join(goal.only)} only, so the rule would not be one for all"
        )
        yield Problem(where, what, "E047", "name a goal that every variant has")
