"""Is what happens recorded: missing steps, double firing, goals that say the same or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check
from abmicro.analysis.trust.instrumentation.capture_rate import LACKING
from abmicro.analysis.trust.instrumentation.finding import ALPHA, CAPTURE_FLOOR
from abmicro.analysis.trust.instrumentation.firing import MUCH, fired_twice
from abmicro.analysis.trust.instrumentation.suspicious_units import Shares, judge

if TYPE_CHECKING:
    from abmicro.array_types import Floats
    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals
    from abmicro.marginals.traffic.traffic_counts import TrafficCounts


TWINS = 0.9  # correlation over units from which two goals say the same
FEWEST = 20  # units behind a share of a level
MOST_DAYS = 3  # missing days that are named


def tracking(
    experiment: Experiment, marginals: Marginals, histograms: Histograms | None
) -> tuple[Check, ...]:
    """The checks of recording that need no second variant."""
    return (
        *_capture(experiment, marginals.traffic),
        *_doubles(experiment, histograms),
        *_twins(experiment, marginals),
        *_silent(experiment, marginals.traffic),
        *_missing_days(experiment, marginals),
    )


def _capture(experiment: Experiment, traffic: TrafficCounts) -> Iterator[Check]:
    """Units with the macro goal that lack a milestone on its path, over all and by level."""
    names, of = experiment.names, traffic.passed[..., -1:].sum(axis=(1, 2))
    for at, milestone in enumerate(traffic.steps[:-1]):
        some = traffic.lacking[..., at].sum(axis=1)
        if not of[0]:
            return
        paid, missing = names.goal(traffic.steps[-1]), names.goal(milestone)
        share = float(some[0] / of[0])
        where, apart = _apart(traffic, some, of)
        failed = share > LACKING or bool(where)
        told = f"Every one of {of[0]:,.0f} with {paid} has {missing}."
        if some[0]:
            told = f"{some[0]:,.0f} of {of[0]:,.0f} with {paid} ({formatting.rate(share)}) have no "
            told += f"{missing}{where}."
        fix = (
            f"Either the tag of {milestone} loses events (mend it), or {traffic.steps[-1]} can be "
            f'reached without it (make {milestone} kind = "action").'
        )
        yield Check(
            name=f"capture.{milestone}",
            status="fail" if failed else "pass",
            figure=max(share, apart),
            threshold=LACKING,
            sentence=told,
            fix=fix if failed else "",
        )


def _apart(traffic: TrafficCounts, some: Floats, of: Floats) -> tuple[str, float]:
    """The level that lacks clearly more than all others, in words, and its share."""
    at = [place for place, one in enumerate(traffic.levels) if one and of[place] >= FEWEST]
    if not at or not some[0]:
        return "", 0.0
    own = np.stack([some[at], of[at]]).astype(np.int64)
    rest = np.array([[some[0]], [of[0]]]).astype(np.int64) - own
    judged = judge(Shares(*(np.stack([rest[row], own[row]])[..., None] for row in (0, 1))))
    clear = (judged.p[0, :, 0] < ALPHA) & (judged.gap[0, :, 0] >= CAPTURE_FLOOR)
    worst = int(np.argmax(np.where(clear, judged.gap[0, :, 0], -1)))
    level, share = traffic.levels[at[worst]], float(own[0, worst] / own[1, worst])
    if level is None or not clear.any():
        return "", 0.0
    return f"; {formatting.rate(share)} where {level.segment} is {level.level}", share


def _doubles(experiment: Experiment, histograms: Histograms | None) -> Iterator[Check]:
    """Units whose events of a goal came twice within two seconds."""
    if histograms is None:
        told = "Whether events fire twice, and how long steps take, only a log of events tells."
        yield Check("double_firing", "skipped", nan, MUCH, told, "Name events as data.")
        return
    found = fired_twice(histograms)
    much = {goal: share for goal, share in found.items() if share > MUCH}
    for goal, share in much.items():
        told = f"{formatting.rate(share)} of those with {experiment.names.goal(goal)} fired it "
        told += "twice within two seconds."
        fix = "Rates count a person once and stand; counts and sums do not. Mend the tag, or set "
        yield Check(f"double_firing.{goal}", "warn", share, MUCH, told, f"{fix}dedupe.")
    if found and not much:
        most = max(found.values())
        told = f"At most {formatting.rate(most)} fired a goal twice within two seconds."
        yield Check("double_firing", "pass", most, MUCH, told if most else "No event fires twice.")


def _twins(experiment: Experiment, marginals: Marginals) -> Iterator[Check]:
    """Goals that nearly always come together."""
    for pair, phi in marginals.goal_correlations(slice(None)).items():
        names = sorted(pair, key=[goal.name for goal in experiment.goals].index)
        rates = all(experiment.goal(name).is_rate for name in names)
        if rates and len(names) == 2 and phi > TWINS:
            first, second = map(experiment.names.head, names)
            told = f"{first} and {second} nearly always come together (correlation {phi:.2f})."
            fix = "One of them is enough: a second one only makes both harder to prove."
            yield Check(f"twins.{names[0]}.{names[1]}", "warn", phi, TWINS, told, fix)


def _silent(experiment: Experiment, traffic: TrafficCounts) -> Iterator[Check]:
    """Goals that nobody reaches."""
    for at, goal in enumerate(traffic.goals):
        if not traffic.reached[0, :, at].any():
            told = f"Nobody came to {experiment.names.goal(goal)}."
            fix = "Compare the name in the definition with the data, and look at the tag."
            yield Check(f"unreached.{goal}", "warn", 0.0, nan, told, fix)


def _missing_days(experiment: Experiment, marginals: Marginals) -> Iterator[Check]:
    """Days between the first and the last without a single visitor."""
    days = {day for day, units in marginals.units_by_day.items() if units}
    if not days:
        return
    span = (max(days) - min(days)).days + 1
    gone = [day for at in range(span) if (day := min(days) + timedelta(days=at)) not in days]
    if gone:
        named = ", ".join(map(str, gone[:MOST_DAYS])) + " ..." * (len(gone) > MOST_DAYS)
        told = f"No {experiment.names.units} on {len(gone)} of {span} days: {named}."
        fix = "Load the missing days, or ask what was down."
        yield Check("missing_days", "warn", float(len(gone)), nan, told, fix)
