"""`simulate`: the verdict on trial, on one's own traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import isfinite
from typing import TYPE_CHECKING

from abmicro.errors import CountsError, Problem
from abmicro.simulation.reading_modes import FEWEST_DAYS, reading_modes
from abmicro.simulation.results import ReadingMode, Simulation
from abmicro.simulation.trials import Told, shuffled, truth_of
from abmicro.simulation.world import PlantedLift, World, world_of_counts, world_of_rates

if TYPE_CHECKING:
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

RUNS = 20_000
PART = 5  # of the runs, for each planted truth and way of reading
FEWEST_RUNS = 200
USUAL = 0.1  # lift that is planted where the definition names none
TIMES = (1.0, 2.0, 4.0)
PASS_THROUGH = (0.0, 0.5, 1.0)
SKIPPED = (
    "the checks of recording",
    "the sample ratio: every run has its planned shares",
    "maturity and runtime: every run has ended",
    "fading of the lift over weeks",
)


def simulate(
    experiment: Experiment,
    counts: JointCounts | None = None,
    *,
    baseline: float | None = None,
    macro: float | None = None,
    units: float | None = None,
    lifts: Sequence[float] | None = None,
    runs: int = RUNS,
    seed: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Simulation:
    """How the whole verdict behaves on one's own traffic, by the functions that `analyze` calls.

    counts: a joint table, whose units are dealt out to the variants anew; or else
    baseline, macro, units: rate of the primary goal and of the macro goal that it leads to, and
        units of a test, all variants together.
    lifts: of the primary goal that are planted, fractions; default none, half of what is worth
        finding (`mde`, else 10 %), that, and twice that.
    runs: tests in which nothing differs, at least 200; a fifth of them, at least 200, for each
        planted truth. seed: gives the same figures again; more truths change none of the others.
    progress: is told the part that is done, from 0 to 1.

    A definition of one variant is taken for two variants of half its units each.

    Raises CountsError where there are no units, no rates, or not so many people as a lift asks for,
    ValueError for too few runs and for lifts that are not finite.

    >>> from abmicro import Experiment, JointCounts
    >>> goals = {"cart": {"kind": "milestone", "mde": 0.1}, "order": {"kind": "macro"}}
    >>> test = Experiment(name="Button", variants=["A", "B"], goals=goals)
    >>> past = JointCounts.of_path(("A", "B"), ("cart", "order"), [[9_000, 1_100, 300]] * 2)
    >>> found = simulate(test, past, runs=400)
    >>> len(found.truths), found.truths[0].micro_lift, found.shuffled.runs
    (30, 0.0, 400)
    """
    from abmicro import __version__

    if runs < FEWEST_RUNS:
        raise ValueError(f"runs must be at least {FEWEST_RUNS}, got {runs}")
    if not all(map(isfinite, lifts or ())):
        raise ValueError(f"lifts must be finite, got {lifts}")
    world = _world(experiment, counts, baseline=baseline, macro=macro, units=units)
    grid, left_out = _grid(world, lifts)
    part = max(FEWEST_RUNS, runs // PART)
    modes_part = _by_day(experiment, counts)
    total = runs + part * len(grid) + (2 * part if modes_part is not None else 0)
    told = _teller(progress, total)
    null = shuffled(world, runs, seed, told)
    truths = tuple(truth_of(world, truth, part, seed, told) for truth in grid)
    modes: tuple[ReadingMode, ...] = ()
    if modes_part is not None:
        modes = tuple(reading_modes(modes_part, part, seed, told))
    return Simulation(
        experiment=world.experiment,
        version=__version__,
        runs=runs,
        seed=seed,
        source=world.source,
        primary=world.experiment.primary.name,
        macro=None if world.ships is None else world.ships.name,
        headline=null.sentence,
        shuffled=null,
        truths=truths,
        modes=modes,
        skipped=SKIPPED,
        notes=tuple(_notes(experiment, world, part, left_out, counts, modes)),
    )


def _world(
    experiment: Experiment,
    counts: JointCounts | None,
    *,
    baseline: float | None,
    macro: float | None,
    units: float | None,
) -> World:
    if counts is not None:
        return world_of_counts(experiment, counts)
    rates = {} if baseline is None else {experiment.primary.name: baseline}
    rates |= {goal.name: goal.baseline for goal in experiment.goals
              if goal.baseline is not None and goal.is_rate and goal.name not in rates}  # fmt: skip
    ends = experiment.funnel.steps[-1:] or tuple(goal.name for goal in experiment.macros[:1])
    if macro is not None and ends:
        rates[ends[0]] = macro
    if experiment.primary.name not in rates or units is None:
        what = "the rate of the primary goal, or the units of a test, are not known"
        hint = "give counts, or --baseline 12% --macro 3% --units 20000"
        raise CountsError(Problem("baseline", what, "E095", hint))
    return world_of_rates(experiment, rates, units)


def _by_day(experiment: Experiment, counts: JointCounts | None) -> World | None:
    """The world whose blocks are days, where there are enough of them and no ramp."""
    days = [] if counts is None else [day for day in counts.periods if day is not None]
    if counts is None or len(days) < FEWEST_DAYS or experiment.ramp:
        return None
    world = world_of_counts(experiment, counts, by_day=True)
    return world if len(world.days) >= FEWEST_DAYS else None


def _grid(world: World, lifts: Sequence[float] | None) -> tuple[list[PlantedLift], list[float]]:
    """The truths that are planted, and lifts of the usual ones that cannot be."""
    mde = world.experiment.primary.mde or USUAL
    sign = world.experiment.primary.sign
    asked = [0.0, sign * mde / 2, sign * mde, sign * 2 * mde] if lifts is None else [*lifts]
    left_out = []
    if lifts is None:
        for lift in asked[1:]:
            try:
                world.moved(world.share, PlantedLift(lift))
            except CountsError:
                left_out.append(lift)
    shares = PASS_THROUGH if world.macro is not None else (1.0,)
    grid = []
    for times, lift in product(TIMES, (lift for lift in asked if lift not in left_out)):
        kept = shares if lift else (1.0,)
        grid += [PlantedLift(lift, share, times) for share in kept]
    return grid, left_out


def _teller(progress: Callable[[float], None] | None, total: int) -> Told:
    done = 0

    def told(runs: int) -> None:
        nonlocal done
        done += runs
        if progress is not None:
            progress(done / total)

    return told


def _notes(
    experiment: Experiment,
    world: World,
    part: int,
    left_out: Sequence[float],
    counts: JointCounts | None,
    modes: Sequence[ReadingMode],
) -> Iterator[str]:
    """What was done, in plain words."""
    names = world.experiment.names
    yield (
        f"Each planted truth has {part:,} runs. The lift is planted in the first treated variant; "
        "all others are as the control."
    )
    if len(experiment.variants) == 1:
        yield f"Two variants were made of half the {names.units} each."
    if world.experiment.primary.mde is None:
        yield "The definition names no lift worth finding (mde); 10% is planted in its place."
    for lift in left_out:
        yield f"A lift of {100 * lift:+g}% is left out: there are not so many people to move."
    if world.left_out:
        yield f"Not simulated: {', '.join(world.left_out)}, whose joint with others is not known."
    if world.like.measures:
        yield "Amounts are drawn as normal about the mean of their pattern of goals."
    if modes:
        yield (
            "Ways of reading: planned looks, weekly where the definition plans none, share alpha; "
            "each judges all who entered up to it, and stops for the primary goal alone."
        )
    elif counts is not None:
        yield f"Ways of reading need {FEWEST_DAYS} days of entry and no ramp; none were simulated."
