"""The difference of two beta laws of one conversion and thirty failures or more, on even nodes.

Nodes, laws and refinement are those of `sinc_nodes`; here a law is moved by so much of the rate. A
law that ends at 0 with much of its mass nearby must not be moved down onto nodes that cover 0:
there the product would have a root between two nodes. So poorer laws are only ever moved up: a
difference above 0 moves treated on nodes of control, one below 0 control on nodes of treated.
"""

from __future__ import annotations

import math

import numpy as np

from abmicro.stats.bayes.numerics.sinc_nodes import (
    LOWEST,
    SETTLED,
    BetaLaw,
    Nodes,
    Number,
    Way,
    bare_density,
    cornish_fisher,
    nodes,
    nodes_needed,
    refined,
    total,
    turns,
)
from abmicro.stats.foundations.validation import Bools, Floats


def difference(treated: BetaLaw, control: BetaLaw, number: int, z: float, way: Way) -> Floats:
    """Low, median and high quantile of treated - control, (B, 3); NaN where this way finds none."""
    return (_rich if way.steps == 1 else _poor)(treated, control, number, z, way)


def needed(treated: BetaLaw, control: BetaLaw, drop: float) -> Number:
    """How many nodes serve either law as the one that is moved."""
    both = nodes_needed(treated, control, drop), nodes_needed(control, treated, drop)
    return np.maximum(*both)


def _rich(treated: BetaLaw, control: BetaLaw, number: int, z: float, way: Way) -> Floats:
    """All three on nodes of control, in one step.

    NaN where treated, moved down by the low end, has mass below the lowest of control's nodes.
    """
    at = nodes(treated, control, number, way.drop)
    start = np.array(cornish_fisher(*_cumulants(treated, control), z))
    ratio = control.mode / treated.mode
    relative = at.relative * ratio + (start / treated.mode + (ratio - 1))[:, None]
    np.maximum(relative, LOWEST, out=relative)
    moved = bare_density(treated.a - 1, treated, np.log1p(relative), relative)
    rate = at.relative + 1
    tails, upper = total(moved, rate * (1 - at.below)), total(moved, rate * at.below)
    upper[0] = tails[0]
    height = treated.height * ratio
    density = total(moved, at.weight) * (height / control.mode)
    found = refined(start, upper * (height * at.step), density, z)
    wide = treated.spread / ratio
    seen = at.relative[0] <= z * np.hypot(wide, control.spread) - wide * math.sqrt(2 * way.drop)
    return np.where(seen[:, None], found, np.nan)


def _poor(treated: BetaLaw, control: BetaLaw, number: int, z: float, way: Way) -> Floats:
    """Each on nodes of the law that stays, in some steps; NaN where they have not settled."""
    drop, laws = way.drop, (treated, control)
    above, below = nodes(treated, control, number, drop), nodes(control, treated, number, drop)
    moves = np.array(cornish_fisher(*_cumulants(treated, control), z))
    enough = SETTLED * np.hypot(treated.spread * treated.mode, control.spread * control.mode)
    for both in zip(turns(above, way), turns(below, way), strict=True):
        up = moves >= 0
        at = Nodes(*(_either(up, *parts) for parts in zip(*both, strict=True)))
        stays = _either(up, control.mode, treated.mode)
        moved = BetaLaw(*(_either(up, *parts)[:, None] for parts in zip(*laws, strict=True)))
        rate = (at.relative + 1) * stays[:, None]
        relative = (rate + np.abs(moves)[:, None]) / moved.mode - 1
        np.maximum(relative, LOWEST, out=relative)
        density = bare_density(moved.a - 1, moved, np.log1p(relative), relative)
        height = (moved.height / moved.mode)[:, 0]
        beyond = total(density, rate * at.below) * (height * at.step)
        tails = np.where(up, beyond, 1 - beyond)
        tails[0] = 1 - tails[0]
        found = refined(moves, tails, total(density, at.weight) * height, z).T
        last, moves = np.abs(found - moves), found
    return np.where(last < enough, moves, np.nan).T


def _either(up: Bools, one: Floats, other: Floats) -> Floats:
    """One where up (3, B), else the other; numbers (B,) or nodes (N, B)."""
    return np.where(up if one.ndim == 1 else up[:, None], one, other)


def _cumulants(treated: BetaLaw, control: BetaLaw) -> tuple[Number, Number, Number, Number]:
    two, three, four = _rate_cumulants(treated)
    second, third, fourth = _rate_cumulants(control)
    return treated.mean - control.mean, two + second, three - third, four + fourth


def _rate_cumulants(one: BetaLaw) -> tuple[Number, Number, Number]:
    """Second to fourth cumulant of a rate."""
    b, n = one.less + 1, one.units
    variance = one.mean * (b / n) / (n + 1)
    share, gap = 2 / (n + 2) * variance, b - one.a
    peak = gap * gap * (n + 1) / (one.a * b) - (n + 2)
    return variance, gap / n * share, 3 * variance * share * peak / (n + 3)
