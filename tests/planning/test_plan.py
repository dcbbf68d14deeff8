"""The whole plan: what its parts say, and that they say the same."""

from __future__ import annotations

import json
from math import inf, isnan
from pathlib import Path
from typing import Any, get_args

import pytest
from matplotlib.figure import Figure

from abmicro import JointCounts, Plan, plan
from abmicro.errors import OutputError
from abmicro.planning.results import Section
from abmicro.planning.risk import HORIZON
from abmicro.stats.power.designs import pooled
from abmicro.stats.power.power import units_for

from .conftest import GOALS, shop

CARRY = Path(__file__).parents[1] / "golden" / "carry" / "golden_carry.json"
G9 = json.loads(CARRY.read_text(encoding="utf-8"))["G9_efficiency"]


def planned(**keys: Any) -> Plan:
    return plan(shop(**keys))


def per_arm(found: Plan, claim: str, pass_through: float) -> float:
    (one,) = (one for one in found.claims if (one.claim, one.pass_through) == (claim, pass_through))
    return one.size.arms[0].units


@pytest.mark.parametrize(
    ("claim", "pass_through", "name"),
    [
        ("at_least", 1.0, "n_claim_at_least_half_true_full"),
        ("less_than_full", 0.0, "n_claim_below_full_true_none"),
    ],
)
def test_claims_cost_what_the_note_says(claim: str, pass_through: float, name: str) -> None:
    # Carry-through note, 1f; golden group G9: 12 %, a quarter of it orders, +10 %, power 0.8.
    assert per_arm(planned(), claim, pass_through) == pytest.approx(G9[name], abs=1)


@pytest.mark.parametrize("carried", [1.0, 0.5])
def test_that_the_macro_goal_moved_costs_what_its_own_row_takes(carried: float) -> None:
    moved = pooled(0.03, 0.03 * 1.1**carried)
    assert per_arm(planned(), "macro_up", carried) == float(units_for(moved).control)


def test_statements_stand_at_the_level_at_which_they_are_judged() -> None:
    goals = {"view": {"kind": "milestone", "baseline": 0.5, "mde": 0.05}, **GOALS}
    found = planned(goals=goals, variants=["control", "a", "b"])
    levels = {(one.micro, one.claim): one.alpha for one in found.claims}
    assert levels["view", "at_least"] == levels["view", "macro_up"] == 0.025
    assert levels["cart", "macro_up"] == levels["cart", "at_least"] == 0.025


def test_the_macro_goal_needs_one_over_phi_squared_times_the_units() -> None:
    (pair,) = planned().pairs
    assert pair.speed == pytest.approx(G9["k"], rel=1e-12)


def test_the_micro_claim_of_one_arm_is_that_of_the_goal() -> None:
    found = planned()
    assert found.claims[0].size == found.goals[0].size


def test_no_traffic_takes_the_sign_error_below_its_floor() -> None:
    small, large = (planned(plan={"traffic": traffic}).pairs[0] for traffic in (900, 1e9))
    assert small.sign_error > large.sign_error
    assert large.sign_error == pytest.approx(large.floor, abs=1e-6)
    assert large.floor == pytest.approx(0.0808, abs=5e-5)  # the note, 1f: Phi(-0.7 / 0.5) = 8 %


def test_beside_the_path_only_the_direction_of_the_macro_is_planned() -> None:
    action = {"kind": "action", "baseline": 0.05, "phi": 0.1, "mde": 0.2}
    found = planned(goals={**GOALS, "signup": action})
    assert {one.claim for one in found.claims if one.micro == "signup"} == {
        "micro_moved",
        "macro_up",
    }


def test_weeks_power_and_detectable_lift_agree_with_the_goal() -> None:
    found = planned(plan={"traffic": 900, "weeks": 4})
    for goal in found.goals:
        (week,) = (one for one in found.weeks if (one.goal, one.week) == (goal.goal, 4))
        assert (week.power, week.detectable) == (goal.power, goal.detectable)


def test_detectable_lifts_shrink_and_chances_grow_by_week() -> None:
    rows = [one for one in planned().weeks if one.goal == "cart"]
    assert [one.week for one in rows] == list(range(1, 13))
    for figure, direction in (("detectable", -1), ("power", 1), ("sure", 1), ("units", 1)):
        values = [direction * getattr(one, figure) for one in rows]
        assert values == sorted(values)


def test_the_power_curve_passes_through_the_detectable_lift() -> None:
    found = planned()
    near = min(
        (one for one in found.curve if one.goal == "cart"),
        key=lambda one: abs(one.lift - found.goals[0].detectable),
    )
    assert near.power == pytest.approx(0.8, abs=0.08)


def test_a_goal_without_planned_lift_says_how_to_set_one() -> None:
    found = planned(goals={"cart": {"kind": "milestone", "baseline": 0.1}, "order": "macro"})
    cart, order = found.goals
    assert found.reachable is None
    assert cart.size is None
    assert "set mde" in cart.note
    assert not isnan(cart.detectable)
    assert "nothing is known of its rate" in order.note
    assert not found.promises


def test_one_significant_win_in_five_is_none_where_one_test_in_ten_is_real() -> None:
    # Kohavi, Deng and Vermeer (2022), section 4: power 0.8, alpha 0.05, one in ten: 22 %.
    found = planned(plan={"traffic": 24_008 / 28, "weeks": 4}).promises[0]
    assert found.weeks == 4
    assert found.risks[0].false_positive == pytest.approx(0.22, abs=0.002)
    assert found.exaggeration == pytest.approx(1.13, abs=0.01)


def test_a_share_of_true_effects_that_is_given_stands_alone() -> None:
    (risk,) = planned(plan={"traffic": 900, "true_share": 0.3}).promises[0].risks
    assert risk.true_share == 0.3
    assert risk.true < risk.wins


def test_waiting_costs_more_and_errs_less_by_week() -> None:
    rows = planned().waiting
    assert [one.waiting for one in rows] == sorted(one.waiting for one in rows)
    assert [one.wrong for one in rows] == sorted((one.wrong for one in rows), reverse=True)
    for one in rows:
        assert one.regret == pytest.approx(one.waiting + one.error)
        assert one.horizon == HORIZON


def test_one_treated_arm_has_no_chance_beside_its_own() -> None:
    assert all(isnan(one.any_arm) for one in planned().goals)
    three = planned(variants=["a", "b", "c"]).goals
    assert all(one.any_arm > one.power for one in three)


def test_history_gives_baselines_correlation_and_growth(returning: JointCounts) -> None:
    found = plan(shop(plan={}), returning)
    assert found.goals[0].baseline == pytest.approx(14 * 120 / 9450)
    assert (found.arrivals.first_week, found.arrivals.usual_week) == (11900, 7000)
    assert found.pairs[0].phi > 0


def test_a_lift_that_needs_more_units_than_there_are_people_is_told_in_years() -> None:
    goals = {"x": {"kind": "macro", "baseline": 1e-6, "mde": 0.001}}
    found = planned(goals=goals, plan={"traffic": 1})
    assert found.goals[0].size is not None
    assert found.goals[0].size.total > 1e12
    assert "85,999,138,316 years" in found.headline


def test_a_week_without_units_finds_nothing_and_fails_nowhere() -> None:
    found = planned(plan={"traffic": 1e-6})
    assert all(one.power == 0 for one in found.weeks)
    assert all(isnan(one.detectable) for one in found.weeks)
    assert found.reachable is False


def test_a_billion_units_a_day_find_anything() -> None:
    found = planned(plan={"traffic": 1e9})
    assert all(one.fits for one in found.goals)
    assert found.options == ()


def test_every_section_is_a_frame_of_its_rows() -> None:
    found = planned(plan={"traffic": 300})
    for section in get_args(Section):
        assert len(found.to_pandas(section)) == len(getattr(found, section)) > 0


def test_nested_figures_are_columns() -> None:
    found = planned()
    first = found.to_pandas().iloc[0]
    assert first["size_total"] == found.goals[0].size.total  # type: ignore[union-attr]
    assert first["size_arms_control"] == first["size_arms_sticky"] == 12_004


def test_a_plan_at_the_prompt_is_one_line() -> None:
    found = planned()
    assert repr(found) == f"Plan('Sticky button', {found.headline!r})"
    assert len(repr(found.plot)) < 200


def test_every_chart_can_be_drawn_into_axes_of_yours() -> None:
    figure, plot = Figure(), planned().plot
    for ax, chart in zip(figure.subplots(1, 3), (plot.power, plot.weeks, plot.claims), strict=True):
        assert chart(ax=ax) is figure
        assert ax.get_lines()


def test_a_chart_of_claims_without_claims_says_what_is_missing() -> None:
    alone = planned(goals={"x": {"kind": "action", "baseline": 0.1}})
    with pytest.raises(OutputError, match="No macro goal is defined"):
        alone.plot.claims()


def test_saving_takes_the_format_from_the_name(tmp_path: Path) -> None:
    found = planned()
    for name, begins in (("p.json", "{"), ("p.md", "# Plan"), ("p.txt", "Plan"), ("p.html", "<!")):
        found.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
    with pytest.raises(OutputError, match="'docx' is not a format"):
        found.save(tmp_path / "p.docx")


def test_a_notebook_shows_the_page_in_a_frame_without_rights() -> None:
    shown = planned()._repr_html_()
    assert shown.startswith('<iframe sandbox=""')
    assert "<script" not in shown


def test_units_in_all_are_those_of_the_arms() -> None:
    found = planned(variants={"a": 0.6, "b": 0.3, "c": 0.1})
    for size in [one.size for one in (*found.goals, *found.claims) if one.size is not None]:
        assert sum(arm.units for arm in size.arms) == pytest.approx(size.total, abs=3)
        assert size.total < inf
