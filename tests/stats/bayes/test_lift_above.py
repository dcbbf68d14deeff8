"""How probable a lift beyond a bound is, under a prior of the lift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.bayes.priors.lift_prior import lift_posterior, lift_prior_above
from abmicro.stats.foundations.binomial import Binomial

from ...examples import examples

counts = st.integers(0, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts, st.floats(0.01, 2))
@examples(40)
def test_it_gives_back_the_tails_of_the_interval(
    treated: tuple[int, int], control: tuple[int, int], sd: float
) -> None:
    arms = Binomial(*treated), Binomial(*control)
    found = lift_posterior(*arms, lift_sd=sd, level=0.9)
    tails = lift_prior_above(*arms, np.stack(found.lift), lift_sd=sd)
    assert tails == pytest.approx([0.5, 0.95, 0.05], abs=1e-6)
    assert lift_prior_above(*arms, 0, lift_sd=sd) == pytest.approx(found.chance, abs=1e-9)


def test_bounds_lie_before_the_axes_of_the_counts() -> None:
    arms = Binomial(np.full((20, 2), 30), 900), Binomial([25, 40], 900)
    found = lift_prior_above(*arms, np.reshape([-2.0, -1.0, 0.0], (3, 1, 1)), lift_sd=0.2)
    assert found.shape == (3, 20, 2)
    assert found[:2] == pytest.approx(1)
    assert found[2, 7] == pytest.approx(found[2, 0])


def test_a_bound_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="lift must be finite"):
        lift_prior_above(Binomial(1, 2), Binomial(1, 2), np.inf, lift_sd=0.1)
