"""The macro lift with past tests: beside the verdict, and inside it only where it was asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

import abmicro as ab
from abmicro.analysis.monitoring.running import monitor
from abmicro.analysis.results import MacroWithHistory
from abmicro.errors import DefinitionError
from abmicro.history import History, HistorySettings
from abmicro.stats.programme import (
    ProgrammePrior,
    arm_rates,
    blended,
    conflict,
    micro_only,
    programme,
)
from tests.history.programmes import GOALS, experiment, history, past

pytestmark = pytest.mark.journey

ROWS = ["macro_alone", "micro_with_history", "both_with_history", "both_with_defaults"]
LIKELY = {"require": "likely", "likely": 0.6}
BETTER = ((5000, 600, 150), (5000, 668, 176))


def table(reached: tuple[tuple[int, ...], ...] = BETTER) -> ab.JointCounts:
    arms = ("control", "new", "other")[: len(reached)]
    return ab.JointCounts.of_path(arms, ("cart", "order"), reached)


def found(
    held: History, reached: tuple[tuple[int, ...], ...] = BETTER, **keys: Any
) -> MacroWithHistory:
    return ab.analyze(experiment("today", **keys), table(reached), history=held).with_history[0]


def long_ago(tests: int = 12) -> History:
    """Tests that were added before today's began."""
    held = history(tests)
    return replace(held, tests=tuple(replace(one, added=date(2025, 1, 6)) for one in held.tests))


@pytest.fixture(scope="module")
def held() -> History:
    return history(12)


def test_past_tests_change_no_decision(held: History) -> None:
    meant = experiment("today")
    without, beside = ab.analyze(meant, table()), ab.analyze(meant, table(), history=held)
    assert beside.verdicts == without.verdicts
    assert beside.carry_through == without.carry_through
    assert beside.recommendation == without.recommendation
    assert without.with_history == ()
    assert [row.name for row in beside.with_history[0].rows] == ROWS


def test_the_rows_are_those_of_the_programme_model(held: History) -> None:
    told = found(held)
    both = np.array([[*row, row[2]] for row in BETTER])
    arms = arm_rates(both)
    lift, noise = arms.rates[1] - arms.rates[0], arms.noise.sum(axis=0)
    learnt = held.lifts(["cart", "order"]).learn()
    guesses = {
        "micro_with_history": micro_only(learnt, lift[0], noise[0]),
        "both_with_history": blended(learnt, lift, noise),
        "both_with_defaults": blended(programme([], [], [], []), lift, noise),
    }
    for name, guess in guesses.items():
        row = told.row(name)
        assert row is not None
        ends = row.lift.estimate, row.lift.low, row.lift.high
        assert ends == pytest.approx(np.expm1([guess.mean, guess.low, guess.high]), abs=1e-5)
        assert row.probability_up == pytest.approx(guess.p_up, abs=1e-5)
        assert row.orders_per_1000.estimate == pytest.approx(30 * row.lift.estimate)
    assert told.conflict == pytest.approx(conflict(learnt, lift, noise))
    assert (told.tests, told.basis, np.isnan(told.trust)) == (12, "own", True)


def test_the_first_row_is_that_of_the_goal(held: History) -> None:
    analysis = ab.analyze(experiment("today"), table(), history=held)
    order = next(row for row in analysis.goals if row.goal == "order")
    assert analysis.with_history[0].rows[0].lift == order.lift


def test_an_empty_history_rests_on_assumptions_and_says_so() -> None:
    told = found(History())
    assert [row.name for row in told.rows] == ["macro_alone", "both_with_defaults"]
    assert told.basis == "assumption"
    assert told.notes[0] == "There is no past test to learn from, so this rests on assumptions."


def test_a_test_does_not_tell_about_itself(held: History) -> None:
    renamed = ab.analyze(experiment("copy"), held.tests[3].counts, history=held)
    assert renamed.with_history[0].tests == 11


def test_tests_of_other_sites_are_trusted_less(held: History) -> None:
    tests = tuple(
        replace(one, experiment=experiment(one.key, site="elsewhere.example"))
        for one in held.tests[:3]
    )
    mixed = replace(held, tests=(*tests, *held.tests[3:]))
    told = found(mixed)
    assert told.basis == "other"
    assert 0.5 < told.trust < 1
    assert "This borrows from 3 tests of other sites." in told.notes
    plain = replace(mixed, settings=HistorySettings(trust=1))
    assert found(plain).best == found(held).best


def test_a_test_unlike_the_earlier_ones_moves_to_its_own_data(held: History) -> None:
    reached = (50_000, 6_000, 1_500), (50_000, 7_200, 1_000)
    told = found(held, reached)
    assert told.conflict < -2
    assert told.notes[0] == (
        f"This test does not look like your earlier ones (z = {told.conflict:.1f})."
    )
    elsewhere = experiment("today", site="here.example"), table(reached)
    tests = tuple(
        replace(one, experiment=experiment(one.key, site="elsewhere.example")) for one in held.tests
    )
    robust = ab.analyze(*elsewhere, history=replace(held, tests=tests)).with_history[0]
    assert robust.trust < 0.05
    assert "of the weight moved to its own data." in robust.notes[0]
    own = robust.rows[0].lift
    assert robust.best.lift.estimate == pytest.approx(own.estimate, abs=0.02)


def test_an_action_beside_the_path_is_expected_to_bring_less() -> None:
    """Of its lift the macro goal shows the part of buyers that the action could have brought."""
    rows = [("control", 0, 0, 4300), ("control", 1, 0, 500), ("control", 0, 1, 100)]
    rows += [("control", 1, 1, 100), ("new", 0, 0, 4240), ("new", 1, 0, 550)]
    rows += [("new", 0, 1, 100), ("new", 1, 1, 110)]
    counts = ab.JointCounts.from_rows(("variant", "goal__search", "goal__order", "units"), rows)
    goals = {
        "search": {"kind": "action", "role": "primary", "window": "7d"},
        "order": {"kind": "macro", "window": "7d"},
    }
    told = ab.analyze(experiment("today", goals=goals), counts, history=History())
    arms = arm_rates([[5000, 600, 200, 100], [5000, 660, 210, 110]])
    share = 1 - (100 / 4400) / (200 / 5000)
    learnt = programme([], [], [], [], prior=ProgrammePrior(slope=0.7 * share))
    guess = blended(learnt, arms.rates[1] - arms.rates[0], arms.noise.sum(axis=0))
    assert told.with_history[0].best.lift.estimate == pytest.approx(np.expm1(guess.mean))


def test_every_variant_has_its_rows_and_a_fault_has_none(held: History) -> None:
    arms = ("control", "new", "other")
    reached = (*BETTER, (5000, 590, 149))
    meant = experiment("today", arms)
    analysis = ab.analyze(meant, table(reached), history=held)
    assert [one.variant for one in analysis.with_history] == ["new", "other"]
    lopsided = (5000, 600, 150), (9000, 1100, 280)
    faulty = ab.analyze(experiment("today"), table(lopsided), history=held)
    assert faulty.with_history == ()
    assert [one.panel for one in faulty.absent] == ["with_history"]
    assert "Not shown: no micro goal" in faulty.render("text")


def test_no_past_test_with_both_goals_is_refused_with_what_there_is(held: History) -> None:
    goals = {"click": GOALS["cart"], "order": GOALS["order"]}
    clicks = ab.JointCounts.of_path(("control", "new"), ("click", "order"), BETTER)
    with pytest.raises(DefinitionError) as refused:
        ab.analyze(experiment("today", goals=goals), clicks, history=held)
    assert str(refused.value) == (
        "history: no past test can be used for click and order: has no goal click (12) (E618); "
        "what past tests call a goal stands in [aliases] of history.toml; their goals: cart, order"
    )
    aliased = replace(held, settings=HistorySettings(aliases={"click": ["cart"]}))
    meant = experiment("today", goals=goals)
    assert ab.analyze(meant, clicks, history=aliased).with_history[0].tests == 12


def test_a_page_names_what_many_tests_gain_both_halves_of_it(held: History) -> None:
    told = found(held).gain
    assert told.truth > told.together > told.waiting > 0
    assert 0.3 < told.losers < 0.5
    text = " ".join(told.sentences)
    assert "The large step is to use both goals together." in text
    assert "they turned 13 extra orders into 146 in our simulations" in text
    analysis = ab.analyze(experiment("today"), table(), history=held)
    for form in ("text", "md", "html", "json"):
        page = analysis.render(form)
        assert "The large step is to use both goals together." in " ".join(page.split())


# What was asked for before the start


def test_likely_ships_by_past_tests_although_the_primary_goal_is_open() -> None:
    reached = (5000, 600, 150), (5000, 640, 168)
    meant = experiment("today", decision=LIKELY)
    (verdict,) = ab.analyze(meant, table(reached), history=long_ago()).verdicts
    assert (verdict.decision, verdict.basis) == ("ship", "history")
    assert "by history and this test together, not by this test alone" in verdict.because[0]
    assert "It rests on 12 past tests" in verdict.because[0]
    page = " ".join(ab.analyze(meant, table(reached), history=long_ago()).render("text").split())
    assert (
        "Ship new. By past tests and this one together the chance that orders rose is 79.9%, not "
        "by this test alone."
    ) in page
    assert "Carts rose" not in page
    plain = ab.analyze(experiment("today"), table(reached), history=long_ago()).verdicts[0]
    assert (plain.decision, plain.basis) == ("unsettled", "test")


def test_likely_leaves_a_better_primary_goal_open_where_the_macro_goal_is_not_likely_up() -> None:
    reached = (50_000, 6_000, 1_500), (50_000, 6_400, 1_470)
    meant = experiment("today", decision=LIKELY)
    (verdict,) = ab.analyze(meant, table(reached), history=long_ago()).verdicts
    assert (verdict.decision, verdict.basis) == ("unsettled", "history")
    assert "60% was asked for" in verdict.because[0]
    page = " ".join(ab.analyze(meant, table(reached), history=long_ago()).render("text").split())
    assert "the chance that orders rose is" in page
    assert "you asked for 60%." in page


def test_harm_comes_before_what_is_likely() -> None:
    reached = (50_000, 6_000, 1_500), (50_000, 5_000, 1_700)
    meant = experiment("today", decision=LIKELY)
    (verdict,) = ab.analyze(meant, table(reached), history=long_ago()).verdicts
    assert (verdict.decision, verdict.basis) == ("keep_control", "test")


def test_nothing_is_likely_before_the_end() -> None:
    meant = experiment("today", decision=LIKELY, end="2125-03-17")
    (verdict,) = ab.analyze(meant, table(), history=long_ago()).verdicts
    assert (verdict.decision, verdict.basis) == ("keep_running", "test")


@pytest.mark.parametrize(
    ("held", "what"),
    [
        (None, "likely needs 10 past tests, added before 2025-03-03, and none is given"),
        (history(12), "and there are 0"),
        (long_ago(9), "and there are 9"),
    ],
)
def test_likely_needs_ten_tests_from_before_the_start(held: History | None, what: str) -> None:
    meant = experiment("today", decision=LIKELY)
    with pytest.raises(DefinitionError, match=f"{what}.*E093"):
        ab.analyze(meant, table(), history=held)


def test_a_chance_below_a_half_is_no_likely_gain() -> None:
    with pytest.raises(DefinitionError, match=r"decision.likely: 0.4 is not a chance.*E014"):
        experiment("today", decision={"require": "likely", "likely": 0.4})


def test_a_guardrail_that_is_not_held_keeps_what_is_likely_from_shipping() -> None:
    goals = GOALS | {"back": {"kind": "action", "role": "guardrail", "margin": 0.02}}
    rows = [
        (arm, cart, order, back, size)
        for arm, carts, orders in (("control", 450, 150), ("new", 472, 168))
        for (cart, order), units in (
            ((0, 0), 5000 - carts - orders),
            ((1, 0), carts),
            ((1, 1), orders),
        )
        for back, size in ((1, units // 10), (0, units - units // 10))
    ]
    header = ("variant", "goal__cart", "goal__order", "goal__back", "units")
    counts = ab.JointCounts.from_rows(header, rows)
    meant = experiment("today", goals=goals, decision=LIKELY)
    (verdict,) = ab.analyze(meant, counts, history=long_ago()).verdicts
    assert verdict.decision == "unsettled"
    assert "Back may have fallen by more than the 2% you allow" in verdict.because[0]
    assert "by history and this test together" in verdict.because[1]


def test_monitor_does_not_ask_for_past_tests() -> None:
    days = [f"2025-03-{day:02}" for day in range(3, 17)]
    rows = [(arm, day, cart, 50) for arm in ("control", "new") for day in days for cart in (0, 1)]
    counts = ab.JointCounts.from_rows(("variant", "period", "goal__order", "units"), rows)
    goals = {"order": {"kind": "macro"}}
    told = monitor(experiment("today", goals=goals, decision=LIKELY), counts)
    assert told.state == "finished"


def test_past_of_one_arm_too_many_tests_uses_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abmicro.history.lifts.MOST_TESTS", 3)
    held = History(tuple(past(f"t{at}", at, start=f"2025-02-{at + 1:02}") for at in range(5)))
    used = held.lifts(["cart", "order"])
    assert [one.key for one in used.tests] == ["t2", "t3", "t4"]
    assert [one.why for one in used.left_out] == ["only the latest 3 tests are used"] * 2
