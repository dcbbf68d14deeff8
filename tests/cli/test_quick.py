"""`abmicro quick`: counts on the command line, straight to an answer."""

from __future__ import annotations

import json

import pytest

import abmicro as ab
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.miettinen_nurminen import score_test

from .conftest import Command


def test_the_answer_is_one_table_and_one_sentence(cli: Command) -> None:
    shown = cli("quick", "500/10000", "600/10000").out
    assert [line.removeprefix("  ") for line in shown.splitlines()] == [
        "             Control                                 Adjusted  Chance",
        "Variant      reached      Reached              Lift         p  to win",
        "-------  -----------  -----------  ----------------  --------  ------",
        "B        500 (5.00%)  600 (6.00%)  +20% (7% to 35%)     0.002  >99.9%",
        "",
        "B does better than A: up 20% (7% to 35%), at 95% confidence.",
    ]


@pytest.mark.parametrize(
    "typed",
    [
        ["500", "10000", "560", "10000"],
        ["500/10000 560/10000"],
        ["500:10000", "560:10000"],
        ["500 / 10000", "560 / 10000"],
        ["500/10000 vs 560/10000"],
        ["500/10000, 560/10000"],
        ["500 of 10000", "560 out of 10,000"],
        ["500/10k", "560/10K"],
        ["5% of 10000", "5.6% of 10,000"],
        ["A=500/10000", "B=560/10000"],
        ["A: 500/10000; B: 560/10000"],
        ["A=500 10000", "B=560 10000"],
        ["500/10.000", "560/10.000"],
        ["500/10_000", "560/10'000"],
    ],
)
def test_every_way_to_type_two_arms_gives_the_same_answer(cli: Command, typed: list[str]) -> None:
    assert cli("quick", *typed).out == cli("quick", "500/10000", "560/10000").out


def test_arms_keep_their_names(cli: Command) -> None:
    shown = cli("quick", "Today = 500/10000", "New page = 600/10000").out
    assert "New page does better than Today: up 20%" in shown


def test_a_path_gives_goals_ruler_and_sentence(cli: Command) -> None:
    shown = cli("quick", "A=12480/1612/311", "B=12391/1799/322").out
    assert "  B        Micro goals  1,612 (12.9%)  1,799 (14.5%)" in shown
    assert "  B        Macro goals    311 (2.49%)    322 (2.60%)" in shown
    assert "B does better than A in micro goals: up 12%" in shown
    assert "B, Micro goals to macro goals: These data cannot say\n    <=====" in shown
    assert "    macro fell        none      half       all      more than all" in shown
    told = " ".join(shown.split())
    assert "the extra micro goals may have brought all the macro goals they usually" in told


@pytest.mark.parametrize(
    ("typed", "doubt"),
    [(["235/9463", "193/7681"], True), (["500/10000", "560/10050"], False)],
)
def test_units_that_are_not_shared_equally_are_told(
    cli: Command, typed: list[str], doubt: bool
) -> None:
    shown = cli("quick", *typed).out
    assert ("Do not trust this: 9,463 in A, 7,681 in B; planned equal shares" in shown) is doubt
    planned = cli("quick", *typed, "--shares", "55:45").out
    assert ("Do not trust this" in planned) is not doubt


def test_python_asks_the_same(cli: Command) -> None:
    record = json.loads(
        cli("quick", "A=12480/1612/311", "B=12391/1799/322", "--format", "json").out
    )
    for found in (
        ab.quick(A=(12480, 1612, 311), B=(12391, 1799, 322)),
        ab.quick((12480, 1612, 311), "12391/1799/322"),
        ab.quick("12480/1612/311 12391/1799/322"),
    ):
        assert [row.p_value for row in found.goals] == [row["p_value"] for row in record["goals"]]
    with pytest.raises(ab.AbmicroError, match="more units reached the goal than there are"):
        ab.quick((5, 10), (1, 2))


@pytest.mark.parametrize(
    ("treated", "finding"),
    [
        ("600/10000", "B does better than A: up "),
        ("400/10000", "B does worse than A: down "),
        ("510/10000", "Not clear whether B does better than A: up "),
    ],
)
def test_the_sentence_says_better_worse_or_not_settled(
    cli: Command, treated: str, finding: str
) -> None:
    assert finding in cli("quick", "500/10000", treated).out


def test_without_conversions_in_the_control_the_difference_is_told(cli: Command) -> None:
    shown = cli("quick", "0/100", "5/100").out
    assert "B does better than A: difference +5 pp" in shown


def test_the_p_value_is_that_of_the_score_test(cli: Command) -> None:
    record = json.loads(cli("quick", "500/10000", "560/10000", "--format", "json").out)
    expected = score_test(Binomial(560, 10000), Binomial(500, 10000)).p
    assert record["goals"][0]["p_value"] == pytest.approx(float(expected), rel=1e-12)


def test_a_higher_level_gives_a_wider_interval(cli: Command) -> None:
    shown = cli("quick", "500/10000", "560/10000").out
    for level in ("95", "95%", "0.95"):
        assert cli("quick", "500/10000", "560/10000", "--level", level).out == shown

    def width(level: str) -> float:
        shown = cli("quick", "500/10000", "560/10000", "--level", level, "--format", "json").out
        lift = json.loads(shown)["goals"][0]["lift"]
        return float(lift["high"] - lift["low"])

    assert width("0.8") < width("0.95") < width("0.99")


def test_three_arms_are_corrected_for_two_comparisons(cli: Command) -> None:
    shown = cli("quick", "500/10_000", "560/10,000", "560/10'000", "--format", "json").out
    for row in json.loads(shown)["goals"]:
        assert row["adjusted_p_value"] > row["p_value"]


@pytest.mark.parametrize(
    ("arms", "fault"),
    [
        (["500/10000"], "2 to 26 variants are wanted, not 1"),
        (["a/b", "1/2"], "'a/b' is not REACHED/UNITS"),
        (["0/0", "1/2"], "'0/0': a variant has 1 to 1,000,000,000,000 units"),
        (["20.000/30.000", "1/2"], "quick: '20.000' is 20 or 20,000"),
        (["1,5/100", "1/2"], "'1,5/100' is not REACHED/UNITS"),
        (["12.5/100", "1/2"], "'12.5/100' is not REACHED/UNITS"),
        (["3/2", "1/2"], "'3/2': more units reached the goal than there are"),
        (["1/2", "1/9999999999999999999999"], "a variant has 1 to 1,000,000,000,000 units"),
        (["2,000/20,000", "2,000/20,000"], "quick: '2,000' is 2 or 2,000"),
        (["1,000/10,000", "1.100/10.000"], "quick: '1,000' is 1 or 1,000"),
        (["1.100/10.000", "1,000/10,000"], "quick: '1,000' is 1 or 1,000"),
        (["10000/500", "1/2"], "'10000/500': more units reached the goal than there are"),
        (["A=311/1612/12480", "B=1/1/1"], "more units reached a step than the one before"),
        (["9/9/9", "1/2"], "9/9/9 and 1/2 have different numbers of counts"),
        (["A=1/2", "A=1/2"], "two variants are called alike: A, A"),
        (["5.123% of 1000", "1/2"], "5.123% of 1000 is 51.23 units, which cannot be"),
        (["500", "10000", "560"], "'500' is not REACHED/UNITS"),
        (["1/2", "1/2", "--level", "5"], "--level: 0.05 is not between 0.5 and 1"),
        (["1/2", "1/2", "--shares", "90"], "[90.0] are no shares of 2 variants"),
    ],
)
def test_counts_that_cannot_be_are_refused(cli: Command, arms: list[str], fault: str) -> None:
    shown = cli("quick", *arms)
    assert (shown.status, shown.out) == (2, "")
    assert fault in shown.err


def test_dots_that_can_only_part_thousands_are_read(cli: Command) -> None:
    plain = cli("quick", "20500/1000000", "21000/1000000").out
    assert cli("quick", "20.500/1.000.000", "21.000/1.000.000").out.endswith(plain[-60:])


@pytest.mark.parametrize("arms", [("0/1", "1/1"), ("0/9", "0/9"), ("9/9", "9/9")])
def test_the_smallest_counts_have_an_answer(cli: Command, arms: tuple[str, str]) -> None:
    shown = cli("quick", *arms)
    assert (shown.status, shown.err) == (0, "")
