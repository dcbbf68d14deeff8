"""Micro beside macro: what each statement about a micro goal and its macro goal costs.

Every statement stands at the level at which an analysis makes it: that a goal moved at that of its
own row, what share arrived at that of the pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1, isnan, log1p, nan
from typing import TYPE_CHECKING

from abmicro.design.families import pair_alphas
from abmicro.design.planned_claim import planned_claim
from abmicro.design.planned_test import moved
from abmicro.planning.results import PairPlan, PlannedStatement
from abmicro.stats.power import carry_through
from abmicro.stats.power.designs import log_ratio

if TYPE_CHECKING:
    from abmicro.design.planned_claim import ClaimName, JointRates
    from abmicro.design.planned_test import PlannedTest
    from abmicro.experiment.model import Experiment
    from abmicro.planning.context import Outlook
    from abmicro.planning.results import ClaimName as AnyClaim

MEAN, SD = 0.7, 0.5  # of pass-throughs over a programme of tests, where nothing better is known
ON_PATH: tuple[tuple[ClaimName, float], ...] = (
    ("less_than_full", 0.0),
    ("macro_up", 1.0),
    ("at_least", 1.0),
    ("macro_up", 0.5),
)
BESIDE: tuple[tuple[ClaimName, float], ...] = (("macro_up", 1.0), ("macro_up", 0.5))
"""Statements, each with the pass-through that is true when it is found."""


def pairs(outlook: Outlook) -> Iterator[PairPlan]:
    """How each micro goal stands to its macro goal."""
    for test, macro, rates in _together(outlook):
        units = max(1, outlook.units * test.control_share)
        noise = log_ratio(rates.micro, rates.micro, test.ratio).standard_error(units)
        wrong = nan
        if not isnan(test.effect) and outlook.inflow.is_known:
            wrong = float(carry_through.sign_error(test.effect, noise, carried=MEAN, carried_sd=SD))
        yield PairPlan(
            micro=test.goal.name,
            macro=macro,
            phi=rates.phi,
            dilution=rates.dilution,
            speed=float(carry_through.macro_to_micro(rates.phi)),
            sign_error=wrong,
            floor=float(carry_through.sign_error_floor(MEAN, SD)),
            mean=MEAN,
            sd=SD,
        )


def claims(outlook: Outlook) -> Iterator[PlannedStatement]:
    """What each statement costs if the planned micro lift is true.

    Beside the path the amount that arrives rests on an association, so only whether the macro goal
    rose is planned for.
    """
    for test, macro, rates in _together(outlook):
        if isnan(test.effect):
            continue
        alone = test.units(test.effect)
        for name, carried, alpha, units in (
            ("micro_moved", nan, test.alpha, alone),
            *_statements(outlook, test, rates),
        ):
            size = outlook.size(units)
            yield PlannedStatement(
                micro=test.goal.name,
                macro=macro,
                claim=name,
                pass_through=carried,
                micro_lift=test.effect,
                macro_lift=expm1(carried * log1p(rates.dilution * test.effect)),
                alpha=alpha,
                size=size,
                fits=outlook.fits(size),
                times=units / alone,
            )


def _together(outlook: Outlook) -> Iterator[tuple[PlannedTest, str, JointRates]]:
    """Micro goals of which the joint rates with the macro goal are known."""
    for test in outlook.tests:
        rates = outlook.past.pairs.get(test.goal.name)
        if test.question == "change" and rates is not None and outlook.past.macro:
            yield test, outlook.past.macro, rates


def _statements(
    outlook: Outlook, test: PlannedTest, rates: JointRates
) -> Iterator[tuple[AnyClaim, float, float, float]]:
    """Statements on carry-through, what is carried when they hold, level, units in all variants."""
    on_path = test.goal.name in outlook.experiment.funnel.steps
    of_pair = _pair_alpha(outlook.experiment, test.goal.name, str(outlook.past.macro))
    macro = next(one for one in outlook.tests if one.goal.name == outlook.past.macro)
    for name, carried in ON_PATH if on_path else BESIDE:
        if name == "macro_up":
            lift = expm1(carried * log1p(rates.dilution * test.effect))
            up = moved(outlook.experiment, macro, lift)
            yield name, carried, up.alpha, up.units() if up.is_possible else nan
        else:
            claim = planned_claim(
                outlook.experiment,
                name,
                carried,
                lift=test.effect,
                dilution=rates.dilution,
                noise=rates.noise,
                alpha=of_pair,
            )
            yield name, carried, claim.alpha, claim.units()


def _pair_alpha(experiment: Experiment, micro: str, macro: str) -> float:
    """The level of a pair beside all pairs that an analysis judges."""
    micros = [goal.name for goal in experiment.compared if goal.is_micro and goal.is_rate]
    macros = [goal.name for goal in experiment.macros if not goal.is_ratio]
    pairs = [(one, other) for other in macros for one in micros]
    return pair_alphas(experiment, pairs)[pairs.index((micro, macro))]
