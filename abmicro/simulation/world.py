"""One's own traffic as a world from which tests are drawn: shuffled, or with a planted lift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.counts import JointCounts, leave_out
from abmicro.counts.many_tests import table_of_tests
from abmicro.design.families import macro_that_ships
from abmicro.errors import CountsError, Problem
from abmicro.experiment.model import Variant
from abmicro.experiment.ramp import phase_on
from abmicro.frozen import frozen
from abmicro.marginals.funnel_counts import funnel_counts, why_no_funnel
from abmicro.marginals.goal_totals import patterns_reaching
from abmicro.stats.foundations.resampling import MOST_UNITS, permuted_counts

if TYPE_CHECKING:
    from datetime import date

    from abmicro.array_types import Bools, Floats, Integers
    from abmicro.experiment.model import Experiment, Goal


MADE = ("control", "variant")
SMALLEST = -1e-12  # what rounding may leave below nothing


@frozen
class PlantedLift:
    """A truth: lift of the primary goal, pass-through to the macro goal, units as a multiple."""

    micro_lift: float = 0.0
    pass_through: float = 1.0
    times: float = 1.0


@frozen(eq=False)
class World:
    """Units (V, P, K) of V variants in P blocks by pattern of goals, and what they are.

    days: one of each block where blocks are days or phases of a ramp, else none. like: the table
    they come from, whose labels simulated tests bear. sums, products: mean of values and of their
    products per unit of a pattern, (K, M) and (K, M, M).
    micro, macro: patterns with the primary goal, and with the goal that ships; None without one.
    left_out: goals whose joint with the others is not known. source: whose units these are.
    """

    experiment: Experiment
    like: JointCounts
    days: tuple[date, ...]
    units: Integers
    sums: Floats
    products: Floats
    micro: Bools
    macro: Bools | None
    left_out: tuple[str, ...]
    source: str = "your own data"

    @property
    def ships(self) -> Goal | None:
        """The macro goal that must follow, None where the primary goal is the only one."""
        return macro_that_ships(self.experiment)

    @property
    def cells(self) -> Floats:
        """Share of each pattern in each block, all variants together: (P, K)."""
        pooled = self.units.sum(axis=0)
        return np.asarray(pooled / np.maximum(pooled.sum(axis=-1, keepdims=True), 1))

    @property
    def share(self) -> Floats:
        """Share of each pattern over all blocks, (K,)."""
        return np.asarray(self.units.sum(axis=(0, 1)) / self.units.sum())

    @property
    def can_shuffle(self) -> bool:
        """Whether the units are few enough to be dealt out anew."""
        return int(self.units.sum()) < MOST_UNITS

    def shuffled(self, runs: int, rng: np.random.Generator) -> JointCounts:
        """Tests in which the same units are dealt out to the variants anew, block by block."""
        if not self.can_shuffle:
            return self.planted(PlantedLift(), runs, rng)
        by_block = self.units.swapaxes(0, 1)
        dealt = permuted_counts(by_block, rng=rng, draws=runs).astype(np.int64)
        return self._table(dealt.swapaxes(1, 2), rng)

    def planted(self, truth: PlantedLift, runs: int, rng: np.random.Generator) -> JointCounts:
        """Tests with the lift in the first treated variant; units of the others are as the pool."""
        size = np.rint(self.units.sum(axis=-1) * truth.times).astype(np.int64)
        cells = [self.cells] * len(size)
        cells[1] = np.stack([self.moved(block, truth) for block in self.cells])
        drawn = [
            np.stack(
                [rng.multinomial(*block, size=runs) for block in zip(*arm, strict=True)], axis=1
            )
            for arm in zip(size, cells, strict=True)
        ]
        return self._table(np.stack(drawn, axis=1), rng)

    def moved(self, cells: Floats, truth: PlantedLift) -> Floats:
        """Shares of patterns once units without the micro goal have come to it.

        They land where units with the goal are, to the part that passes through, and else so that
        as many of them have the macro goal as had it before.

        Raises CountsError where there are not so many units to be moved.
        """
        with_micro = cells * self.micro
        without = cells - with_micro
        mass, rest = with_micro.sum(), without.sum()
        amount = truth.micro_lift * mass
        if not amount:
            return cells
        if amount > rest or not rest:
            raise self._too_much(truth, float(mass))
        usual = with_micro / mass
        lands = usual
        if self.macro is not None:
            as_before = _as_before(usual, self.macro, float((without * self.macro).sum() / rest))
            lands = truth.pass_through * usual + (1 - truth.pass_through) * as_before
        found = cells + amount * (lands - without / rest)
        if found.min() < SMALLEST:
            raise self._too_much(truth, float(mass))
        found = np.maximum(found, 0.0)
        return np.asarray(found / found.sum())

    def _too_much(self, truth: PlantedLift, mass: float) -> CountsError:
        lift = formatting.percent(truth.micro_lift)
        what = f"{lift} of {formatting.rate(mass)} cannot be: there are not so many units to move"
        hint = "plant a smaller lift"
        return CountsError(Problem("lifts", what, "E094", hint))

    def _table(self, units: Integers, rng: np.random.Generator) -> JointCounts:
        """The tests as one table; amounts are normal about the mean of their pattern."""
        sums = products = None
        if self.like.measures:
            noise = self.products - self.sums[..., None] * self.sums[..., None, :]
            root = _root(noise)
            drawn = rng.standard_normal((*units.shape, len(self.like.measures)))
            spread = np.sqrt(units)[..., None] * np.einsum("kij,...kj->...ki", root, drawn)
            sums = units[..., None] * self.sums + spread
            products = _products(units[..., None, None], sums, noise)
        table = table_of_tests(
            self.like.variants,
            self.like.goals,
            self.like.patterns,
            units,
            measures=self.like.measures,
            sums=sums,
            products=products,
            days=self.days,
        )
        return replace(table, caps=self.like.caps) if self.like.caps else table


def _as_before(usual: Floats, macro: Bools, rate: float) -> Floats:
    """Shares of patterns with the goal of which so many have the macro goal."""
    paid, unpaid = usual * macro, usual * ~macro
    if not paid.sum() or not unpaid.sum():
        return usual
    return np.asarray(rate * paid / paid.sum() + (1 - rate) * unpaid / unpaid.sum())


def _products(units: Integers, sums: Floats, noise: Floats) -> Floats:
    """Sums of products that drawn sums can have: the noise within a pattern beside their own.

    As many as the products of the pattern say on average, and never below those of equal values.
    """
    own = sums[..., None] * sums[..., None, :] / np.maximum(units, 1)
    return np.asarray(np.maximum(units - 1, 0) * noise + own)


def _root(covariance: Floats) -> Floats:
    """A square root of each covariance (K, M, M), of which rounding may leave a little below 0."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :])


def world_of_counts(experiment: Experiment, counts: JointCounts, *, by_day: bool = False) -> World:
    """The world of a joint table, all variants pooled.

    by_day: whether every day of entry is a block of its own; else the phases of a ramp are.

    Raises CountsError where the table has no unit, or does not say who reached the primary goal.
    """
    rule = experiment.exposure.exclude
    if rule is not None and rule.label in counts.goals:
        counts = leave_out(counts, rule.label)
    experiment, left_out = _simulated(experiment, counts)
    units = counts.units.sum(axis=1)
    if not units.sum():
        what, hint = "there is no unit to make tests of", "give --units, or counts with units"
        raise CountsError(Problem("counts", what, "E095", hint))
    experiment, units = _two_variants(experiment, units)
    units, days = _blocks(experiment, counts, units, by_day=by_day)
    each = np.maximum(counts.units.sum(axis=(0, 1, 2)), 1)
    micro = _patterns(experiment, counts, experiment.primary)
    ships = macro_that_ships(experiment)
    names = tuple(variant.name for variant in experiment.variants)
    return World(
        experiment=experiment,
        like=_like(counts, names),
        days=days,
        units=units,
        sums=counts.sums.sum(axis=(0, 1, 2)) / each[:, None],
        products=counts.products.sum(axis=(0, 1, 2)) / each[:, None, None],
        micro=micro,
        macro=None if ships is None else _patterns(experiment, counts, ships),
        left_out=left_out,
    )


def _simulated(experiment: Experiment, counts: JointCounts) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment without goals that the table knows by their totals alone."""
    apart = tuple(goal.name for goal in experiment.goals if goal.name in counts.apart.names)
    if experiment.primary.name in apart or not experiment.primary.is_rate:
        what = (
            f"tests are made of rates whose joint with others is known; {experiment.primary.name}"
        )
        hint = "make a rate primary, and collect it from events or units"
        raise CountsError(Problem("goals", f"{what} is none", "E095", hint))
    goals = tuple(goal for goal in experiment.goals if goal.name not in apart)
    steps = tuple(step for step in experiment.funnel.steps if step not in apart)
    funnel = experiment.funnel.model_copy(update={"steps": steps if len(steps) > 1 else ()})
    return experiment.model_copy(update={"goals": goals, "funnel": funnel}), apart


def _two_variants(experiment: Experiment, units: Integers) -> tuple[Experiment, Integers]:
    """Traffic without a test as two variants of half the units each."""
    if len(experiment.variants) > 1:
        return experiment, units
    variants = tuple(Variant(name=name, share=0.5) for name in MADE)
    half = units // 2
    return experiment.model_copy(update={"variants": variants}), np.concatenate(
        [units - half, half]
    )


def _blocks(
    experiment: Experiment, counts: JointCounts, units: Integers, *, by_day: bool
) -> tuple[Integers, tuple[date, ...]]:
    """Units by block, (V, P, K), and a day of each; one block where variants are pooled."""
    dated = [(day, at) for at, day in enumerate(counts.periods) if day is not None]
    if by_day:
        kept = [(day, at) for day, at in sorted(dated) if units[:, at].any()]
        return units[:, [at for _, at in kept]], tuple(day for day, _ in kept)
    groups: dict[int, list[int]] = {}
    first: dict[int, date] = {}
    for day, at in sorted(dated) if experiment.ramp else ():
        phase = phase_on(day, experiment.ramp)
        groups.setdefault(phase, []).append(at)
        first.setdefault(phase, day)
    if len(groups) < 2:
        return units.sum(axis=1, keepdims=True), ()
    blocks = [units[:, places].sum(axis=1) for places in groups.values()]
    return np.stack(blocks, axis=1), tuple(first.values())


def _patterns(experiment: Experiment, counts: JointCounts, goal: Goal) -> Bools:
    """Patterns that have passed a goal: of a step of the funnel also those with a later one."""
    if goal.name in experiment.funnel.steps and not why_no_funnel(experiment, counts):
        funnel = funnel_counts(experiment, counts)
        return np.asarray(funnel.passed[funnel.steps.index(goal.name)])
    return np.asarray(patterns_reaching(experiment, goal.name, counts))


def _like(counts: JointCounts, variants: tuple[str, ...]) -> JointCounts:
    """A table of labels: what simulated tests are called."""
    one = counts.units[:1, :1, :1] * 0
    shape = (len(variants), 1, 1)
    empty = np.broadcast_to(one, (*shape, one.shape[-1]))
    return replace(
        counts,
        variants=variants,
        segment_names=(),
        segments=((),),
        periods=(None,),
        units=empty,
        rows=empty,
        sums=np.zeros((*empty.shape, len(counts.measures))),
        products=np.zeros((*empty.shape, len(counts.measures), len(counts.measures))),
        apart=replace(
            counts.apart, names=(), sums=np.zeros((*shape, 0)), squares=np.zeros((*shape, 0))
        ),
        left_out=(),
    )


def world_of_rates(experiment: Experiment, rates: Mapping[str, float], units: float) -> World:
    """The world of a path of nested goals, of rates that are known and so many units in all."""
    names = [name for name in experiment.funnel.steps if name in rates] or [*rates]
    shares = [rates[name] for name in names]
    if any(later > earlier for earlier, later in zip([1.0, *shares], shares, strict=False)):
        what = "rates of a path fall from step to step"
        hint = "give the micro goal the larger rate"
        raise CountsError(Problem("baseline", what, "E095", hint))
    size = [round(units * variant.share) for variant in experiment.variants]
    reached = [[n, *(round(n * share) for share in shares)] for n in size]
    kept = tuple(goal for goal in experiment.goals if goal.name in names)
    funnel = experiment.funnel.model_copy(update={"steps": tuple(names) if len(names) > 1 else ()})
    experiment = experiment.model_copy(update={"goals": kept, "funnel": funnel})
    arms = tuple(variant.name for variant in experiment.variants)
    world = world_of_counts(experiment, JointCounts.of_path(arms, names, reached))
    return replace(world, source="data of these rates")
