"""What all tests of a history say together: counted by hand, and as the model says it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import abmicro as ab
from abmicro.history import finished_test
from abmicro.stats import programme

from .pasts import drawn, history, past_test

pytestmark = pytest.mark.journey

CLEAR = [[20_000, 2_400, 600], [20_000, 2_800, 720]]
FLAT = [[20_000, 2_400, 600], [20_000, 2_410, 603]]
FALSE_FRIEND = [[20_000, 2_400, 600], [20_000, 2_800, 480]]


@pytest.fixture(scope="module")
def thirty() -> tuple[ab.History, ab.Portfolio]:
    """Thirty tests of 40,000 visitors; every third one is known to have shipped."""
    tests = tuple(
        replace(test, shipped="B" if at % 3 == 0 else "control")
        for at, test in enumerate(drawn(30, arms=3))
    )
    made = history(tests)
    return made, ab.review_history(made)


def test_wins_are_counted_and_set_against_chance() -> None:
    tests = [past_test(at, CLEAR if at < 3 else FLAT) for at in range(20)]
    tests = [replace(test, counts_sha256=test.key) for test in tests]  # alike, not the same
    found = ab.review_history(history(tuple(tests)))
    (order, cart) = found.goals
    assert (order.goal, order.tests, order.wins, order.losses) == ("order", 20, 3, 0)
    assert order.expected_by_chance == pytest.approx(0.5)
    assert order.chance_share_at_most == pytest.approx(1 / 6)
    assert order.sentence.startswith(
        "3 of 20 tests won in orders. By chance alone one would expect 0.50, so up to 17% of the "
        "wins may be flukes."
    )
    assert found.headline == order.sentence
    assert (cart.goal, cart.kind) == ("cart", "micro")


def test_every_figure_of_a_pair_is_that_of_the_model(
    thirty: tuple[ab.History, ab.Portfolio],
) -> None:
    made, found = thirty
    lifts = made.lifts(["cart", "order"])
    learnt, pair = lifts.learn(), found.pair
    assert pair is not None
    summary = programme.summary(learnt)
    assert pair.slope.estimate == summary.slope
    assert (pair.r2.low, pair.r2.high) == (summary.r2_low, summary.r2_high)
    assert pair.signs.agree == int((lifts.lifts.prod(axis=1) > 0).sum())
    assert sum(map(sum, pair.signs.table)) == pair.variants == 60
    usual = programme.threshold(learnt, float(np.median(learnt.noise[:, 0])))
    assert np.isclose(pair.threshold, np.expm1(usual), equal_nan=True)
    at_usual_size = 4 / 60_000 * np.array([1 / 0.12 - 1, 1 / 0.12 - 1, 1 / 0.03 - 1])
    expected = programme.proxy_quality(learnt, at_usual_size)
    assert pair.quality.both == pytest.approx(float(expected.both), rel=0.02)


def test_gains_are_of_what_went_live_and_keep_less_than_they_claim(
    thirty: tuple[ab.History, ab.Portfolio],
) -> None:
    made, found = thirty
    lifts = made.lifts(["cart", "order"])
    live = [
        row
        for row, (test, variant) in enumerate(zip(lifts.test, lifts.variants, strict=True))
        if test % 3 == 0 and variant == "B"
    ]
    gain, expected = found.gain, programme.gain(lifts.learn(), live)
    assert gain is not None
    assert (gain.changes, gain.assumed) == (10, False)
    assert gain.claimed == pytest.approx(np.expm1(expected.claimed))
    assert gain.kept.estimate == pytest.approx(np.expm1(expected.kept.mean))
    assert abs(gain.kept.estimate) < abs(gain.claimed)
    rate = lifts.reached[:, 1, 1].sum() / lifts.units.sum()
    assert gain.kept_per_1000.high == pytest.approx(1000 * rate * gain.kept.high)
    assert gain.steps[-1].kept == gain.kept
    assert "This assumes that gains add up and last." in gain.sentence


def test_one_variant_stands_for_its_test_the_shipped_one_first(
    thirty: tuple[ab.History, ab.Portfolio],
) -> None:
    tests = tuple(replace(test, shipped="C") for test in drawn(6, arms=3))
    lifts = ab.review_history(history(tests)).lifts
    assert {one.variant for one in lifts if one.counted} == {"C"}
    assert {one.variant for one in thirty[1].lifts if one.counted} == {"B"}
    assert all((one.kept is not None) == one.counted for one in lifts)


def test_where_nobody_said_what_shipped_winners_are_taken() -> None:
    tests = [past_test(at, CLEAR if at < 2 else FLAT) for at in range(5)]
    tests = [replace(test, counts_sha256=test.key) for test in tests]
    gain = ab.review_history(history(tuple(tests))).gain
    assert gain is not None
    assert (gain.changes, gain.assumed) == (2, True)
    assert "Where nobody said what went live, winners were taken." in gain.sentence


def test_false_friends_are_called_by_name() -> None:
    tests = (past_test(0, FALSE_FRIEND), *drawn(5, seed=3)[1:])
    pair = ab.review_history(history(tests)).pair
    assert pair is not None
    assert pair.signs.false_friends == ("Test 0",)
    assert pair.signs.table[0][2] == 1


@pytest.mark.parametrize("tests", [0, 1, 2, 4])
def test_few_tests_say_little_and_say_so(tests: int) -> None:
    found = ab.review_history(history(drawn(tests, seed=9)))
    assert found.tests == tests
    assert found.gain is None
    assert all(one.mean is None and np.isnan(one.sd) for one in found.goals)
    assert (found.typical is not None) == (tests >= 3)
    assert all("mostly assumption" in one.sentence for one in found.pairs)
    assert len(found.pairs) == (tests > 0)
    if not tests:
        assert "abmicro history add" in found.headline
        assert found.pair is None


def test_only_winners_make_the_page_warn() -> None:
    tests = [past_test(at, [[9_000 + at, 900, 200], [9_000, 950, 210]]) for at in range(12)]
    found = ab.review_history(history(tuple(tests)))
    assert found.warnings == (
        "All 12 recorded tests went up. If losers were not recorded, this is too rosy.",
    )
    assert found.warnings[0] in found.render("text").replace("\n", " ").replace("  ", " ")


def test_retired_goals_and_tests_without_the_goals_are_named() -> None:
    cells = ((0, 0, 900), (1, 0, 60), (0, 1, 90), (1, 1, 50))
    lone = {"order": {"kind": "macro"}, "play": {"kind": "action"}}
    rows = ab.JointCounts.from_rows(
        ("variant", "goal__order", "goal__play", "units"),
        [(arm, *cell) for arm in "AB" for cell in cells],
    )
    meant = ab.Experiment(name="Player", key="player", variants=("A", "B"), goals=lone)
    player = finished_test(ab.analyze(meant, rows), rows)
    found = ab.review_history(history((*drawn(6), player), retired={"play": "removed in March"}))
    assert [(one.goal, one.why) for one in found.retired] == [("play", "removed in March")]
    assert [(one.test, one.why) for one in found.left_out] == [("player", "has no goal cart")]
    assert {one.goal for one in found.lifts} == {"cart", "order"}


def test_a_goal_beside_the_path_is_expected_to_carry_less() -> None:
    """Half of those who order never search: the prior slope is diluted as the rates say."""
    goals = {"search": {"kind": "action"}, "order": {"kind": "macro"}}
    cells = ((1, 1, 150), (1, 0, 850), (0, 1, 150), (0, 0, 8_850))
    rows = ab.JointCounts.from_rows(
        ("variant", "goal__search", "goal__order", "units"),
        [(arm, *cell) for arm in ("control", "B") for cell in cells],
    )
    meant = ab.Experiment(name="Search", variants=("control", "B"), goals=goals)
    (pair,) = ab.review_history(history((finished_test(ab.analyze(meant, rows), rows),))).pairs
    assert not pair.on_path
    dilution = 1 - 150 / 9_000 / (300 / 10_000)
    assert pair.slope.estimate == pytest.approx(0.7 * dilution, abs=0.02)


def test_three_hundred_tests_are_learnt_from() -> None:
    kept = history(drawn(300, units=2_500))
    learnt = kept.lifts(["cart", "order"]).learn()
    assert len(learnt.lifts) == 300
