"""Worlds of known truth in which whole verdicts are judged: a funnel, guardrails, amounts.

Every function draws so many tests as one table, see `abmicro.counts.many_tests`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from abmicro import JointCounts
from abmicro.counts.many_tests import table_of_tests

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Arm:
    """Truth of one arm: units, rates of the nested steps, the macro goal last, and of guardrails.

    tied: by how much a guardrail's rate differs between those with the macro goal and the others.
    """

    units: int
    steps: tuple[float, ...]
    guards: tuple[float, ...] = ()
    tied: float = 0.0

    def cells(self) -> Floats:
        """Probability of each pattern: how many steps, then every set of guardrails."""
        steps = np.array([1.0, *self.steps, 0.0])
        found = (steps[:-1] - steps[1:])[:, None]
        with_macro = np.arange(len(found)) == len(found) - 1
        share = self.steps[-1]
        for rate in self.guards:
            reached = rate + self.tied * (with_macro - share)
            found = (found[..., None] * np.stack([1 - reached, reached], -1)[:, None]).reshape(
                len(found), -1
            )
        return found.ravel()


def funnel(
    steps: tuple[str, ...],
    guards: tuple[str, ...],
    arms: Mapping[str, Arm],
    tests: int,
    rng: np.random.Generator,
) -> JointCounts:
    """Tests of a funnel of these steps and guardrails. arms: by variant, control first."""
    patterns = [
        (*(at > step for step in range(len(steps))), *held)
        for at in range(len(steps) + 1)
        for held in product((False, True), repeat=len(guards))
    ]
    units = np.stack(
        [rng.multinomial(arm.units, arm.cells(), tests) for arm in arms.values()], axis=1
    )
    return table_of_tests(tuple(arms), (*steps, *guards), patterns, units)


@dataclass(frozen=True, slots=True)
class Shop:
    """Truth of one arm: units, baskets, orders among them, and log-normal amounts of mean 1."""

    units: int
    basket: float
    order: float
    mean: float
    sigma: float


def revenue(arms: Mapping[str, Shop], tests: int, rng: np.random.Generator) -> JointCounts:
    """Tests of baskets, orders and an amount that orders bring."""
    drawn = [_sold(arm, tests, rng) for arm in arms.values()]
    units, sums, products = (np.stack(part, axis=1) for part in zip(*drawn, strict=True))
    return table_of_tests(
        tuple(arms),
        ("cart", "order"),
        [(False, False), (True, False), (True, True)],
        units,
        measures=("revenue",),
        sums=sums[..., None],
        products=products[..., None, None],
    )


def _sold(arm: Shop, tests: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Units by pattern, amounts and their squares, (T, 3)."""
    cells = [1 - arm.basket, arm.basket - arm.order, arm.order]
    units = rng.multinomial(arm.units, cells, tests)
    buyers = units[:, 2]
    ends = np.cumsum(buyers)
    spent = arm.mean * rng.lognormal(-(arm.sigma**2) / 2, arm.sigma, ends[-1])
    totals = (np.diff(np.concatenate([[0.0], np.cumsum(part)])[np.r_[0, ends]])
              for part in (spent, spent**2))  # fmt: skip
    nothing = np.zeros((tests, 2))
    sums, squares = (np.concatenate([nothing, total[:, None]], axis=1) for total in totals)
    return units, sums, squares
