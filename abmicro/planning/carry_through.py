"""Micro beside macro: what each statement about a micro goal and its macro goal costs.

Statements about carry-through stand at alpha over the arms, as the ruler judges the pair that
decides; that the micro goal moved stands at the level at which the goal itself is planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1, isnan, log1p, nan
from typing import TYPE_CHECKING

from abmicro.design.planned_claim import planned_claim
from abmicro.planning.results import PairPlan, PlannedStatement
from abmicro.stats.power import carry_through
from abmicro.stats.power.designs import log_ratio

if TYPE_CHECKING:
    from abmicro.design.planned_claim import ClaimName, JointRates, PlannedClaim
    from abmicro.design.planned_test import PlannedTest
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


def all_arrives(outlook: Outlook, test: PlannedTest) -> tuple[str, PlannedClaim] | None:
    """The macro goal of a micro goal, and the statement that it moved where all arrives."""
    for one, macro, rates in _together(outlook):
        if one is test and not isnan(test.effect):
            return macro, _claim(outlook, test, rates, "macro_up", 1.0)
    return None


def _together(outlook: Outlook) -> Iterator[tuple[PlannedTest, str, JointRates]]:
    """Micro goals of which the joint rates with the macro goal are known."""
    for test in outlook.tests:
        rates = outlook.past.pairs.get(test.goal.name)
        if test.question == "change" and rates is not None and outlook.past.macro:
            yield test, outlook.past.macro, rates


def _statements(
    outlook: Outlook, test: PlannedTest, rates: JointRates
) -> Iterator[tuple[AnyClaim, float, float, float]]:
    """Statements on carry-through, what is carried when they are true, level, units in all arms."""
    on_path = test.goal.name in outlook.experiment.funnel.steps
    for name, carried in ON_PATH if on_path else BESIDE:
        claim = _claim(outlook, test, rates, name, carried)
        yield name, carried, claim.alpha, claim.units()


def _claim(
    outlook: Outlook, test: PlannedTest, rates: JointRates, name: ClaimName, carried: float
) -> PlannedClaim:
    return planned_claim(
        outlook.experiment,
        name,
        carried,
        lift=test.effect,
        dilution=rates.dilution,
        noise=rates.noise,
    )
