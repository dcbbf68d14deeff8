"""The joint table added up: parts agree with the table and with one another, each made once."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import numpy as np
import pytest

from abmicro import CountsError, Experiment, JointCounts, datasets
from abmicro.marginals.marginals import Marginals

VARIANTS = ("control", "sticky")
GOALS = {
    "cart": {"kind": "milestone"},
    "order": {"kind": "macro"},
    "video": {"kind": "action"},
}
HEADER = ("status", "variant", "segment__device", "period")
HEADER += ("goal__cart", "goal__order", "goal__video", "units", "rows")
ROWS = [
    *(
        ("analysed", variant, device, day, cart, order, video, 3 + place, 3 + place)
        for variant in VARIANTS
        for device in ("mobile", "desktop")
        for day in ("2026-10-05", "2026-10-06")
        for place, (cart, order, video) in enumerate([(0, 0, 0), (1, 0, 1), (1, 1, 0), (0, 1, 0)])
    ),
    ("immature", "sticky", "mobile", "2026-10-07", None, None, None, 7, 9),
    ("future", None, None, None, None, None, None, 0, 5),
]


def shop(**keys: object) -> Experiment:
    usual = {"name": "Shop", "variants": VARIANTS, "goals": GOALS, "segments": {"device": "d"}}
    return Experiment(**usual | keys)


@pytest.fixture
def counts() -> JointCounts:
    return JointCounts.from_rows(HEADER, ROWS, variants=VARIANTS)


@pytest.fixture
def marginals(counts: JointCounts) -> Marginals:
    return Marginals.of(shop(), counts)


def test_every_part_is_added_up_once_and_when_asked_for(marginals: Marginals) -> None:
    parts = [name for name, part in vars(Marginals).items() if isinstance(part, cached_property)]
    assert not set(parts) & vars(marginals).keys()
    for name in parts:
        assert getattr(marginals, name) is getattr(marginals, name)


def test_a_goal_the_table_lacks_stops_only_who_asks_for_goals(counts: JointCounts) -> None:
    marginals = Marginals.of(shop(goals=GOALS | {"gift": {"kind": "action"}}), counts)
    assert marginals.units == counts.units.sum()
    with pytest.raises(CountsError, match="gift"):
        _ = marginals.goal_totals


def test_parts_agree_on_who_reached_what(marginals: Marginals, counts: JointCounts) -> None:
    totals, patterns = marginals.goal_totals, marginals.patterns
    assert totals.levels == patterns.levels
    for place, goal in enumerate(totals.rates):
        reached = patterns.by_level @ patterns.goals[goal.name]
        assert totals.reached[..., place].tolist() == reached.tolist()
        assert (
            totals.reached[:, 0, place].tolist() == counts.reached(goal.name).sum((1, 2)).tolist()
        )
    assert (totals.units[:, 1:].sum(axis=1) == totals.units[:, 0]).all()


def test_a_later_step_counts_for_the_ones_before(marginals: Marginals) -> None:
    assert marginals.funnel is not None
    assert marginals.funnel.steps == ("cart", "order")
    assert marginals.funnel.reached.tolist() == [[72, 60, 44]] * 2
    within = marginals.funnel_by_stratum
    assert within is not None
    assert within.sum(axis=1).tolist() == marginals.funnel.reached.tolist()


def test_goals_off_the_funnel_and_pairs_hold_every_unit(marginals: Marginals) -> None:
    off = marginals.off_funnel
    assert off is not None
    assert (off.goals, off.macro) == (("video",), "order")
    assert off.cells.tolist() == [[[0, 16, 44, 12]]] * 2
    nested, cells = marginals.goal_pairs
    assert (nested.micros[0].name, cells.micros[0].name) == ("cart", "video")
    assert nested.path is not None
    assert cells.cells is not None
    assert nested.path[:, 0].sum(axis=1).tolist() == [[72, 60, 44]] * 2
    assert cells.cells.sum(axis=2).tolist() == off.cells.tolist()


def test_exposed_units_are_those_analysed_and_those_that_wait(marginals: Marginals) -> None:
    exposed = marginals.exposed
    assert exposed.days == (date(2026, 10, 5), date(2026, 10, 6), date(2026, 10, 7))
    assert exposed.by_day.tolist() == [[36, 36, 0], [36, 36, 7]]
    assert exposed.by_level[1:].sum(axis=0).tolist() == exposed.by_day.tolist()


def test_days_are_those_with_units_and_the_start(marginals: Marginals, counts: JointCounts) -> None:
    assert (marginals.first_day, marginals.last_day) == (date(2026, 10, 5), date(2026, 10, 6))
    assert marginals.days_run == 2
    early = Marginals.of(shop(start="2026-10-01"), counts)
    assert early.days_run == 6


def test_the_ledger_adds_up(marginals: Marginals, counts: JointCounts) -> None:
    ledger = marginals.ledger
    assert (ledger.units("immature"), ledger.units("analysed")) == (7, marginals.units)
    assert ledger.rows_left == {"immature": 9, "future": 5}
    assert ledger.rows_read == counts.rows.sum() + 14


def test_without_a_macro_goal_there_is_a_reason_and_no_funnel(counts: JointCounts) -> None:
    marginals = Marginals.of(shop(goals={"cart": "milestone", "video": "action"}), counts)
    assert marginals.funnel is None
    assert marginals.funnel_by_stratum is None
    assert "no macro goal" in marginals.why_no_funnel


def test_strata_add_up_to_the_whole() -> None:
    days, shares = ("2026-10-05", "2026-10-06"), {"control": (900, 500), "sticky": (100, 500)}
    rows = [
        ("analysed", variant, "mobile", day, cart, 0, 0, units, units)
        for variant in VARIANTS
        for day, units in zip(days, shares[variant], strict=True)
        for cart in (0, 1)
    ]
    marginals = Marginals.of(shop(), JointCounts.from_rows(HEADER, rows, variants=VARIANTS))
    assert marginals.strata.count == 2
    parts = marginals.goal_totals_of_strata
    whole = marginals.goal_totals
    assert sum(part.reached for part in parts).tolist() == whole.reached.tolist()


def test_values_by_day_are_those_of_the_table() -> None:
    marginals = Marginals.of(*datasets.load("hillstrom"))
    spend = marginals.values_by_day["spend"].sum(axis=1)
    np.testing.assert_allclose(spend, marginals.goal_totals.totals[:, 0, 0], rtol=1e-12)
