"""What each look says by itself: the analysis of its mature units at the level of the look.

A look is an ordinary analysis at an alpha of its own, so that test, interval, guardrail and label
come from the one method that the end uses.
"""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING, Literal

import numpy as np

from abmicro.analysis.carry_through.ruler import carry_through
from abmicro.analysis.goals.goal_results import all_goals
from abmicro.analysis.monitoring.boundary import LookBounds, information_of, look_bounds, rises
from abmicro.analysis.monitoring.evidence import FEWEST_OF_LABEL, scores, sets_of_looks
from abmicro.analysis.power.planned_tests import planned_tests
from abmicro.analysis.results import LookCarry, LookGoal, LookResult, Pair
from abmicro.experiment.ramp import phase_on
from abmicro.experiment.settings import LookSettings
from abmicro.frozen import frozen
from abmicro.stats.sequential import Kept, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.analysis.monitoring.schedule import Look
    from abmicro.analysis.results import CarryThrough, GoalResult
    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.daily_counts import DailyCounts
    from abmicro.marginals.marginals import Marginals


# Before the first look, and where it is too early, intervals reach as far as no look asks for.
NOT_YET = 2e-9

CROSSED: dict[int, Literal["up", "down"] | None] = {1: "up", 0: None, -1: "down"}


@frozen
class LookReading:
    """A look and what it says: rows over all units, findings of carry-through; none too early."""

    look: Look
    rows: tuple[GoalResult, ...]
    carry: tuple[CarryThrough, ...]


@frozen(eq=False)
class Path:
    """The readings of all looks and their bounds."""

    readings: tuple[LookReading, ...]
    bounds: LookBounds


def at_look(experiment: Experiment, alpha: float, levels: tuple[float, ...] = ()) -> Experiment:
    """The experiment as it is analysed at a look. levels: of hypotheses that share alpha."""
    chosen = dict(experiment.analysis) | {"alpha": alpha, "levels": levels}
    settings = LookSettings.model_construct(**chosen)
    return experiment.model_copy(update={"analysis": settings})


def judged_at(experiment: Experiment, bounds: LookBounds, at: int) -> Experiment:
    """The experiment at the levels of a look, from 0; beyond any where the look is too early."""
    return at_look(experiment, bounds.alpha_of_look(at) or NOT_YET, bounds.levels_at(at))


def find_path(
    experiment: Experiment, marginals: Marginals, looks: Sequence[Look], kept: Kept
) -> Path:
    """What every look says of the variants that it tells more of than any before.

    One that does so of no variant is none.
    """
    units = units_at_looks(experiment, marginals.daily, looks)
    new = np.flatnonzero(rises(information_of(units)).any(axis=0)).tolist()
    there = [looks[at] for at in new]
    bounds = look_bounds(experiment, there, units[..., new], kept)
    names = np.array([variant.name for variant in experiment.treated])
    readings = tuple(
        LookReading(look, (), ())
        if np.isinf(bounds.critical[at])
        else _reading(experiment, marginals, look, judged_at(experiment, bounds, at), {*names[up]})
        for at, (look, up) in enumerate(zip(there, bounds.rises.T, strict=True))
    )
    return Path(readings, bounds)


def units_at_looks(experiment: Experiment, found: DailyCounts, looks: Sequence[Look]) -> Floats:
    """Mature units of every variant in every phase of shares at every look: (V, N, K)."""
    daily, days = found.units, found.days
    phase = np.array([phase_on(day, experiment.ramp) for day in days], dtype=np.int64)
    entered = np.array([[day <= look.entry_day for look in looks] for day in days], dtype=float)
    within = [daily * (phase == at) for at in range(len(experiment.ramp) + 1)]
    return np.asarray(np.stack(within, axis=1) @ entered.reshape(len(days), len(looks)))


def _reading(
    experiment: Experiment, marginals: Marginals, look: Look, judged: Experiment, told: set[str]
) -> LookReading:
    """A look at the variants of which it tells more than any before. judged: at its levels."""
    mature = marginals.at_look(judged, look.entry_day)
    rows = all_goals(judged, mature)
    tests = planned_tests(experiment, mature.goal_totals, rows)
    carried = carry_through(judged, mature, (), tests, planned=experiment, believed=False)[0]
    return LookReading(
        look,
        tuple(row for row in rows if row.segment is None and row.variant in told),
        tuple(one for one in carried if one.variant in told),
    )


def score(row: GoalResult) -> float:
    """The score of a row, from its two-sided p-value; NaN where it has too few conversions."""
    reached = nan if row.reached is None else row.reached.control + row.reached.treated
    return float(scores(row.p_value, row.difference.estimate, reached))


def looks_of(path: Path) -> tuple[LookResult, ...]:
    """The looks as they are recorded, each with the labels that stand after it."""
    settled = settled_labels(path)
    return tuple(
        LookResult(
            look=reading.look.number,
            day=reading.look.day,
            entry_day=reading.look.entry_day,
            units=_pair(reading),
            information=float(path.bounds.information[:, at].min()),
            clock=reading.look.clock,
            critical=float(path.bounds.critical[at]),
            level=float(path.bounds.level[at]),
            alpha_spent=float(path.bounds.spent[at]),
            goals=tuple(_look_goal(row, path.bounds.alpha_of_look(at)) for row in reading.rows),
            carry=settled[at],
        )
        for at, reading in enumerate(path.readings)
    )


def _pair(reading: LookReading) -> Pair:
    """Units of the control and of all treated variants together."""
    units = {row.variant: row.units for row in reading.rows}
    if not units:
        return Pair(nan, nan)
    first = next(iter(units.values()))
    return Pair(first.control, sum(pair.treated for pair in units.values()))


def _look_goal(row: GoalResult, alpha: float) -> LookGoal:
    z = score(row)
    moved = 0 if isnan(z) else row.moved(alpha)
    return LookGoal(row.goal, row.variant, z, row.lift, CROSSED[moved])


def settled_labels(path: Path) -> tuple[tuple[LookCarry, ...], ...]:
    """For every look its labels, and those that stand after it."""
    pairs = {
        (one.variant, one.micro, one.macro): one
        for reading in path.readings
        for one in reading.carry
    }
    by_pair = [_of_pair(path, key) for key in pairs]
    return tuple(
        tuple(labels[at] for labels in by_pair if labels) for at in range(len(path.readings))
    )


def _of_pair(path: Path, key: tuple[str, str, str]) -> tuple[LookCarry, ...]:
    """The labels of one pair at every look."""
    found = [_look_of_pair(reading, key) for reading in path.readings]
    label, low, high, bounded, moved, few = (np.array(each) for each in zip(*found, strict=True))
    sets = sets_of_looks(label, low, high, bounded=bounded, moved=moved, few=few)
    threshold = next(
        (one.threshold for reading in path.readings for one in reading.carry if _key(one) == key),
        0.5,
    )
    stands = settle(*sets[:4], threshold=threshold, macro=sets.macro)
    rows = zip(*sets[:3], stands.label, strict=True)
    return tuple(
        LookCarry(*key, str(label), float(least), float(most), str(settled))
        for label, least, most, settled in rows
    )


def _key(one: CarryThrough) -> tuple[str, str, str]:
    return one.variant, one.micro, one.macro


def _look_of_pair(
    reading: LookReading, key: tuple[str, str, str]
) -> tuple[str, float, float, bool, int, bool]:
    """Label, set, whether it is an interval, way of the macro goal, whether few reached it."""
    one = next((one for one in reading.carry if _key(one) == key), None)
    rows = {row.goal: row for row in reading.rows if row.variant == key[0]}
    macro = rows.get(key[2])
    if one is None or macro is None:
        return "too_early", nan, nan, False, 0, True
    share, reached = one.pass_through, macro.reached
    few = reached is not None and min(reached.control, reached.treated) < FEWEST_OF_LABEL
    return one.label, share.low, share.high, share.kind == "interval", one.macro_moved, few
