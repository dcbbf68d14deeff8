"""What past tests and this one together say of the macro lift of each treated variant."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from abmicro.analysis.place import times
from abmicro.analysis.results import HistoryRow, Interval, MacroWithHistory, ProgrammeGain
from abmicro.analysis.with_history import wording
from abmicro.design.programme_gain import ENOUGH_TESTS, programme_gain
from abmicro.errors import DefinitionError, Problem
from abmicro.frozen import frozen
from abmicro.stats.programme import (
    ProgrammePrior,
    blended,
    conflict,
    programme,
    robust_blend,
    typical_programme,
)
from abmicro.stats.programme.guesses import VAGUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.results import BasisOfHistory, CarryThrough, GoalResult, RowName
    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment
    from abmicro.history import History, PastLifts
    from abmicro.marginals.marginals import Marginals
    from abmicro.stats.programme import LiftGuess, Programme, RobustGuess


PER_1000 = 1000
_REASONS, _NAMES = 3, 12  # that a refusal lists
_UNSEEN = 1e6  # noise of an estimate that is not looked at
_VAGUE_BESIDE = (0.04, 0.0, 0.04)  # of an action, whose lift tells nothing of the macro's


@frozen(eq=False)
class _KnownPast:
    """What is learnt of a pair of goals, and what would be thought without a past test.

    trust: of tests of other sites beforehand; 1 where all are of the own site.
    """

    lifts: PastLifts
    learnt: Programme
    assumed: Programme
    trust: float
    vague: tuple[float, float, float]

    @property
    def tests(self) -> int:
        """Past tests that are used."""
        return len(self.lifts.tests)

    @property
    def basis(self) -> BasisOfHistory:
        """Whose tests these are."""
        if not self.tests:
            return "assumption"
        return "own" if self.trust == 1 else "other"


def with_history(
    experiment: Experiment,
    marginals: Marginals,
    goals: tuple[GoalResult, ...],
    carried: tuple[CarryThrough, ...],
    history: History,
) -> tuple[MacroWithHistory, ...]:
    """One finding per treated variant whose micro and macro goal can be trusted.

    history: the past without the test itself. The pair is that of the primary goal and the macro
    goal that its funnel leads to, else the first.

    Raises DefinitionError where there are past tests and none has both goals (E618).
    """
    pairs = (_pair(experiment, carried, arm.name) for arm in experiment.treated)
    found = [one for one in pairs if one is not None and not one.withheld]
    if not found:
        return ()
    past = _past(experiment, marginals, found[0], history)
    rates = {
        row.variant: row for row in goals if row.segment is None and row.goal == found[0].macro
    }
    return tuple(_finding(experiment, past, one, rates[one.variant]) for one in found)


def _pair(
    experiment: Experiment, carried: tuple[CarryThrough, ...], variant: str
) -> CarryThrough | None:
    """The pair of rates of a variant that is looked at."""
    rates = [
        one for one in carried if one.variant == variant and experiment.goal(one.macro).is_rate
    ]
    primary = experiment.primary.name
    return min(rates, key=lambda one: one.micro != primary, default=None)


def _past(
    experiment: Experiment, marginals: Marginals, pair: CarryThrough, history: History
) -> _KnownPast:
    lifts = history.lifts((pair.micro, pair.macro), experiment)
    if history.tests and not lifts.tests:
        raise DefinitionError(_nothing_in_common(pair, history, lifts))
    on_path = {pair.micro, pair.macro} <= set(experiment.funnel.steps)
    share = 1.0 if on_path else _dilution(marginals, pair, lifts)
    settings = history.settings
    assumed = programme([], [], [], [], prior=_diluted(ProgrammePrior(), share))
    return _KnownPast(
        lifts=lifts,
        learnt=lifts.learn(_diluted(settings.prior.programme, share)),
        assumed=assumed,
        trust=settings.trust if lifts.strangers(experiment.site) else 1.0,
        vague=VAGUE if on_path else _VAGUE_BESIDE,
    )


def _diluted(prior: ProgrammePrior, share: float) -> ProgrammePrior:
    """The prior of an action beside the path, of whose lift the macro goal shows a part."""
    return replace(prior, slope=prior.slope * share)


def _dilution(marginals: Marginals, pair: CarryThrough, lifts: PastLifts) -> float:
    """1 less the macro rate without the action over the macro rate, in all controls together."""
    cells = next(
        one.cells[0, [goal.name for goal in one.micros].index(pair.micro)].sum(axis=0)
        for one in marginals.goal_pairs
        if one.cells is not None
        and one.macro.name == pair.macro
        and pair.micro in [goal.name for goal in one.micros]
    )
    both, micro, macro, neither = cells.tolist()
    reached = lifts.reached.sum(axis=0)
    units = both + micro + macro + neither + lifts.units.sum()
    with_micro, with_macro = both + micro + reached[0, 0], both + macro + reached[1, 1]
    without = with_macro - both - reached[0, 1]
    if not with_macro or units == with_micro:
        return 1.0
    return float(1 - without / (units - with_micro) / (with_macro / units))


def _finding(
    experiment: Experiment, past: _KnownPast, pair: CarryThrough, macro: GoalResult
) -> MacroWithHistory:
    lift, noise = _estimates(pair)
    trust = off = nan
    if past.trust < 1:
        trust = float(_robust(past, lift, noise, macro.lift.level).trust)
    if past.tests:
        off = float(conflict(past.learnt, lift, noise))
    found = MacroWithHistory(
        variant=pair.variant,
        micro=pair.micro,
        macro=pair.macro,
        tests=past.tests,
        basis=past.basis,
        rows=tuple(_rows(past, pair, macro)),
        trust=trust,
        conflict=off,
        sentence="",
        notes=(),
        left_out=past.lifts.left_out,
        gain=_gain(experiment, past, pair, macro),
    )
    notes = tuple(wording.notes(found, past.lifts, experiment.site))
    return replace(found, sentence=wording.sentence(found, experiment.names), notes=notes)


def _estimates(pair: CarryThrough) -> tuple[Floats, Floats]:
    """Log lifts of micro and macro, and their noise."""
    logs = pair.log_lifts
    noise = logs.var_micro, logs.covariance, logs.var_macro
    return np.array([logs.micro, logs.macro]), np.array(noise)


def _rows(past: _KnownPast, pair: CarryThrough, macro: GoalResult) -> Iterator[HistoryRow]:
    """The ways of looking at the macro lift, from the test alone to all that is known."""
    (lift, noise), level = _estimates(pair), macro.lift.level
    up = float(ndtr(lift[1] / np.sqrt(noise[2])))
    yield HistoryRow("macro_alone", macro.lift, up, pair.extra_macro_per_1000)
    if past.tests:
        unseen = np.array([noise[0], 0.0, _UNSEEN])
        yield _row("micro_with_history", _guess(past, lift * [1, 0], unseen, level), macro)
        yield _row("both_with_history", _guess(past, lift, noise, level), macro)
    yield _row("both_with_defaults", blended(past.assumed, lift, noise, level=level), macro)


def _guess(past: _KnownPast, lift: Floats, noise: Floats, level: float) -> LiftGuess:
    """The macro's true log lift, where tests of other sites may be of another kind."""
    if past.trust == 1:
        return blended(past.learnt, lift, noise, level=level)
    return _robust(past, lift, noise, level).guess


def _robust(past: _KnownPast, lift: Floats, noise: Floats, level: float) -> RobustGuess:
    given = past.learnt, lift, noise
    return robust_blend(*given, trust=past.trust, vague=past.vague, level=level)


def _row(name: RowName, guess: LiftGuess, macro: GoalResult) -> HistoryRow:
    mean, low, high = np.expm1([guess.mean, guess.low, guess.high]).tolist()
    lift = Interval(mean, low, high, macro.lift.level)
    return HistoryRow(name, lift, float(guess.p_up), times(lift, PER_1000 * macro.rate.control))


def _gain(
    experiment: Experiment, past: _KnownPast, pair: CarryThrough, macro: GoalResult
) -> ProgrammeGain:
    """What a programme of tests of this noise gains."""
    tells = past.tests if past.tests >= ENOUGH_TESTS and past.trust == 1 else 0
    learnt = past.learnt if tells else typical_programme()
    noise, goals = _estimates(pair)[1], (pair.micro, pair.macro)
    names, rate = experiment.names, macro.rate.control
    return ProgrammeGain(**programme_gain(learnt, noise, rate, names, goals, past=tells))


def _nothing_in_common(pair: CarryThrough, history: History, lifts: PastLifts) -> Problem:
    """No past test has both goals: what there is instead, and why tests are left out."""
    known = dict.fromkeys(
        goal.name for test in history.tests for goal in test.experiment.compared if goal.is_rate
    )
    reasons = Counter(one.why for one in lifts.left_out).most_common(_REASONS)
    told = "; ".join(f"{why} ({count})" for why, count in reasons)
    what = f"no past test can be used for {pair.micro} and {pair.macro}: {told}"
    hint = "what past tests call a goal stands in [aliases] of history.toml; their goals: "
    return Problem("history", what, "E618", hint + ", ".join([*known][:_NAMES]))
