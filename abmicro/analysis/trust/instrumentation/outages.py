"""A variant whose tag fell silent: days short of conversions, hours without any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check, Mended, Status
from abmicro.analysis.trust.instrumentation.finding import (
    ALPHA,
    EVENTS_FLOOR,
    Finding,
    Mark,
    nothing_yet,
    without,
)
from abmicro.phrases import listed
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.quality.outages import DailyGaps, Silence, daily_gaps, longest_silence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from abmicro.array_types import Bools, Floats, Integers
    from abmicro.counts import Histograms
    from abmicro.counts.histograms import Histogram
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.exposed_units import ExposedUnits
    from abmicro.marginals.pattern_counts import PatternCounts


# A broken tag loses a large part of a day. Lesser changes of the lift from day to day are the
# business of the trend over weeks.
DAY_FLOOR = 0.2
LEAST_DAYS = 3
SHOWN = 3
FIX = {
    "fail": "Leave these days out of every variant, or mend the tag and collect again.",
    "warn": "Find out what happened then; the loss is too small to bend the result.",
}


def short_days(
    experiment: Experiment, recorded: PatternCounts, *, pooled: bool
) -> Iterator[Finding]:
    """The goals that a variant hardly recorded on some entry days, against the other variant.

    pooled: whether the variants had the same shares of the units on all days.
    """
    if not recorded.goals or (not recorded.days and recorded.by_level.any()):
        return
    if len(recorded.days) < LEAST_DAYS:
        yield _nothing_yet(recorded)
        return
    names = tuple(recorded.goals)
    reached = np.moveaxis(recorded.by_day @ np.stack([*recorded.goals.values()], axis=-1), -1, 1)
    units = recorded.by_day.sum(axis=-1)[:, None]
    variants = Binomial(reached[1:], units[1:]), Binomial(reached[:1], units[:1])
    found = daily_gaps(*variants, by_day=not pooled)
    judged = [bool(known.any()) for known in np.moveaxis(np.isfinite(found.p), 1, 0)]
    if not any(judged):
        yield _nothing_yet(recorded)
        return
    p = np.nan_to_num(stepwise.holm(found.p.ravel()).reshape(found.p.shape), nan=1.0)
    by_arm = _lost(found, p < ALPHA, reached)
    for at in np.flatnonzero(by_arm.any(axis=(0, 2))):
        yield _gap(experiment, recorded, names[at], reached[:, at], by_arm[:, at])
    if not by_arm.any():
        told = (
            "No variant lost a goal on some day (smallest adjusted p "
            f"{formatting.p_equals(p.min())})."
        )
        waiting = [
            experiment.names.goal(name)
            for name, known in zip(names, judged, strict=True)
            if not known
        ]
        told += f" Nothing to check yet: {listed(tuple(waiting))}." if waiting else ""
        yield Finding(Check("gaps", "pass", float(p.min()), ALPHA, told))


def _nothing_yet(recorded: PatternCounts) -> Finding:
    """Why no day can be held against the others."""
    if not recorded.by_level.any():
        why = "nobody is judged"
    elif len(recorded.days) < LEAST_DAYS:
        why = f"there are fewer than {LEAST_DAYS} days of entry"
    else:
        why = "no goal has conversions of both variants on several days"
    return Finding(nothing_yet("gaps", why, ALPHA))


def _lost(found: DailyGaps, sure: Bools, reached: Integers) -> Floats:
    """Conversions (V, G, D) that variants lack on days on which they lack a large part.

    The control is short where it is so against some treated variant.
    """
    missing = np.stack([found.missing_control, found.missing_treated])
    held = np.stack(np.broadcast_arrays(reached[:1], reached[1:]))
    lost = np.where(sure & (missing >= DAY_FLOOR * (missing + held)), missing, 0)
    return np.concatenate([lost[0].max(axis=0, keepdims=True), lost[1]])


def _gap(
    experiment: Experiment, recorded: PatternCounts, goal: str, reached: Integers, lost: Floats
) -> Finding:
    """The short days of one goal. reached, lost: (V, D) conversions seen and missing."""
    share = float((lost.sum(axis=1) / np.maximum((reached + lost).sum(axis=1), 1)).max())
    status: Status = "fail" if share >= EVENTS_FLOOR else "warn"
    variants = np.flatnonzero(lost.any(axis=1)).tolist()
    told = "; ".join(
        f"{experiment.names.variant(experiment.variants[variant].name)} recorded "
        f"{_days(recorded, reached[variant], lost[variant])}"
        for variant in variants
    )
    head = experiment.names.head(goal)
    sentence = f"{head}: {told} ({formatting.rate(share)} of all events lost)."
    check = Check(f"gaps.{goal}", status, share, EVENTS_FLOOR, sentence, FIX[status])
    mended: tuple[Mended, ...] = ()
    if recorded.is_followed(goal):
        cells = recorded.cells(goal, recorded.by_day)
        kept = cells[:, ~lost.any(axis=0)].sum(axis=1)
        mended = tuple(without(experiment, "gaps", goal, cells.sum(axis=1), kept))
    return Finding(check, goal, _marks(experiment, variants), mended)


def _marks(experiment: Experiment, variants: Collection[int]) -> tuple[tuple[int, Mark], ...]:
    """What variants that fell short, the control being 0, mean for each treated variant."""
    short: list[tuple[int, Mark]] = [
        (variant - 1, "gap_in_treated") for variant in variants if variant
    ]
    if 0 in variants:
        short += [(variant, "gap_in_control") for variant in range(len(experiment.treated))]
    return tuple(short)


def _days(recorded: PatternCounts, reached: Integers, lost: Floats) -> str:
    """The days on which a variant is short, with what it recorded and what was to be expected."""
    days = np.flatnonzero(lost)
    each = [
        f"{reached[day]:,.0f} on {recorded.days[day]} where about {reached[day] + lost[day]:,.0f} "
        "were to be expected"
        for day in days[:SHOWN]
    ]
    more = f" and too few on {len(days) - SHOWN} more days" if len(days) > SHOWN else ""
    return ", ".join(each) + more


def silences(
    experiment: Experiment, recorded: PatternCounts, exposed: ExposedUnits, histograms: Histograms
) -> Iterator[Finding]:
    """The goals that a variant did not record at all for hours while the others did.

    exposed: the units that the histograms tell of; their shares are those of the conversions.
    """
    goals = [name for name in recorded.goals if name in histograms.goals]
    seen = {name: one for name in goals if (one := histograms.of("hour", name)).units.size}
    if not seen:
        return
    found = {
        name: longest_silence(one.units, _least_share(one.units.sum(axis=1), exposed.by_day))
        for name, one in seen.items()
    }
    p = stepwise.holm(np.concatenate([one.p for one in found.values()])).reshape(len(seen), -1)
    for at, variant in np.argwhere(p < ALPHA).tolist():
        name = [*seen][at]
        yield _silence(experiment, name, seen[name], found[name], variant, float(p[at, variant]))
    if not (p < ALPHA).any():
        told = (
            f"No variant was silent for hours (smallest adjusted p {formatting.p_equals(p.min())})."
        )
        yield Finding(Check("silence", "pass", float(p.min()), ALPHA, told))


def _silence(
    experiment: Experiment, goal: str, seen: Histogram, silence: Silence, arm: int, p: float
) -> Finding:
    begin, end = (int(seen.bins[at[arm]]) for at in (silence.begin, silence.end))
    names, missed = experiment.names, float(silence.missed[arm])
    share = missed / max(int(np.delete(seen.units, arm, axis=0).sum()), 1)
    status: Status = "fail" if share >= EVENTS_FLOOR else "warn"
    sentence = (
        f"{names.variant(experiment.variants[arm].name)} recorded no {names.goal(goal)} from "
        f"{_hour(begin)} to {_hour(end + 1)} UTC, while the other "
        f"{'variant' if len(experiment.variants) == 2 else 'variants'} had "
        f"{formatting.count(missed)}, {formatting.rate(share)} of theirs (adjusted p "
        f"{formatting.p_equals(p)})."
    )
    check = Check(f"silence.{goal}", status, share, EVENTS_FLOOR, sentence, FIX[status])
    return Finding(check, goal, _marks(experiment, [arm]))


def _least_share(reached: Integers, units: Integers) -> Floats:
    """The least share of all conversions that a variant should have on any entry day.

    reached: (V,) conversions over the whole run; units: (V, D), whose split may change.
    """
    rate = reached / np.maximum(units.sum(axis=1), 1)
    expected = units * rate[:, None]
    whole = expected.sum(axis=0)
    share = (expected[:, whole > 0] / whole[whole > 0]).min(axis=1, initial=1.0)
    return np.asarray(np.clip(share, 1e-12, 1 - 1e-12))


def _hour(hours: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    return f"{moment:%Y-%m-%d %H:%M}"
