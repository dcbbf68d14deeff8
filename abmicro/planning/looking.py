"""Looks while a test runs, before it starts: what they cost, and when each finding may come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import floor, isfinite, isnan, nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from abmicro import formatting
from abmicro.design.allocation import ratios, shares
from abmicro.design.look_plan import AskedOf, LookPlan, as_fixed, entry_days, look_days
from abmicro.design.planned_test import looks_of_claims
from abmicro.experiment.monitoring import first_look_days, window_days
from abmicro.planning.results import DoneBy, PlannedMonitoring, WatchedFinding
from abmicro.stats.sequential import crossing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abmicro.array_types import Floats
    from abmicro.planning.context import Outlook
    from abmicro.planning.results import GoalPlan, PlannedStatement


WEEK = 7
ROUNDING = 1e-11  # so little below a whole number is that number
FEWEST = 10  # conversions below which a look says nothing: of a goal in all, of a pair in each arm
LONG_WAIT = 1 / 3  # of the days of entry, from which a stop spares few units


class _Wanted(NamedTuple):
    """A finding: its units, and the share of all units that converts where the fewest do.

    ratio: units of the smallest treated variant for one of the control.
    """

    looks: LookPlan
    ratio: float
    goal: str
    macro: str | None
    claim: str | None
    pass_through: float
    asked: AskedOf
    maximum: float
    converting: float


class _Calendar(NamedTuple):
    """Days of entry that are mature at each look (K,), all days of entry, days until maturity."""

    mature: Floats
    run: int
    wait: int

    @property
    def readable(self) -> Floats:
        """Days from the start after which each look can be read."""
        return self.mature + self.wait


def looking(
    outlook: Outlook, goals: Sequence[GoalPlan], claims: Sequence[PlannedStatement]
) -> PlannedMonitoring | None:
    """What looks cost and save; None where the test is read once.

    goals, claims: as planned, with the units that looks make of them.
    """
    experiment = outlook.experiment
    looks = looks_of_claims(experiment)
    if looks is None:
        return None
    days, power = _calendar(outlook), experiment.plan.power
    own = (_of_goal(outlook, looks, one, power) for one in goals if _is_sized(one))
    rates = {one.goal: one.baseline for one in goals}
    of_pairs = (
        _of_claim(outlook, looks, one, (power, rates[one.macro]))
        for one in claims
        if one.claim != "micro_moved" and isfinite(one.size.total)
    )
    findings = tuple(_finding(outlook, days, one) for one in (*own, *of_pairs))
    ended = looks.spending is not None
    return PlannedMonitoring(
        mode=experiment.monitoring.mode,
        looks=len(days.mature) if ended else None,
        entry_days=days.run,
        wait=days.wait,
        first_on=_on(outlook, days.readable[0]),
        last_on=_on(outlook, days.readable[-1]) if ended else "",
        findings=findings,
        sentence=_sentence(outlook, days, findings, ended=ended),
        caution=_caution(days, outlook.experiment.names.units) if ended else "",
    )


def _calendar(outlook: Outlook) -> _Calendar:
    """The planned looks; without an end one every day of the weeks allowed."""
    experiment = outlook.experiment
    run, wait = entry_days(experiment), window_days(experiment)
    if experiment.monitoring.mode == "anytime":
        run = WEEK * outlook.weeks
        first = min(first_look_days(experiment), run)
        return _Calendar(np.arange(first, run + 1.0), run, wait)
    return _Calendar(np.array(look_days(experiment), dtype=np.float64), run, wait)


def _is_sized(one: GoalPlan) -> bool:
    return one.size is not None and isfinite(one.size.total)


def _of_goal(outlook: Outlook, looks: LookPlan, one: GoalPlan, power: float) -> _Wanted:
    asked = AskedOf(one.alpha, power, 2 if one.asks == "change" else 1)
    rate, ratio = 1.0 if one.is_value else one.baseline, _ratio(outlook)
    total = nan if one.size is None else one.size.total
    converting = rate * _control_share(outlook) * (1 + ratio)
    return _Wanted(looks, ratio, one.goal, None, None, nan, asked, total, converting)


def _of_claim(
    outlook: Outlook, looks: LookPlan, one: PlannedStatement, given: tuple[float, float]
) -> _Wanted:
    """A statement on a pair; given: the wanted power, the rate of the macro goal."""
    power, rate = given
    asked, total = AskedOf(one.alpha, power, 2), one.size.total
    converting = rate * min(shares(outlook.experiment).values())
    of_pair = one.micro, one.macro, one.claim, one.pass_through
    return _Wanted(looks, _ratio(outlook), *of_pair, asked, total, converting)


def _ratio(outlook: Outlook) -> float:
    return min(ratios(outlook.experiment).values())


def _control_share(outlook: Outlook) -> float:
    return shares(outlook.experiment)[outlook.experiment.control.name]


def _finding(outlook: Outlook, days: _Calendar, one: _Wanted) -> WatchedFinding:
    """What a finding takes with looks, and when it comes."""
    share, ended = _control_share(outlook), one.looks.spending is not None
    pair = 4 * share * one.ratio / (1 + one.ratio)
    once = float(as_fixed(one, one.maximum * share)) / share
    cost = one.looks.inflation(one.asked, 1.0 if ended else one.maximum * pair)
    there = outlook.inflow.units(days.run) if outlook.inflow.is_known else one.maximum
    clock = days.mature / days.run
    z = replace(one.looks, clock=tuple(clock.tolist())).critical(one.asked, max(there, 1) * pair)
    alpha, power, sides = one.asked
    drift = float(ndtri(1 - alpha / sides) + ndtri(power)) * sqrt(there / once)
    found = crossing(clock, z, drift=np.array([0, drift]), sides=sides)
    stops = found.above + found.below
    null, true = days.run * (1 - (stops * (1 - clock)).sum(axis=-1)) + days.wait
    first = _first(outlook, days, z, one.converting)
    return WatchedFinding(
        goal=one.goal,
        macro=one.macro,
        claim=one.claim,
        pass_through=one.pass_through,
        read_once=min(float(floor(once * (1 + ROUNDING))), one.maximum),
        maximum=one.maximum,
        mean_null=one.maximum * cost.mean_null / cost.maximum if ended else nan,
        mean_true=one.maximum * cost.mean_true / cost.maximum,
        days_null=float(null) if ended else nan,
        days_true=float(true) if ended else nan,
        first_day=first,
        first_on=_on(outlook, first),
        weeks=tuple(_weeks(days, found.above[1])),
    )


def _first(outlook: Outlook, days: _Calendar, z: Floats, converting: float) -> float:
    """After how many days a finding can first be made; NaN where no look ever can."""
    enough = np.isfinite(z)
    if outlook.inflow.is_known:
        units = np.array([outlook.inflow.units(int(day)) for day in days.mature])
        enough = enough & (units * converting >= FEWEST)
    return float(days.readable[np.argmax(enough)]) if enough.any() else nan


def _weeks(days: _Calendar, found: Floats) -> Iterator[DoneBy]:
    first, last = (-(-int(days.readable[at]) // WEEK) for at in (0, -1))
    for week in range(first, last + 1):
        yield DoneBy(week, float(found[days.readable <= week * WEEK].sum()))


def _on(outlook: Outlook, days: float) -> str:
    """The day after so many days from the start; empty without a start or that number."""
    start = outlook.experiment.start
    if start is None or isnan(days) or days > (date.max - start).days:
        return ""
    return (start + timedelta(days=int(days))).isoformat()


def _sentence(
    outlook: Outlook, days: _Calendar, findings: tuple[WatchedFinding, ...], *, ended: bool
) -> str:
    """What looks cost and save, by the first finding."""
    first = _on(outlook, days.readable[0]) or f"day {days.readable[0]:.0f}"
    if ended:
        last = _on(outlook, days.readable[-1]) or f"day {days.readable[-1]:.0f}"
        head = f"{len(days.mature)} looks, the first on {first}, the last on {last}"
    else:
        head = f"A look every day from {first} on, without an end"
    if not findings:
        return f"{head}."
    one, names = findings[0], outlook.experiment.names
    most, mean = one.maximum / one.read_once - 1, one.mean_true / one.read_once - 1
    often = "fewer" if mean < 0 else "more"
    told = (
        f"{head}. Against a test that is read once, to see {names.goal(one.goal)} takes at most "
        f"{formatting.rate(most)} more {names.units}, and {formatting.rate(abs(mean))} {often} on "
        "average if the planned change is true"
    )
    if not ended:
        return f"{told}; without an effect it never stops by itself."
    return f"{told} (mean {one.days_true:.1f} of {days.run + days.wait} days)."


def _caution(days: _Calendar, units: str) -> str:
    if days.wait < LONG_WAIT * days.run:
        return ""
    return (
        f"Little time can be saved: {units} enter for {days.run} days and are judged {days.wait} "
        "days later, so that many are in by the time a look can stop the test."
    )
