"""Can this be trusted? Each question about the data becomes one `Check` with its number.

A failed check does not stop the analysis; it withholds the verdict. The thresholds are constants
here, each with its reason, so that a reader can find and dispute them.
"""

from __future__ import annotations

from datetime import date
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import number
from abmicro.analysis.path import Path
from abmicro.analysis.results import Check, Status
from abmicro.analysis.split import by_day, by_segment, overall, reversals
from abmicro.experiment.model import Role
from abmicro.stats import multiplicity
from abmicro.stats.binomial import Binomial
from abmicro.stats.fisher import fisher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.tally import Tally
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

# Alarm level and practical floor of the capture check: at a huge n a tiny gap is significant.
CAPTURE_ALPHA = 0.01
CAPTURE_FLOOR = 0.01
# A milestone that so many buyers lack is not on their path, or is not recorded.
CAPTURE_LACKING = 0.05
# Crossed units above this share point to a broken assignment rather than to shared devices.
CROSSED_WARN = 0.01
# An arm without a single conversion is suspicious once this many were to be expected.
SILENT_EXPECTED = 20


def checks(
    experiment: Experiment, counts: JointCounts, tally: Tally, path: Path | None
) -> tuple[Check, ...]:
    """All checks in the order in which the report shows them."""
    return (
        overall(experiment, tally),
        *by_segment(experiment, tally),
        *by_day(experiment, counts),
        *reversals(experiment, tally),
        _crossed(experiment, counts),
        _maturity(counts),
        _runtime(experiment, counts),
        *_silent_goals(experiment, tally),
        *([] if path is None else _capture(experiment, path)),
    )


def days_run(experiment: Experiment, counts: JointCounts) -> int | None:
    """Whole days from the first to the last entry day with units; None without a clock."""
    days = _entry_days(counts)
    if not days:
        return None
    first = min([*days, experiment.start] if experiment.start else days)
    return (max(days) - first).days + 1


def last_day(counts: JointCounts) -> date | None:
    """The last entry day with units; None without a clock."""
    return max(_entry_days(counts), default=None)


def _entry_days(counts: JointCounts) -> list[date]:
    seen = counts.units.sum(axis=(0, 1, 3)) > 0
    return [day for day, there in zip(counts.periods, seen, strict=True) if there and day]


def _crossed(experiment: Experiment, counts: JointCounts) -> Check:
    kept = experiment.exposure.crossed == "first"
    crossed = _units_of(counts, "crossed_kept" if kept else "crossed")
    total = int(counts.units.sum()) + (0 if kept else crossed)
    share = crossed / total if total else nan
    uneven = len({variant.share for variant in experiment.variants}) > 1
    status: Status = "warn" if crossed and (uneven or share > CROSSED_WARN) else "pass"
    done = "kept in the arm they saw first" if kept else "left out"
    why = (
        "With an uneven split, leaving out units seen in two arms favours the larger arm's stayers."
        if uneven
        else "So many units in two arms point to a broken assignment."
    )
    return Check(
        name="crossed",
        status=status,
        figure=share,
        threshold=CROSSED_WARN,
        sentence=f"{number.count(crossed)} units ({number.rate(share)}) were seen in two arms "
        f"and {done}."
        if crossed
        else "No unit was seen in two arms.",
        fix="" if status == "pass" else f"{why} Find out how a unit can change its arm.",
    )


def _maturity(counts: JointCounts) -> Check:
    waiting = _units_of(counts, "immature")
    mature = int(counts.units.sum())
    share = mature / (mature + waiting) if mature + waiting else nan
    every_arm = bool(counts.units.sum(axis=(1, 2, 3)).all())
    if not waiting:
        return Check("maturity", "pass", share, nan, "Every unit's conversion window has closed.")
    return Check(
        name="maturity",
        status="pass" if every_arm else "fail",
        figure=share,
        threshold=nan,
        sentence=f"{number.count(waiting)} units are still converting and left out; "
        f"{number.rate(share)} of the exposed units are judged.",
        fix=""
        if every_arm
        else "Wait until the conversion window of some units in every arm is over.",
    )


def _runtime(experiment: Experiment, counts: JointCounts) -> Check:
    days, least = days_run(experiment, counts), experiment.decision.minimum_runtime
    wanted = nan if least is None else least.days
    if days is None:
        return Check("runtime", "skipped", nan, wanted, "The data have no clock.")
    if least is not None and days < least.days:
        return Check(
            name="runtime",
            status="fail",
            figure=days,
            threshold=wanted,
            sentence=f"{days} days of at least {least.days} have been run.",
            fix=f"Wait {least.days - days} more days; the minimum was set before the test.",
        )
    if days % 7:
        return Check(
            name="runtime",
            status="warn",
            figure=days,
            threshold=wanted,
            sentence=f"{days} days are not whole weeks, so some weekdays count twice.",
            fix=f"Judge after {7 * (days // 7 + 1)} days, unless weekdays do not matter here.",
        )
    return Check("runtime", "pass", days, wanted, f"{days} days, whole weeks.")


def _silent_goals(experiment: Experiment, tally: Tally) -> Iterator[Check]:
    """Goals that never fire, at all or in one arm where conversions were to be expected."""
    silent = []
    for column, goal in enumerate(tally.rates):
        reached, units = tally.reached[:, 0, column], tally.units[:, 0]
        expected = units * (reached.sum() / max(units.sum(), 1))
        if not reached.sum():
            silent.append((goal, "never fires", goal.role is Role.PRIMARY))
            continue
        for arm in np.flatnonzero((reached == 0) & (expected >= SILENT_EXPECTED)):
            name = experiment.variants[arm].name
            words = f"never fires in {name}, where about {expected[arm]:,.0f} were to be expected"
            silent.append((goal, words, True))
    if not silent:
        yield Check("goals_fire", "pass", 0, nan, "Every goal fires in every arm.")
    for goal, words, fatal in silent:
        yield Check(
            name=f"goals_fire.{goal.name}",
            status="fail" if fatal else "warn",
            figure=0,
            threshold=SILENT_EXPECTED if "expected" in words else nan,
            sentence=f"{goal.name} {words}.",
            fix="Compare the event name or column in the definition with the data, and the tag.",
        )


def _capture(experiment: Experiment, path: Path) -> Iterator[Check]:
    """Macro conversions without a record of a milestone that lies on their path (Fisher, Holm)."""
    p = np.ones((len(experiment.treated), len(path.milestones)))
    if (some := path.lacking.any(axis=0)).any():
        lacking = path.lacking[:, some]
        macro = np.broadcast_to(path.macro[:, None], lacking.shape)
        arms = Binomial(lacking[1:], macro[1:]), Binomial(lacking[:1], macro[:1])
        p[:, some] = fisher(*arms)
    smallest = np.nanmin(multiplicity.holm(p.ravel()).reshape(p.shape), axis=0, initial=1.0)
    share = np.divide(
        path.lacking,
        path.macro[:, None],
        where=path.macro[:, None] > 0,
        out=np.zeros(path.lacking.shape),
    )
    gap = np.ptp(share, axis=0)
    for at, milestone in enumerate(path.milestones):
        yield _capture_of(experiment, path, at, milestone, float(smallest[at]), float(gap[at]))


def _capture_of(
    experiment: Experiment, path: Path, at: int, milestone: str, p: float, gap: float
) -> Check:
    macro, lacking, total = path.steps[-1], int(path.lacking[:, at].sum()), int(path.macro.sum())
    share = lacking / total if total else 0.0
    differs = p < CAPTURE_ALPHA and gap >= CAPTURE_FLOOR
    status: Status = "fail" if differs or share > CAPTURE_LACKING else "warn" if lacking else "pass"
    by_arm = ", ".join(
        f"{number.count(float(v))} of {number.count(float(o))} in {variant.name}"
        for v, o, variant in zip(path.lacking[:, at], path.macro, experiment.variants, strict=True)
    )
    sentence = (
        f"{number.count(lacking)} of {number.count(total)} units with {macro} lack {milestone} "
        f"({by_arm}); difference between arms: p {number.p_equals(p)}."
        if lacking
        else f"Every unit with {macro} has {milestone}."
    )
    fix = {
        "pass": "",
        "warn": f"They are counted as having passed {milestone}.",
        "fail": f"Either the tag of {milestone} loses events (mend it), or {macro} can be reached "
        f'without it (make it kind = "action" and take it out of the funnel).',
    }[status]
    return Check(f"capture.{milestone}", status, share, CAPTURE_LACKING, sentence, fix)


def _units_of(counts: JointCounts, step: str) -> int:
    """Units that the ledger books under a step, over all arms."""
    return sum(entry.count for entry in counts.ledger if entry.step == step and entry.of == "units")
