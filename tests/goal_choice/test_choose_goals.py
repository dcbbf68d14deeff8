"""Which goals to watch: what is ranked, what is left out and why, and what is never ranked by."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

import abmicro as ab

from ..portfolio.pasts import drawn, history

SHOP = """
experiment.name = "Shop"
variants.arms = ["control", "sticky"]
goals.cart.kind = "milestone"
goals.checkout.kind = "milestone"
goals.order.kind = "macro"
plan.traffic = "7000/week"
plan.weeks = 4
"""
PATH = [[20_000, 2_400, 1_200, 600], [20_000, 2_400, 1_200, 600]]
STEPS = ("cart", "checkout", "order")


def shop(**more: object) -> ab.GoalChoice:
    counts = ab.JointCounts.of_path(("control", "sticky"), STEPS, PATH)
    return ab.choose_goals(ab.loads(SHOP), counts, **more)


def beside(rows: list[tuple[int, ...]], extra: str = "") -> ab.GoalChoice:
    """One action beside an order: rows of action, order, units; half of them in each variant."""
    definition = ab.loads(
        'experiment.name = "Log"\nvariants.arms = ["a", "b"]\n'
        f'goals.order.kind = "macro"\ngoals.search.kind = "action"\n{extra}'
    )
    header = ("variant", "goal__search", "goal__order", "units")
    cells = [(arm, *row) for arm in "ab" for row in rows]
    return ab.choose_goals(definition, ab.JointCounts.from_rows(header, cells), units=20_000)


def test_quality_is_what_the_shape_of_the_funnel_and_the_noise_say() -> None:
    """By hand: changes act on carts, so that orders vary by 5, 3 and 3 percent together."""
    found, n = shop(units=5_000, acts="cart"), 2_500
    truth = np.cumsum([0.05**2, 0.03**2, 0.03**2])
    for at, (name, rate) in enumerate(zip(STEPS, (0.12, 0.06, 0.03), strict=True)):
        noise = 2 / n * (1 / rate - 1)
        by_hand = truth[at] / np.sqrt(truth[-1] * (truth[at] + noise))
        assert found[name].quality == pytest.approx(by_hand, rel=1e-12)
        assert found[name].score == pytest.approx(100 * by_hand**2, rel=1e-12)


def test_units_are_of_all_variants_and_come_from_the_plan() -> None:
    assert shop(units=5_000).units_per_arm == 2_500
    planned = shop()
    assert planned.units_per_arm == 14_000
    assert planned.units_from == "4 weeks of 7,000 visitors"
    assert planned["order"].per_week == pytest.approx(0.03 * 7_000)


def test_where_changes_act_decides_which_goal_tells_most() -> None:
    assert shop(units=5_000, acts="cart").chosen[0] == "cart"
    assert shop(units=5_000, acts="order").chosen == ("order",)
    late = shop(units=5_000, acts="order")
    assert late["cart"].excluded.startswith("It goes against orders")


def test_a_set_with_the_macro_tells_no_less_than_any_goal_alone() -> None:
    found = shop(units=5_000, acts="cart")
    assert found.score_of_set >= max(one.score for one in found.goals if not one.excluded)
    assert found.orders_by_macro < found.orders_per_30 < found.orders_by_truth
    assert len(found.weights) == len(found.chosen)


def test_what_people_do_is_told_as_who_they_are() -> None:
    found = beside([(1, 1, 200), (1, 0, 800), (0, 1, 200), (0, 0, 8_800)])
    link = found["search"].association
    assert link is not None
    assert link.ratio.estimate == pytest.approx(0.2 / (200 / 9_000))
    assert link.sentence == (
        "Visitors with searches have orders 9.0 times as often as others. That is who they are, "
        "not what searches do."
    )
    assert link.dilution == pytest.approx(1 - 200 / 9_000 / 0.04)


def test_a_goal_of_people_who_do_not_order_goes_against_it() -> None:
    found = beside([(1, 1, 10), (1, 0, 2_990), (0, 1, 390), (0, 0, 6_610)])
    assert found["search"].excluded == (
        "It goes against orders: changes that raise the one should lower the other."
    )
    assert np.isnan(found["search"].orders_per_30)


@pytest.mark.parametrize(
    ("search", "why"),
    [
        (9_700, "97.0% reach it anyway, so no change can show."),
        (4, "Hardly anybody reaches it: 0.0400%."),
        (40, "40 in a variant of one test are too few; 50 are the least."),
        (0, "Hardly anybody reaches it: 0.0%."),
    ],
)
def test_a_goal_of_a_useless_size_is_left_out_with_its_reason(search: int, why: str) -> None:
    buyers = min(search // 2, 300)
    rows = [(1, 1, buyers), (1, 0, search - buyers), (0, 1, 300), (0, 0, 9_700 - search)]
    found = beside(rows)
    assert found["search"].excluded == why
    assert found.chosen == ("order",)


def test_a_guardrail_stays_and_is_not_chosen() -> None:
    rows = [(1, 1, 200), (1, 0, 800), (0, 1, 200), (0, 0, 8_800)]
    found = beside(rows, 'goals.search.role = "guardrail"\ngoals.search.margin = 0.02\n')
    assert found["search"].excluded == "It is a guardrail: it stays, whatever is chosen."


def test_cheap_goals_and_twins_are_named_and_may_be_chosen() -> None:
    rows = [(1, 1, 390), (1, 0, 20), (0, 1, 10), (0, 0, 9_580)]
    (cheap, twin) = beside(rows, 'goals.search.event = "search_click"\n')["search"].flags
    assert cheap == "cheap: a variant can raise it without intent"
    assert twin == "twin of orders (correlation 0.96): one of them will do"


@pytest.mark.parametrize(
    ("goal", "keys", "is_said"),
    [
        ("search", "gameable = true", True),
        ("search", 'event = "page_view"', True),
        ("search", "gameable = false\nevent = 'page_view'", False),
        ("search", "event = 'review'", False),
        ("order", "gameable = true", True),
        ("order", "event = 'buy_click'", False),
    ],
)
def test_who_knows_better_than_the_name_says_whether_a_goal_is_cheap(
    goal: str, keys: str, is_said: bool
) -> None:
    rows = [(1, 1, 200), (1, 0, 800), (0, 1, 200), (0, 0, 8_800)]
    flags = beside(rows, "".join(f"goals.{goal}.{key}\n" for key in keys.split("\n")))[goal].flags
    assert flags == (("cheap: a variant can raise it without intent",) if is_said else ())


def test_carts_that_most_buyers_lack_are_no_step(shared_data: Path) -> None:
    """One day of a real shop: who carts buys 18.7 times as often, yet a third of buyers cart."""
    log = duckdb.connect()
    log.execute(
        "CREATE TABLE shop AS SELECT *, event_time::TIMESTAMP AS ts, "
        "CASE WHEN hash(user_id) % 2 = 0 THEN 'A' ELSE 'B' END AS arm FROM read_csv(?)",
        [str(shared_data / "event_streams/rees46_2019_10_01.csv.gz")],
    )
    columns = ab.DataColumns(unit="user_id", time="ts", event="event_type", variant="arm")
    experiment = ab.Experiment(
        name="Shop",
        variants=("A", "B"),
        goals={
            "two_views": {"kind": "action", "event": "view", "at_least": 2},
            "cart": {"kind": "milestone"},
            "purchase": {"kind": "macro"},
        },
        data=ab.Data(shape="events", table="shop", columns=columns),
    )
    counts = ab.collect(experiment, log)
    small, large = (ab.choose_goals(experiment, counts, units=2 * n) for n in (2_500, 20_000))
    link = small["cart"].association
    assert link is not None
    ratio = (link.ratio.estimate, link.ratio.low, link.ratio.high)
    assert ratio == pytest.approx((18.74, 14.79, 23.73), abs=0.005)
    assert small["cart"].excluded.startswith("Only 32.1% of purchases have it on record")
    assert (small.chosen[0], large.chosen[0]) == ("two_views", "purchase")
    found = [one[goal].quality for one in (small, large) for goal in ("two_views", "purchase")]
    assert found == pytest.approx([0.59, 0.35, 0.63, 0.73], abs=0.005)


def test_a_goal_that_fires_twice_is_left_out_until_its_tag_is_mended() -> None:
    """Of 4,000 carts every fifth fired twice; so did orders, which stay."""
    rows = [
        (arm, goal, "burst", again, units, 0)
        for arm in ("control", "sticky")
        for goal, share in (("cart", 0.2), ("checkout", 0.05), ("order", 0.2))
        for again, units in ((0, round(2_000 * (1 - share))), (1, round(2_000 * share)))
    ]
    twice = ab.Histograms.from_rows(("variant", "goal", "figure", "bin", "units", "macro"), rows)
    plain, found = (shop(units=5_000, acts="cart", histograms=one) for one in (None, twice))
    assert found["cart"].excluded == (
        "20.0% of visitors with carts fired one twice within two seconds: mend its tag first, or "
        "set dedupe."
    )
    assert "cart" in plain.chosen
    assert "cart" not in found.chosen
    assert (found["checkout"].excluded, found["order"].excluded) == ("", "")


def test_a_goal_most_of_which_comes_late_is_flagged() -> None:
    """Units enter evenly for 4 weeks of 168 hours; by hand, those of the last lag are to come."""
    lags = {"cart": ((0, 90), (84, 10)), "checkout": ((168, 100),), "order": ((0, 20), (336, 80))}
    rows = [
        (arm, goal, "mature_lag", hours, units, 0)
        for arm in ("control", "sticky")
        for goal, cells in lags.items()
        for hours, units in cells
    ]
    lagging = ab.Histograms.from_rows(("variant", "goal", "figure", "bin", "units", "macro"), rows)
    found = shop(histograms=lagging)
    assert found["cart"].flags == ()  # 1.25 %
    assert found["checkout"].flags == (
        "late: 25.0% of its conversions come after the planned weeks of a test",
    )
    assert found["order"].flags == (
        "late: 40.0% of its conversions come after the planned weeks of a test",
    )
    assert not any(one.flags for one in shop().goals)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"acts": "cort"}, "acts: 'cort' is no step of the path (E629); steps of the path: cart"),
        ({"units": 0}, "units: 0 units are no test (E632)"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(more: dict[str, object], said: str) -> None:
    with pytest.raises(ab.AbmicroError) as caught:
        shop(**more)
    assert said in str(caught.value)


def test_without_an_order_nothing_can_lead_there() -> None:
    with pytest.raises(ab.CountsError, match=r"nobody reached it.*E631"):
        beside([(1, 0, 100), (0, 0, 900)])
    counts = ab.JointCounts.of_path(("a", "b"), ("cart",), [[100, 10], [100, 10]])
    lone = ab.loads(
        'experiment.name = "x"\nvariants.arms = ["a", "b"]\ngoals.cart.kind = "action"\n'
    )
    with pytest.raises(ab.DefinitionError, match=r"no macro goal.*E630"):
        ab.choose_goals(lone, counts)


def test_the_control_alone_can_be_asked() -> None:
    counts = ab.JointCounts.of_path(
        ("control", "sticky"), STEPS, [PATH[0], [20_000, 9_000, 8_000, 7_000]]
    )
    found = ab.choose_goals(ab.loads(SHOP), counts, units=5_000, control_only=True)
    assert found["cart"].rate == pytest.approx(0.12)


def test_every_form_says_the_same(tmp_path: Path) -> None:
    found = shop(units=5_000, acts="cart")
    record = json.loads(found.render("json"))["goal_choice"]
    assert record["chosen"] == list(found.chosen)
    assert record["goals"][0].keys() >= {"goal", "rate", "quality", "association", "excluded"}
    for form in ("text", "md", "html", "terminal"):
        told = " ".join(found.render(form).split())
        assert "Goals to watch" in told or "GOALS TO WATCH" in told
        assert "Nobody has orders without carts." in told
    found.save(tmp_path / "choice.md")
    assert (tmp_path / "choice.md").read_text("utf-8") == found.render("md")
    assert str(found) == found.render("text")
    assert "association_phi" in found.to_pandas().columns


def test_thirty_tests_teach_and_fewer_do_not() -> None:
    """Orders that follow carts closely in thirty large tests make carts tell more."""
    meant = ab.loads(
        'experiment.name = "x"\nvariants.arms = ["a", "b"]\n'
        'goals.cart.kind = "milestone"\ngoals.order.kind = "macro"\n'
    )
    counts = ab.JointCounts.of_path(
        ("a", "b"), ("cart", "order"), [[9_000, 1_080, 270], [9_000, 1_090, 275]]
    )
    tests = drawn(30, units=60_000, lift_sd=0.06, slope=1.0, around_sd=0.005)
    few, many = (
        ab.choose_goals(meant, counts, history(tests[:size]), units=60_000) for size in (29, 30)
    )
    alone = ab.choose_goals(meant, counts, units=60_000)
    assert [one.score for one in few.goals] == [one.score for one in alone.goals]
    assert (few.tests, many.tests) == (29, 30)
    assert many["cart"].quality > few["cart"].quality + 0.02
    assert any("29 past tests have all these goals" in note for note in few.notes)
    assert any("learnt from 30 past tests" in note for note in many.notes)


def test_a_retired_goal_is_left_out() -> None:
    found = shop_with(history((), retired={"cart": "button removed in March"}))
    assert found["cart"].excluded == "Retired: button removed in March."
    assert "cart" not in found.chosen


def shop_with(past: ab.History) -> ab.GoalChoice:
    counts = ab.JointCounts.of_path(("control", "sticky"), STEPS, PATH)
    return ab.choose_goals(ab.loads(SHOP), counts, past, units=5_000)


def test_traffic_of_one_variant_is_a_log_for_tests_of_two() -> None:
    meant = ab.loads(SHOP.replace('["control", "sticky"]', '["everybody"]'))
    counts = ab.JointCounts.of_path(("everybody",), STEPS, PATH[:1])
    assert ab.choose_goals(meant, counts, units=5_000).units_per_arm == 2_500


def test_the_visitors_of_all_past_tests_are_a_log() -> None:
    """Who has a sheet of tests and no log asks it for goals: everybody in it is counted once."""
    tests = drawn(31, units=4_000)
    past = history(tests)
    log = past.as_log()
    assert log.counts.units.sum() == sum(test.counts.units.sum() for test in tests)
    carts = log.counts.reached("cart").ravel()
    assert carts[0] == sum(test.counts.reached("cart")[0].sum() for test in tests)
    found = ab.choose_goals(*log, past)
    assert (found.tests, found.units_per_arm, found.units_from) == (31, 4_000, "a usual past test")
    assert "31 past tests" in found.render("text")


def test_a_history_without_a_test_is_no_log() -> None:
    with pytest.raises(ab.DefinitionError, match=r"no past test to take visitors from \(E633\)"):
        ab.History().as_log()
