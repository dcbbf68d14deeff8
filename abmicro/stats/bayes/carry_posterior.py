"""Posterior of two goals together: do both rise, and does the macro follow the micro?

One arm's four joint cells have a Dirichlet posterior; on a path (no macro without micro) the micro
rate and the rate from micro to macro have a beta posterior each. What has a closed form or a
quadrature is exact and carries an error of 0; the rest is drawn, and each figure carries the
standard error of its draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.bayes.beta_binomial import expected_loss, probability_better, updated
from abmicro.stats.bayes.numerics.characteristic_functions import log_sum, losses
from abmicro.stats.bayes.numerics.log_distributions import LogRate
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.log_ratio import three
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.numerics.monte_carlo import MonteCarloEstimate, exact, share
from abmicro.stats.foundations.validation import (
    Bools,
    Floats,
    broadcastable,
    demand,
    numbers,
    within,
)

DRAWS = 20_000  # a probability near one half then has a standard error of 0.0035
FEWEST_DRAWS = 100
_BLOCK = 16  # pairs of arms whose products are compared at once

Steps = tuple[Beta, Beta]
Logs = tuple[LogRate, LogRate]
"""The laws of micro per unit and of macro per micro, and those of their logarithms."""


@frozen(eq=False)
class JointPosterior:
    """Posterior probabilities about a micro and a macro goal, of the batch shape.

    micro_up, macro_up, both_up: that the rate is higher in treated.
    falls: whether the expected macro lift is more probably negative. The next three then regard a
        loss, with all signs turned; else a gain.
    at_least: that a gain is expected and at least the share `threshold` of it reached the macro;
    full: the same with all of it.
    ratio: median, low and high end of the pass-through, given that a gain is expected. A mean is
        not given, as it does not exist where the expected lift may be zero.
    losses: what makes `loss` and `loss_control`, which are reckoned when they are asked for.
    """

    micro_up: MonteCarloEstimate
    macro_up: MonteCarloEstimate
    both_up: MonteCarloEstimate
    falls: Bools
    at_least: MonteCarloEstimate
    full: MonteCarloEstimate
    ratio: tuple[MonteCarloEstimate, MonteCarloEstimate, MonteCarloEstimate]
    losses: Callable[[], Sequence[Floats]]

    @property
    def loss(self) -> MonteCarloEstimate:
        """Macro conversions per unit lost on average by choosing treated."""
        return exact(self.losses()[0], self.falls.shape)

    @property
    def loss_control(self) -> MonteCarloEstimate:
        """The same by choosing control."""
        return exact(self.losses()[1], self.falls.shape)


def joint_posterior(
    treated: JointCells,
    control: JointCells,
    /,
    *,
    rng: np.random.Generator,
    threshold: ArrayLike = 0.5,
    level: ArrayLike = 0.95,
    prior: ArrayLike = 0.5,
    draws: int = DRAWS,
) -> JointPosterior:
    """The joint posterior of any pair of goals, from Dirichlet posteriors of their joint cells.

    treated, control: cells of both goals; batch axes broadcast.
    rng: the generator. draws: how many of each experiment, at least 100; they are held at once.
    threshold: the share in (0, 1) of the expected lift that counts as carried.
    level: of the interval of the pass-through. Both are numbers or of the batch shape.
    prior: concentration of every cell, or of each (4,); the default is Jeffreys'.

    Whether one goal rises and what a choice loses are exact; the rest is drawn. The expected lift
    rests on the control's association of both goals, as in
    `abmicro.stats.carry_through.pass_through.joint`.

    Raises ValueError for a concentration that is not positive, threshold or level outside (0, 1),
    too few draws.

    Source: design note "carry-through", section 1b.

    >>> treated, control = JointCells([560, 4440, 470, 14530]), JointCells([420, 3580, 480, 15520])
    >>> found = joint_posterior(treated, control, rng=np.random.default_rng(1))
    >>> round(float(found.macro_up.value), 4), float(found.macro_up.error)
    (0.9988, 0.0)
    >>> round(float(found.at_least.value), 2), round(float(found.at_least.error), 4)
    (0.99, 0.0008)
    """
    laws = [_positive(prior) + arm.cells for arm in (control, treated)]
    choice = _choice(threshold, level)
    size = _size(draws, laws[1][..., 0], laws[0][..., 0], choice)
    micro, macro = (
        [Beta(law[..., goal].sum(axis=-1), law[..., rest].sum(axis=-1)) for law in laws]
        for goal, rest in (([0, 1], [2, 3]), ([0, 2], [1, 3]))
    )
    (m0, q0, r0), (m1, q1, r1) = (_three_rates(law, size, rng) for law in laws)
    y0, y1, hoped = (m * q + (1 - m) * r for m, q, r in ((m0, q0, r0), (m1, q1, r1), (m1, q0, r0)))
    return _summary(
        (np.log(m1 / m0), np.log(y1 / y0), np.log(hoped / y0)),
        choice=choice,
        micro_up=exact(probability_better(micro[1], micro[0]), size[1:]),
        macro_up=exact(probability_better(macro[1], macro[0]), size[1:]),
        losses=partial(_losses, *macro[::-1]),
    )


def path_posterior(
    treated: NestedCounts,
    control: NestedCounts,
    /,
    *,
    rng: np.random.Generator,
    threshold: ArrayLike = 0.5,
    level: ArrayLike = 0.95,
    prior: Beta = JEFFREYS,
    onward: Beta = JEFFREYS,
    draws: int = DRAWS,
) -> JointPosterior:
    """The joint posterior of a micro goal without which the macro is impossible, and the macro.

    treated, control: (..., 3) units, units with the micro goal, units with the macro goal; batch
        axes broadcast.
    prior: of the micro rate; onward: of the rate from micro to macro; single laws or of the batch
        shape. The other choices are those of `joint_posterior`.

    As the two steps are independent, whether either goal rises, whether all of the micro's lift
    arrives and what a choice loses are exact (to about 1e-8, and to 1e-4 where nobody fails either
    step); the rest is drawn.

    Raises ValueError for counts that are not three, and as `joint_posterior`.

    Source: design note "carry-through", sections 1b and 1e; nested betas: Connor and Mosimann
    (1969), Journal of the American Statistical Association 64:194-206.

    >>> control = NestedCounts([100_000, 12_000, 2_950])
    >>> treated = NestedCounts([100_000, 13_200, 3_105])
    >>> found = path_posterior(treated, control, rng=np.random.default_rng(1))
    >>> [round(float(figure.value), 2) for figure in (found.macro_up, found.at_least, found.full)]
    [0.98, 0.56, 0.02]
    """
    treated, control = three(treated, control)
    steps = [_steps(arm.steps, (prior, onward)) for arm in (control, treated)]
    (micro0, on0), (micro1, on1) = steps
    choice = _choice(threshold, level)
    size = _size(draws, micro1.a, micro0.a, choice)
    m0, q0, m1, q1 = (_rates(law.a, law.b, size, rng) for law in (micro0, on0, micro1, on1))
    gain = np.log(m1 / m0)
    (macro_up,) = _of_products(steps, _better, 1)
    micro_up, step_up = probability_better(micro1, micro0), probability_better(on1, on0)
    found = _summary(
        (gain, gain + np.log(q1 / q0), gain),
        choice=choice,
        micro_up=exact(micro_up, size[1:]),
        macro_up=exact(macro_up, size[1:]),
        losses=partial(_of_products, steps, losses, 2),
    )
    all_of_it = np.where(found.falls, (1 - micro_up) * (1 - step_up), micro_up * step_up)
    at_least = MonteCarloEstimate(np.maximum(found.at_least.value, all_of_it), found.at_least.error)
    return replace(found, at_least=at_least, full=exact(all_of_it, size[1:]))


def _losses(treated: Beta, control: Beta) -> list[Floats]:
    """What choosing treated, and choosing control, loses of one rate."""
    return [expected_loss(treated, control), expected_loss(control, treated)]


def _of_products(
    steps: Sequence[Steps], work: Callable[[Logs, Logs], Sequence[Floats]], figures: int
) -> list[Floats]:
    """The figures that `work` tells of the products of both rates, treated first, by the row."""
    laws = [law for arm in steps for law in arm]
    columns = np.broadcast_arrays(*(part for law in laws for part in (law.a, law.b)))
    found = np.empty((figures, columns[0].size))
    for start in range(0, columns[0].size, _BLOCK):
        block = slice(start, start + _BLOCK)
        rows = [column.ravel()[block] for column in columns]
        m0, q0, m1, q1 = (LogRate(a, b) for a, b in zip(rows[::2], rows[1::2], strict=True))
        found[:, block] = work((m1, q1), (m0, q0))
    return list(found.reshape(figures, *columns[0].shape))


def _better(treated: Logs, control: Logs) -> list[Floats]:
    """That a product is higher in treated."""
    lift = log_sum(treated, control)
    return [1 - lift.below(np.zeros_like(lift.low))]


def _summary(
    lifts: tuple[Floats, Floats, Floats],
    *,
    choice: tuple[Floats, Floats],
    micro_up: MonteCarloEstimate,
    macro_up: MonteCarloEstimate,
    losses: Callable[[], Sequence[Floats]],
) -> JointPosterior:
    """What the drawn log lifts (draws, ...) of micro and macro, and the expected one, say together.

    A probability that something known exactly bounds is kept within that bound.
    """
    micro, macro, hoped = lifts
    wanted, level = choice
    falls = np.asarray((hoped < 0).mean(axis=0) > 0.5)
    way = np.where(falls, -1, 1)
    hoped, moved = way * hoped, way * macro
    gains = hoped > 0
    both, error = share((micro > 0) & (macro > 0))
    return JointPosterior(
        micro_up=micro_up,
        macro_up=macro_up,
        both_up=MonteCarloEstimate(
            np.minimum(both, np.minimum(micro_up.value, macro_up.value)), error
        ),
        falls=falls,
        at_least=share(gains & (moved >= wanted * hoped)),
        full=share(gains & (moved >= hoped)),
        ratio=_quantiles_where(gains, moved, hoped, level),
        losses=losses,
    )


def _quantiles_where(
    held: Bools, above: Floats, below: Floats, level: Floats
) -> tuple[MonteCarloEstimate, MonteCarloEstimate, MonteCarloEstimate]:
    """Median and equal-tailed ends of above / below among the draws that are held.

    The error is half the distance of the order statistics one standard deviation of their rank
    away, which asks for no density.
    """
    ratios = np.sort(np.divide(above, below, out=np.full(held.shape, np.inf), where=held), axis=0)
    count, tail = held.sum(axis=0), (1 - level) / 2
    p = np.stack([np.broadcast_to(part, count.shape) for part in (0.5, tail, 1 - tail)])
    off = np.sqrt(count * p * (1 - p))
    ranks = np.floor(count * p + np.stack([np.zeros_like(off), off, -off]))
    places = np.clip(ranks, 0, count - 1).astype(np.intp)
    found = np.take_along_axis(ratios, places.reshape(-1, *count.shape), axis=0)
    middle, above, below = found.reshape(places.shape)
    median, low, high = map(MonteCarloEstimate, middle, (above - below) / 2)
    return median, low, high


def _three_rates(
    law: Floats, size: tuple[int, ...], rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Draws of the micro rate and of the macro rate with and without the micro goal.

    These three are independent beta laws exactly where the four cells have a Dirichlet law.
    """
    both, micro, macro, neither = (law[..., cell] for cell in range(law.shape[-1]))
    return (
        _rates(both + micro, macro + neither, size, rng),
        _rates(both, micro, size, rng),
        _rates(macro, neither, size, rng),
    )


def _rates(a: Floats, b: Floats, size: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draws of a beta law, off zero for the logarithms to come."""
    return np.maximum(rng.beta(a, b, size), np.finfo(np.float64).tiny)


def _steps(arm: Floats, priors: Steps) -> Steps:
    """The posteriors of micro per unit and macro per micro."""
    pairs = Binomial(arm[..., 1:], arm[..., :-1])
    micro, onward = (updated(prior, pairs.at(..., step)) for step, prior in enumerate(priors))
    return micro, onward


def _positive(prior: ArrayLike) -> Floats:
    concentration = np.asarray(numbers(prior, "prior"), dtype=np.float64)
    fine = np.asarray((concentration > 0) & np.isfinite(concentration))
    demand(fine, concentration, "prior", "must be positive and finite")
    return concentration


def _choice(threshold: ArrayLike, level: ArrayLike) -> tuple[Floats, Floats]:
    return within(threshold, "threshold", 0, 1), within(level, "level", 0, 1)


def _size(
    draws: int, treated: Floats, control: Floats, choice: tuple[Floats, Floats]
) -> tuple[int, ...]:
    """The shape of the draws: they lead, the batch follows."""
    if draws < FEWEST_DRAWS:
        raise ValueError(f"draws must be at least {FEWEST_DRAWS}, got {draws}")
    batch = {"control": control, "treated": treated, "threshold": choice[0], "level": choice[1]}
    broadcastable(**batch)
    return (draws, *np.broadcast_shapes(*(array.shape for array in batch.values())))
