"""Laws that effects over strata keep for any counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.proportions.miettinen_nurminen import difference, score_test
from abmicro.stats.stratified.difference_score import (
    by_share,
    by_size,
    by_variance,
    stratified_difference,
    stratified_score_test,
)
from abmicro.stats.stratified.homogeneity import (
    breslow_day,
    cochran_q,
    common_odds_ratio,
    interaction_test,
    simpson,
    tarone,
)
from abmicro.stats.stratified.mantel_haenszel import (
    cochran_mantel_haenszel,
    greenland_robins_difference,
    inverse_variance_difference,
    mantel_haenszel_difference,
    mantel_haenszel_lift,
    mantel_haenszel_odds_ratio,
    post_stratified_difference,
)

from ..examples import examples

DIFFERENCES = [
    mantel_haenszel_difference,
    greenland_robins_difference,
    inverse_variance_difference,
    post_stratified_difference,
    stratified_difference,
]
ODDS_RATIOS = [mantel_haenszel_odds_ratio, common_odds_ratio]
EFFECTS = [*DIFFERENCES, mantel_haenszel_lift, *ODDS_RATIOS]
HOMOGENEITY = [breslow_day, tarone, cochran_q, interaction_test]
WEIGHTS = [by_size, by_share, by_variance]
LEVELS = st.sampled_from([0.5, 0.9, 0.95, 0.999])
FEW = st.integers(1, 5)
some = examples(30)  # of laws that every effect has to keep

Arms = tuple[Binomial, Binomial]


@st.composite
def tables(draw: st.DrawFn, strata: st.SearchStrategy[int] = FEW) -> Arms:
    """Two arms over strata, of few or many units, some strata empty in an arm."""
    many = draw(strata)
    sizes = st.one_of(st.integers(0, 30), st.integers(1, 10**6))
    trials = draw(st.lists(sizes, min_size=2 * many, max_size=2 * many))
    reached = [draw(st.integers(0, n)) for n in trials]
    return Binomial(reached[:many], trials[:many]), Binomial(reached[many:], trials[many:])


def close(value: Any, rel: float = 1e-9, scale: float = 1e-12) -> Any:
    return pytest.approx(np.asarray(value, dtype=float), rel=rel, abs=scale, nan_ok=True)


def taken(arm: Binomial, order: Any) -> Binomial:
    return Binomial(arm.reached[..., order], arm.trials[..., order])


def missed(arm: Binomial) -> Binomial:
    return Binomial(arm.trials - arm.reached, arm.trials)


def repeated(arm: Binomial, times: int) -> Binomial:
    return Binomial(np.tile(arm.reached, times), np.tile(arm.trials, times))


# --- symmetry -------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", EFFECTS)
@some
@given(arms=tables(), data=st.data())
def test_the_order_of_strata_is_irrelevant(effect: Any, arms: Arms, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(arms[0].reached.size)))
    assert effect(*(taken(arm, order) for arm in arms)) == close(effect(*arms), scale=1e-9)


@pytest.mark.parametrize("effect", DIFFERENCES)
@some
@given(arms=tables(), level=LEVELS)
def test_swapping_arms_negates_a_difference(effect: Any, arms: Arms, level: float) -> None:
    there, back = effect(*arms, level=level), effect(*arms[::-1], level=level)
    assert there == close((-back.estimate, -back.high, -back.low))


@pytest.mark.parametrize("effect", DIFFERENCES)
@some
@given(arms=tables())
def test_the_complement_of_the_goal_flips_a_difference(effect: Any, arms: Arms) -> None:
    there, back = effect(*arms), effect(*(missed(arm) for arm in arms))
    assert there == close((-back.estimate, -back.high, -back.low))


@pytest.mark.parametrize("effect", ODDS_RATIOS)
@some
@given(arms=tables())
def test_swapping_arms_inverts_an_odds_ratio(effect: Any, arms: Arms) -> None:
    there, back = effect(*arms), effect(*arms[::-1])
    assume(0 < there.estimate < np.inf)
    assert there == close((1 / back.estimate, 1 / back.high, 1 / back.low), rel=1e-6)


@given(arms=tables())
def test_swapping_arms_inverts_the_ratio_of_rates(arms: Arms) -> None:
    there, back = mantel_haenszel_lift(*arms), mantel_haenszel_lift(*arms[::-1])
    assume(-1 < there.estimate < np.inf)
    assert (there.estimate + 1) * (back.estimate + 1) == close(1)


@pytest.mark.parametrize("test", HOMOGENEITY)
@some
@given(arms=tables())
def test_homogeneity_does_not_ask_which_arm_is_treated(test: Any, arms: Arms) -> None:
    assert test(*arms) == close(test(*arms[::-1]), rel=1e-5, scale=1e-5)


# --- strata that add nothing ----------------------------------------------------------------------


@given(arms=tables(strata=st.just(1)), level=LEVELS)
def test_one_stratum_has_the_interval_of_two_rates(arms: Arms, level: float) -> None:
    assume(min(arm.trials[0] for arm in arms) > 0)
    plain = difference(*(Binomial(arm.reached[0], arm.trials[0]) for arm in arms), level=level)
    for weigh in WEIGHTS:
        found = stratified_difference(*arms, weigh=weigh, level=level)
        assert found == close(plain, scale=1e-10 * float(plain.high - plain.low))


@given(arms=tables(strata=st.just(1)))
def test_one_stratum_has_the_score_test_of_two_rates(arms: Arms) -> None:
    assume(min(arm.trials[0] for arm in arms) > 0)
    plain = score_test(*(Binomial(arm.reached[0], arm.trials[0]) for arm in arms))
    assert cochran_mantel_haenszel(*arms) == close(plain, rel=1e-6)


@pytest.mark.parametrize("effect", [*DIFFERENCES, mantel_haenszel_lift, *ODDS_RATIOS])
@some
@given(arms=tables(strata=st.just(1)), times=st.integers(2, 6))
def test_equal_strata_pool_to_the_unstratified(effect: Any, arms: Arms, times: int) -> None:
    split = effect(*(repeated(arm, times) for arm in arms))
    assert split.estimate == close(effect(*arms).estimate, rel=1e-6)


@given(arms=tables(strata=st.just(1)), times=st.integers(2, 6))
def test_equal_strata_test_as_one_but_for_each_n_minus_1(arms: Arms, times: int) -> None:
    units = float(arms[0].trials[0] + arms[1].trials[0])
    split = cochran_mantel_haenszel(*(repeated(arm, times) for arm in arms)).z
    pooled = (Binomial(times * arm.reached, times * arm.trials) for arm in arms)
    scale = times * (units - 1) / (times * units - 1)
    assert split == close(cochran_mantel_haenszel(*pooled).z * np.sqrt(scale), rel=1e-6)


@pytest.mark.parametrize("test", HOMOGENEITY)
@some
@given(arms=tables(strata=st.just(1)), times=st.integers(2, 6))
def test_equal_strata_are_homogeneous(test: Any, arms: Arms, times: int) -> None:
    found = test(*(repeated(arm, times) for arm in arms))
    assume(not np.isnan(found.statistic))
    assert found.statistic == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "effect", [e for e in EFFECTS if e not in (post_stratified_difference, common_odds_ratio)]
)
@some
@given(arms=tables(), empty=st.integers(0, 50))
def test_a_stratum_without_control_units_adds_nothing(effect: Any, arms: Arms, empty: int) -> None:
    treated, control = arms
    longer = (
        Binomial([*treated.reached, 0], [*treated.trials, empty]),
        Binomial([*control.reached, 0], [*control.trials, 0]),
    )
    assert effect(*longer) == close(effect(*arms))


# --- one statistic --------------------------------------------------------------------------------


@pytest.mark.parametrize("weigh", WEIGHTS)
@some
@given(arms=tables(), level=LEVELS)
def test_at_the_ends_of_the_interval_p_is_one_minus_level(
    weigh: Any, arms: Arms, level: float
) -> None:
    found = stratified_difference(*arms, weigh=weigh, level=level)
    for end in found[1:]:
        if abs(end) < 1 - 1e-6:  # nearer to the end a null has too few digits
            p = stratified_score_test(*arms, null=end, weigh=weigh).p
            assert p == pytest.approx(1 - level, rel=1e-5)


@given(arms=tables())
def test_at_no_difference_the_score_test_is_cochran_mantel_haenszel(arms: Arms) -> None:
    assert stratified_score_test(*arms) == close(cochran_mantel_haenszel(*arms), rel=1e-6)


@pytest.mark.parametrize("effect", EFFECTS)
@some
@given(arms=tables())
def test_a_wider_level_contains_a_narrower(effect: Any, arms: Arms) -> None:
    wide, narrow = effect(*arms, level=0.99), effect(*arms, level=0.8)
    assume(not np.isnan(narrow.low))
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12


@pytest.mark.parametrize("effect", EFFECTS)
@some
@given(arms=tables(strata=st.just(3)), others=tables(strata=st.just(3)))
def test_a_batch_is_as_one_after_the_other(effect: Any, arms: Arms, others: Arms) -> None:
    stacked = (
        Binomial(np.stack([a.reached, b.reached]), np.stack([a.trials, b.trials]))
        for a, b in zip(arms, others, strict=True)
    )
    together = Effect(*effect(*stacked))
    for place, pair in enumerate((arms, others)):
        assert [float(field[place]) for field in together] == close(effect(*pair))


@given(arms=tables(strata=st.integers(2, 5)), times=st.integers(1, 9))
def test_arms_of_one_mix_cannot_reverse(arms: Arms, times: int) -> None:
    treated, control = arms
    reached = np.minimum(treated.reached, control.trials) * times
    like = Binomial(reached, control.trials * times)
    found = simpson(like, control)
    assert not found.reversed
    assert found.pooled == close(found.stratified)
