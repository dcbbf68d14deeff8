"""What somebody should look at today beside harm: shares of units, days that dip, days that lack.

Every alarm has a chance of its own to be false over the whole run, apart from alpha.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import log, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.monitoring.harm import planned_days
from abmicro.analysis.results import DailyRate, MonitoringAlarm, SampleRatioPath
from abmicro.experiment.calendar import DAY
from abmicro.experiment.ramp import phase_on, shares_of_phases
from abmicro.stats.sequential import dip_p, one_arm_p, sample_ratio_e

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.daily_counts import DailyCounts
    from abmicro.marginals.exposed_units import ExposedUnits


DIP_ALPHA = 0.01  # chance of a false dip of one goal over the run
QUIET = 20  # units or conversions due on a day, from which none at all is no chance (e^-20)


def sample_ratio(experiment: Experiment, exposed: ExposedUnits) -> SampleRatioPath | None:
    """The shares of all exposed units at the end of every day; None without days."""
    dated = [(day, at) for at, day in enumerate(exposed.days) if day is not None]
    if not dated:
        return None
    days = tuple(day for day, _ in sorted(dated))
    units = exposed.by_day[:, [at for _, at in sorted(dated)]].T
    phases = np.array(shares_of_phases(experiment.variants, experiment.ramp))
    shares = phases[[phase_on(day, experiment.ramp) for day in days]]
    given = (shares > 0).all(axis=-1)
    if not given.any():
        return None
    log_e = sample_ratio_e(units[given], shares[given])
    threshold = -log(experiment.monitoring.sample_ratio_alpha)
    days = tuple(days[place] for place in np.flatnonzero(given))
    return SampleRatioPath(float(log_e.max()), threshold, days, tuple(log_e.tolist()))


def shares_alarm(path: SampleRatioPath | None) -> Iterator[MonitoringAlarm]:
    """An alarm from the first day on which the shares cannot be chance."""
    if path is None or path.log_e < path.threshold:
        return
    day = next(
        day for day, log_e in zip(path.days, path.path, strict=True) if log_e >= path.threshold
    )
    yield MonitoringAlarm(
        kind="sample_ratio",
        severity="stop",
        sentence="The variants do not get their planned shares, since "
        f"{day.isoformat()} (log e {path.log_e:.1f}, alarm at {path.threshold:.1f}).",
        fix="Find the cause (redirects, bots, filters after assignment, a wrong planned share) and "
        "begin again; no analysis can mend it.",
        day=day,
        figure=path.log_e,
        threshold=path.threshold,
    )


def dips(experiment: Experiment, found: DailyCounts) -> Iterator[MonitoringAlarm]:
    """Days of entry on which a rate fell, in all variants or in one of them."""
    run = planned_days(experiment, found)
    for goal, reached in found.reached.items():
        silent = _silent(reached, found.units)
        p = dip_p(reached.sum(axis=0), found.units.sum(axis=0))
        for at in np.flatnonzero((p < DIP_ALPHA / max(run - 7, 1)) & ~silent.all(axis=0)).tolist():
            yield _dip(goal, found.days[at], float(p[at]), "")
        for treated, variant in enumerate(experiment.treated, 1):
            p, lower = against_other_days(reached[[treated, 0]], found.units[[treated, 0]])
            share = DIP_ALPHA / (run * len(found.reached) * len(experiment.treated))
            for at in np.flatnonzero((p < share) & ~silent.any(axis=0)).tolist():
                name = variant.name if lower[at] else experiment.control.name
                yield _dip(goal, found.days[at], float(p[at]), name)


def daily_rates(experiment: Experiment, found: DailyCounts) -> Iterator[DailyRate]:
    """What dips are seen in."""
    for goal, reached in found.reached.items():
        unknown = np.full_like(reached, nan)
        rates = np.divide(reached, found.units, out=unknown, where=found.units > 0)
        for variant, own in zip(experiment.variants, rates.tolist(), strict=True):
            yield DailyRate(goal, variant.name, found.days, tuple(own))


def against_other_days(reached: Floats, units: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """P of "the variants differ as on all other days", and whether the treated one is the lower.

    reached, units: of the treated variant and the control, (2, ..., P).
    """
    (xt, xc), (nt, nc) = reached, units
    others = [each.sum(axis=-1, keepdims=True) - each + 0.5 for each in (xt, nt, xc, nc)]
    expected = nt * (others[0] / others[1]) / (others[2] / others[3])
    return one_arm_p(xt, expected, xc, nc), xt * nc < xc * expected


def _dip(goal: str, day: date, p: float, variant: str) -> MonitoringAlarm:
    where = f"in {variant} only" if variant else "in all variants"
    cause = "the variant or its tag" if variant else "the site or its tracking"
    return MonitoringAlarm(
        kind="dip",
        severity="warn",
        sentence=f"{goal} fell {where} among those who entered on {day.isoformat()} (p {p:.1g}).",
        fix=f"Look for a fault of {cause} on that day.",
        variant=variant,
        goal=goal,
        day=day,
        figure=p,
    )


def silences(experiment: Experiment, found: DailyCounts) -> Iterator[MonitoringAlarm]:
    """Days whose units never reached a goal, though at least `QUIET` were due.

    In one variant alone that makes its rate wrong and stops the test; in all of them it costs them
    alike, warns, and is silent where the day is said to be paused.
    """
    paused = experiment.monitoring.paused
    for goal in experiment.goals:
        if goal.only or goal.name not in found.reached:
            continue
        silent = _silent(found.reached[goal.name], found.units)
        for at in np.flatnonzero(silent.any(axis=0)).tolist():
            if not silent[:, at].all():
                names = [experiment.variants[row].name for row in np.flatnonzero(silent[:, at])]
                yield _silence(goal.name, found.days[at], ", ".join(names))
            elif found.days[at] not in paused:
                yield _silence(goal.name, found.days[at], "")


def _silent(reached: Floats, units: Floats) -> NDArray[np.bool_]:
    """Variants and days, (V, P), without a conversion where at least `QUIET` were due.

    Due is the rate of the other days in all variants together, or that of the day in the other
    variants, whichever is the larger.
    """
    all_reached, all_units = reached.sum(), units.sum()
    of_day, units_of_day = reached.sum(axis=0), units.sum(axis=0)
    others = (all_reached - of_day) / np.maximum(all_units - units_of_day, 1)
    beside = (of_day - reached) / np.maximum(units_of_day - units, 1)
    due: Floats = units * np.maximum(others, beside)
    silent: NDArray[np.bool_] = (reached == 0) & (due >= QUIET)
    return silent


def _silence(goal: str, day: date, variant: str) -> MonitoringAlarm:
    where = f" in {variant}" if variant else ""
    paused = "Load what lacks, or name the day in monitoring.paused."
    return MonitoringAlarm(
        kind="data" if variant else "gap",
        severity="stop" if variant else "warn",
        sentence=f"No {goal}{where} of those who entered on {day.isoformat()}; "
        "other days have many.",
        fix="Load what lacks; where a tag failed, begin again without that day."
        if variant
        else paused,
        goal=goal,
        day=day,
        figure=0.0,
        threshold=float(QUIET),
    )


def missing_days(experiment: Experiment, exposed: ExposedUnits) -> Iterator[MonitoringAlarm]:
    """Days of entry, up to the last that brought units, without any and not said to be paused.

    A day of one variant alone lacks where its share of the day's units is `QUIET` or more.
    """
    units = {
        day: exposed.by_day[:, at]
        for at, day in enumerate(exposed.days)
        if day is not None and exposed.by_day[:, at].any()
    }
    if not units:
        return
    first, last = min(units), max(units)
    first = min(experiment.start or first, first)
    until = min(last, experiment.end - DAY) if experiment.end else last
    watched = [day for day in _span(first, until) if day not in experiment.monitoring.paused]
    yield from _no_units("the test", sorted({*watched} - {*units}))
    shares = np.array(shares_of_phases(experiment.variants, experiment.ramp))
    due = {day: shares[phase_on(day, experiment.ramp)] * units[day].sum() for day in units}
    for at, variant in enumerate(experiment.variants):
        lost = [d for d in watched if d in units and not units[d][at] and due[d][at] >= QUIET]
        yield from _no_units(variant.name, lost)


def _no_units(where: str, days: Sequence[date]) -> Iterator[MonitoringAlarm]:
    if not days:
        return
    shown = ", ".join(day.isoformat() for day in days[:3]) + ", ..." * (len(days) > 3)
    yield MonitoringAlarm(
        kind="data",
        severity="stop",
        sentence=f"Nobody entered {where} on {shown}.",
        fix="Load the missing days, or name them in monitoring.paused.",
        day=days[0],
        figure=float(len(days)),
        threshold=nan,
    )


def _span(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]
