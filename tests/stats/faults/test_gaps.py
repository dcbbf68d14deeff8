"""Facts about days and hours on which one arm fell silent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.quality.outages import daily_gaps, longest_silence

days = st.lists(st.integers(0, 400), min_size=14, max_size=14)


def test_the_silent_day_stands_out() -> None:
    found = daily_gaps(Binomial([50, 48, 9, 53], 400), Binomial([52, 45, 50, 49], 400))
    assert int(np.nanargmin(found.p)) == 2
    assert found.p[2] < 1e-6
    assert found.missing_treated[2] == pytest.approx(50 * (151.5 / 146.5) - 9)
    assert found.missing_control[2] == 0


def test_a_lift_of_all_days_is_no_gap() -> None:
    found = daily_gaps(Binomial([75] * 10, 400), Binomial([50] * 10, 400))
    assert found.p.tolist() == [1] * 10


def test_another_split_on_some_days_is_no_gap() -> None:
    treated = Binomial([50, 50, 500, 500], [500, 500, 5_000, 5_000])
    found = daily_gaps(treated, Binomial([450] * 4, 4_500), by_day=True)
    assert found.p.min() > 0.9


def test_a_season_in_a_ramp_is_no_gap() -> None:
    """10 % of the units and a rate of 10 % at first, half of them and 16 % later (scenario S8)."""
    control, treated = [5_400, 5_400, 3_000, 3_000], [600, 600, 3_000, 3_000]
    arms = Binomial([60, 60, 480, 480], treated), Binomial([540, 540, 480, 480], control)
    assert daily_gaps(*arms, by_day=True).p.min() > 0.9
    assert daily_gaps(*arms).p.min() < 0.01


@given(days, days)
def test_swapping_the_arms_exchanges_their_losses(first: list[int], second: list[int]) -> None:
    there = daily_gaps(Binomial(first, 500), Binomial(second, 500))
    back = daily_gaps(Binomial(second, 500), Binomial(first, 500))
    assert there.p.tolist() == pytest.approx(back.p.tolist(), rel=1e-9, nan_ok=True)
    assert there.share.tolist() == pytest.approx((1 - back.share).tolist(), nan_ok=True)
    assert there.missing_treated.tolist() == pytest.approx(
        back.missing_control.tolist(), rel=1e-9, abs=1e-6
    )


@given(days, st.permutations(range(14)))
def test_the_order_of_days_does_not_matter(reached: list[int], order: list[int]) -> None:
    counts, control = np.array(reached), np.arange(14) + 20
    plain = daily_gaps(Binomial(counts, 500), Binomial(control, 500)).p[order]
    mixed = daily_gaps(Binomial(counts[order], 500), Binomial(control[order], 500)).p
    assert plain.tolist() == pytest.approx(mixed.tolist(), nan_ok=True)


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        (Binomial([0, 5, 5], 20), Binomial([0, 5, 5], 20)),
        (Binomial([0, 0, 0], 20), Binomial([3, 3, 3], 20)),
        (Binomial([0, 5, 5], [0, 20, 20]), Binomial([4, 5, 5], 20)),
        (Binomial([5], 20), Binomial([5], 20)),
        (Binomial([9, 0, 0], 20), Binomial([0, 40, 40], 90)),
    ],
    ids=[
        "nobody reached",
        "an arm never reached",
        "no units that day",
        "one day only",
        "an arm did not reach on the other days",
    ],
)
def test_a_day_that_tells_nothing_is_nan(treated: Binomial, control: Binomial) -> None:
    assert np.isnan(daily_gaps(treated, control).p[0])


def test_a_day_of_few_conversions_is_judged_by_their_own_law() -> None:
    """Twice P(no treated among 12) at the share of the other days: the normal law says far less."""
    found = daily_gaps(Binomial([0, 10, 10], 100), Binomial([12, 90, 90], 900))
    share = (20.5 / 200) / (20.5 / 200 + 9 * 180.5 / 1800)
    assert found.share[0] == pytest.approx(share)
    assert found.p[0] == pytest.approx(2 * (1 - share) ** 12)


@pytest.mark.parametrize("by_day", [False, True])
def test_batches_of_days_are_judged_at_once(by_day: bool) -> None:
    reached = np.array([[5, 9, 2, 30], [8, 0, 7, 3]])
    arms = Binomial(reached, 50), Binomial(reached[:, ::-1], 40)
    one = daily_gaps(*(Binomial(arm.reached[1], arm.trials) for arm in arms), by_day=by_day)
    assert daily_gaps(*arms, by_day=by_day).p[1].tolist() == one.p.tolist()


def test_a_silence_is_measured_by_the_other_arm() -> None:
    found = longest_silence([[9, 0, 0, 0, 8, 9], [8, 9, 7, 8, 9, 9]])
    share = 26 / 76
    assert found.missed.tolist() == [24, 0]
    assert found.p[0] == pytest.approx(27 * (1 - share) ** 24)


def test_a_quiet_night_of_both_arms_is_no_silence() -> None:
    assert longest_silence([[9, 0, 0, 0, 8], [8, 0, 0, 0, 9]]).p.tolist() == [1, 1]


def test_a_silence_at_the_end_counts_too() -> None:
    found = longest_silence([[9, 8, 7, 0, 0], [8, 9, 9, 30, 30]])
    assert (int(found.begin[0]), int(found.end[0]), int(found.missed[0])) == (3, 4, 60)


def test_an_arm_without_any_conversion_is_another_matter() -> None:
    assert longest_silence([[0, 0], [50, 50]]).p.tolist() == [1, 1]


def test_where_the_split_changed_the_least_share_counts() -> None:
    reached = [[0, 0, 50, 50], [20, 20, 50, 50]]
    assert longest_silence(reached).p[0] < 0.001
    assert longest_silence(reached, [0.05, 0.5]).p[0] == 1


def test_batches_of_tests_are_done_at_once() -> None:
    one = [[9, 0, 0, 0, 8, 9], [8, 9, 7, 8, 9, 9]]
    assert longest_silence([[one, one]]).p.shape == (1, 2, 2)


def test_one_arm_alone_has_no_clock() -> None:
    with pytest.raises(ValueError, match="at least two arms"):
        longest_silence([[1, 2, 3]])
