"""`ab.simulate`: planted truths are what they say, and verdicts on them those of `analyze`."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import abmicro as ab
from abmicro import datasets
from abmicro.analysis.verdict.many_tests import judge_tests
from abmicro.counts.records import Apart
from abmicro.simulation.reading_modes import look_days
from abmicro.simulation.simulate import simulate
from abmicro.simulation.world import PlantedLift, world_of_counts

from ..traffic.shops import days, shop

pytestmark = pytest.mark.slow

GOALS = {
    "view": {"kind": "milestone"},
    "cart": {"kind": "milestone", "mde": 0.1, "role": "primary"},
    "order": {"kind": "macro", "mde": 0.1},
}
BUTTON = ab.Experiment(name="Button", variants=["A", "B"], goals=GOALS)
PAST = ab.JointCounts.of_path(
    ("A", "B"), ("view", "cart", "order"), [[10_000, 6_000, 1_200, 300]] * 2
)


@pytest.fixture(scope="module")
def found() -> ab.Simulation:
    return simulate(BUTTON, PAST, runs=4_000)


@pytest.mark.parametrize("pass_through", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("lift", [0.2, 0.05, -0.1])
def test_a_planted_lift_moves_both_goals_by_what_it_says(lift: float, pass_through: float) -> None:
    world = world_of_counts(BUTTON, PAST)
    before, after = world.share, world.moved(world.share, PlantedLift(lift, pass_through))
    micro, macro = world.micro, world.macro
    assert after.sum() == pytest.approx(1)
    assert after @ micro == pytest.approx((1 + lift) * (before @ micro))
    usual = before @ macro / (before @ micro)  # nobody orders without a cart
    gained = lift * (before @ micro) * usual * pass_through
    assert after @ macro - before @ macro == pytest.approx(gained)


def test_beside_the_path_only_the_difference_of_both_rates_arrives() -> None:
    rows = [("all", 0, 0, 800), ("all", 0, 1, 40), ("all", 1, 0, 120), ("all", 1, 1, 40)]
    counts = ab.JointCounts.from_rows(("variant", "goal__wish", "goal__order", "units"), rows)
    goals = {"wish": {"kind": "action"}, "order": {"kind": "macro"}}
    world = world_of_counts(ab.Experiment(name="x", variants=["all"], goals=goals), counts)
    before = world.share
    after = world.moved(before, PlantedLift(0.1, 1.0))
    amount, inside, outside = 0.1 * 0.16, 40 / 160, 40 / 840
    assert (after - before) @ world.macro == pytest.approx(amount * (inside - outside))
    assert world.moved(before, PlantedLift(0.1, 0.0)) @ world.macro == pytest.approx(0.08)


def test_shuffles_keep_the_units_of_every_variant_and_pattern() -> None:
    world = world_of_counts(BUTTON, PAST)
    table = world.shuffled(50, np.random.default_rng(1))
    assert (table.units.sum(axis=(2, 3)) == 10_000).all()
    assert (table.units.sum(axis=(0, 2)) == PAST.units.sum(axis=(0, 1, 2))).all()


def test_if_nothing_differs_claims_are_as_rare_as_promised(found: ab.Simulation) -> None:
    for goal in found.shuffled.goals:
        assert goal.claimed.low <= 0.05
        assert goal.below_alpha.low <= 0.05 <= goal.below_alpha.high + 0.01
    assert found.shuffled.both.low <= 0.025
    assert "called a winner or loser in carts" in found.headline


def test_wrong_claims_stay_within_alpha_under_every_truth(found: ab.Simulation) -> None:
    for one in found.truths:
        room = 3.3 * np.sqrt(0.05 * 0.95 / one.runs)
        assert one.wrong_claims.estimate <= 0.05 + room
        assert one.wrongly_ruled_out.estimate <= 0.025 + room
        assert sum(one.decisions.values()) == pytest.approx(1)
        assert sum(one.labels.values()) == pytest.approx(1)
        assert one.regret >= -1e-9


def test_more_units_and_more_of_the_gain_ship_more(found: ab.Simulation) -> None:
    def shipped(lift: float, share: float, times: float) -> float:
        (one,) = [
            truth
            for truth in found.truths
            if (truth.micro_lift, truth.pass_through, truth.times) == (lift, share, times)
        ]
        return one.decisions.get("ship", 0.0)

    assert shipped(0.2, 0.0, 1) < shipped(0.2, 0.5, 1) < shipped(0.2, 1.0, 1)
    assert shipped(0.1, 1.0, 1) < shipped(0.1, 1.0, 2) < shipped(0.1, 1.0, 4)


def test_a_seed_gives_the_same_figures_whatever_else_is_asked() -> None:
    one = simulate(BUTTON, PAST, runs=400, seed=7, lifts=[0.1])
    more = simulate(BUTTON, PAST, runs=400, seed=7, lifts=[0.05, 0.1])
    assert one.shuffled == more.shuffled
    assert set(map(repr, one.truths)) < set(map(repr, more.truths))
    assert simulate(BUTTON, PAST, runs=400, seed=8, lifts=[0.1]).truths != one.truths


@pytest.mark.slow
@pytest.mark.parametrize("truth", [None, PlantedLift(0.15, 0.5)])
def test_two_hundred_draws_are_judged_as_full_analyses_judge_them(
    truth: PlantedLift | None,
) -> None:
    world, rng = world_of_counts(BUTTON, PAST), np.random.default_rng(3)
    table = world.shuffled(100, rng) if truth is None else world.planted(truth, 100, rng)
    judged = judge_tests(world.experiment, table)
    for at in range(100):
        alone = replace(
            table,
            segments=((str(at),),),
            units=table.units[:, at : at + 1],
            rows=table.rows[:, at : at + 1],
            sums=table.sums[:, at : at + 1],
            products=table.products[:, at : at + 1],
            apart=Apart((), np.zeros((2, 1, 1, 0)), np.zeros((2, 1, 1, 0))),
        )
        whole = ab.analyze(world.experiment, alone)
        assert whole.verdicts[0].decision == judged.decision[0, at]
        label = next(one.label for one in whole.carry_through if one.micro == "cart")
        assert (
            label.replace("underpowered", "inconclusive")
            == judged.pairs["cart", "order"].label[0, at]
        )


def test_values_keep_their_means_and_their_spread() -> None:
    test, counts = datasets.load("hillstrom")
    world = world_of_counts(test, counts)
    table = world.planted(PlantedLift(), 200, np.random.default_rng(1))
    place = table.measures.index("spend")
    totals = table.sums[..., place].sum(axis=(2, 3))
    mine = counts.sums[..., place].sum() / counts.units.sum() * table.units.sum(axis=(2, 3))
    error = np.sqrt(counts.products[..., place, place].sum() * len(totals)) / len(totals)
    assert np.abs((totals - mine).mean()) < 4 * error / np.sqrt(200)


def test_few_and_uneven_amounts_are_drawn_as_amounts_can_be() -> None:
    """Six buyers, one with most of the revenue: no drawn total is too large for its squares."""
    amounts = dict(zip(range(0, 600, 100), (10.0, 12.0, 9.0, 500.0, 11.0, 8.0), strict=True))
    rows = [("AB"[at % 3 % 2], int(at % 4 == 0), amounts.get(at, 0.0)) for at in range(800)]
    frame = pd.DataFrame(rows, columns=["variant", "cart", "spend"]).assign(
        order=lambda found: (found["spend"] > 0).astype(int)
    )
    goals = {
        "cart": {"kind": "milestone"},
        "order": {"kind": "macro"},
        "spend": {"kind": "macro", "value": "spend"},
    }
    test = ab.Experiment(name="Few", variants=["A", "B"], goals=goals)
    counts = ab.collect(test, data=frame)
    table = world_of_counts(test, counts).planted(PlantedLift(), 500, np.random.default_rng(1))
    place = table.measures.index("spend")
    totals, squares = table.sums[..., place], table.products[..., place, place]
    assert (squares * np.maximum(table.units, 1) >= totals**2 * (1 - 1e-9)).all()
    pooled = counts.products[..., place, place].sum() / counts.units.sum()
    assert squares.sum() / table.units.sum() == pytest.approx(pooled, rel=0.1)
    assert simulate(test, counts, runs=500).truths


def test_traffic_without_a_test_is_halved_and_read_in_three_ways() -> None:
    found = simulate(shop(), days(np.random.default_rng(1)), runs=2_000)
    assert "Two variants were made of half the visitors each." in found.notes
    modes = {one.mode: one for one in found.modes}
    assert modes["peeking"].false_claims.low > 0.1
    assert modes["group_sequential"].false_claims.low <= 0.05
    assert modes["group_sequential"].used < 1 == modes["fixed"].used


@pytest.mark.parametrize(
    ("looks", "number"), [("daily", 15), ("weekly", 3), (["2026-10-08", "2026-10-11"], 3)]
)
def test_looks_are_those_of_the_definition(looks: object, number: int) -> None:
    plan = {"mode": "group_sequential", "looks": looks, "first_look": "14d"}
    test = shop(start="2026-09-21", end="2026-10-19", monitoring=plan)
    world = world_of_counts(test, days(np.random.default_rng(1)), by_day=True)
    assert (len(look_days(world)), look_days(world)[-1]) == (number, 27)


def test_rates_alone_will_do_and_a_thousand_million_units_too() -> None:
    typed = simulate(BUTTON, baseline=0.12, macro=0.03, units=20_000, runs=200)
    assert (typed.source, typed.truths[0].units) == ("data of these rates", 20_000)
    large = ab.JointCounts.of_path(
        ("A", "B"), ("view", "cart", "order"), [[10**9, 10**8, 10**7, 10**6]] * 2
    )
    assert simulate(BUTTON, large, runs=200).shuffled.how == "drawn anew from the rates of all"


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ab.CountsError, match=r"\+800%.*E094"):
        simulate(BUTTON, PAST, runs=200, lifts=[8.0])
    with pytest.raises(ab.CountsError, match="E095"):
        simulate(BUTTON, baseline=0.12, runs=200)
    with pytest.raises(ab.CountsError, match="rates of a path fall"):
        simulate(BUTTON, baseline=0.02, macro=0.03, units=100, runs=200)
    with pytest.raises(ab.CountsError, match="there is no unit"):
        simulate(BUTTON, ab.JointCounts.of_path(("A", "B"), tuple(GOALS), [[0] * 4] * 2), runs=200)
    with pytest.raises(ValueError, match="runs must be at least 200"):
        simulate(BUTTON, PAST, runs=10)


def test_progress_rises_to_the_end_and_every_form_says_the_same(found: ab.Simulation) -> None:
    told: list[float] = []
    simulate(BUTTON, PAST, runs=200, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    record = json.loads(found.render("json"))["simulation"]
    assert record["truths"][0].keys() >= {
        *("micro_lift", "pass_through", "units", "labels", "decisions", "wrong_claims"),
        *("orders_per_1000", "regret"),
    }
    for form in ("text", "md", "html"):
        assert found.headline.split(", ")[0] in " ".join(found.render(form).split())
