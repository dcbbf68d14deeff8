"""Laws of graphs of hypotheses, whatever the graph."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, strategies as st

from abmicro.stats.multiplicity import stepwise
from abmicro.stats.multiplicity.graphical_procedures import (
    Graph,
    fallback,
    gates,
    graph_tested_at,
    graphical,
    holm_graph,
)
from abmicro.stats.multiplicity.stepwise import holm

P = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.025, 0.05, 1.0]))
FAMILIES = st.lists(P, min_size=1, max_size=5)


@st.composite
def graphs(draw: st.DrawFn, hypotheses: int) -> Graph:
    parts = st.integers(0, 4)
    weights = np.array([draw(parts) for _ in range(hypotheses)], dtype=float)
    edges = np.array([[draw(parts) for _ in range(hypotheses)] for _ in range(hypotheses)], float)
    np.fill_diagonal(edges, 0)
    slack = draw(st.integers(0, 1))
    rows = edges.sum(axis=1, keepdims=True) + slack
    return Graph(
        weights / max(weights.sum() + slack, 1), np.divide(edges, rows, where=rows > 0, out=edges)
    )


@given(FAMILIES)
def test_the_graph_of_holm_is_holm(p: list[float]) -> None:
    assert np.allclose(graphical(p, holm_graph(len(p))), holm(p), rtol=1e-12, atol=0)


@given(st.data(), FAMILIES, st.sampled_from([0.01, 0.05, 0.1]))
def test_p_is_below_its_own_alpha_exactly_where_the_adjusted_p_is_below_alpha(
    data: st.DataObject, p: list[float], alpha: float
) -> None:
    graph = data.draw(graphs(len(p)))
    tested = graph_tested_at(p, graph, alpha=alpha)
    assert np.array_equal(np.array(p) < tested, graphical(p, graph) < alpha)
    assert (tested <= alpha * (1 + 1e-9)).all()


@given(FAMILIES)
def test_holms_graph_tests_what_it_keeps_where_holm_does(p: list[float]) -> None:
    graph = graph_tested_at(p, holm_graph(len(p)), alpha=0.05)
    simple = stepwise.tested_at(p, alpha=0.05, correction="holm")
    kept = holm(p) >= 0.05 * (1 + 1e-9)
    assert np.allclose(graph[kept], simple[kept], rtol=1e-9, atol=0)


@given(st.data(), FAMILIES)
def test_a_graph_never_lowers_a_p_nor_passes_one(data: st.DataObject, p: list[float]) -> None:
    adjusted = graphical(p, data.draw(graphs(len(p))))
    assert (adjusted >= np.array(p) * (1 - 1e-12)).all()
    assert (adjusted <= 1).all()


@given(st.data(), FAMILIES)
def test_the_order_of_the_hypotheses_does_not_matter(data: st.DataObject, p: list[float]) -> None:
    graph = data.draw(graphs(len(p)))
    places = np.array(data.draw(st.permutations(range(len(p)))))
    moved = Graph(graph.weights[places], graph.transitions[np.ix_(places, places)])
    assert np.allclose(
        graphical(np.array(p)[places], moved), graphical(p, graph)[places], rtol=1e-9, atol=1e-300
    )


@given(st.data(), FAMILIES, st.floats(0, 1))
def test_a_smaller_p_never_raises_an_adjusted_p(
    data: st.DataObject, p: list[float], smaller: float
) -> None:
    graph = data.draw(graphs(len(p)))
    lowered = [p[0] * smaller, *p[1:]]
    assert (graphical(lowered, graph) <= graphical(p, graph) * (1 + 1e-9)).all()


@given(
    st.sampled_from([gates([2, 2]), gates([1, 3]), gates([2, 1, 1]), fallback([0.4, 0.3, 0.2, 0])]),
    st.lists(P, min_size=4, max_size=4),
)
def test_a_graph_is_a_shortcut_of_a_closed_test(graph: Graph, p: list[float]) -> None:
    """An intersection is tested at the shares its members have when all others are rejected."""
    closed = np.zeros(4)
    for subset in product([False, True], repeat=4):
        members = np.array(subset)
        if members.any():
            alone = np.where(np.eye(4, dtype=bool), p, 1.0 * members)
            intersection = np.diagonal(graphical(alone, graph))[members].min()
            closed = np.where(members, np.maximum(closed, intersection), closed)
    assert np.allclose(graphical(p, graph), closed, rtol=1e-9, atol=1e-300)
