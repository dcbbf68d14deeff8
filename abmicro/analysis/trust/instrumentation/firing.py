"""Events that people did not make: without what they require, twice, too early, too many, too fast.

None of these withholds a verdict. They can only add micro conversions that lead nowhere, so a
carry-through label errs towards "not carried", never towards a macro gain; the finding and the lift
without them stand beside it. Rates count a unit once, which double firing cannot change.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check, Mended
from abmicro.analysis.trust.instrumentation.finding import Finding, Mark, without
from abmicro.analysis.trust.instrumentation.suspicious_units import (
    Judged,
    Shares,
    Sort,
    check_of,
    in_words,
    judge,
)
from abmicro.stats.quality.bots import fit_negative_binomial, quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from abmicro.array_types import Integers
    from abmicro.counts import Histograms
    from abmicro.counts.histograms import Histogram
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.pattern_counts import PatternCounts


MUCH = 0.05  # a share of suspicious units that is worth a look even where the variants agree
MARKS: dict[str, Mark] = {"bots": "bots", "dwell": "dwell"}
BOT_SHARE = 0.999  # of people make no more events than the law of the control says

OVER_FIRING = Sort(
    name="over_firing",
    event="{units} with {goal} lack {other}, which the definition requires",
    none="Everybody with {goal} has {other}, as the definition requires.",
    much=MUCH,
    fixes={
        "warn": "A change in {goal} proves nothing until it is known what fires it without "
        '{other}. Judge when = "{goal_key} and {other_key}" instead, in every variant.'
    },
)
DOUBLE = Sort(
    name="double_firing",
    event="{units} with {goal} fired one twice within two seconds",
    none="Nobody fired {goal} twice within two seconds.",
    fixes={
        "warn": "Rates count everybody once and stand; counts and sums of {goal} do not. Mend the "
        "tag or set dedupe."
    },
)
ORDER = Sort(
    name="order",
    event="{units} with {goal} and {other} have {goal} first",
    none="Nobody has {goal} before {other}.",
    fixes={
        "warn": 'With order = "any" the rates stand; mend the clock or the queue of the tag before '
        "times are compared.",
        "fail": 'A strict order counts these {units} in one variant only; write order = "any", '
        "or mend the clock or the queue of the tag.",
    },
)
BOTS = Sort(
    name="bots",
    event="{units} with {goal} have more than {most} of them, as one in a thousand has",
    none="Nobody has more than {most} {goal}.",
    fixes={
        "warn": "Look at their user agents and filter them alike in every variant, or find out "
        "what "
        "in one variant draws or makes them."
    },
)
FAST = Sort(
    name="dwell",
    event="{units} with {goal} got there within a second of exposure",
    none="Nobody got to {goal} within a second of exposure.",
    fixes={
        "warn": "No person is that fast: bots, or a page that fires {goal} by itself. Filter them "
        "alike in every variant."
    },
)


def over_firing(experiment: Experiment, recorded: PatternCounts) -> Iterator[Finding]:
    """One finding per goal that requires another."""
    asked = [
        goal
        for goal in experiment.goals
        if goal.requires in recorded.goals and goal.name in recorded.goals
    ]
    if not asked:
        return
    reached = np.stack([recorded.goals[goal.name] for goal in asked], axis=-1)
    alone = reached & ~np.stack([recorded.goals[str(goal.requires)] for goal in asked], axis=-1)
    judged = judge(Shares(recorded.by_level @ alone, recorded.by_level @ reached))
    for at, goal in enumerate(asked):
        names = {"goal": goal.name, "other": str(goal.requires)}
        check = check_of(experiment, OVER_FIRING, judged, recorded.levels, at, **names)
        marks = judged.marks(at, OVER_FIRING.floor, None, "over_firing")
        mended: tuple[Mended, ...] = ()
        if check.status == "warn" and recorded.is_followed(goal.name):
            units = recorded.by_level[:, 0]
            after = recorded.without(goal.name, alone[:, at]).cells(goal.name, units)
            before = recorded.cells(goal.name, units)
            mended = tuple(without(experiment, "over_firing", goal.name, before, after))
        yield Finding(check, goal.name, marks, mended)


def fired_oddly(
    experiment: Experiment, recorded: PatternCounts, histograms: Histograms
) -> Iterator[Finding]:
    """Double firing, wrong order, bots by their number of events and by their haste.

    Over all units of a variant, since histograms know no segments: a fault of one device shows as
    the smaller share that it is of the variant.
    """
    known = [name for name in recorded.goals if name in histograms.goals]
    before = dict(zip(recorded.steps[1:], recorded.steps, strict=False))
    order = replace(ORDER, differs="fail") if experiment.funnel.order == "strict" else ORDER
    for sort, figure, goals in (
        (DOUBLE, "burst", known),
        (order, "early", [name for name in known if name in before]),
        (BOTS, "events", known),
        (FAST, "dwell", known),
    ):
        seen = {name: one for name in goals if (one := histograms.of(figure, name)).units.size}
        yield from _odd(experiment, recorded, sort, seen, before)


def fired_twice(histograms: Histograms | None, variants: slice = slice(None)) -> dict[str, float]:
    """Share of the units of each goal that fired one twice within two seconds, variants together.

    Goals that no unit reached are left out, as are all without histograms.
    """
    found: dict[str, float] = {}
    if histograms is None:
        return found
    for goal in histograms.goals:
        burst = histograms.of("burst", goal)
        units = burst.units[variants].sum(axis=0)
        if units.sum():
            found[goal] = float(units[burst.bins > 0].sum() / units.sum())
    return found


def _odd(
    experiment: Experiment,
    recorded: PatternCounts,
    sort: Sort,
    seen: Mapping[str, Histogram],
    before: Mapping[str, str],
) -> Iterator[Finding]:
    """Goals at which the variants clearly differ; one check that passes where they do at none."""
    if not seen:
        return
    most = {name: _most(sort, one) for name, one in seen.items()}
    names = [
        {"goal": name, "other": before.get(name, ""), "most": f"{most[name]:,.0f}"} for name in seen
    ]
    odd = {name: _beyond(one, most[name]) for name, one in seen.items()}
    some = np.stack([units for units, _ in odd.values()], axis=-1)[:, None]
    of = np.stack([one.units.sum(axis=1) for one in seen.values()], axis=-1)[:, None]
    judged = judge(Shares(some, of))
    clear = judged.differs(0).any(axis=(0, 1))
    for at in np.flatnonzero(clear).tolist():
        name = [*seen][at]
        mended: tuple[Mended, ...] = ()
        if sort.name in MARKS and recorded.is_followed(name):
            cells = recorded.cells(name, recorded.by_level[:, 0])
            after = _less(cells, seen[name], *odd[name])
            mended = tuple(without(experiment, sort.name, name, cells, after))
        check = check_of(experiment, sort, judged, (None,), at, **names[at])
        if not judged.differs(sort.floor)[:, :, at].any():
            small = _small(experiment, sort, judged, at, mended)
            check = replace(check, sentence=f"{check.sentence} {small}")
        marks = judged.marks(at, sort.floor, None, MARKS.get(sort.name))
        yield Finding(check, name, marks, mended)
    if not clear.any():
        share = (some / np.maximum(of, 1)).max(axis=(0, 1))
        largest = float(share.max())
        event = sort.event.format(**in_words(experiment, names[int(share.argmax())]))
        told = (
            f"No clear difference between the variants (smallest adjusted p "
            f"{formatting.p_equals(float(judged.p.min()))}); at most {formatting.rate(largest)} of "
            f"{event}."
        )
        yield Finding(Check(sort.name, "pass", largest, nan, told))


def _small(
    experiment: Experiment, sort: Sort, judged: Judged, at: int, mended: tuple[Mended, ...]
) -> str:
    """Clear differences below the floor, and what they do to the lift."""
    gap = judged.gap[:, 0, at]
    widest = float(gap[np.argmax(np.where(judged.differs(0)[:, 0, at], np.abs(gap), -1))])
    told = [
        f"The variants differ by {formatting.points(widest)}, less than the "
        f"{formatting.points(sort.floor).lstrip('+')} from which it is a warning."
    ]
    names = experiment.names
    told += [
        f"Without them the change in {names.goal(one.goal)} with {names.variant(one.variant)} is "
        f"{formatting.lift(one.mended)}, with them {formatting.lift(one.recorded)}."
        for one in mended
    ]
    return " ".join(told)


def _most(sort: Sort, events: Histogram) -> float:
    """So many events of a goal one control unit in a thousand exceeds, by a law fitted to them.

    Every unit that reached has one event; those beyond it follow a negative binomial law. 0 for
    sorts that are no bots.
    """
    if sort is not BOTS:
        return 0
    law = fit_negative_binomial(events.bins - 1, events.units[0])
    return float(1 + quantile(law, BOT_SHARE)) if events.units[0].any() else inf


def _beyond(one: Histogram, limit: float) -> tuple[Integers, Integers]:
    """Units in bins above a limit and those of them with the macro goal, per variant."""
    above = one.bins > limit
    return one.units[:, above].sum(axis=1), one.macro[:, above].sum(axis=1)


def _less(cells: Integers, one: Histogram, units: Integers, macro: Integers) -> Integers:
    """Joint cells without suspicious units, of which so many have the macro goal.

    Histograms also hold units that are still watched, so it is their shares that are taken off, to
    the next whole unit.
    """
    reached, macros = one.units.sum(axis=1), one.macro.sum(axis=1)
    part = np.stack([macro, units - macro], axis=-1)
    whole = np.stack([macros, reached - macros], axis=-1)
    kept = cells.copy()
    kept[:, :2] -= np.rint(cells[:, :2] * part / np.maximum(whole, 1)).astype(np.int64)
    return kept
