"""What could this test see? Detectable lifts, and the units that plan and claims still need.

Everything is reckoned at planned lifts, never at observed ones: power at the observed lift is the
p-value in other words (Hoenig and Heisey 2001, The American Statistician 55:19-24).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import isnan, log1p, nan
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from abmicro.analysis.results import Claim, Detectable
from abmicro.experiment.model import Direction
from abmicro.stats.foundations.effect import critical
from abmicro.stats.power.designs import farrington_manning_ratio, pooled
from abmicro.stats.power.detectable_effect import detectable
from abmicro.stats.power.macro_goal import macro_power
from abmicro.stats.power.power import power_of, units_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from abmicro.analysis.results import CarryThrough, ClaimName, GoalResult
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.stats.power.power import Design

    Floats = NDArray[np.float64]
    Asks = Literal["change", "no_loss"]
    Sort = tuple[Asks, int, bool]
    Seen = tuple[Floats, Floats, Floats]

WANTED = 0.8  # probability of a finding, as in the verdict and on the ruler
FEWEST = 5  # conversions in an arm below which no formula says what could be seen
TOO_FEW = f"fewer than {FEWEST} units of an arm reached it, or did not"
ON_PATH: tuple[tuple[ClaimName, float], ...] = (("at_least", 1.0), ("less_than_full", 0.0))
"""Claims besides `macro_up`, each with the pass-through under which it is looked for."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A goal of one arm and what is asked of it.

    sign: of the lifts it is asked about: good ones, or for `no_loss` losses. planned: signed or
    NaN. alpha: two-sided; a one-sided test at half of it detects the same.
    """

    row: GoalResult
    asks: Asks
    sign: int
    planned: float
    alpha: float

    @property
    def sort(self) -> Sort:
        """What is reckoned together: kind of question, direction, rate or value."""
        return self.asks, self.sign, self.row.reached is None


def sight(
    experiment: Experiment, goals: tuple[GoalResult, ...], units: int
) -> tuple[Detectable, ...]:
    """What was detectable of every goal of every arm over all units; `units`: in all arms."""
    asked = [_asked(experiment, row) for row in goals if row.segment is None]
    seen = dict[tuple[str, str], tuple[float, ...]]()
    told = sorted((one for one in asked if not _too_little(one.row)), key=lambda one: one.sort)
    for sort, group in groupby(told, key=lambda one: one.sort):
        alike = list(group)
        figures = _means(alike, units) if sort[-1] else _rates(experiment, alike, sort)
        for one, *three in zip(alike, *figures, strict=True):
            seen[one.row.goal, one.row.variant] = tuple(map(float, three))
    return tuple(
        _result(one, seen.get((one.row.goal, one.row.variant), (nan,) * 3), units) for one in asked
    )


def _asked(experiment: Experiment, row: GoalResult) -> _Asked:
    goal = experiment.goal(row.goal)
    good = 1 if goal.direction is Direction.UP else -1
    if goal.margin is not None:
        return _Asked(row, "no_loss", -good, -good * goal.margin, 2 * experiment.analysis.alpha)
    planned = nan if goal.mde is None else good * goal.mde
    return _Asked(row, "change", good, planned, 1 - row.lift.level)


def _too_little(row: GoalResult) -> str:
    """Why nothing can be said, else empty."""
    if not (row.units.control and row.units.treated):
        return "no units in one of the arms"
    if isnan(row.rate.control) or isnan(row.lift.level):
        return "the rates of the arms cannot be told"
    if row.reached is None:
        known = row.rate.control > 0 and row.difference.high > row.difference.low
        return "" if known else "the values of the control do not vary"
    least = min(row.reached.control, row.units.control - row.reached.control)
    return TOO_FEW if least * min(1, row.units.treated / row.units.control) < FEWEST else ""


def _rates(experiment: Experiment, asked: list[_Asked], sort: Sort) -> Seen:
    """Detectable lift, power at the planned one and units for it, by the default test's formula."""
    asks, sign, _ = sort
    formula = pooled if asks == "change" else _margin
    p, units, planned, alpha = (
        np.array(column)
        for column in zip(
            *((a.row.rate.control, a.row.units.control, a.planned, a.alpha) for a in asked),
            strict=True,
        )
    )
    ratio = np.array([a.row.units.treated / a.row.units.control for a in asked])
    way: Literal["up", "down"] = "up" if sign > 0 else "down"
    found = detectable(
        p, units, ratio=ratio, power=WANTED, alpha=alpha, direction=way, formula=formula
    )
    moved = p * (1 + planned)
    possible = (moved > 0) & (moved < 1)
    design = formula(p, np.where(possible, moved, p), ratio)
    shares = {arm.name: arm.share / experiment.control.share for arm in experiment.treated}
    planned_ratio = np.array([shares[a.row.variant] for a in asked])
    as_planned = formula(p, np.where(possible, moved, p), planned_ratio)
    needed = units_for(as_planned, power=WANTED, alpha=alpha).control / experiment.control.share
    return (
        found.lift,
        np.where(possible, power_of(design, units, alpha=alpha), nan),
        np.where(possible, np.ceil(needed), nan),
    )


def _margin(control: Floats, still: Floats, ratio: Floats) -> Design:
    """The test that a rate which has not moved has not moved as far as `still`."""
    return farrington_manning_ratio(control, control, ratio, null=still / control)


def _means(asked: list[_Asked], units: int) -> Seen:
    """The same for values, normal with the noise that their intervals show."""
    columns = [
        (a.row.rate.control, a.row.difference.high - a.row.difference.low, a.row.difference.level)
        for a in asked
    ]
    mean, width, level = (np.array(column) for column in zip(*columns, strict=True))
    planned, sign = np.array([a.planned for a in asked]), np.array([a.sign for a in asked])
    se = width / 2 / critical(level) / mean
    bar = critical(1 - np.array([a.alpha for a in asked]))
    reach = (bar + ndtri(WANTED)) * se
    needed = np.ceil(units * (reach / planned) ** 2)
    lift = np.where((sign < 0) & (reach >= 1), nan, sign * reach)
    return lift, ndtr(np.abs(planned) / se - bar), needed


def _result(one: _Asked, seen: tuple[float, ...], units: int) -> Detectable:
    lift, power, needed = seen
    return Detectable(
        goal=one.row.goal,
        variant=one.row.variant,
        asks=one.asks,
        wanted=WANTED,
        lift=lift,
        planned=one.planned,
        power=power,
        units=units,
        needed=needed,
        note=_too_little(one.row),
    )


def claims(
    experiment: Experiment, carried: tuple[CarryThrough, ...], units: int
) -> tuple[Claim, ...]:
    """What the claims about every pair of goals need at the planned micro lift (`mde`).

    Each is the test that the ruler makes, with the noise it has now: a contrast of the two log
    lifts (design note "carry-through", section 1f). Beside the path the amount that arrives rests
    on an association, so only whether the macro goal moved is planned for.
    """
    asked = [
        (pair, goal, claim, carries)
        for pair in carried
        if (goal := experiment.goal(pair.micro)).mde is not None and not isnan(pair.planned_power)
        for claim, carries in _of_pair(experiment, pair)
    ]
    if not asked:
        return ()
    distance, variance, level = (
        np.array(column) for column in zip(*(_contrast(*one) for one in asked), strict=True)
    )
    found = macro_power(np.expm1(distance), variance, level=level, power=WANTED)
    needed = np.ceil(units * found.times)
    return tuple(
        Claim(
            variant=pair.variant,
            micro=pair.micro,
            macro=pair.macro,
            claim=claim,
            pass_through=carries,
            planned=_planned(pair, goal),
            wanted=WANTED,
            power=float(found.power[at]),
            units=units,
            needed=float(needed[at]),
        )
        for at, (pair, goal, claim, carries) in enumerate(asked)
    )


def _of_pair(experiment: Experiment, pair: CarryThrough) -> Iterator[tuple[ClaimName, float]]:
    yield "macro_up", 1.0
    steps = experiment.funnel.steps
    if pair.micro in steps and pair.macro == steps[-1]:
        yield from ON_PATH


def _planned(pair: CarryThrough, goal: Goal) -> float:
    """The planned micro lift; where the micro goal fell, a loss of that size."""
    size = nan if goal.mde is None else goal.mde
    return -size if pair.label.startswith("loss_") else size


def _contrast(
    pair: CarryThrough, goal: Goal, claim: ClaimName, carries: float
) -> tuple[float, float, float]:
    """Distance and variance of log macro lift less `bar` times log expected lift, and the level."""
    bar = {"macro_up": 0.0, "at_least": pair.threshold, "less_than_full": 1.0}[claim]
    noise = pair.log_lifts
    expected = log1p(pair.dilution * _planned(pair, goal))
    variance = noise.var_macro - 2 * bar * noise.covariance + bar**2 * noise.var_micro
    return (carries - bar) * expected, variance, pair.pass_through.level
