"""Micro beside macro: what each statement about a micro goal and its macro goal costs.

Statements about carry-through stand at the level of the analysis, without correction, as the ruler
judges them; their sizes reckon on the log scale, with the control's rates in both arms.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1, isnan, log1p, nan
from typing import TYPE_CHECKING

from abmicro.planning.arrivals import WEEK, Inflow, size
from abmicro.planning.results import Claim, ClaimName, Pair
from abmicro.stats import carry_power
from abmicro.stats.power import Design, units_for
from abmicro.stats.power_designs import log_ratio

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.planning.known import Rates
    from abmicro.planning.subject import Subject

MEAN, SD = 0.7, 0.5  # of pass-throughs over a programme of tests, where nothing better is known
ON_PATH: tuple[tuple[ClaimName, float], ...] = (
    ("less_than_full", 0.0),
    ("macro_up", 1.0),
    ("at_least", 1.0),
    ("macro_up", 0.5),
)
BESIDE: tuple[tuple[ClaimName, float], ...] = (("macro_up", 1.0), ("macro_up", 0.5))
"""Statements, each with the pass-through that is true when it is found."""


def pair(
    experiment: Experiment, inflow: Inflow, subject: Subject, macro: str, rates: Rates
) -> Pair:
    """How a micro goal stands to its macro goal."""
    units = inflow.units(WEEK * experiment.plan.weeks) * subject.control_share
    noise = log_ratio(rates.micro, rates.micro, subject.ratio).standard_error(max(units, 1))
    programme = {"carried": MEAN, "carried_sd": SD}
    wrong = (
        nan
        if isnan(subject.lift)
        else float(carry_power.sign_error(subject.lift, noise, **programme))
    )
    return Pair(
        micro=subject.goal.name,
        macro=macro,
        phi=rates.phi,
        dilution=rates.dilution,
        speed=float(carry_power.macro_to_micro(rates.phi)),
        sign_error=wrong,
        floor=float(carry_power.sign_error_floor(**programme)),
        mean=MEAN,
        sd=SD,
    )


def claims(
    experiment: Experiment, inflow: Inflow, subject: Subject, macro: str, rates: Rates
) -> Iterator[Claim]:
    """What each statement costs if the planned micro lift is true.

    Beside the path the amount that arrives rests on an association, so only whether the macro goal
    rose is planned for.
    """
    on_path = subject.goal.name in experiment.funnel.steps
    alone = subject.at(experiment.analysis.alpha / 2).units(subject.lift)
    sizes: list[tuple[ClaimName, float, float]] = [("micro_moved", nan, alone)]
    for name, carried in ON_PATH if on_path else BESIDE:
        bar = {"at_least": experiment.analysis.carry_threshold, "less_than_full": 1.0}.get(name, 0)
        design = _design(subject, rates, carried, bar, on_path=on_path)
        sizes.append((name, carried, _units(experiment, subject, design)))
    for name, carried, units in sizes:
        needed = size(experiment, inflow, units)
        yield Claim(
            micro=subject.goal.name,
            macro=macro,
            claim=name,
            pass_through=carried,
            micro_lift=subject.lift,
            macro_lift=_macro_lift(subject, rates, carried),
            size=needed,
            fits=needed.weeks <= experiment.plan.weeks,
            times=units / alone,
        )


def _design(subject: Subject, rates: Rates, carried: float, bar: float, *, on_path: bool) -> Design:
    """The test behind a statement, if so much is carried."""
    if on_path:
        return carry_power.claim(
            subject.lift, rates.micro, rates.macro, carried=carried, bar=bar, ratio=subject.ratio
        )
    flat = log_ratio(rates.macro, rates.macro, subject.ratio)
    distance = carried * log1p(rates.dilution * subject.lift)
    return Design(flat.distance + distance, flat.null_sd, flat.true_sd, flat.ratio)


def _units(experiment: Experiment, subject: Subject, design: Design) -> float:
    """Units in all arms, rounded up arm by arm."""
    needed = units_for(design, power=subject.power, alpha=experiment.analysis.alpha)
    return subject.in_all(float(needed.control))


def _macro_lift(subject: Subject, rates: Rates, carried: float) -> float:
    return expm1(carried * log1p(rates.dilution * subject.lift))
