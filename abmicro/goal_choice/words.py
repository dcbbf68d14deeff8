"""What a choice of goals says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.goal_choice.worth import LEARNING

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

AGAINST = "It goes against {macro}: changes that raise the one should lower the other."
ASSOCIATION_NOTE = (
    "How goals go together over people tells who converts. A change that makes more people do the "
    "one need not make more do the other, so goals are never ranked by it."
)
RANKED_NOTE = (
    "Score: how much of what changes really do to {macro} the goal tells in one test, 100 being "
    "all of it. Gain: extra {macro} per 100,000 later {units} after 30 tests, if every change "
    "ships whose expected effect is a gain. It is right on average, and no promise for one test."
)
LEARNT_NOTE = (
    "How lifts go together is learnt from {tests} past tests, and from what the shape of the "
    "funnel suggests, which counts as much as 80 tests."
)
NO_TEST = "No past tests were used. "
FEW_NOTE = "{tests} past test{s} {have} all these goals; from 30 on the choice learns from them. "
STRUCTURE_NOTE = (
    "{few}Assumed: {acting}; it moves that step by about 5%, and each later "
    "step by about 3%, up or down."
)
ANYWHERE = "a change acts on any step alike"
ASK = "Where do your changes act? Say so, and the choice gets sharper: --acts {step}."


def headline(names: Names, chosen: Sequence[str], macro: str, scores: tuple[float, float]) -> str:
    """What to watch, and what it tells beside the macro goal alone.

    scores: of the set, and of the macro goal alone.
    """
    together, alone = scores
    ends = names.goal(macro)
    if not chosen:
        return f"In tests of this size no goal tells what changes do to {ends}."
    all_of_them = "Together they tell" if len(chosen) > 1 else "They tell"
    told = f"{all_of_them} {together:.0f} of 100 parts of what changes do to {ends}"
    if list(chosen) == [macro]:
        return f"Watch {ends}. {told}, and no other goal adds to that."
    watched = listed([*map(names.goal, chosen)])
    return f"Watch {watched}. {told}; {ends} alone tell {alone:.0f}."


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def notes(
    names: Names,
    macro: str,
    steps: Sequence[str],
    acts: str | None,
    chosen: int,
    gains: tuple[float, ...],
    tests: int,
) -> Iterator[str]:
    """What the choice rests on, and what it is worth.

    gains: of the set, of the macro goal alone, and of the truth. tests: past ones with all goals.
    """
    ends = names.goal(macro)
    yield RANKED_NOTE.format(macro=ends, units=names.units)
    if chosen:
        by_set, by_macro, by_truth = map(formatting.count, gains)
        yield (
            f"Shipping by the set gains {by_set} {ends} so, by {ends} alone {by_macro}, and "
            f"knowing the truth {by_truth}."
        )
        if chosen < 5:
            carry = "goals carry" if chosen > 1 else "goal carries"
            yield f"{chosen} {carry} all there is: another would add less than 1 part of 100."
    acting = ANYWHERE if acts is None else f"changes act on {names.goal(acts)}"
    learning, several = tests >= LEARNING, tests > 1
    if learning:
        yield LEARNT_NOTE.format(tests=tests)
    few = FEW_NOTE.format(tests=tests, s="s" * several, have="have" if several else "has")
    before = "" if learning else few if tests else NO_TEST
    yield STRUCTURE_NOTE.format(few=before, acting=acting)
    if acts is None and len(steps) > 1:
        yield ASK.format(step=f"{steps[0]} (or {', '.join(steps[1:])})")
    yield ASSOCIATION_NOTE
