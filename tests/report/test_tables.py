"""The cells that every rendering shows."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

from abmicro import Analysis
from abmicro.analysis.results import Interval, Pair, PassThroughSet
from abmicro.report.blocks import Strip
from abmicro.report.sections import goals as tables
from abmicro.report.tables import funnel, goals as in_people, parts
from abmicro.report.words.subject import Subject


def column(table: tables.Table, head: str) -> list[str]:
    return [row[0] for row in table.pick(head).rows]


def test_real_counts_give_their_known_rates_and_differences(hillstrom: Analysis) -> None:
    # MineThatData challenge: visit 18.28 % against 10.62 %, +7.66 points.
    table = tables.goals(hillstrom, "Mens E-Mail")
    assert table.rows[0][2:5] == ("10.6%", "18.3%", "+7.7 pp (7.0 pp to 8.3 pp)")


def test_goals_stand_in_the_order_of_their_roles(hillstrom: Analysis) -> None:
    roles = column(tables.goals(hillstrom, "Mens E-Mail"), "Role")
    assert roles == ["primary", "guardrail", "secondary"]


def test_a_macro_goal_is_marked(hillstrom: Analysis) -> None:
    goals = column(tables.goals(hillstrom, "Mens E-Mail"), "Goal")
    assert goals == ["Visits", "Spend (macro)", "Conversions (macro)"]


def test_a_guardrail_is_allowed_to_move_on_the_good_side_of_its_margin(
    hillstrom: Analysis,
) -> None:
    (row,) = in_people.guardrails(Subject.of(hillstrom, hillstrom.verdicts[0])).rows
    head, _, _, strip, change, result = row
    assert str(head) == "Spend (may fall by up to 2%)"
    assert isinstance(strip, Strip)
    assert strip.allowed is not None
    assert strip.allowed[0] == -0.02
    assert str(change).startswith("+")
    assert str(result) == "Held"


def test_people_stand_before_their_share(hillstrom: Analysis) -> None:
    visit = in_people.goals(Subject.of(hillstrom, hillstrom.verdicts[0])).in_text.rows[0]
    assert list(map(str, visit[:3])) == ["Visits (decides)", "2,262 (10.6%)", "3,894 (18.3%)"]
    assert str(visit[-1]) == "Up"


def test_who_left_before_a_step_is_told_in_people(hillstrom: Analysis) -> None:
    subject = Subject.of(hillstrom, hillstrom.verdicts[0])
    steps = tables.of_variant(hillstrom.funnel, "Mens E-Mail")
    last = funnel.steps(subject, steps).rows[-1]
    assert list(map(str, last)) == [
        *("Conversions", "", "122 -> 267", "5.7 -> 12.5"),
        *("2,140 (95 of 100)", "3,627 (93 of 100)"),
    ]


def test_a_level_tells_micro_and_macro_side_by_side(hillstrom: Analysis) -> None:
    table = parts.segments(Subject.of(hillstrom, hillstrom.verdicts[0]), "channel")
    assert table.heads[1:4:2] == ("Visits", "Conversions")
    assert len({len(row) for row in table.rows}) == 1


def test_a_segment_cell_of_few_units_is_held_back(hillstrom: Analysis) -> None:
    rare = replace(hillstrom.goals[-1], reached=Pair(9, 30), segment=hillstrom.goals[8].segment)
    table = tables.segments(replace(hillstrom, goals=(rare,)), rare.variant)
    assert table.rows[0][2:] == ("few", "few", "fewer than 10")


def test_an_expected_loss_near_zero_is_not_called_zero(two_arms: Analysis) -> None:
    first = replace(two_arms.goals[0], expected_loss=1e-12)
    table = tables.goals(replace(two_arms, goals=(first,)), "sticky")
    assert column(table, "Expected loss") == ["<0.001 pp"]


def test_what_cannot_be_computed_says_so(two_arms: Analysis) -> None:
    gone = Interval(nan, nan, nan, 0.95)
    first = replace(two_arms.goals[0], lift=gone, p_value=nan, probability_better=nan)
    table = tables.goals(replace(two_arms, goals=(first,)), "sticky")
    assert column(table, "Lift") == ["n/a"]
    assert column(table, "p") == ["n/a"]
    assert column(table, "Chance to win") == ["n/a"]


def test_a_pass_through_never_stands_without_its_set() -> None:
    assert (
        tables.share(PassThroughSet(0.537, "interval", 0.019, 0.998, 0.95)) == "0.54 (0.02 to 1.00)"
    )
    assert "not bounded" in tables.share(PassThroughSet(0.4, "rays", -10.8, 3.4, 0.95))
    assert "cannot be computed" in tables.share(PassThroughSet(0.4, "line", -inf, inf, 0.95))


def test_extra_conversions_of_the_steps_add_up_to_the_whole(two_arms: Analysis) -> None:
    # carry_through.md G1: +3.1526, -1.2425, -0.6412 per 1,000 visitors make +1.2688.
    shown = column(tables.funnel(two_arms, "sticky"), "Per 1,000")
    assert [cell.partition(" ")[0] for cell in shown] == ["+3.2", "-1.2", "-0.6"]
