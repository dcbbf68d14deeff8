"""What a portfolio says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import expm1, isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Interval
from abmicro.design.programme_gain import BOTH_HALVES
from abmicro.frozen import frozen
from abmicro.portfolio.results import GainRecord, GoalRecord, PairRecord, TypicalRecord

if TYPE_CHECKING:
    from abmicro.history import History

NO_PROMISE = (
    "All this is right on average over changes like those recorded, and no promise for one test. "
    "Faults of tracking pass straight through."
)
ADD_UP = "This assumes that gains add up and last."
HOW_TO_BEGIN = (
    "No test is recorded yet. Add one with `abmicro history add experiment.toml`, or a whole sheet "
    "of past tests with `abmicro history import past.csv`."
)
_BY_CHANCE = 0.05  # above it nothing need have worked
_NOTHING_KNOWN = 0.8  # width of an interval of a share


def ranged(interval: Interval) -> str:
    """A lift and its range in words.

    >>> ranged(Interval(0.005, -0.008, 0.018, 0.95))
    '+0.5% (-0.8% to +1.8%)'
    """
    width = interval.high - interval.low
    estimate, low, high = (
        formatting.percent(end, width=width)
        for end in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} ({low} to {high})"


def give_or_take(sd: float) -> str:
    """A standard deviation of log lifts as a percentage.

    >>> give_or_take(0.03)
    '3.0%'
    """
    value = 100 * expm1(sd)
    return f"{value:.2g}%" if value < 1 else f"{value:.1f}%"


def share(value: float) -> str:
    """A share in whole percent.

    >>> share(0.4254)
    '43%'
    """
    return f"{100 * value:.0f}%"


@frozen
class Nouns:
    """What people read in place of the names of goals, and what units are called.

    goals: plural nouns by name.
    """

    goals: Mapping[str, str]
    units: str

    @classmethod
    def of(cls, history: History) -> Nouns:
        """The words of the latest test that has each goal."""
        found: dict[str, str] = {}
        for test in history.tests:
            for goal in test.experiment.goals:
                name = history.settings.goal(goal.name)
                found[name] = test.experiment.names.goal(goal.name)
        last = history.tests[-1].experiment.names.units if history.tests else "visitors"
        return cls(found, last)

    def __call__(self, goal: str) -> str:
        """A goal as people read it."""
        return self.goals.get(goal, goal)


def headline(goals: tuple[GoalRecord, ...], macro: str, tests: int) -> str:
    """The wins in the macro goal, or how to begin."""
    if not tests:
        return HOW_TO_BEGIN
    found = next((one for one in goals if one.goal == macro), None)
    return found.sentence if found else "No recorded test has a macro goal that people reach."


def wins_sentence(one: GoalRecord, nouns: Nouns) -> GoalRecord:
    """The record with its wins in words, and below them its true lifts."""
    if not one.tests:
        return replace(one, sentence=f"No test says anything about {nouns(one.goal)}.")
    of_tests = f"of {one.tests} test" + "s" * (one.tests != 1)
    expected = formatting.decimal(one.expected_by_chance)
    goal = nouns(one.goal)
    said = f"{one.wins} {of_tests} won in {goal}. By chance alone one would expect {expected}"
    if one.wins:
        said += f", so up to {share(one.chance_share_at_most)} of the wins may be flukes"
        if one.chance_of_so_many > _BY_CHANCE:
            likely = share(one.chance_of_so_many)
            said += f"; if nothing worked, so many would win in {likely} of such programmes"
    said += "."
    if one.mean is not None:
        said += (
            f" Your changes move {goal} by about ±{give_or_take(one.sd)}; the average change "
            f"did {ranged(one.mean)}."
        )
    return replace(one, sentence=said)


def gain_sentence(one: GainRecord, nouns: Nouns) -> GainRecord:
    """The record with what was claimed and what is kept in words."""
    which = "that shipped or won" if one.assumed else "that shipped"
    if one.changes > 1:
        changes = f"The {one.changes} changes {which} claim"
    else:
        changes = f"The one change {which} claims"
    claimed = formatting.percent(one.claimed)
    together = " together" if one.changes > 1 else ""
    unsure = " Where nobody said what went live, winners were taken." if one.assumed else ""
    said = (
        f"{changes} {claimed} {nouns(one.macro)}{together}; once the noise is taken off, "
        f"{ranged(one.kept)}.{unsure} {ADD_UP}"
    )
    return replace(one, sentence=said)


def typical_sentence(one: TypicalRecord, nouns: Nouns) -> TypicalRecord:
    """The record with the typical step in words."""
    mean, micro, macro = one.mean, nouns(one.micro), nouns(one.macro)
    width = mean.high - mean.low
    size = formatting.percent(abs(mean.estimate), width=width).removeprefix("+")
    low, high = (formatting.percent(end, width=width) for end in (mean.low, mean.high))
    way = "more" if mean.estimate > 0 else "less"
    spread = give_or_take(one.sd)
    more = f", give or take {spread} from test to test" if one.sd else ", alike in all tests"
    said = f"{macro} usually gain {size} {way} than {micro} ({low} to {high}){more}."
    return replace(one, sentence=f"{said[0].upper()}{said[1:]}")


def pair_sentence(one: PairRecord, nouns: Nouns) -> PairRecord:
    """The record with the answer in words: does the micro goal foretell the macro goal?"""
    micro, macro = nouns(one.micro), nouns(one.macro)
    low, high = share(one.r2.low), share(one.r2.high)
    if one.r2.high - one.r2.low > _NOTHING_KNOWN:
        said = (
            f"These tests cannot say yet how far {macro} follow {micro}: true lifts of "
            f"{micro} explain anything from {low} to {high} of those of {macro}. By the "
            "best guess both"
        )
    else:
        said = (
            f"True lifts of {micro} explain {share(one.r2.estimate)} of those of {macro} "
            f"({low} to {high}). Both"
        )
    said += f" go the same way in {share(one.true_sign_agreement)} of changes. "
    if isnan(one.threshold):
        said += f"No rise of {micro} in one usual test makes a rise of {macro} sure."
    else:
        least = formatting.percent(one.threshold)
        said += f"From {least} {micro} in a usual test on, more {macro} are almost sure."
    if one.mostly_assumption:
        said += f" With {one.tests} test{'s' * (one.tests != 1)} this is mostly assumption."
    return replace(one, sentence=said)


def notes(tests: int, micro: str, macro: str) -> Iterator[str]:
    """What the page rests on, with both halves of what history is worth."""
    if not tests:
        return
    if micro and macro:
        yield (
            f"Before any test it is thought that {macro} rise by 0.7 times what {micro} rise by, "
            "give or take 0.5, and by less for a goal beside the path; `history.toml` can say "
            "otherwise."
        )
    yield NO_PROMISE
    yield BOTH_HALVES
