"""Where a test that goes on may stand: the law of its score over looks that have not stopped it.

The score S = z sqrt(H) gains N(drift dH, dH) between two looks, apart from what was before. What
goes on at a look is kept as nodes and chances; a drift only weighs the nodes anew, so that one walk
over the looks serves every drift.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.gauss_legendre import gauss_legendre
from abmicro.stats.foundations.validation import Floats

_FAR = 9.0  # standard deviations from which nothing is left
_WIDTH = 2.5  # of a panel of nodes, in the smaller of the neighbouring standard deviations
_NODES = 24


@frozen(eq=False)
class Continuation:
    """Tests that no look has stopped yet.

    information: at the last look. nodes: scores (n,). chances: without drift, (n,), which add up to
    the chance to get here. origin, since: score and information at the start.
    """

    information: float
    nodes: Floats
    chances: Floats
    origin: float = 0.0
    since: float = 0.0

    def beyond(
        self, information: float, bound: ArrayLike, *, drift: ArrayLike = 0.0, sign: int = 1
    ) -> Floats:
        """The chance that the next look finds the score beyond a bound; the shape of both.

        bound: of the score. drift: per unit of information. sign: 1 above the bound, -1 below it.
        """
        step = information - self.information
        theta = np.asarray(drift, dtype=np.float64)[..., None]
        weight = np.exp(
            theta * (self.nodes - self.origin - theta * (self.information - self.since) / 2)
        )
        far = self.nodes + theta * step - np.asarray(bound, dtype=np.float64)[..., None]
        return np.asarray((ndtr(sign * far / np.sqrt(step)) * weight) @ self.chances)

    def after(self, information: float, low: float, high: float, spread: float) -> Continuation:
        """What a look leaves that stops below `low` and above `high`.

        spread: the standard deviation of the step to the look after it; infinite where none comes.
        """
        step = np.sqrt(information - self.information)
        reach = _FAR * np.sqrt(information - self.since)
        low, high = max(low, self.origin - reach), min(high, self.origin + reach)
        nodes, weights = _panels(low, high, _WIDTH * min(step, spread))
        parts = nodes.reshape(-1, _NODES)
        density = np.concatenate([self._reach(part, step) for part in parts])
        return Continuation(information, nodes, weights * density, self.origin, self.since)

    def _reach(self, nodes: Floats, step: float) -> Floats:
        """The density of scores one step on, (m,), rising; what lies too far back adds nothing."""
        ends = nodes[0] - _FAR * step, nodes[-1] + _FAR * step
        near = slice(*np.searchsorted(self.nodes, ends))
        gaps = (nodes[:, None] - self.nodes[near]) / step
        return np.asarray(np.exp(-(gaps**2) / 2) @ self.chances[near] / (step * np.sqrt(2 * np.pi)))


def start(score: float = 0.0, information: float = 0.0) -> Continuation:
    """A test of which the score is known, by default nothing yet.

    >>> round(float(start().beyond(1, 1.959964)), 6)
    0.025
    """
    return Continuation(information, np.array([score]), np.ones(1), score, information)


def walk(
    first: Continuation, information: Floats, low: Floats, high: Floats
) -> Iterator[Continuation]:
    """What stands before each look: first itself, then what each look but the last leaves.

    information: of the looks, (K,), rising. low, high: bounds of the score, (K,); a look without
    any leaves all as it was.
    """
    yield first
    spreads = np.sqrt(np.diff(information))
    for look, spread in enumerate(spreads):
        if np.isfinite(low[look]) or np.isfinite(high[look]):
            first = first.after(float(information[look]), low[look], high[look], float(spread))
        yield first


def _panels(low: float, high: float, width: float) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on panels no wider than `width`."""
    panels = max(1, int(np.ceil((high - low) / width)))
    edges = np.linspace(low, high, panels + 1)
    half = (edges[1:] - edges[:-1])[:, None] / 2
    places, weights = gauss_legendre(_NODES)
    nodes = edges[:-1, None] + half * (1 + places)
    return nodes.ravel(), (half * weights).ravel()
