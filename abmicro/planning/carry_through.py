"""Micro beside macro: what each statement about a micro goal and its macro goal costs.

Statements about carry-through stand at the level of the analysis, without correction, as the ruler
judges them; their sizes reckon on the log scale, with the control's rates in both arms.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1, isnan, log1p, nan
from typing import TYPE_CHECKING

from abmicro.planning.results import Claim, ClaimName, Pair
from abmicro.stats.power import carry_through
from abmicro.stats.power.designs import log_ratio
from abmicro.stats.power.power import Design, units_for

if TYPE_CHECKING:
    from abmicro.design.planned_test import Subject
    from abmicro.planning.baselines import Rates
    from abmicro.planning.context import Outlook

MEAN, SD = 0.7, 0.5  # of pass-throughs over a programme of tests, where nothing better is known
ON_PATH: tuple[tuple[ClaimName, float], ...] = (
    ("less_than_full", 0.0),
    ("macro_up", 1.0),
    ("at_least", 1.0),
    ("macro_up", 0.5),
)
BESIDE: tuple[tuple[ClaimName, float], ...] = (("macro_up", 1.0), ("macro_up", 0.5))
"""Statements, each with the pass-through that is true when it is found."""


def pairs(outlook: Outlook) -> Iterator[Pair]:
    """How each micro goal stands to its macro goal."""
    for subject, macro, rates in _together(outlook):
        units = max(outlook.units * subject.control_share, 1)
        noise = log_ratio(rates.micro, rates.micro, subject.ratio).standard_error(units)
        wrong = nan
        if not isnan(subject.lift):
            wrong = float(
                carry_through.sign_error(subject.lift, noise, carried=MEAN, carried_sd=SD)
            )
        yield Pair(
            micro=subject.goal.name,
            macro=macro,
            phi=rates.phi,
            dilution=rates.dilution,
            speed=float(carry_through.macro_to_micro(rates.phi)),
            sign_error=wrong,
            floor=float(carry_through.sign_error_floor(MEAN, SD)),
            mean=MEAN,
            sd=SD,
        )


def claims(outlook: Outlook) -> Iterator[Claim]:
    """What each statement costs if the planned micro lift is true.

    Beside the path the amount that arrives rests on an association, so only whether the macro goal
    rose is planned for.
    """
    for subject, macro, rates in _together(outlook):
        if isnan(subject.lift):
            continue
        alone = subject.at(outlook.experiment.analysis.alpha / 2).units(subject.lift)
        for name, carried, units in (
            ("micro_moved", nan, alone),
            *_statements(outlook, subject, rates),
        ):
            size = outlook.size(units)
            yield Claim(
                micro=subject.goal.name,
                macro=macro,
                claim=name,
                pass_through=carried,
                micro_lift=subject.lift,
                macro_lift=expm1(carried * log1p(rates.dilution * subject.lift)),
                size=size,
                fits=outlook.fits(size),
                times=units / alone,
            )


def _together(outlook: Outlook) -> Iterator[tuple[Subject, str, Rates]]:
    """Micro goals of which the joint rates with the macro goal are known."""
    for subject in outlook.subjects:
        rates = outlook.past.pairs.get(subject.goal.name)
        if subject.asks == "change" and rates is not None and outlook.past.macro:
            yield subject, outlook.past.macro, rates


def _statements(
    outlook: Outlook, subject: Subject, rates: Rates
) -> Iterator[tuple[ClaimName, float, float]]:
    """Statements on carry-through, what is carried when they are true, units in all arms."""
    options = outlook.experiment.analysis
    on_path = subject.goal.name in outlook.experiment.funnel.steps
    bars = {"macro_up": 0.0, "at_least": options.carry_threshold, "less_than_full": 1.0}
    for name, carried in ON_PATH if on_path else BESIDE:
        design = _design(subject, rates, carried, bars[name], on_path=on_path)
        needed = units_for(design, power=subject.power, alpha=options.alpha)
        yield name, carried, subject.in_all(float(needed.control))


def _design(subject: Subject, rates: Rates, carried: float, bar: float, *, on_path: bool) -> Design:
    """The test behind a statement, if so much is carried."""
    if on_path:
        return carry_through.claim(
            subject.lift, rates.micro, rates.macro, carried=carried, bar=bar, ratio=subject.ratio
        )
    flat = log_ratio(rates.macro, rates.macro, subject.ratio)
    distance = carried * log1p(rates.dilution * subject.lift)
    return Design(flat.distance + distance, flat.null_sd, flat.true_sd, flat.ratio)
