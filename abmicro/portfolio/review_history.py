"""The walk from a history to a `Portfolio`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from abmicro.portfolio.gains import gain_record
from abmicro.portfolio.pairs import pair_prior, pair_record, typical_record
from abmicro.portfolio.results import (
    GoalRecord,
    LeftOutRecord,
    Portfolio,
    RetiredGoal,
    VariantLift,
)
from abmicro.portfolio.scope import Scope, scope
from abmicro.portfolio.wins import ENOUGH, goal_record, variant_lifts
from abmicro.portfolio.words import Nouns, headline, notes

if TYPE_CHECKING:
    from abmicro.history import History, PastLifts
    from abmicro.stats.programme import Programme


class _Learnt(NamedTuple):
    """The past lifts of a pair and what was learnt from them."""

    lifts: PastLifts
    learnt: Programme


def review_history(history: History, *, level: float = 0.95) -> Portfolio:
    """What all tests of a history say together.

    level: of the intervals; tests are significant at 1 less it, two-sided.

    Below five tests only wins, the typical step (from three variants on) and the pairs are told,
    and of the last that they are mostly assumption. Without a test the headline says how to begin.

    >>> from abmicro.history import History
    >>> review_history(History()).tests
    0
    """
    from abmicro import __version__

    tests, about, nouns = len(history.tests), scope(history), Nouns.of(history)
    units = history.usual_units
    learnt = dict(_learnt(history, about))
    usual = learnt.get(about.micro)
    pairs = [pair_record(*one, nouns, units, level=level) for one in learnt.values()]
    goals = tuple(_goals(history, about, nouns, 1 - level))
    gain = typical = None
    if usual is not None:
        typical = typical_record(usual.lifts, nouns, level=level)
        if len(usual.lifts.tests) >= ENOUGH:
            gain = gain_record(*usual, nouns, level=level)
    return Portfolio(
        version=__version__,
        headline=headline(goals, about.macro, tests),
        tests=tests,
        variants=sum(len(test.experiment.treated) for test in history.tests),
        sites=tuple(dict.fromkeys(test.site for test in history.tests if test.site)),
        macro=about.macro,
        micro=about.micro,
        nouns=nouns.goals,
        units=nouns.units,
        units_per_test=units,
        warnings=tuple(_warnings(history, usual)),
        goals=goals,
        gain=gain,
        typical=typical,
        pairs=tuple(sorted(pairs, key=lambda one: -one.quality.micro)),
        retired=tuple(RetiredGoal(*one) for one in history.settings.retired.items()),
        left_out=tuple(_left_out(history, about)),
        lifts=tuple(_lifts(history, about, 1 - level)),
        notes=tuple(notes(tests, nouns(about.micro), nouns(about.macro))),
    )


def _learnt(history: History, about: Scope) -> Iterator[tuple[str, _Learnt]]:
    """Every micro goal that a test has together with the macro goal."""
    prior = history.settings.prior.programme
    for micro in about.micros if about.macro else ():
        lifts = history.lifts([micro, about.macro])
        if lifts.tests:
            yield micro, _Learnt(lifts, lifts.learn(pair_prior(lifts, prior)))


def _kinds(about: Scope) -> Iterator[tuple[str, str]]:
    """Macro goals, then the others, each with what it is."""
    yield from ((goal, "macro") for goal in about.macros)
    yield from ((goal, "micro") for goal in about.micros)


def _goals(history: History, about: Scope, nouns: Nouns, alpha: float) -> Iterator[GoalRecord]:
    """Macro goals, and beside them those that were primary."""
    for goal, kind in _kinds(about):
        if kind == "macro" or goal in about.primaries:
            yield goal_record(history.lifts([goal]), kind, nouns, alpha=alpha)


def _lifts(history: History, about: Scope, alpha: float) -> Iterator[VariantLift]:
    for goal, kind in _kinds(about):
        yield from variant_lifts(history.lifts([goal]), kind, alpha=alpha)


def _left_out(history: History, about: Scope) -> Iterator[LeftOutRecord]:
    """Tests that the usual pair, or the only goal, does without."""
    goals = [goal for goal in (about.micro, about.macro) if goal]
    if goals:
        yield from (LeftOutRecord(one.key, one.why) for one in history.lifts(goals).left_out)


def _warnings(history: History, usual: _Learnt | None) -> Iterator[str]:
    """What may mislead: files that were edited, losers that nobody recorded."""
    yield from map(str, history.warnings)
    if usual is not None and (too_rosy := usual.lifts.warning):
        yield too_rosy
