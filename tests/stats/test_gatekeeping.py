"""Facts about tests of hypotheses in an order; the golden cases hold the published graphs."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.multiplicity.graphical_procedures import (
    Graph,
    fallback,
    fixed_sequence,
    gates,
    graph_tested_at,
    graphical,
    holm_graph,
)


def test_a_fixed_sequence_stops_at_the_first_that_is_not_rejected() -> None:
    assert list(graphical([0.01, 0.2, 0.001], fixed_sequence(3))) == [0.01, 0.2, 0.2]


def test_a_secondary_goal_is_tested_only_after_a_primary_one() -> None:
    adjusted = graphical([0.3, 0.4, 1e-9, 1e-9], gates([2, 2]))
    assert list(adjusted) == pytest.approx([0.6, 0.6, 0.6, 0.6])


def test_with_nothing_kept_one_rejected_primary_opens_the_gate_with_its_share() -> None:
    adjusted = graphical([0.01, 0.4, 0.02], gates([2, 1], keep=0))
    assert list(adjusted) == pytest.approx([0.02, 0.8, 0.04])


def test_a_single_primary_passes_all_of_alpha_to_the_secondary_goals() -> None:
    adjusted = graphical([0.01, 0.02, 0.03], gates([1, 2]))
    assert list(adjusted) == pytest.approx([0.01, 0.04, 0.04])


def test_the_fallback_test_keeps_a_share_for_the_second() -> None:
    adjusted = graphical([0.9, 0.02], fallback([0.8, 0.2]))
    assert list(adjusted) == pytest.approx([1, 0.1])


def test_a_hypothesis_without_p_passes_nothing_on() -> None:
    adjusted = graphical([np.nan, 0.001], fixed_sequence(2))
    assert np.isnan(adjusted[0])
    assert adjusted[1] == 1


def test_a_hypothesis_that_nobody_passes_to_is_never_rejected() -> None:
    assert list(graphical([0.01, 0.0], Graph([1, 0], np.zeros((2, 2))))) == [0.01, 1]


def test_families_may_share_a_graph_or_have_their_own() -> None:
    p = [[0.01, 0.04], [0.04, 0.01]]
    own = Graph([[1, 0], [0.5, 0.5]], [[[0, 1], [0, 0]], [[0, 1], [1, 0]]])
    assert graphical(p, own) == pytest.approx(np.array([[0.01, 0.04], [0.04, 0.02]]))
    assert np.array_equal(graphical(p, holm_graph(2))[1], graphical(p[1], holm_graph(2)))


def test_what_was_never_reached_in_a_sequence_was_tested_at_nothing() -> None:
    tested = graph_tested_at([0.01, 0.2, 0.001], fixed_sequence(3), alpha=0.05)
    assert tested == pytest.approx([0.05, 0.05, 0])


def test_a_hypothesis_without_p_has_an_interval_of_its_own() -> None:
    tested = graph_tested_at([np.nan, 0.01], holm_graph(2), alpha=[0.05])
    assert tested == pytest.approx([0.05, 0.025])


@pytest.mark.parametrize(
    ("weights", "transitions", "message"),
    [
        ([0.6, 0.6], [[0, 1], [1, 0]], "weights must sum to at most 1, got 1.2"),
        ([-0.1, 0.6], [[0, 1], [1, 0]], "weights must not be negative or NaN, got -0.1"),
        ([0.5, 0.5], [[0, 1.5], [1, 0]], "transitions must sum to at most 1, got 1.5"),
        ([0.5, 0.5], [[0, np.nan], [1, 0]], "transitions must not be negative or NaN, got nan"),
        ([0.5, 0.5], [[0.5, 0.5], [1, 0]], "transitions must not lead back"),
        ([0.5, 0.5], [[0, 1]], "transitions must be one row and column per weight"),
    ],
)
def test_what_is_no_graph_is_refused(
    weights: list[float], transitions: list[list[float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Graph(weights, transitions)


def test_p_values_must_fit_the_graph() -> None:
    with pytest.raises(ValueError, match="p must hold one value per weight"):
        graphical([0.1, 0.2], fixed_sequence(3))


def test_a_family_without_members_is_refused() -> None:
    with pytest.raises(ValueError, match="families must have members, got 0"):
        gates([2, 0])


def test_a_gate_that_keeps_all_would_never_open_and_is_refused() -> None:
    with pytest.raises(ValueError, match=r"keep must lie in \[0, 1\), got 1"):
        gates([2, 2], keep=1)
