"""What not to promise: what findings will be worth, and what waiting costs against erring."""

from __future__ import annotations

from collections.abc import Iterator
from math import acos, ceil, inf, isnan, log1p, pi
from typing import TYPE_CHECKING

import numpy as np

from abmicro.planning.arrivals import WEEK, Inflow
from abmicro.planning.results import Promise, Risk, Wait
from abmicro.stats.assurance import assurance, expected_regret, units_for_loss
from abmicro.stats.winners_curse import expected_wins, winners_curse

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.planning.subject import Subject

TRUE_SHARES = (0.1, 0.2)  # of tests with a real effect, where nothing better is known
TESTS = 10
RARE = 1e-12  # no test finds nothing or everything for certain
HORIZON = 52  # weeks that a decision serves
LOOKS = (1, 2, 3, 4, 6, 8, 12)  # weeks after which one may decide
TOLERANCE = 0.005  # expected loss, as a lift, where the definition has none


def promise(experiment: Experiment, inflow: Inflow, subject: Subject) -> Promise:
    """What a finding will be worth once the test ends: when the planned lift can be found, at the
    latest after the weeks allowed.
    """
    weeks = _end(experiment, inflow, subject)
    units = inflow.units(WEEK * weeks)
    control = max(units * subject.control_share, 1)
    design = subject.design(subject.lift)
    error = design.standard_error(control)
    curse = winners_curse(design.distance, error, alpha=subject.alpha)
    power = float(subject.powers(units, subject.lift))
    shares = experiment.plan.true_share
    believed = spread(experiment, subject)
    se = subject.noise().standard_error(control)
    gain = assurance(0.0, believed, se, alpha=subject.alpha)
    return Promise(
        goal=subject.goal.name,
        weeks=weeks,
        units=units,
        power=power,
        exaggeration=float(curse.exaggeration),
        wrong_sign=float(curse.sign_error),
        risks=tuple(
            _risk(share, power, subject.alpha)
            for share in (TRUE_SHARES if shares is None else (shares,))
        ),
        assurance=float(gain.above),
        spread=believed,
    )


def _end(experiment: Experiment, inflow: Inflow, subject: Subject) -> int:
    needed = inflow.days(subject.units(subject.lift))
    allowed = experiment.plan.weeks
    return allowed if needed == inf else min(max(ceil(needed / WEEK), 1), allowed)


def _risk(true_share: float, power: float, alpha: float) -> Risk:
    wins = expected_wins(TESTS, true_share, power=min(max(power, RARE), 1 - RARE), alpha=alpha)
    total = float(wins.total)
    return Risk(true_share, float(wins.false) / total, total, float(wins.true))


def spread(experiment: Experiment, subject: Subject) -> float:
    """Standard deviation of true log lifts before the test; default the planned log lift."""
    return experiment.plan.spread or abs(log1p(subject.lift))


def waiting(experiment: Experiment, inflow: Inflow, subject: Subject) -> Iterator[Wait]:
    """What deciding after so many weeks costs, averaged over what is believed of the lift."""
    if isnan(subject.lift):
        return
    looks = np.array([week for week in LOOKS if inflow.units(WEEK * week) > 0])
    units = np.array([inflow.units(WEEK * week) for week in looks])
    everyone = inflow.units(WEEK * HORIZON)
    believed = spread(experiment, subject)
    se = subject.noise().standard_error(np.maximum(units * subject.control_share, 1))
    regret = expected_regret(
        0.0,
        believed,
        se,
        tested=units,
        horizon=everyone,
        treated_share=1 - subject.control_share,
    )
    for at, week in enumerate(looks.tolist()):
        agrees = believed / np.hypot(believed, se[at])
        yield Wait(
            goal=subject.goal.name,
            weeks=week,
            units=float(units[at]),
            wrong=acos(agrees) / pi,
            waiting=float(regret.waiting[at]) / everyone,
            error=float(regret.error[at]) / everyone,
            regret=float(regret.total[at]) / everyone,
            horizon=HORIZON,
        )


def units_for_tolerance(experiment: Experiment, subject: Subject) -> tuple[float, float]:
    """Units in all arms after which taking the better-looking arm is safe, and the loss it allows.

    The loss is a lift: that of the definition, in the goal's own unit, over the baseline.
    """
    given = experiment.decision.loss_tolerance
    tolerance = TOLERANCE if given is None else given / subject.mean
    needed = units_for_loss(
        subject.noise(), mean=0.0, sd=spread(experiment, subject), tolerance=tolerance
    )
    return subject.in_all(float(needed.control)), tolerance
