"""What somebody should look at today beside harm: shares of units, dips of a day, days that lack.

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

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.daily_counts import DailyCounts
    from abmicro.marginals.exposed_units import ExposedUnits

    Floats = NDArray[np.float64]

DIP_ALPHA = 0.01  # chance of a false dip of one goal over the run
QUIET = 20  # conversions a day of a goal, from which a day without any is no chance


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
        sentence=f"The variants do not get their planned shares of the units, since "
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
        p = dip_p(reached.sum(axis=0), found.units.sum(axis=0))
        for at in np.flatnonzero(p < DIP_ALPHA / max(run - 7, 1)).tolist():
            yield _dip(goal, found.days[at], float(p[at]), "")
        for treated, variant in enumerate(experiment.treated, 1):
            p, lower = against_other_days(reached[[treated, 0]], found.units[[treated, 0]])
            share = DIP_ALPHA / (run * len(found.reached) * len(experiment.treated))
            for at in np.flatnonzero(p < share).tolist():
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
        sentence=f"{goal} fell {where} among the units of {day.isoformat()} (p {p:.1g}).",
        fix=f"Look for a fault of {cause} on that day.",
        variant=variant,
        goal=goal,
        day=day,
        figure=p,
    )


def missing_days(experiment: Experiment, exposed: ExposedUnits) -> Iterator[MonitoringAlarm]:
    """Days of entry, up to the last that brought units, without any and not said to be paused."""
    by_day = zip(exposed.days, exposed.by_day.sum(axis=0).tolist(), strict=True)
    units = {day: units for day, units in by_day if day is not None and units}
    if not units:
        return
    first, last = min(units), max(units)
    first = min(experiment.start or first, first)
    until = min(last, experiment.end - DAY) if experiment.end else last
    empty = [
        day
        for day in _span(first, until)
        if not units.get(day) and day not in experiment.monitoring.paused
    ]
    if empty:
        shown = ", ".join(day.isoformat() for day in empty[:3]) + ", ..." * (len(empty) > 3)
        yield MonitoringAlarm(
            kind="data",
            severity="stop",
            sentence=f"No units entered on {shown}.",
            fix="Load the missing days, or name them in monitoring.paused.",
            day=empty[0],
            figure=float(len(empty)),
            threshold=nan,
        )


def _span(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]
