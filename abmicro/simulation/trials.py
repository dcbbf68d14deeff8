"""Simulated tests through the stages of `analyze`, and what is counted of their verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng  # whole: it swallows Ctrl-C

from abmicro.analysis.results import Interval
from abmicro.analysis.verdict.many_tests import JudgedTests, judge_tests
from abmicro.simulation.results import Shuffled, ShuffledGoal, SimulatedTruth
from abmicro.simulation.world import PlantedLift, World
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import clopper_pearson
from abmicro.stats.verdict import BETTER, OPEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.array_types import Bools


Told = Callable[[int], None]
"""Is told how many runs are done."""

BYTES = 200_000_000  # most that one batch may take, drawn and judged
PER_CELL = 360  # bytes that judging takes per number drawn, measured
BINS = 20
BAND = 2.576  # normal quantile of 99 %
LEVEL = 0.95
LOST = "gain_lost"


@dataclass(slots=True)
class Tally:
    """Counts over the runs of one truth, added up batch by batch."""

    runs: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    ruled_out: int = 0
    both: int = 0
    below: Counter[str] = field(default_factory=Counter)
    claimed: Counter[str] = field(default_factory=Counter)
    bins: dict[str, NDArray[np.int64]] = field(default_factory=dict)


def batches(world: World, runs: int) -> Iterator[int]:
    """Sizes of batches that stay within the memory allowed."""
    measures = len(world.like.measures)
    numbers = world.units.size * (1 + measures + measures**2)
    most = max(1, BYTES // (numbers * PER_CELL))
    for done in range(0, runs, most):
        yield min(most, runs - done)


def rng_of(seed: int, truth: PlantedLift | None) -> Generator:
    """A generator of its own for every truth, so that another truth changes no figure of it."""
    if truth is None:
        return default_rng(SeedSequence(seed, spawn_key=(0,)))
    names = (truth.micro_lift, truth.pass_through, truth.times)
    key = (1, *(round(1e6 * value) % 2**32 for value in names))
    return default_rng(SeedSequence(seed, spawn_key=key))


def share(count: int, runs: int) -> Interval:
    """A share of runs with its Clopper-Pearson interval."""
    found = clopper_pearson(Binomial(count, runs), level=LEVEL)
    return Interval(count / runs, float(found.low), float(found.high), LEVEL)


def shuffled(world: World, runs: int, seed: int, told: Told) -> Shuffled:
    """Tests in which nothing differs."""
    rng, tally = rng_of(seed, None), Tally()
    for size in batches(world, runs):
        _count_null(world, tally, judge_tests(world.experiment, world.shuffled(size, rng)))
        told(size)
    low = 1 / BINS - BAND * np.sqrt((1 - 1 / BINS) / BINS / runs)
    goals = tuple(
        ShuffledGoal(
            goal=name,
            below_alpha=share(tally.below[name], runs),
            claimed=share(tally.claimed[name], runs),
            bins=tuple((bins / max(bins.sum(), 1)).tolist()),
            low=max(float(low), 0.0),
            high=float(2 / BINS - low),
        )
        for name, bins in tally.bins.items()
    )
    how = "dealt out anew" if world.can_shuffle else "drawn anew from the rates of all"
    return Shuffled(
        runs=runs,
        how=how,
        goals=goals,
        both=share(tally.both, runs),
        labels=_shares(tally.labels, runs),
        decisions=_shares(tally.decisions, runs),
        sentence=_sentence(world, tally, runs),
    )


def _sentence(world: World, tally: Tally, runs: int) -> str:
    names, primary = world.experiment.names, world.experiment.primary.name
    claimed = f"{100 * tally.claimed[primary] / runs:.1f}%"
    told = f"In {runs:,} shuffles of {world.source} {claimed} called a winner or loser in "
    told += names.goal(primary)
    ships = world.ships
    if ships is None:
        return f"{told}."
    return f"{told}, {100 * tally.both / runs:.1f}% said {names.goal(ships.name)} rose with them."


def _count(world: World, tally: Tally, found: JudgedTests) -> None:
    """Decisions and labels of the first treated variant."""
    tally.runs += found.decision.shape[1]
    tally.decisions.update(found.decision[0].tolist())
    ships = world.ships
    pair = None if ships is None else found.pairs.get((world.experiment.primary.name, ships.name))
    if pair is not None:
        tally.labels.update(pair.label[0].tolist())


def _count_null(world: World, tally: Tally, found: JudgedTests) -> None:
    _count(world, tally, found)
    alpha = world.experiment.analysis.alpha
    for name, goal in found.goals.items():
        tally.below[name] += int((goal.p_value < alpha).any(axis=0).sum())
        tally.claimed[name] += int((goal.state != OPEN).any(axis=0).sum())
        bins, _ = np.histogram(goal.p_value[0], bins=BINS, range=(0, 1))
        tally.bins[name] = tally.bins.get(name, np.zeros(BINS, dtype=np.int64)) + bins
    ships = world.ships
    if ships is not None:
        states = found.goals[world.experiment.primary.name].state, found.goals[ships.name].state
        tally.both += int(((states[0] == BETTER) & (states[1] == BETTER)).any(axis=0).sum())


def truth_of(world: World, truth: PlantedLift, runs: int, seed: int, told: Told) -> SimulatedTruth:
    """Tests with a planted lift, and how often their decisions contradict it."""
    rng, tally = rng_of(seed, truth), Tally()
    before = world.share
    after = world.moved(before, truth)
    paid = world.micro if world.macro is None else world.macro
    gain = float((after - before) @ paid)
    for size in batches(world, runs):
        found = judge_tests(world.experiment, world.planted(truth, size, rng))
        _count(world, tally, found)
        tally.wrong += int(_wrong(world, truth, gain, found).sum())
        tally.ruled_out += int(_ruled_out(world, truth, found).sum())
        told(size)
    shipped = tally.decisions["ship"] / runs
    return SimulatedTruth(
        micro_lift=truth.micro_lift,
        pass_through=truth.pass_through,
        macro_lift=gain / float(before @ paid) if before @ paid else float("nan"),
        units=round(int(world.units.sum()) * truth.times),
        times=truth.times,
        runs=runs,
        labels=_shares(tally.labels, runs),
        decisions=_shares(tally.decisions, runs),
        wrong_claims=share(tally.wrong, runs),
        wrongly_ruled_out=share(tally.ruled_out, runs),
        orders_per_1000=1000 * shipped * gain,
        regret=1000 * (max(gain, 0.0) - shipped * gain),
    )


def _wrong(world: World, truth: PlantedLift, gain: float, found: JudgedTests) -> Bools:
    """Runs that ship the first treated variant without a gain, or see harm where there is none."""
    decision, reason = found.decision[0], found.reason[0]
    up, ships = world.experiment.primary.sign * truth.micro_lift, world.ships
    must_follow = ships is not None and world.experiment.decision.require == "macro_up"
    follows = 0.0 if ships is None else ships.sign * gain
    gained = up > 0 and (not must_follow or follows > 0)
    harmed = up < 0 or follows < 0
    wrong = (decision == "ship") & (not gained)
    return np.asarray(wrong | ((decision == "keep_control") & (reason != LOST) & (not harmed)))


def _ruled_out(world: World, truth: PlantedLift, found: JudgedTests) -> Bools:
    """Runs that rule out a lift worth finding, or call a gain lost all of which arrived."""
    primary = world.experiment.primary
    worth = primary.mde is not None and abs(truth.micro_lift) >= primary.mde
    arrived = truth.pass_through >= 1 and primary.sign * truth.micro_lift > 0
    absent = np.isin(found.decision[0], ("too_small", "no_detectable_difference"))
    return np.asarray((absent & worth) | ((found.reason[0] == LOST) & arrived))


def _shares(counts: Counter[str], runs: int) -> Mapping[str, float]:
    return {name: count / runs for name, count in counts.most_common()}
