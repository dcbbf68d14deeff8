"""Goals per session: the rate is of sessions, chance is between units."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.special import stdtrit

from abmicro import Analysis, Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import GoalResult
from abmicro.report.render import json_csv
from abmicro.stats.means.amounts_per_unit import amount_difference
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.rates_per_session import session_rates

from ..examples import examples
from . import stages

BOUNCE = Goal(name="bounce", kind="action", per="session", direction="down")
GOALS = (Goal(name="order", kind="macro", role="primary"), BOUNCE)
HEADER = (
    *("variant", "segment__device", "goal__order", "units", "sum__bounce", "sum__per session"),
    *("product__bounce__bounce", "product__bounce__per session"),
    "product__per session__per session",
)

Units = Sequence[tuple[int, int]]


def row(variant: str, device: str, order: int, units: Units, times: int = 1) -> tuple[Any, ...]:
    """A cell of units given as (bounces, sessions), each so many times."""
    y, x = np.array(units, dtype=float).reshape(-1, 2).T * 1.0
    sums = (y.sum(), x.sum(), (y * y).sum(), (y * x).sum(), (x * x).sum())
    return (variant, device, order, len(units) * times, *(times * float(one) for one in sums))


def counted(
    rows: Sequence[tuple[Any, ...]], goals: tuple[Goal, ...] = GOALS
) -> tuple[Experiment, JointCounts]:
    test = Experiment(name="Log", variants=("A", "B"), goals=goals, segments=["device"])
    return test, JointCounts.from_rows(HEADER, rows, variants=("A", "B"))


def analysed(rows: Sequence[tuple[Any, ...]], goals: tuple[Goal, ...] = GOALS) -> Analysis:
    return analyze(*counted(rows, goals))


def compared(control: Units, treated: Units, goal: Goal = BOUNCE, times: int = 1) -> GoalResult:
    """The row of the goal over all units."""
    rows = [row("A", "phone", 0, control, times), row("B", "phone", 0, treated, times)]
    found = stages.goals(*counted(rows, (GOALS[0], goal)))
    return next(one for one in found if one.goal == goal.name and one.segment is None)


sessions = st.integers(0, 4).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
arms = st.lists(sessions, min_size=1, max_size=60)

CONTROL: Units = [(1, 1), (0, 2), (2, 3), (1, 2), (0, 1), (0, 0)] * 40
TREATED: Units = [(0, 1), (0, 2), (1, 3), (1, 2), (0, 1), (0, 0)] * 40


def test_the_rate_is_all_bounces_over_all_sessions() -> None:
    found = compared(CONTROL, TREATED)
    assert (found.rate.control, found.rate.treated) == (4 / 9, 2 / 9)
    assert (found.units.control, found.per, found.reached) == (240, "session", None)
    assert found.method == "Delta method and shared variance between units, the wider; Fieller lift"


def test_chance_is_between_units() -> None:
    found = compared(CONTROL, TREATED)
    pair = (PairMoments.of(*np.array(arm).T) for arm in (TREATED, CONTROL))
    expected = amount_difference(session_rates(*pair))
    assert found.p_value == pytest.approx(float(expected.p), rel=1e-9)
    assert found.difference.low == pytest.approx(float(expected.low), rel=1e-9)


@examples(30)
@given(arms, arms)
def test_p_and_intervals_never_contradict_one_another(control: Units, treated: Units) -> None:
    found = compared(control, treated)
    for interval in (found.difference, found.lift):
        if np.isfinite(interval.low):
            assert (interval.low > 0 or interval.high < 0) == (found.adjusted_p_value < 0.05)


@examples(30)
@given(st.lists(st.integers(0, 1), min_size=4, max_size=40), st.integers(2, 30))
def test_one_session_per_unit_is_a_rate_of_units(reached: list[int], units: int) -> None:
    found = compared([(one, 1) for one in reached], [(1, 1), *[(0, 1)] * (units - 1)])
    rates = np.array([sum(reached) / len(reached), 1 / units])
    of = np.array([len(reached), units])
    assert (found.rate.control, found.rate.treated) == pytest.approx(tuple(rates))
    spread = of * rates * (1 - rates)
    own = spread / (of - 1) ** 2  # of the mean, by n - 1 and once more by k - 1, k = n
    df = own.sum() ** 2 / (own**2 / (of - 1)).sum()
    shared = spread.sum() / (of.sum() - 2) * (1 / (of - 1)).sum()
    reach = max(
        stdtrit(df, 0.975) * np.sqrt(own.sum()), stdtrit(of.sum() - 2, 0.975) * np.sqrt(shared)
    )
    assert found.difference.high - found.difference.low == pytest.approx(2 * reach, rel=1e-6)


def test_units_without_a_session_leave_the_rate_as_it_is() -> None:
    found, more = compared(CONTROL, TREATED), compared([*CONTROL, *[(0, 0)] * 5000], TREATED)
    assert more.rate == found.rate
    assert more.p_value == pytest.approx(found.p_value, rel=0.02)


def test_copies_of_a_unit_are_units_and_copies_of_a_session_are_none() -> None:
    once, units = compared(CONTROL, TREATED), compared(CONTROL, TREATED, times=4)
    many = compared([(4 * y, 4 * x) for y, x in CONTROL], [(4 * y, 4 * x) for y, x in TREATED])
    assert units.p_value < 1e-3 * once.p_value
    assert many.p_value == pytest.approx(once.p_value, rel=1e-9)


@pytest.mark.parametrize(
    ("control", "treated", "note"),
    [
        ([(0, 0)] * 9, TREATED, "no session in one of the variants, so nothing can be compared"),
        ([], TREATED, "one of the variants is empty, so nothing can be compared"),
        ([(0, 1)] * 9, [(0, 2)] * 9, "nothing was counted in either variant"),
        ([(0, 1)] * 9, TREATED, "nothing was counted in the control"),
    ],
)
def test_what_cannot_be_compared_says_why(control: Units, treated: Units, note: str) -> None:
    found = compared(control, treated)
    assert found.note.startswith(note)
    assert isnan(found.lift.estimate)


def test_a_billion_units_keep_their_digits() -> None:
    found = compared(CONTROL, TREATED, times=5_000_000)
    assert found.units.control == 1_200_000_000
    errors = [
        ((y - rate * x) ** 2).sum() / x.sum() ** 2
        for rate, (y, x) in zip(
            (found.rate.control, found.rate.treated),
            (np.array(arm).T for arm in (CONTROL, TREATED)),
            strict=True,
        )
    ]
    width = 2 * 1.959964 * np.sqrt(sum(errors) / 5_000_000)
    assert found.difference.high - found.difference.low == pytest.approx(width, rel=1e-6)


@examples(30)
@given(arms, arms, st.sampled_from(["up", "down"]), st.floats(0.01, 0.9))
def test_a_guardrail_is_held_exactly_when_its_interval_is_within_the_margin(
    control: Units, treated: Units, direction: str, margin: float
) -> None:
    keys = {"name": "bounce", "kind": "action", "per": "session", "direction": direction}
    found = compared(control, treated, Goal(**keys, role="guardrail", margin=margin))
    guard, size = found.noninferiority, found.effective_size
    assert guard is not None
    assert size is not None
    if np.isfinite(guard.lift.low):
        within = guard.lift.low > -margin if direction == "up" else guard.lift.high < margin
        assert (guard.status == "held") == (within and min(size.control, size.treated) >= 20)


def test_segment_levels_are_compared_by_themselves() -> None:
    rows = [
        *(row(arm, "phone", 0, units) for arm, units in (("A", CONTROL), ("B", TREATED))),
        *(row(arm, "desk", 0, units) for arm, units in (("A", TREATED), ("B", CONTROL))),
    ]
    found = [one for one in analysed(rows).goals if one.goal == "bounce"]
    rates = {one.segment.level if one.segment else "": one.rate.treated for one in found}
    assert rates == {"": 3 / 9, "phone": 2 / 9, "desk": 4 / 9}


@cache
def whole(primary: str = "order") -> Analysis:
    goals = (
        Goal(name="order", kind="macro", role="primary" if primary == "order" else "secondary"),
        Goal(**BOUNCE.model_dump(exclude={"role"}), role="primary")
        if primary == "bounce"
        else BOUNCE,
    )
    cells = [(arm, got, units) for arm, units in (("A", CONTROL), ("B", TREATED)) for got in (0, 1)]
    return analysed([row(arm, "phone", got, units) for arm, got, units in cells], goals)


def test_carry_through_says_why_it_follows_no_session() -> None:
    (absent,) = [one for one in whole().absent if one.panel == "carry_through.bounce"]
    assert absent.reason.startswith(
        "bounce is counted per session, and carry-through follows people"
    )


def test_a_rate_of_sessions_can_be_what_decides() -> None:
    (verdict,) = whole(primary="bounce").verdicts
    assert verdict.because[-1].startswith("Bounce fell: 22.2% instead of 44.4%, down 50%")


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_reports_say_what_a_goal_is_counted_per(form: str) -> None:
    shown = whole().render(form)
    assert "Bounce (per session)" in shown


def test_the_page_names_the_method() -> None:
    assert "Delta method and shared variance between units" in whole().render("html")


def test_the_record_tells_it_and_reads_back() -> None:
    made = json.loads(json_csv.render(whole()))
    assert [goal["per"] for goal in made["goals"][:2]] == [None, "session"]
    assert [goal.per for goal in json_csv.from_record(made).goals[:2]] == [None, "session"]


FEW: Units = [(0, 1)] * 60 + [(1, 1)] * 20


@pytest.mark.parametrize(
    ("heavy", "better", "said"),
    [
        (
            [(90, 100), (30, 50)],
            False,
            "Do not trust bounces yet: a few visitors with many",
        ),
        ([(8, 10), (6, 8)] * 3, True, "A few visitors with many of the sessions decide bounces"),
        ([], True, ""),
    ],
)
def test_few_units_that_bring_most_sessions_are_told(heavy: Units, better: bool, said: str) -> None:
    """A gain that four units make is not claimed; one of many is, with a word of caution."""
    goal = Goal(name="bounces", kind="action", per="session", role="primary")
    treated = [*[(1, 1)] * 70, *[(0, 1)] * 10, *heavy]
    header = [name.replace("bounce", "bounces") for name in HEADER]
    rows = [row("A", "phone", 0, FEW, 3), row("B", "phone", 0, treated, 1 if heavy else 3)]
    test = Experiment(
        name="Log", variants=("A", "B"), goals=(Goal(name="order", kind="macro"), goal),
        segments=["device"],
    )  # fmt: skip
    found = analyze(test, JointCounts.from_rows(header, rows, variants=("A", "B")))
    bounces = next(one for one in found.goals if one.goal == "bounces")
    assert bounces.adjusted_p_value < 0.05
    assert bounces.is_better(0.05) == better
    told = " ".join(found.verdicts[0].because)
    assert said in told
    assert ("weigh like" in told) == bool(heavy)


def test_amounts_per_session_count_by_their_amounts_too() -> None:
    goal = Goal(name="bounce", kind="action", per="session", value="price")
    found = compared([(1, 1)] * 200, [(1, 1)] * 199 + [(100, 1)], goal)
    assert found.effective_size is not None
    assert found.effective_size.treated == pytest.approx(299**2 / (199 + 100**2))
    assert found.effective_size.control == 200
