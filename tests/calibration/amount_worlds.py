"""Worlds of few buyers and large orders, many tests of each at once: what the calibrations draw.

A world says how many units there are, how they are split, how many buy and how orders spread; its
tests are judged by the functions that `analyze` calls. Orders are log-normal, with mean 1 in the
control.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from abmicro.stats.carry_through.pass_through import value_strata
from abmicro.stats.carry_through.stratified_rates import Split
from abmicro.stats.means.amounts_per_unit import (
    Amounts,
    amount_difference,
    amount_noninferiority,
    amounts,
    effective_size,
)
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.welch import Moments, welch_difference

Floats = NDArray[np.float64]
ALPHA, TRUSTED = 0.05, 20
SIGMAS, SHARES = (0.5, 1.0, 1.5, 2.0), (0.5, 0.2, 0.1, 0.9)
TOTALS, BUYERS = (5_000, 20_000), (0.01, 0.03, 0.1)


@dataclass(frozen=True)
class World:
    """One law of tests without an effect on the mean.

    total: units of both arms; share: of the treated. buyers, sigma: of the control.
    more: how many times as many buy in the treated arm, their orders being as much smaller.
    wider: how much larger its sigma is, the mean staying as it is. lift: of the mean, by size.
    """

    total: int
    share: float
    buyers: float
    sigma: float
    more: float = 1.0
    wider: float = 0.0
    lift: float = 0.0

    def arms(self, runs: int, seed: int = 15) -> tuple[Moments, Moments]:
        """Treated and control of so many tests."""
        rng = np.random.default_rng(seed)
        treated = round(self.total * self.share)
        size = (1 + self.lift) / self.more
        one = arm(rng, runs, treated, (self.buyers * self.more, self.sigma + self.wider, size))
        return one, arm(rng, runs, self.total - treated, (self.buyers, self.sigma, 1.0))


def arm(
    rng: np.random.Generator, runs: int, units: int, law: tuple[float, float, float]
) -> Moments:
    """Sums over units; law: share that buys, spread and mean of the orders."""
    buyers, sigma, mean = law
    bought = rng.binomial(units, buyers, runs)
    orders = mean * rng.lognormal(-(sigma**2) / 2, sigma, (runs, max(int(bought.max()), 1)))
    orders[np.arange(orders.shape[1]) >= bought[:, None]] = 0
    return Moments(units, orders.sum(axis=1), (orders**2).sum(axis=1))


@dataclass(frozen=True)
class Shares:
    """Of tests without an effect: claims of a rise and of a fall, by both tests and by each alone.

    held: guardrails at their margin that are called held, nominal 5 %. trusted: rises that are
    claimed once few amounts withhold them. size: the median effective size of the smaller arm.
    """

    up: float
    down: float
    welch: float
    student: float
    trusted: float
    size: float

    @property
    def worst(self) -> float:
        """The larger of both sides."""
        return max(self.up, self.down)


def shares(world: World, runs: int, seed: int = 15) -> Shares:
    """The claims of so many tests."""
    treated, control = world.arms(runs, seed)
    found = amounts(treated, control)
    test = amount_difference(found)
    size = np.minimum(effective_size(treated), effective_size(control))
    up = (test.p < ALPHA) & (test.estimate > 0)
    down = (test.p < ALPHA) & (test.estimate < 0)
    return Shares(
        float(up.mean()),
        float(down.mean()),
        _side(found.welch),
        _side(found.student),
        float((up & (size >= TRUSTED)).mean()),
        float(np.median(size)),
    )


def _side(arms: tuple[object, object]) -> float:
    """The larger share of both sides by one of the tests alone."""
    test = welch_difference(*arms)  # type: ignore[arg-type]
    clear = test.p < ALPHA
    return float(max((clear & (test.estimate > 0)).mean(), (clear & (test.estimate < 0)).mean()))


def held(world: World, runs: int, margin: float, seed: int = 15) -> float:
    """How often a guardrail is called held that loses as much as its margin."""
    treated, control = replace(world, lift=-margin).arms(runs, seed)
    found: Amounts = amounts(treated, control)
    return float((amount_noninferiority(found, null=-margin) < ALPHA).mean())


def grid() -> Iterator[World]:
    """All worlds of one law in both arms."""
    for total, share, buyers, sigma in product(TOTALS, SHARES, BUYERS, SIGMAS):
        if total * min(share, 1 - share) * buyers >= 5:
            yield World(total, share, buyers, sigma)


@dataclass(frozen=True)
class RepeatBuyers:
    """Units that differ in how often they buy, before the test and in it; no effect.

    total: units of both arms; share: of the treated.
    """

    total: int
    share: float

    def arms(self, runs: int, *, rate: bool, seed: int = 16) -> PairMoments:
        """Amounts, or 0 and 1, beside their past: treated and control along the first axis."""
        rng = np.random.default_rng(seed)
        treated = round(self.total * self.share)
        found = [_repeat(rng, runs, n, rate=rate) for n in (treated, self.total - treated)]
        y, x = (
            Moments(*(np.stack([np.broadcast_to(getattr(getattr(one, side), name), (runs,))
                                for one in found])[..., None]
                      for name in ("units", "total", "squares")))
            for side in ("y", "x")
        )  # fmt: skip
        return PairMoments(y, x, np.stack([one.products for one in found])[..., None])


def _repeat(rng: np.random.Generator, runs: int, units: int, *, rate: bool) -> PairMoments:
    """Some buy often and some spend much, before as in the test."""
    often, dear = rng.gamma(0.3, 2, (runs, units)), rng.lognormal(0, 0.7, (runs, units))
    now, before = (rng.random((runs, units)) < 1 - np.exp(-often) for _ in range(2))
    if rate:
        return PairMoments.of(now.astype(float), before.astype(float))
    orders = [dear * rng.lognormal(0, 0.5, (runs, units)) * bought for bought in (now, before)]
    return PairMoments.of(*orders)


@dataclass(frozen=True)
class Carried:
    """Worlds of the ruler: the micro rate moves, and so much of what is expected arrives.

    micro: lift of the micro rate; kappa: what arrives; by_size: by larger orders, else by buyers.
    """

    total: int
    share: float
    sigma: float
    micro: float
    kappa: float
    by_size: bool

    def arms(self, runs: int, seed: int = 17) -> tuple[Split, Split]:
        """Treated and control; a fifth have the micro goal, a sixth of those buy."""
        rng, rate, buys = np.random.default_rng(seed), 0.2, 1 / 6
        moved = rate * (1 + self.micro)
        quality = (1 + self.kappa * self.micro) / (1 + self.micro)
        size, more = (quality, 1.0) if self.by_size else (1.0, quality)
        treated = round(self.total * self.share)
        one = _split(rng, runs, treated, moved, (buys * more, self.sigma, size))
        return one, _split(rng, runs, self.total - treated, rate, (buys, self.sigma, 1.0))


def _split(
    rng: np.random.Generator,
    runs: int,
    units: int,
    rate: float,
    law: tuple[float, float, float],
) -> Split:
    """Units with the micro goal, of which some buy, and the rest, which never does."""
    with_micro = rng.binomial(units, rate, runs)
    share, sigma, mean = law
    bought = rng.binomial(with_micro, share)
    orders = mean * rng.lognormal(-(sigma**2) / 2, sigma, (runs, int(bought.max())))
    orders[np.arange(orders.shape[1]) >= bought[:, None]] = 0
    none = np.zeros((runs, 1))
    sums = orders.sum(axis=1)[:, None], (orders**2).sum(axis=1)[:, None]
    return Moments(with_micro[:, None], *sums), Moments(units - with_micro[:, None], none, none)


CLAIMS: dict[str, Callable[[float], bool]] = {
    "carried": lambda kappa: kappa >= 0.5,
    "carried_size_open": lambda kappa: kappa > 0,
    "partly_carried": lambda kappa: 0 < kappa < 1,
    "not_fully_carried": lambda kappa: kappa < 1,
    "not_carried": lambda kappa: kappa < 0.5,
    "contradicted": lambda kappa: kappa < 0,
}
"""What each label says of what arrived; the others claim nothing."""
ROSE = ("carried", "carried_size_open", "partly_carried")


def wrong_labels(world: Carried, runs: int, seed: int = 17) -> tuple[float, float, float]:
    """Shares of wrong labels and of wrong claims that the macro moved; the median size."""
    treated, control = world.arms(runs, seed)
    found = value_strata(treated, control)
    labels = np.char.replace(found.label.ravel(), "loss_", "")
    wrong = [name for name, holds in CLAIMS.items() if not holds(world.kappa)]
    moved = (
        labels == "contradicted" if world.kappa > 0 else np.isin(labels, (*ROSE, "contradicted"))
    )
    assert found.amount is not None
    size = float(np.median(found.amount.size))
    return float(np.isin(labels, wrong).mean()), float(moved.mean()), size


def pick(arms: PairMoments, at: int) -> PairMoments:
    """One arm of several along the first axis."""
    y, x = (Moments(one.units[at], one.total[at], one.squares[at]) for one in (arms.y, arms.x))
    return PairMoments(y, x, arms.products[at])
