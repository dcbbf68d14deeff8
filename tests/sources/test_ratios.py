"""Goals per session and per event, one rule at a time; test_attribution_laws.py holds them all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from abmicro.counts import JointCounts
from abmicro.errors import SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect
from abmicro.sources.sql.required_columns import needed

GOALS: dict[str, Any] = {
    "order": {"kind": "macro", "window": "1d"},
    "bounce": {
        "kind": "action",
        "event": "page_view",
        "exactly": 1,
        "per": "session",
        "window": "1d",
    },
    "impression": {"kind": "action", "window": "1d"},
    "ctr": {"kind": "action", "event": "click", "per": "impression", "window": "1d"},
}
DAY = "2026-10-05"
OTHERS = [
    ("c", f"{DAY} 10:00:00", "seen", "control", "1"),
    ("s", f"{DAY} 10:00:00", "seen", "sticky", "1"),
    ("late", "2026-11-30 00:00:00", "seen", "control", None),
]


def counted(*events: tuple[Any, ...], columns: dict[str, str] | None = None) -> JointCounts:
    """Joint counts of (user, time of the day, event, session) beside three units that see it."""
    columns = {"session": "visit"} if columns is None else columns
    data = Data(
        shape="events",
        columns=DataColumns(unit="user", time="ts", event="event", variant="variant", **columns),
    )
    test = Experiment(name="Log", variants=["control", "sticky"], goals=GOALS, data=data)
    rows = [(user, f"{DAY} {at}", event, None, visit) for user, at, event, visit in events]
    names = ("user", "ts", "event", "variant", "visit")
    return collect(
        test, pa.table(dict(zip(names, map(list, zip(*rows, *OTHERS, strict=True)), strict=True)))
    )


def of_control(counts: JointCounts, *labels: str) -> list[float]:
    return [float(counts.moments(label)[1][0].sum()) for label in labels]


BOUNCES = ("bounce", "per session in 1d")


def test_a_session_counts_once_whatever_its_rows():
    found = counted(*[("c", "11:00:00", "scroll", "1")] * 3, ("c", "12:00:00", "scroll", "2"))
    assert of_control(found, "per session in 1d") == [2]


def test_exactly_one_view_is_neither_none_nor_two():
    one, two = ("c", "11:00:00", "page_view", "1"), ("c", "12:00:00", "page_view", "2")
    assert of_control(counted(), *BOUNCES) == [0, 1]
    assert of_control(counted(one), *BOUNCES) == [1, 1]
    assert of_control(counted(one, two, two), *BOUNCES) == [1, 2]


def test_a_session_is_one_of_its_unit():
    found = counted(("c", "11:00:00", "page_view", "9"), ("s", "11:00:00", "page_view", "9"))
    assert found.moments("per session in 1d")[1].sum() == 4


def test_a_row_without_a_session_belongs_to_none():
    found = counted(("c", "11:00:00", "page_view", None))
    assert of_control(found, *BOUNCES) == [0, 1]


def test_what_came_before_the_exposure_never_counts():
    found = counted(("c", "09:59:59", "page_view", "1"), ("c", "09:00:00", "page_view", "0"))
    assert of_control(found, *BOUNCES) == [0, 1]


def test_a_click_through_rate_is_all_clicks_over_all_impressions():
    shown, clicked = ("c", "11:00:00", "impression", None), ("c", "11:00:01", "click", None)
    found = counted(*[shown] * 5, *[clicked] * 2)
    assert of_control(found, "ctr", "per impression in 1d") == [2, 5]
    assert found.reached("impression").sum() == 1


def test_the_session_column_need_not_be_there_until_a_goal_asks_for_it():
    data = Data(
        shape="events", columns=DataColumns(unit="u", time="t", event="e", variant="v", session="s")
    )
    for goals, asked in ((GOALS, True), ({"order": {"kind": "macro"}}, False)):
        test = Experiment(name="Log", variants=["A", "B"], goals=goals, data=data)
        assert (("data.columns.session", "s") in set(needed(test))) == asked


# the units shape: one column set against another

RATIO = {
    "order": {"kind": "macro"},
    "ctr": {"kind": "action", "column": "clicks", "per": "impressions"},
    "basket": {"kind": "action", "value": "spend", "per": "orders"},
}
UNITS = """arm,order,clicks,impressions,spend,orders
control,1,2,10,30,2
control,0,0,0,0,0
sticky,1,3,9,20,1
"""


def test_units_bring_what_is_counted_and_what_it_is_set_against(unit_test, written):
    found = collect(unit_test(goals=RATIO), written(UNITS))
    assert found.measures == ("ctr", "basket", "per impressions", "per orders")
    assert of_control(found, *found.measures) == [2, 30, 10, 2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            UNITS.replace("impressions", "views"),
            "goals.ctr.per: no column 'impressions' in the data",
        ),
        (UNITS.replace("clicks", "taps"), "goals.ctr.column: no column 'clicks' in the data"),
        (UNITS.replace("2,10", "2,"), "is empty in 1 unit"),
        (UNITS.replace("2,10", "2,many"), "goals.ctr.per: column 'impressions' holds text"),
    ],
)
def test_columns_that_cannot_be_counted_are_named(text, told, unit_test, written):
    with pytest.raises(SourceError) as caught:
        collect(unit_test(goals=RATIO), written(text))
    assert told in str(caught.value)
