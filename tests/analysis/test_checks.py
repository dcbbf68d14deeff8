"""What the checks say about data that cannot be trusted, and that they let sound data pass."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from abmicro import Analysis, DecisionSettings, Experiment, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import Check

from .checks import named
from .conftest import CART, ORDER, Analyse

SOUND = ((20_000, 2_400, 600), (20_000, 2_450, 610))


def test_sound_data_pass_every_check(analyse: Analyse) -> None:
    assert {check.status for check in analyse(*SOUND).checks} <= {"pass", "skipped"}


def test_a_rare_split_warns_and_an_impossible_one_fails(analyse: Analyse) -> None:
    # Cookie Cats: 44,700 v 45,489 players; chi-square's p is 0.0086, the exact one 0.0087.
    rare = analyse((44_700, 20_034, 8_502), (45_489, 20_119, 8_279))
    assert named(rare, "sample_ratio").status == "warn"
    assert round(named(rare, "sample_ratio").figure, 4) == 0.0087
    # Fabijan et al. 2019: 821,588 v 815,482 users, p = 1.8e-6.
    impossible = analyse((821_588, 90_000, 9_000), (815_482, 90_000, 9_000))
    assert named(impossible, "sample_ratio").status == "fail"


def test_a_goal_that_never_fires_is_named(analyse: Analyse) -> None:
    check = named(analyse((5_000, 600, 0), (5_000, 610, 0)), "goals_fire.order")
    assert (check.status, check.sentence) == ("warn", "Orders: none recorded.")


def test_a_goal_without_a_conversion_in_one_arm_is_not_said_to_be_reached_there(
    analyse: Analyse,
) -> None:
    check = named(analyse((500, 60, 0), (500, 61, 3)), "goals_fire")
    assert check.status == "pass"
    assert check.sentence == "No goal is missing where it was to be expected."


def test_a_primary_that_never_fires_fails(analyse: Analyse) -> None:
    assert named(analyse((5_000, 0, 0), (5_000, 0, 0)), "goals_fire.cart").status == "fail"
    assert named(analyse((50, 0, 0), (50, 0, 0)), "goals_fire.cart").status == "warn"


def test_a_goal_silent_in_one_arm_fails_once_it_should_have_fired(analyse: Analyse) -> None:
    check = named(analyse((5_000, 600, 0), (5_000, 610, 60)), "goals_fire.order")
    assert check.status == "fail"
    assert "Orders: none recorded in control, where about 30 were to be expected" in check.sentence


@pytest.mark.parametrize(("nameless", "status"), [(500, "pass"), (600, "warn")])
def test_rows_without_a_unit_warn_from_five_in_a_hundred_on(nameless: int, status: str) -> None:
    header = ("status", "variant", "goal__cart", "goal__order", "units", "rows")
    rows: list[tuple[object, ...]] = [
        ("analysed", arm, 0, 0, 4_750, 4_750) for arm in ("control", "treated")
    ]
    rows.append(("no_unit", None, None, None, 0, nameless))
    counts = JointCounts.from_rows(header, rows, variants=("control", "treated"))
    experiment = Experiment(name="m", variants=("control", "treated"), goals=(CART, ORDER))
    check = named(analyze(experiment, counts), "consent")
    assert check.status == status
    assert ("Where another column has an id in every row" in check.fix) == (status == "warn")


def lacking(control: tuple[int, int], treated: tuple[int, int]) -> Check:
    """The capture check of 10,000 units per arm with so many (orders, orders without a cart)."""
    rows = [
        ("status", "variant", "goal__cart", "goal__order", "units"),
    ]
    for arm, (orders, without) in (("control", control), ("treated", treated)):
        rows += [
            ("analysed", arm, 0, 0, 8_800 - without),
            ("analysed", arm, 1, 0, 1_200 - (orders - without)),
            ("analysed", arm, 1, 1, orders - without),
            ("analysed", arm, 0, 1, without),
        ]
    counts = JointCounts.from_rows(rows[0], rows[1:], variants=("control", "treated"))
    experiment = Experiment(name="m", variants=("control", "treated"), goals=(CART, ORDER))
    return named(analyze(experiment, counts), "capture.cart")


def test_a_few_orders_without_a_cart_are_closed_and_said() -> None:
    check = lacking((300, 2), (300, 3))
    assert check.status == "warn"
    assert "5 of 600 visitors with orders lack carts" in check.sentence
    assert check.fix == "They count as if they had carts."


def test_orders_without_a_cart_in_one_arm_only_are_a_fault() -> None:
    assert lacking((300, 2), (300, 25)).status == "fail"


def test_a_tag_that_one_arm_loses_is_found_by_fishers_test() -> None:
    # Carry-through note, G8: 12 of 600 against 66 of 590 orders lack the micro, p = 4.17e-11.
    check = lacking((600, 12), (590, 66))
    assert check.status == "fail"
    assert "difference between variants: p < 0.001" in check.sentence


def test_a_milestone_most_buyers_lack_is_not_on_the_path() -> None:
    check = lacking((300, 150), (300, 150))
    assert check.status == "fail"
    assert 'kind = "action"' in check.fix


START = date(2026, 10, 5)


def by_day(days: int, least: str | None = "14d", **planned: date) -> Analysis:
    header = ("status", "variant", "period", "goal__cart", "goal__order", "units")
    rows = [
        ("analysed", arm, START + timedelta(days=day), cart, 0, 500)
        for arm in ("control", "treated")
        for day in range(days)
        for cart in (0, 1)
    ]
    counts = JointCounts.from_rows(header, rows, variants=("control", "treated"))
    experiment = Experiment(
        name="m",
        variants=("control", "treated"),
        goals=(CART, ORDER),
        decision=DecisionSettings(minimum_runtime=least),
        **planned,
    )
    return analyze(experiment, counts)


def test_too_short_a_run_fails_but_faults_no_measurement() -> None:
    analysis = by_day(7)
    assert named(analysis, "runtime").fix.startswith("Wait 7 more days")
    (verdict,) = analysis.verdicts
    assert (verdict.decision, verdict.stage) == ("keep_running", "before")
    assert verdict.because[0].startswith("Still running: day 7 of at least 14; results on ")
    assert analysis.carry_through[0].label != "measurement_fault"


def test_a_run_of_odd_days_warns() -> None:
    assert named(by_day(17), "runtime").sentence == (
        "17 days are not whole weeks, so some weekdays count twice."
    )
    assert named(by_day(21), "runtime").status == "pass"
    assert named(by_day(6, least=None), "runtime").sentence == (
        "The visitors judged came on 6 days, less than a week."
    )


def test_a_test_that_goes_on_is_told_when_its_weeks_are_whole() -> None:
    goes_on, over = by_day(17, start=START, end=date(2026, 11, 2)), by_day(17)
    check = named(goes_on, "runtime")
    assert (check.status, check.sentence) == (
        "pass",
        "17 days so far. Whole weeks end on 25 October.",
    )
    assert named(over, "runtime").status == "warn"


def test_units_of_one_variant_stand_beside_a_variant_without_any(analyse: Analyse) -> None:
    step = analyse((100, 12, 3), (0, 0, 0), funnel=("cart", "order")).funnel[0]
    assert (step.units.control, step.units.treated) == (100, 0)


@pytest.mark.parametrize(("crossed", "status"), [(100, "pass"), (101, "warn")])
def test_more_than_one_in_a_hundred_in_two_variants_warns(crossed: int, status: str) -> None:
    header = ("status", "variant", "goal__cart", "goal__order", "units")
    kept = (10_000 - crossed) // 2
    rows: list[tuple[object, ...]] = [
        ("analysed", "control", 0, 0, kept),
        ("analysed", "treated", 0, 0, 10_000 - crossed - kept),
        ("crossed", None, None, None, crossed),
    ]
    counts = JointCounts.from_rows(header, rows, variants=("control", "treated"))
    experiment = Experiment(name="m", variants=("control", "treated"), goals=(CART, ORDER))
    check = named(analyze(experiment, counts), "crossed")
    assert (check.status, check.figure) == (status, crossed / 10_000)
