"""Units of all variants together by level of a segment and day of entry, with what they reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.frozen import frozen
from abmicro.marginals.funnel_counts import funnel_counts, why_no_funnel
from abmicro.marginals.goal_totals import patterns_reaching
from abmicro.marginals.segment_levels import Level

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from abmicro.array_types import Bools, Floats, Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment


MOST_LEVELS = 20
OTHER = "other"
COMMON = 0.95  # a goal that more units reach than this tells of no interest


@frozen(eq=False)
class TrafficCounts:
    """Units of all variants together, of L levels, on D days of entry.

    levels: the first, None, is all units; of each segment the `MOST_LEVELS` largest, then `other`.
    days: in order, (None,) without a clock. units: (L, D).
    goals: G rates; reached: (L, D, G). steps: the K steps of the funnel, none where there is no
    funnel; passed: (L, D, K) units with that step or a later one; lacking: (L, D, K - 1) units with
    the last step and no record of one before it.
    engaging: micro goals that tell of interest; macro: the goal that pays, None without one.
    engaged, shallow: units with any engaging goal, and with no goal at all but those of nearly
    everybody; ordered: with the macro goal; both: engaged and ordered; each (L, D).
    values: M value goals; totals, squares: (L, M).
    """

    levels: tuple[Level | None, ...]
    days: tuple[date | None, ...]
    units: Floats
    goals: tuple[str, ...]
    reached: Floats
    steps: tuple[str, ...]
    passed: Floats
    lacking: Floats
    engaging: tuple[str, ...]
    macro: str | None
    engaged: Floats
    shallow: Floats
    ordered: Floats
    both: Floats
    values: tuple[str, ...]
    totals: Floats
    squares: Floats


def traffic_counts(experiment: Experiment, counts: JointCounts) -> TrafficCounts:
    """Add up the joint table of an experiment over its variants."""
    levels, place = _levels(counts)
    by_pattern = _by_level(counts.units.sum(axis=0), place, len(levels))
    units = by_pattern.sum(axis=-1)
    rates = [goal.name for goal in experiment.compared if goal.is_rate]
    masks = {
        name: patterns_reaching(experiment, name, counts)
        for name in rates
        if name not in counts.apart.names
    }
    told = _telling(by_pattern, masks)
    engaging = [name for name in told if experiment.goal(name).is_micro]
    macro = _macro(experiment, masks)
    steps, passed = _funnel(experiment, counts)
    with_macro = _any(counts, masks, filter(None, [macro]))
    with_micro = _any(counts, masks, engaging)
    reached = {name: by_pattern @ mask for name, mask in masks.items()}
    for name in {*rates} - {*masks}:
        reached[name] = _by_level(counts.reached(name).sum(axis=0), place, len(levels))
    values = [goal.name for goal in experiment.compared if goal.is_value and not goal.is_ratio]
    moments = [counts.moments(name) for name in values]
    return TrafficCounts(
        levels=levels,
        days=counts.periods,
        units=units,
        goals=tuple(rates),
        reached=_stacked([reached[name] for name in rates], units),
        steps=steps,
        passed=by_pattern @ passed.T,
        lacking=_lacking(by_pattern, masks, steps),
        engaging=tuple(engaging),
        macro=macro,
        engaged=by_pattern @ with_micro,
        shallow=units - by_pattern @ _any(counts, masks, told),
        ordered=by_pattern @ with_macro,
        both=by_pattern @ (with_micro & with_macro),
        values=tuple(values),
        totals=_amounts((total for _, total, _ in moments), place, len(levels)),
        squares=_amounts((square for *_, square in moments), place, len(levels)),
    )


def _funnel(experiment: Experiment, counts: JointCounts) -> tuple[tuple[str, ...], Bools]:
    """The steps of the funnel and the patterns that passed each: none where there is no funnel."""
    if why_no_funnel(experiment, counts):
        return (), np.zeros((0, len(counts.patterns)), dtype=bool)
    found = funnel_counts(experiment, counts)
    return found.steps, found.passed


def _lacking(by_pattern: Floats, masks: Mapping[str, Bools], steps: Sequence[str]) -> Floats:
    """Units with the last step and no record of each one before it."""
    if not steps:
        return np.zeros((*by_pattern.shape[:2], 0))
    return np.stack(
        [by_pattern @ (masks[steps[-1]] & ~masks[step]) for step in steps[:-1]], axis=-1
    )


def _macro(experiment: Experiment, joint: Container[str]) -> str | None:
    """The goal at the end of the funnel, else the first macro rate, of which the joint is known."""
    wanted = [*experiment.funnel.steps[-1:], *(goal.name for goal in experiment.macros)]
    return next((name for name in wanted if name in joint), None)


def _telling(by_pattern: Floats, masks: Mapping[str, Bools]) -> list[str]:
    """Goals that not nearly everybody comes to."""
    of_all = by_pattern[0].sum(axis=0)
    whole = max(of_all.sum(), 1.0)
    return [name for name, mask in masks.items() if float(of_all @ mask) / whole <= COMMON]


def _any(counts: JointCounts, masks: Mapping[str, Bools], goals: Iterable[str]) -> Bools:
    """The patterns in which one of the goals is reached."""
    none = np.zeros(len(counts.patterns), dtype=bool)
    return np.asarray(np.logical_or.reduce([none, *(masks[goal] for goal in goals)]))


def _levels(counts: JointCounts) -> tuple[tuple[Level | None, ...], Integers]:
    """All units and the levels of every segment, with the place of every cell: (segments, S)."""
    levels: list[Level | None] = [None]
    places = np.zeros((len(counts.segment_names), len(counts.segments)), dtype=np.int64)
    units = counts.units.sum(axis=(0, 2, 3))
    for at, name in enumerate(counts.segment_names):
        known = [cell[at] for cell in counts.segments]
        distinct, code = np.unique(np.array(known, dtype=object).astype(str), return_inverse=True)
        sizes = np.bincount(code, weights=units, minlength=len(distinct))
        order = [one for one in np.argsort(-sizes, kind="stable") if distinct[one] != OTHER]
        kept = order[:MOST_LEVELS]
        place = np.full(len(distinct), len(levels) + len(kept))
        place[kept] = len(levels) + np.arange(len(kept))
        levels += [Level(name, str(distinct[one])) for one in kept]
        if len(kept) < len(distinct):
            levels.append(Level(name, OTHER))
        places[at] = place[code]
    return tuple(levels), places


def _by_level(by_cell: NDArray[np.generic], places: Integers, levels: int) -> Floats:
    """Sums over the cells of each level, the first all of them: (S, ...) to (L, ...)."""
    numbers = np.asarray(by_cell, dtype=np.float64)
    found = np.zeros((levels, *numbers.shape[1:]))
    found[0] = numbers.sum(axis=0)
    for place in places:
        np.add.at(found, place, numbers)
    return found


def _stacked(columns: Sequence[Floats], units: Floats) -> Floats:
    return np.stack(columns, axis=-1) if columns else np.zeros((*units.shape, 0))


def _amounts(by_cell: Iterable[Floats], places: Integers, levels: int) -> Floats:
    """Totals of values by level, (V, S, P) each to (L, M)."""
    summed = [_by_level(each.sum(axis=(0, 2)), places, levels) for each in by_cell]
    return np.stack(summed, axis=-1) if summed else np.zeros((levels, 0))
