"""Micro changes with the mirror image that a tag leaves: in one level of a segment, or in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check
from abmicro.analysis.trust.instrumentation.finding import ALPHA, EVENTS_FLOOR, Finding, nothing_yet
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.quality.lost_tag import looks_lost, one_level, step_lifts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.results import Level
    from abmicro.array_types import Integers
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.pattern_counts import PatternCounts


MIRROR_FIX = (
    "Compare the recorded {goal} with a second source (server log, back office) in both variants; "
    "a tag that stopped or began to fire there looks just like this."
)


def tags(experiment: Experiment, recorded: PatternCounts) -> Iterator[Finding]:
    """Milestones that moved as a faulty tag would move them; one check that passes without any."""
    if not recorded.steps:
        return
    if not recorded.by_level.any():
        yield Finding(nothing_yet("tags", "nobody is judged"))
        return
    variants = _arms(recorded)
    found = [
        *_lost(experiment, recorded, variants[:, 0]),
        *_odd_levels(experiment, recorded, variants),
    ]
    yield from found
    if not found:
        told = "None seen: no step moved the way a lost tag would move it."
        yield Finding(Check("tags", "pass", 0, 0, told))


def _arms(recorded: PatternCounts) -> Integers:
    """Units, closed milestone and macro of every variant, level and milestone: (V, L, G, 3)."""
    units = recorded.by_level.sum(axis=-1)
    macro = recorded.by_level @ recorded.goals[recorded.steps[-1]]
    micro = recorded.by_level @ np.stack(
        [recorded.closed(name) for name in recorded.milestones], axis=-1
    )
    columns = np.broadcast_arrays(units[..., None], micro, macro[..., None])
    return np.stack(columns, axis=-1)


def _lost(experiment: Experiment, recorded: PatternCounts, variants: Integers) -> Iterator[Finding]:
    tests = len(experiment.treated) * len(recorded.milestones)
    treated, control = NestedCounts(variants[1:]), NestedCounts(variants[:1])
    suspected = looks_lost(treated, control, level=1 - ALPHA / tests)
    if not suspected.any():
        return
    micro = np.expm1(step_lifts(treated, control).micro[0])
    for arm, at in np.argwhere(suspected & (micro < -EVENTS_FLOOR)).tolist():
        name, words = recorded.milestones[at], experiment.names
        lift = float(micro[arm, at])
        micros, macros = words.goal(name), words.goal(recorded.steps[-1])
        sentence = (
            f"{words.variant(experiment.treated[arm].name)}: {micros} changed by "
            f"{formatting.percent(lift)}, {macros} per 100 {micros} rose to match, and {macros} "
            "show no clear change: the mirror image that a lost tag leaves."
        )
        fix = MIRROR_FIX.format(goal=micros)
        check = Check(f"lost_tag.{name}", "warn", lift, -EVENTS_FLOOR, sentence, fix)
        yield Finding(check, name, ((arm, "lost_tag"),))


def _odd_levels(
    experiment: Experiment, recorded: PatternCounts, variants: Integers
) -> Iterator[Finding]:
    segments = [*recorded.segments.values()]
    if not segments:
        return
    by_goal = [np.moveaxis(variants[:, places], 1, 2) for places in segments]
    found = [
        one_level(NestedCounts(levels[1:]), NestedCounts(levels[:1]), alpha=ALPHA)
        for levels in by_goal
    ]
    p = np.stack([np.maximum(one.micro.p, one.quality.p) for one in found])
    adjusted = np.nan_to_num(stepwise.holm(p.ravel()).reshape(p.shape), nan=1.0)
    suspected = np.stack([one.suspected for one in found]) & (adjusted < ALPHA)
    for segment, variant, goal in np.argwhere(suspected).tolist():
        place = segments[segment][int(found[segment].level[variant, goal])]
        lift = step_lifts(
            NestedCounts(variants[variant + 1, place, goal]), NestedCounts(variants[0, place, goal])
        ).micro[0]
        p_here, name = float(adjusted[segment, variant, goal]), recorded.milestones[goal]
        words = experiment.names
        micros, macros = words.goal(name), words.goal(recorded.steps[-1])
        sentence = (
            f"{words.variant(experiment.treated[variant].name)}: {micros} changed by "
            f"{formatting.percent(float(np.expm1(lift)))} {_only(recorded.levels[place])}, with "
            f"the opposite change of {macros} per 100 {micros} and no clear one of {macros} "
            f"(adjusted p {formatting.p_equals(p_here)})."
        )
        fix = MIRROR_FIX.format(goal=micros)
        yield Finding(Check(f"one_level.{name}", "warn", p_here, ALPHA, sentence, fix), name)


def _only(level: Level | None) -> str:
    return "" if level is None else f"only where {level.segment} is {level.level}"
