"""Which step is named as leaking, and what a planned lift would have shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.carry_through.funnel_decomposition import decompose
from abmicro.stats.carry_through.leak import leaks
from abmicro.stats.carry_through.pass_through import path
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.multiplicity.stepwise import holm
from abmicro.stats.power.macro_goal import macro_power

CONTROL, TREATED = [200_000, 24_000, 12_000, 6_000], [200_000, 26_880, 12_365, 6_180]
STEPS = decompose(NestedCounts(TREATED), NestedCounts(CONTROL)).steps


def test_the_step_that_lost_is_named_and_the_others_are_not() -> None:
    assert (leaks(STEPS.estimate[1:], STEPS.se[1:]) < 0.05).tolist() == [True, False]


def test_a_loss_leaks_where_more_went_on() -> None:
    back = decompose(NestedCounts(CONTROL), NestedCounts(TREATED)).steps
    one, other = leaks(STEPS.estimate, STEPS.se), leaks(back.estimate, back.se, loss=True)
    assert one == pytest.approx(other)
    assert (leaks(back.estimate, back.se) > 0.05)[1:].all()


def test_the_correction_is_holms_over_one_sided_p() -> None:
    one_sided = np.where(STEPS.estimate < 0, STEPS.p / 2, 1 - STEPS.p / 2)
    assert leaks(STEPS.estimate, STEPS.se) == pytest.approx(holm(one_sided))


def test_a_step_without_noise_does_not_count() -> None:
    assert leaks([-0.1, -0.1], [np.nan, 0.03])[1] == pytest.approx(float(leaks([-0.1], [0.03])[0]))


# Design note 1e, "leak localisation": the variance of the contrast of a funnel of several steps.
counts = st.lists(st.integers(1, 5_000), min_size=5, max_size=5).map(lambda c: sorted(c)[::-1])


@given(counts, counts, st.integers(1, 3), st.sampled_from([0.0, 0.5, 1.0]))
def test_the_contrast_of_a_path_is_that_of_its_steps(
    control: list[int], treated: list[int], at: int, share: float
) -> None:
    steps = decompose(NestedCounts(treated), NestedCounts(control)).steps
    v = np.nan_to_num(steps.se) ** 2
    found = path(
        NestedCounts([treated[0], treated[at], treated[4]]),
        NestedCounts([control[0], control[at], control[4]]),
    )
    var_micro, var_macro = (float(np.nan_to_num(one.se)) ** 2 for one in (found.micro, found.macro))
    contrast = var_macro - 2 * share * float(found.covariance) + share**2 * var_micro
    assert contrast == pytest.approx((1 - share) ** 2 * v[:at].sum() + v[at:].sum(), abs=1e-12)
    assert float(found.micro.estimate) == pytest.approx(steps.estimate[:at].sum(), abs=1e-12)


def test_the_power_of_the_design_note() -> None:
    # 1f: "macro up" at full carry of +10 % needs 55,874 units per arm at 3 % with power 0.8.
    variance = 2 * (1 - 0.03) / (0.03 * 55_874)
    found = macro_power(0.10, variance)
    assert float(found.power) == pytest.approx(0.8, abs=1e-4)
    assert float(found.times) == pytest.approx(1, abs=1e-4)


@given(st.floats(-0.5, 0.5), st.floats(1e-6, 1), st.floats(0.1, 0.95))
def test_so_many_times_the_units_give_the_wanted_power(
    lift: float, variance: float, wanted: float
) -> None:
    if abs(lift) < 1e-3:
        return
    times = float(macro_power(lift, variance, power=wanted).times)
    assert float(macro_power(lift, variance / times).power) == pytest.approx(wanted, abs=1e-9)


def test_no_planned_lift_is_never_seen() -> None:
    found = macro_power(0, 0.001)
    assert float(found.times) == np.inf
    assert float(found.power) == pytest.approx(0.025)


def test_without_noise_nothing_can_be_planned() -> None:
    assert np.isnan(macro_power(0.1, [0.0, np.nan])).all()


def test_a_lift_of_minus_one_is_refused() -> None:
    with pytest.raises(ValueError, match="lift must be above -1"):
        macro_power(-1, 0.01)
