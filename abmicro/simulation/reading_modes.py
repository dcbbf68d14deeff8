"""The same tests read once, at planned looks, or every day until something shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from abmicro.analysis.monitoring.boundary import information_of
from abmicro.analysis.monitoring.path import at_look
from abmicro.analysis.verdict.many_tests import judge_tests
from abmicro.counts.many_tests import table_of_tests
from abmicro.experiment.monitoring import first_look_days, window_days
from abmicro.frozen import frozen
from abmicro.simulation.results import ReadingMode
from abmicro.simulation.trials import Told, batches, rng_of, share
from abmicro.simulation.world import PlantedLift, World
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import score_test
from abmicro.stats.sequential import critical_values
from abmicro.stats.verdict import BETTER, OPEN

if TYPE_CHECKING:
    from abmicro.array_types import Floats, Integers
    from abmicro.counts import JointCounts


FEWEST_DAYS = 14
WEEK = 7


@frozen(eq=False)
class LookedAt:
    """State of the primary goal at the look that settles it, units seen till then: (T,)."""

    state: Integers
    used: Floats


def reading_modes(world: World, runs: int, seed: int, told: Told) -> Iterator[ReadingMode]:
    """Fixed, weekly looks that share alpha, and peeking every day; none where days are few.

    world: whose blocks are days of entry. A look judges the units that entered up to it, their
    windows closed; the last look judges all.
    """
    if len(world.days) < FEWEST_DAYS:
        return
    mde = world.experiment.primary.mde or 0.1
    truths = (PlantedLift(0.0), PlantedLift(world.experiment.primary.sign * mde))
    kinds = {"fixed": _fixed, "group_sequential": _planned, "peeking": _peeking}
    found: dict[str, list[LookedAt]] = {name: [] for name in kinds}
    for truth in truths:
        rng = rng_of(seed + 1, truth)
        parts: dict[str, list[LookedAt]] = {name: [] for name in kinds}
        for size in batches(world, runs):
            table = world.planted(truth, size, rng)
            for name, read in kinds.items():
                parts[name].append(read(world, table))
            told(size)
        for name, several in parts.items():
            found[name].append(
                LookedAt(
                    np.concatenate([one.state for one in several]),
                    np.concatenate([one.used for one in several]),
                )
            )
    for name, (null, planted) in found.items():
        yield _mode(world, name, null, planted)


def _mode(world: World, name: str, null: LookedAt, planted: LookedAt) -> ReadingMode:
    runs, names = len(null.state), world.experiment.names
    false = share(int((null.state != OPEN).sum()), runs)
    found = share(int((planted.state == BETTER).sum()), runs)
    goal = names.goal(world.experiment.primary.name)
    looks = {"fixed": 1, "group_sequential": len(look_days(world)), "peeking": len(world.days)}
    how = {
        "fixed": "Read once, at the end",
        "group_sequential": f"Read at {looks[name]} planned looks that share alpha",
        "peeking": "Read every day, stopped when p first falls below alpha",
    }
    return ReadingMode(
        mode=name,
        looks=looks[name],
        false_claims=false,
        found=found,
        used=float(planted.used.mean()),
        sentence=f"{how[name]}: {100 * false.estimate:.1f}% of tests without any difference claim "
        f"one in {goal}.",
    )


def look_days(world: World) -> list[int]:
    """Positions of the last day of every look; the last day is one.

    As the definition plans them; one without looks is read every week.
    """
    last, settings = len(world.days) - 1, world.experiment.monitoring
    if settings.mode != "group_sequential":
        return sorted({*range(WEEK - 1, last, WEEK), last})
    if isinstance(settings.looks, tuple):
        wait = timedelta(days=window_days(world.experiment))
        asked = (day - wait for day in settings.looks)
        return sorted({*(world.days.index(day) for day in asked if day in world.days), last})
    step = WEEK if settings.looks == "weekly" else 1
    return sorted({*range(first_look_days(world.experiment) - 1, last, step), last})


def _fixed(world: World, table: JointCounts) -> LookedAt:
    tests, last = np.arange(table.units.shape[1]), len(world.days) - 1
    state = _state(world, table, last, world.experiment.analysis.alpha, tests)
    return LookedAt(state, np.ones(len(state)))


def _planned(world: World, table: JointCounts) -> LookedAt:
    """Every look at its own level, until the primary goal is settled."""
    looks = look_days(world)
    entered = np.cumsum(world.units.sum(axis=-1), axis=-1)[:2, looks]
    part = entered.sum(axis=0) / entered.sum(axis=0)[-1]
    treated = len(world.experiment.treated)
    settings, alpha = world.experiment.monitoring, world.experiment.analysis.alpha / treated
    z = critical_values(
        information_of(entered[:, None].astype(np.float64)),
        (np.array(looks) + 1) / len(world.days),
        alpha=alpha,
        spending=settings.spending,
    ).z[0]
    state = np.zeros(table.units.shape[1], dtype=np.int64)
    used = np.ones(len(state))
    for at, look in enumerate(looks):
        waiting = np.flatnonzero(state == OPEN)
        level = float(2 * ndtr(-z[at]) * treated)
        found = _state(world, table, look, level, waiting)
        new = waiting[found != OPEN]
        state[new], used[new] = found[found != OPEN], part[at]
    return LookedAt(state, used)


def _state(world: World, table: JointCounts, until: int, alpha: float, tests: Integers) -> Integers:
    """State of the primary goal in the first treated variant of some tests, up to a day."""
    units = table.units[:, tests, : until + 1].sum(axis=2)[:, :, None]
    like = world.like
    sums, products = (
        part[:, tests, : until + 1].sum(axis=2)[:, :, None].swapaxes(0, 1)
        for part in (table.sums, table.products)
    )
    many = table_of_tests(
        like.variants, like.goals, like.patterns, units.swapaxes(0, 1), measures=like.measures,
        sums=sums, products=products,
    )  # fmt: skip
    found = judge_tests(at_look(world.experiment, alpha), many)
    return np.asarray(found.goals[world.experiment.primary.name].state[0], dtype=np.int64)


def _peeking(world: World, table: JointCounts) -> LookedAt:
    """The plain test of two rates, every day anew."""
    units = np.cumsum(table.units[:2].sum(axis=-1), axis=-1)
    reached = np.cumsum(table.units[:2] @ world.micro, axis=-1)
    test = score_test(Binomial(reached[1], units[1]), Binomial(reached[0], units[0]))
    clear = np.asarray(test.p < world.experiment.analysis.alpha)
    first = np.where(clear.any(axis=-1), clear.argmax(axis=-1), clear.shape[-1] - 1)
    rows = np.arange(len(first))
    sign = world.experiment.primary.sign * np.sign(np.asarray(test.z)[rows, first])
    state = np.where(clear[rows, first], sign, OPEN)
    entered = np.cumsum(world.units.sum(axis=(0, 2)))
    return LookedAt(state.astype(np.int64), entered[first] / entered[-1])
