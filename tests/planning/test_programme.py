"""What thirty tests such as the planned one gain, and both halves of it in words."""

from __future__ import annotations

import numpy as np
import pytest

import abmicro as ab
from abmicro.analysis.results import ProgrammeGain
from abmicro.design.programme_gain import INSURANCE
from abmicro.stats.programme import programme_worth, typical_programme

from ..portfolio.pasts import drawn, history

GOALS = {
    "cart": {"kind": "milestone", "baseline": 0.12, "mde": 0.05},
    "order": {"kind": "macro", "baseline": 0.03},
}


def planned(**plan: object) -> ab.Plan:
    return ab.plan(ab.Experiment(name="Next", variants=["a", "b"], goals=GOALS, plan=plan))


def test_thirty_small_tests_gain_what_the_programme_table_says() -> None:
    """The row "typical" of the design note: 825 by assumption, 84 by waiting, 2,308 at best."""
    gained = planned(traffic="5000/week", weeks=1).programme
    assert gained is not None
    assert (gained.tests, gained.per) == (30, 100_000)
    assert gained.together == pytest.approx(825, abs=80)
    assert gained.waiting == pytest.approx(84, abs=20)
    assert gained.truth == pytest.approx(2308, abs=150)
    assert 0.30 < gained.losers < 0.47


def test_more_traffic_gains_more_and_never_more_than_the_truth() -> None:
    small, large = (planned(traffic=f"{units}/week", weeks=1).programme for units in (5e3, 5e5))
    assert small is not None
    assert large is not None
    assert small.together < large.together < large.truth == pytest.approx(small.truth)
    assert small.waiting < large.waiting < large.together
    assert small.losers > large.losers
    assert small.proof < large.proof


def test_both_halves_stand_on_every_page_of_a_plan() -> None:
    plan = planned(traffic="5000/week", weeks=1)
    for form in ("text", "md", "html", "json"):
        page = " ".join(plan.render(form).split())
        assert "Over 30 such tests, shipping whatever carts and orders together favour" in page
        assert "no gains." in page
        assert INSURANCE in page


def test_without_traffic_or_macro_goal_nothing_is_said_of_many_tests() -> None:
    assert planned().programme is None
    cart = {"cart": GOALS["cart"]}
    meant = ab.Experiment(name="Next", variants=["a", "b"], goals=cart, plan={"traffic": 900.0})
    assert ab.plan(meant).programme is None


def gained(past: ab.History) -> tuple[ProgrammeGain, ProgrammeGain]:
    """What a plan says of thirty tests with a past and without it."""
    plan = {"traffic": "5000/week", "weeks": 1}
    meant = ab.Experiment(name="Next", variants=["a", "b"], goals=GOALS, plan=plan, site="ours")
    found = (ab.plan(meant, history=past).programme, ab.plan(meant).programme)
    assert found[0] is not None
    assert found[1] is not None
    return found


def test_own_past_tests_say_how_far_changes_go() -> None:
    bold, assumed = gained(history(drawn(60, lift_sd=0.1, slope=0.9, site="ours")))
    assert "This rests on 60 past tests." in bold.sentences
    assert bold.together > 1.5 * assumed.together
    flat, assumed = gained(history(drawn(60, lift_sd=0.05, slope=0.0, site="ours")))
    assert flat.together < 0.8 * assumed.together


@pytest.mark.parametrize(("tests", "site"), [(19, "ours"), (60, "theirs")])
def test_few_past_tests_or_those_of_other_sites_leave_what_is_assumed(
    tests: int, site: str
) -> None:
    found, assumed = gained(history(drawn(tests, lift_sd=0.1, site=site)))
    assert found == assumed


def test_the_worth_of_a_programme_is_that_of_simulated_ones() -> None:
    """Means over 200,000 changes, of which those ship that each rule picks."""
    rng, noise = np.random.default_rng(4), np.array([0.0059, 0.0059, 0.0259])
    true = rng.multivariate_normal([0, 0], [[0.0025, 0.00175], [0.00175, 0.002125]], 200_000)
    seen = true + rng.multivariate_normal([0, 0], noise[[[0, 1], [1, 2]]], len(true))
    omega = np.array([[0.0025, 0.00175], [0.00175, 0.002125]])
    best = seen @ np.linalg.solve(omega + noise[[[0, 1], [1, 2]]], omega[:, 1])
    ships = best > 0, seen[:, 1] > 1.96 * np.sqrt(noise[2]), true[:, 1] > 0
    gained = [3000 * np.expm1(30 * np.mean(true[:, 1] * one)) for one in ships]
    found = programme_worth(typical_programme(), noise, 0.03)
    assert gained == pytest.approx([found.together, found.waiting, found.truth], rel=0.03)
    assert np.mean(true[ships[0], 1] < 0) == pytest.approx(found.losers, abs=0.006)
