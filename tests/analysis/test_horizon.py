"""Before the declared end only trust and harm speak; nothing ships on an early look."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

import abmicro as ab
from abmicro import AnalysisSettings, CountsError, DecisionSettings, Experiment, Goal, JointCounts
from abmicro.analysis.results import Course

from ..examples import examples

pytestmark = pytest.mark.journey

CART = Goal(name="cart", kind="milestone", role="primary", window="7d")
ORDER = Goal(name="order", kind="macro", window="7d")
START, END = date(2026, 10, 5), date(2026, 11, 2)
WIN = (40_000, 4_800, 1_200), (40_000, 5_600, 1_500)
LOSS = (40_000, 4_800, 1_200), (40_000, 4_300, 1_000)
SLIGHT_LOSS = (40_000, 4_800, 1_200), (40_000, 4_600, 1_180)
SAME = (40_000, 4_800, 1_200), (40_000, 4_800, 1_200)


def dated(*arms: str, goals: tuple[Goal, ...] = (CART, ORDER), **keys: object) -> Experiment:
    """A test of 28 days whose windows close on 9 November."""
    names = ("control", *(arms or ("treated",)))
    dates = {"start": START, "end": END} | keys
    return Experiment(name="m", variants=names, goals=goals, **dates)  # type: ignore[arg-type]


@cache
def judged(arms: tuple[tuple[int, ...], ...], as_of: date, **keys: object) -> ab.Analysis:
    """The analysis, on a day, of counts without days."""
    names = [f"arm{at}" for at in range(1, len(arms))] if len(arms) > 2 else []
    experiment = dated(*names, **keys)  # type: ignore[arg-type]
    variants = tuple(variant.name for variant in experiment.variants)
    steps = tuple(goal.name for goal in experiment.goals)
    return ab.analyze(experiment, JointCounts.of_path(variants, steps, arms), as_of=as_of)


def by_day(days: int, first: date = START) -> JointCounts:
    """As many units each day; in the treated arm clearly more reach cart and order."""
    header = ("variant", "period", "goal__cart", "goal__order", "units")
    cells = {"control": (8_800, 900, 300), "treated": (8_400, 1_200, 400)}
    rows = [
        (arm, (first + timedelta(days=day)).isoformat(), *pattern, units)
        for day in range(days)
        for arm, found in cells.items()
        for pattern, units in zip(((0, 0), (1, 0), (1, 1)), found, strict=True)
    ]
    return JointCounts.from_rows(header, rows, variants=("control", "treated"))


@pytest.mark.parametrize(
    ("as_of", "sentence"),
    [
        (date(2026, 10, 5), "Still running: day 1 of 28; results on 9 November."),
        (date(2026, 10, 9), "Still running: day 4 of 28; results on 9 November."),
        (date(2026, 11, 1), "Still running: day 27 of 28; results on 9 November."),
        (date(2026, 11, 2), "Entry closed; results on 9 November."),
        (date(2026, 11, 8), "Entry closed; results on 9 November."),
        (date(2026, 10, 1), "Not begun: the first day is 5 October; results on 9 November."),
    ],
)
def test_a_win_before_the_end_keeps_running_and_says_until_when(as_of: date, sentence: str) -> None:
    (verdict,) = judged(WIN, as_of).verdicts
    assert (verdict.decision, verdict.stage) == ("keep_running", "before")
    assert verdict.because[0] == sentence
    assert verdict.results_on == "2026-11-09"


def test_the_same_win_ships_once_the_last_window_has_closed() -> None:
    (verdict,) = judged(WIN, date(2026, 11, 9)).verdicts
    assert (verdict.decision, verdict.stage) == ("ship", "end")


def test_without_windows_the_end_is_the_first_day_that_does_not_count() -> None:
    goals = tuple(goal.model_copy(update={"window": None}) for goal in (CART, ORDER))
    decisions = [
        judged(WIN, day, goals=goals).verdicts[0].decision for day in (date(2026, 11, 1), END)
    ]
    assert decisions == ["keep_running", "ship"]


def with_cut_off(at: datetime, timezone: str = "UTC") -> ab.Analysis:
    counts = JointCounts.of_path(("control", "treated"), ("cart", "order"), WIN)
    return ab.analyze(dated(timezone=timezone), replace(counts, cut_off=at))


def test_the_moment_up_to_which_the_data_are_complete_decides() -> None:
    last = datetime(2026, 11, 9, tzinfo=UTC)
    early, late = (with_cut_off(at).verdicts[0] for at in (last - timedelta(seconds=1), last))
    assert (early.decision, late.decision) == ("keep_running", "ship")
    assert "--as-of 2026-11-09" in early.would_change


def test_midnight_is_that_of_the_experiment() -> None:
    """13:00 in UTC is past midnight in Auckland, and noon has not come in Honolulu."""
    at = datetime(2026, 11, 8, 13, tzinfo=UTC)
    zones = "Pacific/Auckland", "UTC", "Pacific/Honolulu"
    assert [with_cut_off(at, zone).verdicts[0].stage for zone in zones] == [
        "end",
        "before",
        "before",
    ]


def test_a_quiet_export_can_be_said_to_be_complete() -> None:
    counts = JointCounts.of_path(("control", "treated"), ("cart", "order"), WIN)
    quiet = replace(counts, cut_off=datetime(2026, 11, 8, 20, tzinfo=UTC))
    (verdict,) = ab.analyze(dated(), quiet, as_of=date(2026, 11, 9)).verdicts
    assert verdict.decision == "ship"


def test_a_year_is_named_where_it_is_another() -> None:
    (verdict,) = judged(WIN, date(2026, 10, 9), end=date(2027, 1, 4)).verdicts
    assert verdict.because[0].endswith("results on 11 January 2027.")


def test_clear_harm_speaks_before_the_end() -> None:
    (verdict,) = judged(LOSS, date(2026, 10, 9)).verdicts
    assert (verdict.decision, verdict.stage) == ("keep_control", "before")
    assert verdict.because[0].startswith("Carts fell: 4,300 instead of 4,800")


def test_harm_at_the_usual_level_waits_for_the_end() -> None:
    early, late = (judged(SLIGHT_LOSS, day).verdicts[0] for day in (END, date(2026, 11, 9)))
    assert (early.decision, late.decision) == ("keep_running", "keep_control")


def test_early_harm_shares_its_level_among_the_arms() -> None:
    """One-sided p = 0.0007: harm in a test of one arm, none in one of two."""
    control, worse = (40_000, 4_800, 1_200), (40_000, 4_510, 1_190)
    (alone,) = judged((control, worse), END).verdicts
    first, _ = judged((control, worse, control), END).verdicts
    assert (alone.decision, first.decision) == ("keep_control", "keep_running")


def test_a_guardrail_is_held_against_its_margin_before_the_end() -> None:
    guard = Goal(name="order", kind="macro", role="guardrail", margin=0.02, window="7d")
    arms = (40_000, 4_800, 1_200), (40_000, 4_800, 900)
    (verdict,) = judged(arms, END, goals=(CART, guard)).verdicts
    assert verdict.decision == "keep_control"
    assert verdict.because[0].startswith("Orders fell, by more than the 2% you allow")
    slight = (40_000, 4_800, 1_200), (40_000, 4_800, 1_080)
    assert judged(slight, END, goals=(CART, guard)).verdicts[0].decision == "keep_running"


def test_a_broken_split_is_not_trusted_before_the_end() -> None:
    arms = (40_000, 4_800, 1_200), (36_000, 4_800, 1_200)
    assert judged(arms, date(2026, 10, 9)).verdicts[0].decision == "do_not_trust_yet"


def test_days_in_the_table_tell_the_stage_without_as_of() -> None:
    (early,) = ab.analyze(dated(), by_day(4)).verdicts
    assert early.because[0] == "Still running: day 4 of 28; results on 9 November."
    goals = tuple(goal.model_copy(update={"window": None}) for goal in (CART, ORDER))
    (late,) = ab.analyze(dated(goals=goals), by_day(28)).verdicts
    assert (late.decision, late.stage) == ("ship", "end")


def test_counts_that_know_of_later_days_are_refused() -> None:
    with pytest.raises(CountsError, match=r"as_of: the counts know of later days than 2026-10-07"):
        ab.analyze(dated(), by_day(4), as_of=date(2026, 10, 7))


def test_too_short_a_run_waits_and_harm_still_speaks() -> None:
    least = DecisionSettings(minimum_runtime="14d")
    goals = tuple(goal.model_copy(update={"window": None}) for goal in (CART, ORDER))
    experiment = dated(goals=goals, start=None, end=None, decision=least)
    (verdict,) = ab.analyze(experiment, by_day(7)).verdicts
    assert verdict.decision == "keep_running"
    assert verdict.because == (
        "Still running: day 7 of at least 14; results on 19 October.",
        "7 days of at least 14 have been run.",
    )
    assert ab.analyze(experiment, by_day(14)).verdicts[0].decision == "ship"


def test_without_an_end_the_page_says_for_how_many_looks_its_rates_hold() -> None:
    said = "counts as the one final look"
    for form in ("text", "md", "html", "terminal"):
        shown = judged(WIN, END, start=None, end=None).render(form)
        assert said in " ".join(re.sub(r"\x1b\[[0-9;]*m", "", shown).split())
        assert said not in judged(WIN, date(2026, 11, 9)).render(form)


@pytest.mark.parametrize("form", ["text", "md", "html", "terminal"])
def test_every_form_says_that_the_test_still_runs(form: str) -> None:
    shown = judged(WIN, date(2026, 10, 9)).render(form)
    assert "Still running: day 4 of 28; results on 9 November." in shown


def test_several_arms_share_alpha_for_the_macro_of_each() -> None:
    """p = 0.033 of order: enough for one variant, not for either of two."""
    control, treated = (40_000, 4_800, 1_200), (40_000, 5_500, 1_306)
    lenient = AnalysisSettings(correction="none")
    (alone,) = judged((control, treated), date(2026, 11, 9), analysis=lenient).verdicts
    both = judged((control, treated, treated), date(2026, 11, 9), analysis=lenient).verdicts
    assert alone.decision == "ship"
    for verdict in both:
        assert verdict.decision == "unsettled"
        assert verdict.because[0].startswith("Not enough data on orders yet.")
    lifts = [one.macro_lift for one in judged((control, treated, treated), END).carry_through]
    assert all(lift.low < 0 < lift.high and lift.level == 0.975 for lift in lifts)


arms = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400)).map(
    lambda parts: (sum(parts), sum(parts[:2]), parts[0])
)


@examples(25)
@given(
    st.lists(arms, min_size=2, max_size=3).map(tuple),
    st.integers(1, 2_000),
    st.sampled_from(["macro_up", "not_contradicted"]),
    st.dates(START, date(2026, 11, 8)),
)
def test_no_counts_ship_before_the_end(
    arms: tuple[tuple[int, ...], ...], scale: int, require: str, as_of: date
) -> None:
    counts = tuple(tuple(scale * one for one in arm) for arm in arms)
    assert all(later <= earlier for arm in counts for earlier, later in pairwise(arm))
    found = judged(counts, as_of, decision=DecisionSettings(require=require)).verdicts
    assert {verdict.stage for verdict in found} == {"before"}
    assert {verdict.decision for verdict in found} <= {
        *("keep_running", "keep_control", "do_not_trust_yet"),
    }


def test_the_days_of_a_test_are_told() -> None:
    running = ab.analyze(dated(), by_day(9)).course
    assert (running.first_day, running.last_day) == (START, date(2026, 10, 13))
    assert (running.day, running.days, running.last_entry) == (9, 28, date(2026, 11, 1))
    late = ab.analyze(dated(), by_day(28), as_of=date(2026, 11, 20)).course
    assert (late.day, late.days, late.last_day) == (28, 28, date(2026, 11, 1))
    undated = ab.analyze(
        dated(start=None, end=None),
        JointCounts.of_path(("control", "treated"), ("cart", "order"), WIN),
    ).course
    assert undated == Course()
