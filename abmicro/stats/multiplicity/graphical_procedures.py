"""Hypotheses in an order: a graph of who is tested at which share of alpha, and who inherits it.

Each hypothesis starts with a weight, its share of alpha. One that is rejected passes its weight
along its edges to those that are left. Holm's test, a fixed sequence, the fallback test and
"secondary goals only after a primary one" are four graphs of this one test, and each keeps the
chance of any false rejection at alpha, whatever the dependence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.foundations.validation import Bools, Floats, demand, whole, within

_ROUNDING = 1 + 1e-9  # by which shares like 1/3 + 1/3 + 1/3 may pass one


@frozen(eq=False)
class Graph:
    """The shares of alpha that m hypotheses start with, and where a share goes on rejection.

    weights: (..., m) shares of alpha, not negative, of sum at most 1.
    transitions: (..., m, m) the part of row's share that column gets when row is rejected: not
        negative, of row sum at most 1, none to itself.

    Raises ValueError for anything else.

    >>> Graph([0.7, 0.5], [[0, 1], [1, 0]])
    Traceback (most recent call last):
        ...
    ValueError: weights must sum to at most 1, got 1.2
    """

    weights: Floats
    transitions: Floats

    def __init__(self, weights: ArrayLike, transitions: ArrayLike) -> None:
        w, g = (np.array(given, dtype=np.float64) for given in (weights, transitions))
        if w.ndim == 0 or g.shape[-2:] != (w.shape[-1], w.shape[-1]):
            raise ValueError(
                f"transitions must be one row and column per weight, got {g.shape} for {w.shape}"
            )
        for values, name in ((w, "weights"), (g, "transitions")):
            demand(values >= 0, values, name, "must not be negative or NaN")
            sums = values.sum(axis=-1)
            demand(sums <= _ROUNDING, sums, name, "must sum to at most 1")
            values.setflags(write=False)
        own = np.diagonal(g, axis1=-2, axis2=-1)
        demand(own == 0, own, "transitions", "must not lead back to the hypothesis itself")
        object.__setattr__(self, "weights", w)
        object.__setattr__(self, "transitions", g)


def graphical(p: ArrayLike, graph: Graph) -> Floats:
    """Adjusted p-values of the sequentially rejective test that a graph describes.

    p: (..., m) p-values in [0, 1]; NaN marks a hypothesis without test, which is never rejected, so
    that its share is not passed on; it stays NaN.
    graph: weights and transitions of the m hypotheses, of shapes that broadcast against p.

    Returns an array of the broadcast shape, at most 1. A hypothesis is rejected at alpha where its
    adjusted p is at most alpha. The order of the hypotheses does not matter.
    Raises ValueError where p lies outside [0, 1] or does not fit the graph.

    Source: Bretz, Maurer, Brannath and Posch (2009), Statistics in Medicine 28:586-604, algorithms
    1 and 2.

    >>> graphical([0.01, 0.04, 0.03], fixed_sequence(3))
    array([0.01, 0.04, 0.04])
    """
    values, weights = _fitting(p, graph)
    adjusted = np.where(np.isnan(values), np.nan, 1.0)
    for step in _steps(values, weights, graph.transitions):
        adjusted = np.where(step.first & step.waiting, np.minimum(step.least, 1), adjusted)
    return adjusted


def graph_tested_at(p: ArrayLike, graph: Graph, *, alpha: ArrayLike) -> Floats:
    """The alpha at which each hypothesis of a graph was tested, for intervals that agree with it.

    p, graph: as `graphical`. alpha: in (0, 1); an array must have length 1 along the last axis.

    Returns an array of the broadcast shape: for a rejected hypothesis the share it had when it was
    rejected, for the others the share they have in the end, and alpha for those without p. Then p
    is below its own entry exactly where the adjusted p is below alpha. An entry of 0 says that the
    hypothesis never got a share: no interval belongs to it.

    Raises ValueError as `graphical`, and for alpha outside (0, 1).

    >>> graph_tested_at([0.2, 0.01, 0.04], gates([2, 1]), alpha=0.05)
    array([0.0375, 0.025 , 0.0125])
    """
    alpha = within(alpha, "alpha", 0, 1)
    values, weights = _fitting(p, graph)
    share, going = np.zeros(values.shape), np.asarray(True)
    for step in _steps(values, weights, graph.transitions):
        share = np.where(going & step.waiting, step.weights, share)
        going = step.least < alpha
    on_its_side = np.where(
        graphical(p, graph) < alpha,
        np.maximum(alpha * share, np.nextafter(values, 1)),
        np.minimum(alpha * share, values),
    )
    return np.where(np.isnan(values), alpha, on_its_side)


def holm_graph(hypotheses: int) -> Graph:
    """The graph of Holm's test: equal shares, and each passes its own to all others alike.

    >>> graphical([0.01, 0.04, 0.03], holm_graph(3)).round(9)
    array([0.03, 0.06, 0.06])
    """
    return gates([hypotheses])


def fixed_sequence(hypotheses: int) -> Graph:
    """The graph of a fixed order: each is tested at all of alpha, but only after the one before.

    >>> fixed_sequence(3).weights
    array([1., 0., 0.])
    """
    return fallback(np.arange(hypotheses) == 0)


def fallback(weights: ArrayLike) -> Graph:
    """The graph of the fallback test: an order in which each has a share of its own as well.

    weights: shares of alpha in the order of testing, of sum at most 1.

    Source: Wiens (2003), Pharmaceutical Statistics 2:211-215.

    >>> graphical([0.03, 0.012, 0.02], fallback([0.5, 0.25, 0.25]))
    array([0.06 , 0.048, 0.048])
    """
    return Graph(weights, np.eye(np.size(weights), k=1))


def gates(families: Sequence[int], *, keep: float = 0.5) -> Graph:
    """The graph of families in order, such as primary goals before secondary ones.

    families: number of hypotheses of each family, e.g. [2, 3]; the hypotheses stand in this order.
    keep: share in [0, 1) that a rejected hypothesis passes to the others of its family, evenly; the
        rest goes evenly to the next family. With more of it a family needs more rejections before
        much is left for the next. The last family, and a family of one, keep or pass on all.

    The first family shares alpha evenly, the others begin with none. One family alone is tested as
    by Holm. Raises ValueError for families without members and for keep outside its range.

    Source: Bretz, Maurer, Brannath and Posch (2009), section 3; with keep the truncated Holm test
    of Dmitrienko, Tamhane and Wiens (2008), Biometrical Journal 50:667-677.

    >>> gates([2, 1]).transitions
    array([[0. , 0.5, 0.5],
           [0.5, 0. , 0.5],
           [0. , 0. , 0. ]])
    """
    sizes = whole(families, "families").astype(np.int64)
    demand(sizes > 0, sizes.astype(float), "families", "must have members")
    demand(np.asarray(0 <= keep < 1), np.asarray(keep), "keep", "must lie in [0, 1)")
    of = np.repeat(np.arange(sizes.size), sizes)
    size = sizes[of]
    inside = (of[:, None] == of) & ~np.eye(of.size, dtype=bool)
    onward = of[:, None] + 1 == of
    kept = np.where(of == of[-1], 1, np.where(size > 1, keep, 0))[:, None]
    transitions = kept * inside / np.maximum(size - 1, 1) + (1 - kept) * onward / size
    return Graph((of == 0) / sizes[0], transitions)


class _Step(NamedTuple):
    """In every family of a batch: who is next to be rejected, among whom, at which shares."""

    first: Bools
    waiting: Bools
    weights: Floats
    least: Floats  # alpha at which it and all before it are rejected


def _steps(values: Floats, weights: Floats, transitions: Floats) -> Iterator[_Step]:
    hypotheses = np.arange(values.shape[-1])
    waiting, least = ~np.isnan(values), np.zeros((*values.shape[:-1], 1))
    for _ in hypotheses:
        tested = waiting & (weights > 0)
        ratio = np.divide(values, weights, out=np.full(values.shape, np.inf), where=tested)
        first = hypotheses == ratio.argmin(axis=-1, keepdims=True)
        least = np.maximum(least, ratio.min(axis=-1, keepdims=True))
        yield _Step(first, waiting, weights, least)
        waiting = waiting & ~first
        weights, transitions = _without(first, weights, transitions)


def _fitting(p: ArrayLike, graph: Graph) -> tuple[Floats, Floats]:
    """The p-values and weights of all families, of one shape."""
    values = np.atleast_1d(np.asarray(p, dtype=np.float64))
    demand(np.isnan(values) | ((values >= 0) & (values <= 1)), values, "p", "must lie in [0, 1]")
    if values.shape[-1] != graph.weights.shape[-1]:
        raise ValueError(f"p must hold one value per weight of the graph, got {values.shape}")
    shape = np.broadcast_shapes(values.shape, graph.weights.shape, graph.transitions.shape[:-1])
    return np.broadcast_to(values, shape), np.broadcast_to(graph.weights, shape)


def _without(first: Bools, weights: Floats, transitions: Floats) -> tuple[Floats, Floats]:
    """The graph without one hypothesis per family: its share passed on, its edges bridged."""
    row = (transitions * first[..., :, None]).sum(axis=-2)
    column = (transitions * first[..., None, :]).sum(axis=-1)
    share = (weights * first).sum(axis=-1, keepdims=True)
    not_back = 1 - (row * column)[..., :, None]
    bridged = transitions + column[..., :, None] * row[..., None, :]
    bridged = np.divide(bridged, not_back, out=np.zeros_like(bridged), where=not_back > 0)
    gone = first[..., :, None] | first[..., None, :] | np.eye(first.shape[-1], dtype=bool)
    return np.where(first, 0, weights + share * row), np.where(gone, 0, bridged)
