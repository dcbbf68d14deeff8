"""The rules between goals that exist in some variants only, the variants, and other goals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from abmicro.errors import Problem, suggest
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.goals.goal import Goal
from abmicro.experiment.variants import Variant


def check_only(goals: Sequence[Goal], variants: Sequence[Variant]) -> Iterator[Problem]:
    """They name treated variants, and no goal of other variants is built on them."""
    names = [variant.name for variant in variants]
    known = {goal.name: goal for goal in goals}
    for goal in goals:
        where = dotted("goals", goal.name, "only")
        for place, name in enumerate(goal.only):
            if name in goal.only[:place]:
                yield Problem(where, f"{name!r} stands twice", "E018", "drop one")
            elif name in names[:1]:
                what = f"{name!r} is the control, with which goals are compared"
                yield Problem(where, what, "E046", "drop only where the control has the goal")
            elif names and name not in names:
                hint = suggest(name, names[1:])
                yield Problem(where, f"{name!r} is not a variant", "E046", hint)
        yield from _built_on(goal, known)


def _built_on(goal: Goal, known: Mapping[str, Goal]) -> Iterator[Problem]:
    """What a goal requires, or is counted per, exists wherever the goal does."""
    for key, name in (("requires", goal.requires), ("per", goal.per)):
        other = known.get(str(name))
        if other is None or other.is_compared:
            continue
        if goal.is_compared or not set(goal.only) <= set(other.only):
            what = f"{name!r} exists in {', '.join(other.only)} only, and this goal elsewhere too"
            hint = "drop it, or write the same only here" if key == "requires" else "name another"
            yield Problem(dotted("goals", goal.name, key), what, "E047", hint)
