"""Arms of one unit to a billion, of which few, some or nearly all reached the goal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, strategies as st

from abmicro.stats.foundations.binomial import Binomial

SIZES = st.one_of(st.integers(1, 60), st.integers(1, 10_000), st.integers(1, 10**9))
LEVELS = st.sampled_from([0.6, 0.8, 0.9, 0.95, 0.99, 0.9999])


@st.composite
def arms(draw: st.DrawFn, sizes: st.SearchStrategy[int] = SIZES) -> Binomial:
    """An arm with few, some or nearly all units reached."""
    trials = draw(sizes)
    few = st.integers(0, min(trials, 12))
    return Binomial(draw(few | st.integers(0, trials) | few.map(lambda x: trials - x)), trials)


def complement(arm: Binomial) -> Binomial:
    return Binomial(arm.trials - arm.reached, arm.trials)


def scaled(arm: Binomial, k: int) -> Binomial:
    return Binomial(arm.reached * k, arm.trials * k)


def close(value: Any, rel: float = 1e-12, scale: float = 1e-15) -> Any:
    return pytest.approx(value, rel=rel, abs=scale, nan_ok=True)


def assert_left_out_when_rejected(p: Any, level: float, null: float, low: Any, high: Any) -> None:
    """An interval leaves out a null exactly where the test of that null rejects."""
    assume(abs(p / (1 - level) - 1) > 1e-9)
    assert (not low <= null <= high) == (p < 1 - level)
