"""Facts about incidence by lag: golden group G11, textbook values, and what must hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.time_to_event.kaplan_meier import (
    difference_of_times,
    incidence,
    incidence_lift,
    maturity,
    time_gained,
)

CARRY = Path(__file__).parents[2] / "golden" / "carry" / "golden_carry.json"
G11 = json.loads(CARRY.read_text(encoding="utf-8"))["G11_km"]


def cohorts(converters: dict[int, int]) -> tuple[list[int], list[int]]:
    """Days 0 to 14 of three cohorts of 400, followed for 14, 8 and 2 days."""
    reached, left = [0] * 15, [0] * 15
    for follow_up in (14, 8, 2):
        seen = {lag: units for lag, units in converters.items() if lag <= follow_up}
        for lag, units in seen.items():
            reached[lag] += units
        left[follow_up] += 400 - sum(seen.values())
    return reached, left


CONTROL = incidence(*cohorts({1: 8, 3: 5, 7: 4, 12: 3}))
TREATED = incidence(*cohorts({1: 12, 3: 6, 7: 4, 12: 3}))
LIFT = incidence_lift(TREATED, CONTROL)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (CONTROL.share[-1], G11["F0"]),
        (TREATED.share[-1], G11["F1"]),
        (CONTROL.variance[-1], G11["varF0"]),
        (TREATED.variance[-1], G11["varF1"]),
        (LIFT.estimate, G11["log_lift"]),
        (LIFT.se, G11["se"]),
        (maturity(CONTROL), G11["maturity_index"]),
    ],
    ids=["F0", "F1", "varF0", "varF1", "lift", "se", "maturity"],
)
def test_the_golden_cohorts_are_met(got: np.ndarray, want: float) -> None:
    """R's survfit agrees."""
    assert float(got) == pytest.approx(want, rel=1e-8)


def test_remission_times_of_freireich_are_met() -> None:
    """6-MP arm, Freireich et al. (1963) as in Kalbfleisch and Prentice (2002), table 1.1."""
    weeks = [6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35]
    reached = [3, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    left = [1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 1]
    found = incidence(reached, left)
    staying = dict(zip(weeks, 1 - found.share, strict=True))
    assert staying[6] == pytest.approx(0.857, abs=5e-4)
    assert staying[23] == pytest.approx(0.448, abs=5e-4)
    error = dict(zip(weeks, np.sqrt(found.variance), strict=True))
    assert error[6] == pytest.approx(0.0764, abs=5e-5)
    assert error[23] == pytest.approx(0.1346, abs=5e-5)


bins = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12)


@given(bins)
def test_the_incidence_never_falls_and_stays_a_share(counts: list[tuple[int, int]]) -> None:
    share = incidence(*zip(*counts, strict=True)).share
    assert np.isnan(share).all() or ((np.diff(share) >= -1e-12).all() and 0 <= share[-1] <= 1)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.integers(1, 500))
def test_without_early_leaving_it_is_the_plain_share(reached: list[int], rest: int) -> None:
    left = [0] * (len(reached) - 1) + [rest]
    found, units = incidence(reached, left), sum(reached) + rest
    plain = np.cumsum(reached) / units
    assert found.share == pytest.approx(plain)
    assert found.variance == pytest.approx(plain * (1 - plain) / units)


@given(bins)
def test_what_is_seen_and_what_is_to_come_make_the_whole(counts: list[tuple[int, int]]) -> None:
    """Efron's self-consistency: units times incidence, counted out unit by unit."""
    reached, left = (np.array(part) for part in zip(*counts, strict=True))
    found = incidence(reached, left)
    if not reached.any() or found.share[-1] == 1:
        return
    last = found.share[-1]
    to_come = (left * (last - found.share) / (1 - found.share)).sum()
    seen = reached.sum() / (reached.sum() + to_come)
    assert float(maturity(found)) == pytest.approx(seen)


def test_what_leaves_before_converting_makes_the_rest_count_more() -> None:
    assert float(maturity(incidence([8, 5, 4], [0, 0, 83]))) == pytest.approx(1)
    assert float(maturity(incidence([8, 5, 4], [20, 30, 33]))) < 0.8


def test_time_gained_is_the_mean_time_since_conversion() -> None:
    # Of 100 units 10 convert at the end of hour 1, 20 of hour 3; hour 4 ends the window.
    watched = incidence([10, 0, 20, 0], [0, 0, 0, 70])
    found = time_gained(watched, [0, 1, 2, 3, 4])
    times = np.repeat([3.0, 1.0, 0.0], [10, 20, 70])
    assert float(found.mean) == pytest.approx(times.mean())
    assert float(found.se) == pytest.approx(times.std() / 10)


def test_uneven_bins_weigh_by_their_width() -> None:
    fine = time_gained(incidence([10, 0, 20, 0], [0, 0, 0, 70]), [0, 1, 2, 3, 4])
    coarse = time_gained(incidence([10, 20, 0], [0, 0, 70]), [0, 1, 3, 4])
    assert [float(one) for one in coarse] == pytest.approx([float(one) for one in fine])


def test_a_difference_of_times_adds_variances() -> None:
    arms = [time_gained(one, range(16)) for one in (TREATED, CONTROL)]
    found = difference_of_times(*arms)
    assert float(found.estimate) == pytest.approx(float(arms[0].mean - arms[1].mean))
    assert float(found.high - found.low) == pytest.approx(
        2 * 1.959964 * float(np.hypot(arms[0].se, arms[1].se)), rel=1e-6
    )


def test_nobody_and_everybody_raise_no_warning() -> None:
    nobody, none, every = (incidence(*one) for one in ([[0], [0]], [[0], [5]], [[5], [0]]))
    assert np.isnan(nobody.share).all()
    assert np.isnan(maturity(none))
    assert np.isnan(incidence_lift(none, every).estimate)
    assert float(every.share[0]) == 1
    assert float(every.variance[0]) == 0


@pytest.mark.parametrize("edges", [[0, 1], [0, 1, 1, 2], [0, 2, 1, 3]])
def test_edges_that_do_not_fit_are_refused(edges: list[int]) -> None:
    with pytest.raises(ValueError, match="edges"):
        time_gained(incidence([1, 1, 1], [0, 0, 9]), edges)


def test_batches_are_done_at_once() -> None:
    both = incidence([[8, 5], [4, 2]], [[0, 10], [0, 20]])
    assert both.share.shape == (2, 2)
    assert both.share[1].tolist() == incidence([4, 2], [0, 20]).share.tolist()
