"""Thousands of tests in one call: every one of them as `analyze` judges it by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from abmicro import Experiment, JointCounts, analyze
from abmicro.analysis.results import GoalResult
from abmicro.analysis.verdict.many_tests import JudgedTests, judge_tests
from abmicro.counts.many_tests import table_of_tests
from abmicro.errors import CountsError
from abmicro.stats.verdict import BETTER, OPEN, WORSE

pytestmark = pytest.mark.journey

STEPS = ("view", "cart", "order", "returns", "video")
PATTERNS = [(a > 0, a > 1, a > 2, r, v) for a in range(4) for r in (0, 1) for v in (0, 1)]
GOALS: dict[str, dict[str, Any]] = {
    "view": {"kind": "milestone"},
    "cart": {"kind": "milestone", "role": "primary", "mde": 0.1},
    "order": {"kind": "macro"},
    "returns": {"kind": "action", "role": "guardrail", "margin": 0.1, "direction": "down"},
    "video": {"kind": "action"},
}
REVENUE = {"kind": "macro", "value": "eur", "mde": 0.2}
GUARDS = {BETTER: "held", OPEN: "unclear", WORSE: "harmed"}
START = date(2026, 10, 5)


def experiment(**keys: Any) -> Experiment:
    usual: dict[str, Any] = {"name": "t", "variants": ["A", "B"], "goals": GOALS}
    return Experiment(**usual | keys)


def shares(moved: float, carried: float, broken: float) -> np.ndarray:
    """Probability of each pattern, with lifts of cart, order and returns."""
    view, cart, order = 0.4, 0.12 * (1 + moved), 0.03 * (1 + moved * carried)
    reached = np.array([1 - view, view - cart, cart - order, order])
    returns, video = 0.1 * (1 + broken), np.array([0.05, 0.1, 0.2, 0.3])
    apart = np.array([[1 - returns, returns]]).T * np.ones((2, 2))
    found = reached[:, None, None] * apart[None, :, :1]
    watched = np.stack([1 - video, video], axis=-1)[:, None]
    return np.asarray((found * watched).ravel())


def drawn(
    variants: tuple[str, ...], units: Any, tests: int, *, days: int = 0, money: bool = False
) -> JointCounts:
    """Tests of all sorts of truths; treated arms differ. units: by arm, or by day and arm."""
    rng = np.random.default_rng(20_261_130)
    sizes = np.atleast_2d(units).T
    cells = np.zeros((tests, *sizes.shape, len(PATTERNS)), dtype=np.int64)
    for test in range(tests):
        for arm, by_day in enumerate(sizes.tolist()):
            lift = 0.0 if arm == 0 else rng.choice([0.0, 0.1, 0.2, -0.1])
            truth = shares(lift, rng.choice([0, 0.5, 1, -1]), arm and rng.choice([0, 0.1, 0.3]))
            cells[test, arm] = rng.multinomial(by_day, truth)
    labels = {"goals": STEPS, "patterns": PATTERNS, "units": cells if days else cells[:, :, 0]}
    more: dict[str, Any] = {"days": [START + timedelta(days=at) for at in range(days)]}
    if money:
        buyers = cells * np.array([pattern[2] for pattern in PATTERNS])
        mean = rng.lognormal(0, 0.2, (tests, len(sizes), 1, 1))
        sums = buyers * 20.0 * mean
        products = buyers * 900.0 * mean**2
        if not days:
            sums, products = sums[:, :, 0], products[:, :, 0]
        more |= {"measures": ("revenue",), "sums": sums[..., None]}
        more["products"] = products[..., None, None]
    return table_of_tests(variants, **labels, **more)


def one_of(tests: JointCounts, at: int) -> JointCounts:
    """One of the tests as the table of an experiment by itself."""
    nothing = tests.apart.sums[:, :1]
    return replace(
        tests,
        segment_names=(),
        segments=((),),
        units=tests.units[:, at : at + 1],
        rows=tests.rows[:, at : at + 1],
        sums=tests.sums[:, at : at + 1],
        products=tests.products[:, at : at + 1],
        apart=replace(tests.apart, sums=nothing, squares=nothing),
    )


def assert_row(found: JudgedTests, row: GoalResult, at: tuple[int, int]) -> None:
    goal = found.goals[row.goal]
    seen = (goal.p_value, goal.adjusted, *goal.difference, *goal.lift)
    told = (row.difference, row.lift)
    ends = [end for one in told for end in (one.estimate, one.low, one.high)]
    expected = [row.p_value, row.adjusted_p_value, *ends]
    assert [float(one[at]) for one in seen] == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert goal.state[at] == row.is_better(0.05) - row.is_worse(0.05)
    if row.noninferiority is not None:
        assert GUARDS[int(goal.guard_state[at])] == row.noninferiority.status


KINDS: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "rates": ({}, [9000, 9000], {}),
    "three variants": ({"variants": ["A", "B", "C"]}, [6000, 6000, 6000], {}),
    "dunnett": (
        {"variants": {"A": 0.5, "B": 0.3, "C": 0.2}, "analysis": {"correction": "dunnett"}},
        [10_000, 6000, 4000],
        {},
    ),
    "amounts": ({"goals": {**GOALS, "revenue": REVENUE}}, [9000, 9000], {"money": True}),
    "amounts only": (
        {"goals": {"cart": GOALS["cart"], "revenue": {**REVENUE, "margin": None}}},
        [9000, 9000],
        {"money": True},
    ),
    "few": ({"decision": {"require": "not_contradicted"}}, [300, 300], {}),
    "ramp": (
        {
            "start": START,
            "variants": {"A": 0.9, "B": 0.1},
            "ramp": [{"since": START + timedelta(days=1), "allocation": {"A": 0.5, "B": 0.5}}],
        },
        [[9000, 1000], [5000, 5000], [5000, 5000]],
        {"days": 3},
    ),
}


@pytest.mark.parametrize("third", [0, *(pytest.param(at, marks=pytest.mark.slow) for at in (1, 2))])
@pytest.mark.parametrize("kind", KINDS)
def test_each_of_many_tests_is_judged_as_analyze_judges_it(kind: str, third: int) -> None:
    keys, units, more = KINDS[kind]
    judged = experiment(**keys)
    tests = drawn(tuple(arm.name for arm in judged.variants), units, 30, **more)
    found = judge_tests(judged, tests)
    for at in range(third, 30, 3):
        alone = analyze(judged, one_of(tests, at))
        for arm, variant in enumerate(judged.treated):
            for row in alone.goals:
                if row.variant == variant.name:
                    assert_row(found, row, (arm, at))
            for pair in alone.carry_through:
                if pair.variant == variant.name:
                    label = pair.label.replace("underpowered", "inconclusive")
                    assert found.pairs[pair.micro, pair.macro].label[arm, at] == label
        assert found.decision[:, at].tolist() == [one.decision for one in alone.verdicts]
    assert len(set(found.decision.ravel().tolist())) > 1


def with_past(tests: int) -> JointCounts:
    """Tests of goals that people who bought before reach more readily."""
    rng, units, sums, products = np.random.default_rng(7), [], [], []
    for lift in (0.0, 0.4) * tests:
        past = rng.poisson(1, 4000)
        cart = rng.random(4000) < 0.12 * (1 + lift)
        order = cart & (rng.random(4000) < 0.25 + 0.1 * (past > 1))
        money = order * rng.lognormal(3, 0.5, 4000)
        values = np.stack([money, 10.0 * past + rng.random(4000), past], axis=-1)
        parts = [values[(cart + order) == reached] for reached in range(3)]
        units.append([len(part) for part in parts])
        sums.append([part.sum(axis=0) for part in parts])
        products.append([part.T @ part for part in parts])
    measures = ("revenue", "revenue__before", "order__before")
    cells, totals, squares = (
        np.array(part).reshape(tests, 2, *np.shape(part)[1:]) for part in (units, sums, products)
    )
    patterns = [(False, False), (True, False), (True, True)]
    table = (("A", "B"), ("cart", "order"), patterns, cells)
    return table_of_tests(*table, measures=measures, sums=totals, products=squares)


def test_goals_with_a_value_from_before_are_judged_as_analyze_judges_them() -> None:
    order = {"kind": "macro", "before": {"column": "orders_before"}}
    revenue = {"kind": "macro", "value": "eur", "before": {"column": "eur_before"}}
    judged = experiment(
        data={"shape": "units", "columns": {"variant": "variant"}},
        goals={"cart": {"kind": "milestone"}, "order": order, "revenue": revenue},
    )
    tests = with_past(6)
    found = judge_tests(judged, tests)
    for at in range(6):
        alone = analyze(judged, one_of(tests, at))
        for row in alone.goals:
            assert_row(found, row, (0, at))
        labels = {(one.micro, one.macro): one.label for one in alone.carry_through}
        assert labels == {pair: one.label[0, at] for pair, one in found.pairs.items()}


def test_before_the_end_only_harm_decides() -> None:
    judged = experiment()
    tests = drawn(("A", "B"), [60_000, 60_000], 60)
    late, early = (judge_tests(judged, tests, ended=ended) for ended in (True, False))
    assert set(early.decision.ravel().tolist()) == {"keep_control", "keep_running"}
    harm = early.decision == "keep_control"
    assert np.all(late.decision[harm] == "keep_control")
    assert 0 < harm.sum() < (late.decision == "keep_control").sum()


def test_a_table_of_tests_has_the_shape_of_its_arrays() -> None:
    with pytest.raises(CountsError, match="shape"):
        table_of_tests(("A", "B", "C"), ("x",), [[0], [1]], np.ones((5, 2, 2)))


def test_where_the_definition_rests_on_past_tests_nothing_ships_without_them() -> None:
    tests = drawn(("A", "B"), [60_000, 60_000], 60)
    plain = judge_tests(experiment(), tests).decision
    likely = {"start": START, "decision": {"require": "likely"}}
    asked = judge_tests(experiment(**likely), tests).decision
    assert (plain == "ship").any()
    assert (asked[plain == "ship"] == "unsettled").all()
    assert (asked[plain == "keep_control"] == "keep_control").all()
