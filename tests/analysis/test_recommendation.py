"""One recommendation over all variants, and how clearly the best of them leads."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from abmicro import Analysis, Experiment, Goal, JointCounts, analyze
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.miettinen_nurminen import lift, score_test

from ..examples import examples
from .conftest import CART, ORDER

NAMES = "ABCDE"


def judged(*arms: tuple[int, ...], goals: tuple[Goal, ...] = (CART, ORDER)) -> Analysis:
    """Arms as (units, cart, order), the control first."""
    names = tuple(NAMES[: len(arms)])
    steps = tuple(goal.name for goal in goals)
    table = JointCounts.of_path(names, steps, [[*arm] for arm in arms])
    return analyze(Experiment(name="m", variants=names, goals=goals), table)


BASE = (200_000, 24_000, 6_000)
GOOD = (200_000, 27_000, 6_700)
BETTER = (200_000, 27_000, 6_800)
BEST = (200_000, 28_000, 7_400)


def test_a_single_winner_is_recommended_by_name() -> None:
    found = judged(BASE, GOOD, BASE).recommendation
    assert (found.variant, found.sentence, found.against) == ("B", "Ship B.", ())


def test_two_winners_that_do_not_differ_are_both_named() -> None:
    analysis = judged(BASE, GOOD, BETTER)
    found = analysis.recommendation
    assert [verdict.decision for verdict in analysis.verdicts] == ["ship", "ship"]
    assert (found.variant, found.goal) == ("C", "order")
    (rival,) = found.against
    arms = [Binomial(arm[2], arm[0]) for arm in (BETTER, GOOD)]
    expected = lift(*arms)
    assert (rival.lift.low, rival.lift.high) == pytest.approx((expected.low, expected.high))
    assert rival.adjusted_p_value == pytest.approx(score_test(*arms).p)
    assert found.probability_best + rival.probability_best == pytest.approx(1, abs=1e-6)
    assert found.sentence.startswith(
        "Ship C. B does as well: either will do (C against B: orders -1.8% to 4.9%;"
    )
    assert found.sentence.endswith("chance to be best: C 80.9%, B 19.1%).")


def test_a_winner_that_is_clearly_best_beats_the_others() -> None:
    found = judged(BASE, GOOD, BEST).recommendation
    assert found.sentence == "Ship C; it beat B."


def test_three_winners_are_compared_over_all_their_pairs() -> None:
    found = judged(BASE, GOOD, BETTER, BEST).recommendation
    assert found.sentence == "Ship D; it beat B and C."
    assert [round(one.lift.level, 6) for one in found.against] == [round(1 - 0.05 / 3, 6)] * 2
    p = score_test(Binomial(BEST[2], BEST[0]), Binomial(GOOD[2], GOOD[0])).p
    assert found.against[0].adjusted_p_value == pytest.approx(min(1, 3 * p))


def test_a_goal_that_should_fall_is_best_where_it_fell_most() -> None:
    errors = Goal(name="errors", kind="macro", role="primary", direction="down")
    found = judged((100_000, 6_000), (100_000, 5_500), (100_000, 5_300), goals=(errors,))
    assert (found.recommendation.variant, found.recommendation.goal) == ("C", "errors")


@pytest.mark.parametrize(
    ("treated", "sentence"),
    [
        (((200_000, 22_000, 5_000),), "Keep A."),
        (((200_000, 25_000, 6_100),), "Not settled whether B does better than A."),
        (((180_000, 25_000, 6_100),), "Do not decide yet: the data failed a check."),
    ],
)
def test_without_a_winner_nothing_is_recommended(
    treated: tuple[tuple[int, ...], ...], sentence: str
) -> None:
    found = judged(BASE, *treated).recommendation
    assert found.variant is None
    assert found.sentence.startswith(sentence)


def test_every_form_begins_with_the_recommendation() -> None:
    analysis = judged(BASE, GOOD, BETTER)
    for form in ("text", "md", "html", "summary", "terminal"):
        shown = " ".join(analysis.render(form).replace("\n", " ").split())
        said, lower = shown.find("Ship C."), shown.lower()
        assert 0 <= lower.find("ship it") < said, form
        assert said < lower.find("ship it", said) < lower.find("as good as c"), form  # by variant
    second = judged(BASE, GOOD, BEST).render("text")
    assert "B against A: Works, second best:" in second


arms = st.tuples(st.integers(0, 60), st.integers(0, 40), st.integers(100, 160)).map(
    lambda more: (100_000, 12_000 + 25 * more[0] + 25 * more[1], 3_000 + 8 * more[0])
)


@examples(20)
@given(st.lists(arms, min_size=1, max_size=4))
def test_the_recommended_variant_ships_and_none_clearly_beats_it(
    treated: list[tuple[int, ...]],
) -> None:
    analysis = judged((100_000, 12_000, 3_000), *treated)
    winners = {one.variant for one in analysis.verdicts if one.decision == "ship"}
    found = analysis.recommendation
    assert (found.variant in winners) == bool(winners)
    assert {one.variant for one in found.against} == winners - {found.variant}
    pairs = max(len([*combinations(winners, 2)]), 1)
    for rival in found.against:
        assert rival.lift.estimate >= 0
        assert rival.lift.level == pytest.approx(1 - 0.05 / pairs)
        assert (rival.lift.low > 0) == (rival.adjusted_p_value < 0.05)
