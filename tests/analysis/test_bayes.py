"""The Bayesian view: coherent with its intervals, honest about its prior, without a vote."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from math import log1p
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro import Analysis, Experiment, JointCounts, analyze, datasets
from abmicro.analysis.results import Bayes, Check, GoalResult
from abmicro.stats.bayes.bayes_factors import independent_rates
from abmicro.stats.bayes.log_odds_bayes_factor import log_odds_factor
from abmicro.stats.bayes.predictive import probability_of_success
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.beta_distribution import Beta

from ..examples import examples
from . import stages

CART = {"kind": "milestone", "role": "primary"}
ORDER = {"kind": "macro"}
COUNTS = [[2_000, 240, 60], [2_000, 275, 66]]
BIG = [[100_000, 12_000, 2_950], [100_000, 13_200, 3_105]]
PRIORS: list[Any] = [
    "jeffreys",
    "uniform",
    {"a": 3, "b": 40},
    {"a": 3, "b": 40, "vague": 0.3},
    {"lift_sd": 0.2},
]


def analysed(
    reached: list[list[int]],
    *,
    cart: dict[str, Any] | None = None,
    order: dict[str, Any] | None = None,
    decision: dict[str, Any] | None = None,
    **options: Any,
) -> Analysis:
    """The analysis, made once, of nested counts (units, cart, order) of two or more arms."""
    keys = {"cart": cart, "order": order, "decision": decision}
    return _analysed(json.dumps([reached, keys | options]))


@cache
def _analysed(asked: str) -> Analysis:
    reached, keys = json.loads(asked)
    return analyze(*counted(reached, **keys))


def counted(
    reached: list[list[int]],
    *,
    cart: dict[str, Any] | None = None,
    order: dict[str, Any] | None = None,
    decision: dict[str, Any] | None = None,
    **options: Any,
) -> tuple[Experiment, JointCounts]:
    arms = tuple("ABCDEF"[: len(reached)])
    experiment = Experiment(
        name="made",
        variants=arms,
        goals={"cart": CART | (cart or {}), "order": ORDER | (order or {})},
        analysis=options,
        decision=decision or {},
    )
    return experiment, JointCounts.of_path(arms, ("cart", "order"), reached)


def row(analysis: Analysis, goal: str) -> GoalResult:
    return next(one for one in analysis.goals if one.goal == goal)


def check(analysis: Analysis, name: str) -> Check | None:
    return next((one for one in analysis.checks if one.name == name), None)


nested = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 60)).map(lambda pair: [900, pair[0], min(*pair)]),
    min_size=2,
    max_size=3,
)


@pytest.mark.parametrize("prior", PRIORS, ids=str)
@given(nested, st.sampled_from(["up", "down"]), st.sampled_from([0.05, 0.1, 0.2]))
@examples(25)
def test_a_chance_beyond_a_tail_and_an_interval_beyond_zero_are_one_statement(
    prior: Any, reached: list[list[int]], direction: str, alpha: float
) -> None:
    test = counted(reached, prior=prior, alpha=alpha, order={"direction": direction})
    for one in stages.goals(*test):
        assert one.credible is not None
        sure_to_rise, sure_to_fall = (
            (one.credible.lift.low > 0, one.credible.lift.high < 0)
            if one.direction == "up"
            else (one.credible.lift.high < 0, one.credible.lift.low > 0)
        )
        assert (one.probability_better > 1 - alpha / 2) == sure_to_rise
        assert (one.probability_better < alpha / 2) == sure_to_fall


@pytest.mark.parametrize("prior", PRIORS[:3], ids=str)
@given(nested)
@examples(20)
def test_the_losses_of_both_choices_differ_by_the_expected_difference(
    prior: Any, reached: list[list[int]]
) -> None:
    test = counted(reached, prior=prior)
    a, b = {"jeffreys": (0.5, 0.5), "uniform": (1, 1)}.get(str(prior), (3, 40))
    for one in stages.goals(*test):
        assert one.reached is not None
        means = [
            (a + got) / (a + b + of)
            for got, of in (
                (one.reached.treated, one.units.treated),
                (one.reached.control, one.units.control),
            )
        ]
        gap = one.loss_of_control - one.expected_loss
        assert gap == pytest.approx(means[0] - means[1], abs=1e-9)


def test_a_goal_that_should_fall_wins_by_falling_and_loses_what_rises() -> None:
    up, down = (row(analysed(COUNTS, order={"direction": way}), "order") for way in ("up", "down"))
    assert up.probability_better + down.probability_better == pytest.approx(1)
    assert (up.expected_loss, up.loss_of_control) == (down.loss_of_control, down.expected_loss)
    assert up.credible == down.credible


def test_every_goal_is_read_under_its_own_prior() -> None:
    strong = {"a": 50, "b": 450}
    own = analysed(COUNTS, cart={"prior": strong}, prior="uniform")
    for goal, prior in (("cart", strong), ("order", "uniform")):
        alone = row(analysed(COUNTS, prior=prior), goal)
        assert row(own, goal).probability_better == pytest.approx(alone.probability_better)
        assert row(own, goal).expected_loss == pytest.approx(alone.expected_loss)
    assert {one.goal: one.prior for one in own.bayes.posteriors} == {
        "cart": "beta (50, 450)",
        "order": "uniform beta (1, 1)",
    }


def test_a_baseline_becomes_a_prior_of_its_mean_and_spread() -> None:
    # 3 % give or take 1 %: a + b = 0.03 x 0.97 / 0.01^2 - 1 = 290.
    found = analysed(COUNTS, cart={"prior": {"baseline": 0.03, "give_or_take": 0.01}})
    assert found.bayes.posteriors[0].prior == (
        "3.00% give or take 1.00%: beta (8.7, 281.3), worth 290 units"
    )


def test_a_prior_that_the_control_contradicts_is_warned_of_with_its_statistic() -> None:
    found = check(
        analysed(BIG, cart={"prior": {"baseline": 0.03, "give_or_take": 0.01}}), "prior.cart"
    )
    assert found is not None
    assert found.status == "warn"
    assert found.figure < 1e-6
    assert "expected 3.00% in control; 12.0% was seen, +9.0 standard deviations" in found.sentence
    assert "vague" in found.fix


def test_past_tests_become_the_prior_of_their_spread() -> None:
    # The marginal likelihood of these five tests peaks at a strength of 192.7 units.
    past = [[30, 1000], [55, 1000], [21, 1000], [40, 1000], [62, 1000]]
    found = analysed(COUNTS, cart={"prior": {"past": past}})
    assert found.bayes.posteriors[0].prior == "5 past tests: beta (8.015, 184.7), worth 193 units"


def test_a_vague_part_lets_the_data_overrule_a_wrong_prior() -> None:
    wrong = {"a": 500, "b": 9_500}
    stubborn, doubtful, flat = (
        row(analysed(COUNTS, cart={"prior": prior}), "cart")
        for prior in (wrong, wrong | {"vague": 0.2}, "jeffreys")
    )
    chances = [one.probability_better for one in (stubborn, doubtful, flat)]
    assert abs(chances[1] - chances[2]) < 0.001 < abs(chances[0] - chances[2])
    told = check(analysed(COUNTS, cart={"prior": wrong | {"vague": 0.2}}), "prior.cart")
    assert told is not None
    assert told.fix.startswith("The vague part of the prior has taken weight")


def test_a_prior_of_the_lift_pulls_the_lift_towards_none() -> None:
    free, held = (row(analysed(COUNTS, prior=prior), "cart") for prior in PRIORS[::4])
    assert free.credible is not None
    assert held.credible is not None
    assert 0 < held.credible.lift.estimate < free.credible.lift.estimate
    assert np.isnan(held.credible.difference.estimate)


def test_a_prior_that_fits_passes_and_a_vague_one_is_not_asked() -> None:
    found = analysed(BIG, cart={"prior": {"baseline": 0.12, "give_or_take": 0.01}})
    fitting = check(found, "prior.cart")
    assert fitting is not None
    assert (fitting.status, fitting.fix) == ("pass", "")
    assert check(found, "prior.order") is None


def test_a_contradicted_prior_does_not_change_the_verdict() -> None:
    wrong = analysed(BIG, cart={"prior": {"baseline": 0.5, "give_or_take": 0.01}})
    assert wrong.verdicts == analysed(BIG).verdicts
    assert [one.label for one in wrong.carry_through] == [
        one.label for one in analysed(BIG).carry_through
    ]


def test_without_a_rope_there_is_no_equivalence() -> None:
    assert {one.equivalence for one in analysed(COUNTS).bayes.posteriors} == {None}


@pytest.mark.parametrize("prior", [PRIORS[0], *PRIORS[3:]], ids=str)
@given(nested)
@examples(12)
def test_the_parts_around_a_rope_add_up_and_the_densest_interval_is_no_wider(
    prior: Any, reached: list[list[int]]
) -> None:
    test = counted(reached, rope=0.02, prior=prior)
    goals = stages.goals(*test)
    rows = {(one.goal, one.variant): one for one in goals}
    for one in stages.view(*test, goals).posteriors:
        assert one.equivalence is not None
        parts = (one.equivalence.below, one.equivalence.within, one.equivalence.above)
        assert min(parts) >= 0
        assert sum(parts) == pytest.approx(1)
        credible = rows[one.goal, one.variant].credible
        assert credible is not None
        densest, equal = one.equivalence.densest, credible.lift
        assert densest.high - densest.low <= (equal.high - equal.low) * 1.003


def test_primary_and_macro_are_drawn_and_the_rest_is_not() -> None:
    goals = {"cart": CART, "pay": {"kind": "milestone"}, "order": ORDER, "again": ORDER}
    experiment = Experiment(name="made", variants=("A", "B"), goals=goals)
    counts = JointCounts.of_path(
        ("A", "B"), tuple(goals), [[900, 90, 50, 40, 5], [900, 99, 50, 44, 6]]
    )
    posteriors = analyze(experiment, counts).bayes.posteriors
    assert [one.goal for one in posteriors if one.curve is not None] == ["cart", "order"]


def test_a_curve_holds_nearly_all_of_the_posterior_around_its_median() -> None:
    found = analysed(COUNTS)
    for one in found.bayes.posteriors:
        credible = row(found, one.goal).credible
        assert one.curve is not None
        assert credible is not None
        lift, density = np.array(one.curve.lift), np.array(one.curve.posterior)
        mass = density * (lift[1] - lift[0])
        assert 0.995 < mass.sum() <= 1
        assert mass[lift < credible.lift.estimate].sum() == pytest.approx(0.5, abs=0.05)


def test_a_uniform_prior_has_the_known_density_of_a_ratio() -> None:
    # Two uniform rates: the ratio r has density 1/2 up to 1 and 1 / (2 r^2) beyond.
    curve = analysed(COUNTS, prior="uniform").bayes.posteriors[1].curve
    assert curve is not None
    lift = np.array(curve.lift)
    expected = np.where(lift < 0, 0.5, 0.5 / (1 + lift) ** 2)
    assert np.array(curve.prior) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("prior", PRIORS[1:])
def test_a_curve_is_that_of_its_own_goal_and_prior(prior: Any) -> None:
    three = [[2_000, 240, 60], [2_000, 275, 66], [2_100, 290, 59]]
    mixed = analysed(three, cart={"prior": prior}).bayes.posteriors
    alike = analysed(three, prior=prior).bayes.posteriors
    for one, same, goal in zip(mixed, alike, ["cart", "order"] * 2, strict=True):
        assert (one.goal, same.goal, one.variant) == (goal, goal, same.variant)
        assert one.curve is not None
        assert same.curve is not None
        if goal == "cart":  # under the same prior
            assert one.curve.posterior == pytest.approx(same.curve.posterior, rel=1e-9)
        density, width = np.array(one.curve.posterior), np.diff(one.curve.lift)[0]
        assert 0.99 < density.sum() * width <= 1


def test_a_silent_control_draws_a_curve_of_bounded_length() -> None:
    curve = analysed([[500, 20, 0], [500, 30, 8]]).bayes.posteriors[1].curve
    assert curve is not None
    assert np.isfinite([curve.lift, curve.posterior, curve.prior]).all()


@given(nested.filter(lambda arms: len(arms) == 3))
@examples(15)
def test_chances_to_be_best_add_up_to_one(reached: list[list[int]]) -> None:
    test = counted(reached)
    found = stages.view(*test, stages.goals(*test)).standings
    for goal in ("cart", "order"):
        chances = [one.probability_best for one in found if one.goal == goal]
        assert len(chances) == 3
        assert sum(chances) == pytest.approx(1)


def test_the_best_arm_of_a_goal_that_should_fall_is_the_lowest() -> None:
    reached = [[2_000, 300, 90], [2_000, 300, 60], [2_000, 300, 120]]
    up, down = (
        {
            one.variant: one.probability_best
            for one in analysed(reached, order={"direction": way}).bayes.standings
            if one.goal == "order"
        }
        for way in ("up", "down")
    )
    assert max(up, key=up.__getitem__) == "C"
    assert max(down, key=down.__getitem__) == "B"


def test_arms_that_are_tied_by_a_prior_of_the_lift_have_no_standings() -> None:
    found = analysed([[900, 90, 9], [900, 110, 9], [900, 120, 9]], prior={"lift_sd": 0.1})
    assert found.bayes.standings == ()
    assert "is told for rates only" in " ".join(found.render("text").split())


def test_two_arms_have_no_standings() -> None:
    assert analysed(COUNTS).bayes.standings == ()


def test_the_headline_is_shown_under_three_priors_that_agree_on_much_data() -> None:
    few, many = analysed(COUNTS), analysed([[1000 * n for n in arm] for arm in COUNTS])
    assert [len(found.bayes.sensitivity) for found in (few, many)] == [3, 3]
    own = few.bayes.sensitivity[0]
    assert [one.prior for one in few.bayes.sensitivity][:2] == [
        *("Jeffreys' beta (0.5, 0.5)", "uniform beta (1, 1)"),
    ]
    assert own.probability_better == pytest.approx(row(few, "cart").probability_better, abs=1e-8)
    lifts = [one.lift.estimate for one in many.bayes.sensitivity]
    assert max(lifts) - min(lifts) < 2e-3


def test_a_prior_of_ones_own_takes_the_place_of_the_sceptic() -> None:
    found = analysed(COUNTS, prior={"a": 2, "b": 9}).bayes.sensitivity
    assert [one.prior for one in found] == [
        *("Jeffreys' beta (0.5, 0.5)", "uniform beta (1, 1)", "beta (2, 9)"),
    ]


def test_a_sceptic_believes_less_than_the_data_alone() -> None:
    flat, _, sceptic = analysed(COUNTS, cart={"mde": 0.05}).bayes.sensitivity
    assert 0 < sceptic.lift.estimate < flat.lift.estimate
    assert sceptic.probability_better < flat.probability_better


def test_that_both_goals_rose_carries_its_monte_carlo_error() -> None:
    # Carry-through golden G2: the macro rises with probability 0.978, the micro for sure.
    found = analysed(BIG).carry_through[0].posterior
    assert found is not None
    assert found.both_up.value == pytest.approx(0.978, abs=4 * found.both_up.error + 0.002)
    assert found.both_up.value <= found.macro_up.value
    assert 0 < found.both_up.error < 0.01


def test_two_failures_among_all_who_arrive_speak_against_an_arm() -> None:
    # The failures of both steps have gamma laws, of shapes 1/2 + 2 + 1/2 and 1/2 + 1/2.
    units = 100_000
    reached = [[units, units, units - 2], [units, units, units]]
    found = analysed(reached).carry_through[0].posterior
    assert found is not None
    assert found.macro_up.value == pytest.approx(1 - 0.5**3, abs=1e-4)


def test_a_beta_prior_of_the_micro_goal_enters_its_joint_posterior() -> None:
    # A control and a treated arm pulled to one rate differ less surely than by their data.
    flat, pulled = (
        analysed(COUNTS, cart={"prior": prior}).carry_through[0].posterior
        for prior in ("jeffreys", {"a": 2_000, "b": 14_000})
    )
    assert flat is not None
    assert pulled is not None
    assert pulled.macro_up.value < flat.macro_up.value - 0.02
    assert pulled.both_up.value < flat.both_up.value


def test_equal_counts_give_an_equal_view() -> None:
    tolerant = {"loss_tolerance": 0.0005}
    first, second = (analyze(*counted(COUNTS, decision=tolerant)).bayes for _ in range(2))
    assert first == second


def test_a_value_is_read_as_a_rate_times_a_mean() -> None:
    experiment, counts = datasets.load("hillstrom")
    found = analyze(experiment, counts)
    for one in found.goals:
        if one.is_value and one.segment is None:
            assert one.credible is not None
            assert (one.probability_better > 0.975) == (one.credible.lift.low > 0)
            # Of so many units the posterior is nearly normal, as the test is.
            assert 2 * (1 - one.probability_better) == pytest.approx(one.p_value, abs=0.002)
            gap = one.loss_of_control - one.expected_loss
            assert gap == pytest.approx(one.difference.estimate, rel=0.01)


def test_a_value_nobody_has_is_not_known_and_says_why() -> None:
    experiment = Experiment(
        name="made",
        variants=("A", "B"),
        goals={"order": ORDER, "revenue": ORDER | {"value": "revenue"}},
    )
    header = ("variant", "goal__order", "units", "sum__revenue", "product__revenue__revenue")
    rows = [("A", 0, 90, 0, 0), ("A", 1, 10, 500, 30_000), ("B", 0, 90, 0, 0)]
    found = row(analyze(experiment, JointCounts.from_rows(header, rows)), "revenue")
    assert np.isnan([found.probability_better, found.expected_loss]).all()
    assert found.credible is None
    assert found.note


@pytest.mark.parametrize("reached", [[0, 0, 0], [1, 0, 0], [1, 1, 1], [10**9, 10**8, 10**7]])
def test_extremes_have_a_view(reached: list[int]) -> None:
    found = analysed([reached] * 2, rope=0.01, decision={"loss_tolerance": 0.001}).bayes
    assert len(found.posteriors) == 2
    for one in found.posteriors:
        assert one.equivalence is not None
        assert one.equivalence.below == pytest.approx(one.equivalence.above, abs=0.02)


@pytest.mark.parametrize("prior", [{"a": 0.1, "b": 0.1}, {"a": 5000, "b": 0.1}, *PRIORS[3:]])
@pytest.mark.parametrize("treated", [[50, 0, 0], [50, 50, 50], [10**9, 0, 0], [10**9, 10**9, 1]])
def test_extreme_priors_and_counts_give_finite_figures(prior: Any, treated: list[int]) -> None:
    found = analysed([[50, 0, 0], treated], prior=prior, rope=0.01)
    for one in found.bayes.posteriors:
        assert one.equivalence is not None
        assert np.isfinite([one.equivalence.below, one.equivalence.above]).all()
        if one.curve is not None:
            assert np.isfinite([one.curve.lift, one.curve.posterior, one.curve.prior]).all()
    found.render("text")


def test_without_units_the_prior_is_all_there_is() -> None:
    found = analysed([[0, 0, 0], [0, 0, 0]], prior="uniform")
    assert row(found, "cart").probability_better == pytest.approx(0.5)
    assert row(found, "cart").expected_loss == pytest.approx(1 / 6)  # E max(Y - X, 0), uniform
    assert found.bayes.stopping == ()


def test_a_tolerance_is_held_against_the_lower_loss() -> None:
    (strict,) = analysed(COUNTS, decision={"loss_tolerance": 1e-6}).bayes.stopping
    (easy,) = analysed(COUNTS, decision={"loss_tolerance": 0.01}).bayes.stopping
    assert (strict.safe, easy.safe) == (False, True)
    assert strict.loss == easy.loss == row(analysed(COUNTS), "cart").expected_loss
    assert strict.choice == "B"


def test_a_tolerant_rule_stops_most_tests_without_an_effect_and_takes_half_of_them() -> None:
    (found,) = analysed(BIG, decision={"loss_tolerance": 0.01}).bayes.stopping
    assert found.stopped.value > 0.99
    assert found.mistaken.value == pytest.approx(0.5, abs=4 * found.mistaken.error + 0.01)


def test_a_tolerance_changes_no_verdict() -> None:
    plain = analysed(COUNTS)
    found = analysed(COUNTS, decision={"loss_tolerance": 0.01})
    assert [one.decision for one in found.verdicts] == [one.decision for one in plain.verdicts]


def test_the_view_stands_apart_from_everything_else() -> None:
    plain, other = analysed(COUNTS), analysed(COUNTS, rope=0.05)
    # What was detectable holds NaN, which equals nothing.
    plain, other = (replace(one, bayes=Bayes(), detectable=()) for one in (plain, other))
    assert replace(plain, experiment=other.experiment) == replace(
        other, provenance=plain.provenance
    )


def test_equal_rates_speak_for_no_difference_and_unlike_ones_against_it() -> None:
    same, unlike = (
        analysed([[20_000, 2_400, 60], [20_000, more, 60]]).bayes.evidence[0]
        for more in (2_400, 2_600)
    )
    assert same.unrelated < same.close  # two unrelated rates expect too large a lift
    assert unlike.close > 0 > same.close


def test_bayes_factors_are_those_of_their_priors() -> None:
    found = analysed(COUNTS, cart={"mde": 0.1}).bayes.evidence[0]
    arms = Binomial(275, 2_000), Binomial(240, 2_000)
    wanted = log_odds_factor(*arms, ratio_sd=log1p(0.1), level_sd=3).differ
    assert found.expected == 0.1
    assert found.close == pytest.approx(float(wanted))
    assert found.unrelated == pytest.approx(float(independent_rates(*arms)))


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_planned_end_asks_for_the_chance_of_success(direction: str) -> None:
    # Ten of twenty days have run, so as many units as there are will still come.
    found = dated("2026-03-21", direction).bayes.evidence[0]
    now = [Beta(reached + 0.5, 2_000.5 - reached) for reached in (275, 240)]
    if direction == "down":
        now = [Beta(law.b, law.a) for law in now]
    wanted = probability_of_success(*now, 2_000, 2_000, threshold=0.975)
    assert (found.left.control, found.left.treated) == (2_000, 2_000)
    assert found.success == pytest.approx(float(wanted))


@pytest.mark.parametrize("end", [None, "2026-03-11"])
def test_without_days_to_come_nothing_is_predicted(end: str | None) -> None:
    assert np.isnan(dated(end, "up").bayes.evidence[0].success)


def dated(end: str | None, direction: str) -> Analysis:
    """Ten days of COUNTS from 1 March, the end being the first day after the test."""
    experiment = Experiment(
        name="dated",
        variants=("A", "B"),
        start="2026-03-01",
        end=end,
        goals={"cart": CART | {"direction": direction}, "order": ORDER},
    )
    header = ("variant", "period", "goal__cart", "goal__order", "units")
    rows = [
        (arm, day, cart, 0, units)
        for arm, reached in (("A", 240), ("B", 275))
        for day, carts in (("2026-03-01", 100), ("2026-03-10", reached - 100))
        for cart, units in ((1, carts), (0, 1_000 - carts))
    ]
    return analyze(experiment, JointCounts.from_rows(header, rows))


def test_the_best_of_several_arms_is_told_under_a_prior_with_a_vague_part() -> None:
    arms = [[900, 90, 9], [900, 110, 9], [900, 120, 9]]
    vague = {"a": 0.5, "b": 0.5, "vague": 0.3}  # both parts are Jeffreys'
    doubted, flat = (analysed(arms, prior=prior).bayes.standings for prior in (vague, "jeffreys"))
    for one, other in zip(doubted, flat, strict=True):
        assert one.probability_best == pytest.approx(other.probability_best)
        assert one.expected_loss == pytest.approx(other.expected_loss)
    strong = analysed(arms, prior={"a": 100, "b": 900, "vague": 0.3}).bayes.standings
    assert sum(one.probability_best for one in strong if one.goal == "cart") == pytest.approx(1)


def test_the_parts_of_the_view_are_tidy_frames() -> None:
    found = analysed(COUNTS, decision={"loss_tolerance": 0.01})
    assert list(found.to_pandas("evidence").goal) == ["cart"]
    assert len(found.to_pandas("sensitivity")) == 3
    assert "stopped_value" in found.to_pandas("stopping")
    assert len(found.to_pandas("posteriors")) == 2
