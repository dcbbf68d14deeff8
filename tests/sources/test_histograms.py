"""What the histograms say of single units, rule by rule; test_histogram_laws.py holds them all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from abmicro.counts import FIGURES, Histograms
from abmicro.errors import CountsError, SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment, Exposure
from abmicro.sources.collect_histograms import (
    collect_histograms,
    read_histograms,
    select_histograms,
)
from abmicro.sources.sql.fragments import literal

GOALS: dict[str, Any] = {
    "cart": {"kind": "milestone", "window": "1d"},
    "order": {"kind": "macro", "window": "1d"},
}
DAY = "2026-10-05 "
SEEN = [("c", DAY + "10:00:00", "seen", "control"), ("s", DAY + "10:00:00", "seen", "sticky")]
CLOSED = ("late", "2026-11-30 00:00:00", "seen", "control")


def did(unit: str, clock: str, event: str, *more: Any) -> tuple[Any, ...]:
    """An event on the day of the exposures."""
    return (unit, DAY + clock, event, None, *more)


def log_test(**keys: Any) -> Experiment:
    columns = DataColumns(unit="user", time="ts", event="event", variant="variant")
    data = Data(shape="events", table="log", columns=columns, **keys.pop("clock", {}))
    defaults = {"name": "Log", "variants": ["control", "sticky"], "goals": GOALS, "data": data}
    return Experiment(**(defaults | keys))


def table(events: list[tuple[Any, ...]], extra: tuple[str, ...] = ()) -> pa.Table:
    names = ("user", "ts", "event", "variant", *extra)
    rows = [(*row, *[None] * (len(names) - len(row))) for row in events]
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})


def followed(events: list[tuple[Any, ...]], **keys: Any) -> Histograms:
    """Histograms of (user, time, event, variant, further columns), both arms seen."""
    extra, as_of = keys.pop("extra", ()), keys.pop("as_of", None)
    frame = table([*events, *SEEN, CLOSED], extra)
    return collect_histograms(log_test(**keys), frame, as_of=as_of)


def bins(found: Histograms, figure: str, goal: str) -> dict[int, int]:
    """Units of all arms per bin."""
    bins, units, _ = found.of(figure, goal)
    return dict(zip(bins.tolist(), units.sum(axis=0).tolist(), strict=True))


def test_a_lag_is_cut_to_whole_hours():
    found = followed([did("c", "11:59:59.9", "cart"), did("s", "12:00:00", "cart")])
    assert bins(found, "lag", "cart") == {1: 1, 2: 1}


def test_a_unit_that_did_not_reach_a_goal_was_open_for_its_window():
    assert bins(followed([]), "open", "cart") == {0: 1, 24: 2}


def test_a_unit_whose_window_is_open_is_followed_until_the_data_end():
    found = followed(
        [
            ("new", "2026-11-29 18:00:00", "seen", "sticky"),
            ("new", "2026-11-29 20:30:00", "cart", None),
        ]
    )
    assert bins(found, "lag", "cart") == {2: 1}
    assert bins(found, "mature_lag", "cart") == {}
    assert bins(found, "open", "order") == {0: 1, 6: 1, 24: 2}


def test_an_earlier_look_follows_no_longer():
    found = followed([], as_of="2026-10-05 13:00:00")
    assert bins(found, "open", "cart") == {3: 2}


def test_without_a_window_a_unit_is_followed_until_the_data_end():
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    found = followed([], goals=goals)
    assert bins(found, "open", "cart") == {0: 1, 55 * 24 + 14: 2}


def test_macro_counts_the_units_that_reached_the_macro_goal():
    found = followed(
        [did("c", "10:00:00", "cart"), did("c", "10:05:00", "order"), did("s", "10:00:00", "cart")]
    )
    assert found.of("lag", "cart").macro.tolist() == [[1], [0]]
    assert found.of("open", "order").macro.sum() == 0


def test_events_are_counted_within_the_window():
    events = [did("c", f"1{hour}:00:00", "cart") for hour in range(4)]
    late = ("c", "2026-10-06 10:00:00", "cart", None)
    assert bins(followed([*events, late]), "events", "cart") == {4: 1}


@pytest.mark.parametrize(("second", "burst"), [("10:00:02", 1), ("10:00:02.000001", 0)])
def test_two_events_within_two_seconds_are_a_burst(second, burst):
    events = [did("c", "10:00:00", "cart"), did("c", second, "cart")]
    assert bins(followed(events), "burst", "cart") == {burst: 1}


def test_a_burst_is_of_one_goal():
    events = [did("c", "11:00:00", "cart"), did("c", "11:00:01", "order")]
    assert bins(followed(events), "burst", "order") == {0: 1}


def test_one_event_may_reach_several_goals():
    view = {"kind": "action", "event": "view", "window": "1d"}
    goals = {"any": view, "dear": view | {"where": "price > 5"}, "two": view | {"at_least": 2}}
    events = [did("c", "11:00:00", "view", 3.0), did("c", "11:00:01", "view", 9.0)]
    found = followed(events, goals=goals | GOALS, extra=("price",))
    told = {goal: [bins(found, figure, goal) for figure in ("events", "burst")] for goal in goals}
    assert told == {"any": [{2: 1}, {1: 1}], "dear": [{1: 1}, {0: 1}], "two": [{2: 1}, {1: 1}]}
    assert bins(found, "dwell", "two") == {0: 1}


def test_repeats_that_dedupe_drops_are_no_burst():
    goals = {"cart": {"kind": "milestone", "window": "1d", "dedupe": "id"}, "order": GOALS["order"]}
    events = [did("c", "11:00:00", "cart", "x")] * 3
    found = followed(events, goals=goals, extra=("id",))
    assert bins(found, "burst", "cart") == {0: 1}
    assert bins(found, "events", "cart") == {1: 1}


@pytest.mark.parametrize(("first", "dwell"), [("10:00:01", 1), ("10:00:01.000001", 0)])
def test_a_goal_within_a_second_of_exposure_is_told(first, dwell):
    assert bins(followed([did("c", first, "cart")]), "dwell", "cart") == {dwell: 1}


@pytest.mark.parametrize(("order", "early"), [("10:59:58", 0), ("10:59:57.999999", 1)])
def test_a_step_over_two_seconds_before_its_step_before_is_early(order, early):
    events = [did("c", "11:00:00", "cart"), did("c", order, "order")]
    found = followed(events)
    assert bins(found, "early", "order") == {early: 1}
    assert bins(found, "early", "cart") == {}


def test_an_hour_is_told_in_utc():
    found = followed([did("c", "11:30:00", "cart")], timezone="Asia/Kathmandu")
    assert bins(found, "hour", "cart") == {
        int(datetime(2026, 10, 5, 11, tzinfo=UTC).timestamp()) // 3600: 1
    }


def test_a_day_is_told_in_the_zone_of_the_experiment():
    found = followed([did("c", "18:30:00", "cart")], timezone="Asia/Kathmandu")
    assert bins(found, "day", "cart") == {(date(2026, 10, 6) - date(1970, 1, 1)).days: 1}


def test_hours_to_the_macro_goal_count_from_the_micro_goal():
    events = [
        did("c", "11:00:00", "cart"),
        did("c", "13:30:00", "order"),
        did("s", "13:00:00", "cart"),
        did("s", "12:00:00", "order"),
    ]
    found = followed(events)
    assert bins(found, "to_macro", "cart") == {2: 1}
    assert bins(found, "to_macro", "order") == {}


def test_a_goal_that_asks_for_many_events_is_reached_with_the_last_of_them():
    goals = {"deep": {"kind": "action", "event": "view", "at_least": 3, "window": "1d"}, **GOALS}
    events = [did("c", f"1{hour}:00:00", "view") for hour in range(5)]
    few = [did("s", "11:00:00", "view")]
    found = followed([*events, *few], goals=goals)
    assert bins(found, "lag", "deep") == {2: 1}
    assert bins(found, "events", "deep") == {5: 1}
    assert bins(found, "open", "deep") == {0: 1, 24: 1}


def test_a_sum_that_is_taken_back_does_not_reach_its_goal():
    goals = {
        "big": {
            "kind": "action",
            "event": "order",
            "value": "price",
            "aggregate": "sum",
            "at_least": 5,
            "window": "1d",
        },
        **GOALS,
    }
    events = [
        did("c", "11:00:00", "order", 6.0),
        did("c", "12:00:00", "order", -2.0),
        did("s", "11:00:00", "order", 2.0),
        did("s", "13:00:00", "order", 3.0),
    ]
    found = followed(events, goals=goals, extra=("price",))
    assert bins(found, "lag", "big") == {3: 1}


def test_units_seen_in_two_arms_are_followed_in_their_first_where_that_is_asked():
    crossed = [
        ("x", DAY + "10:00:00", "seen", "sticky"),
        ("x", DAY + "11:00:00", "seen", "control"),
        did("x", "12:00:00", "cart"),
    ]
    kept = followed(crossed, exposure=Exposure(event="seen", crossed="first"))
    assert kept.of("lag", "cart").units.tolist() == [[0], [1]]
    assert bins(followed(crossed, exposure=Exposure(event="seen")), "lag", "cart") == {}


def test_units_exposed_to_two_arms_at_once_are_not_followed():
    tie = [
        ("x", DAY + "10:00:00", "seen", "sticky"),
        ("x", DAY + "10:00:00", "seen", "control"),
        did("x", "12:00:00", "cart"),
    ]
    found = followed(tie, exposure=Exposure(event="seen", crossed="first"))
    assert bins(found, "lag", "cart") == {}


def test_segments_are_those_of_the_first_exposure():
    events = [
        ("c", DAY + "09:00:00", "seen", "control", "phone"),
        did("c", "12:00:00", "cart", "desk"),
    ]
    found = followed(events, segments=["device"], extra=("device",))
    levels, bins, units, _ = found.by_segment("lag", "cart", "device")
    assert levels == ("(none)", "phone")
    assert (bins.tolist(), units.tolist()) == ([3], [[[0], [1]], [[0], [0]]])


def test_the_twenty_largest_levels_are_kept():
    events = [(f"u{at}", DAY + "10:00:00", "seen", "sticky", f"level {at:02}") for at in range(25)]
    found = followed(events, segments=["device"], extra=("device",))
    assert len(found.segments) == 22
    assert ("other",) in found.segments


def test_numeric_clocks_say_the_same():
    days = 20_717
    midnight = days * 24 * 3_600 * 1_000
    events = [
        ("c", midnight, "seen", "control"),
        ("c", midnight + 7_300_500, "cart", None),
        ("s", midnight, "seen", "sticky"),
        ("late", midnight + 10**9, "seen", "control"),
    ]
    found = collect_histograms(log_test(clock={"time_unit": "ms"}), table(events))
    assert bins(found, "lag", "cart") == {2: 1}
    assert bins(found, "hour", "cart") == {days * 24 + 2: 1}


def test_a_macro_goal_is_not_needed():
    goals = {"cart": {"kind": "milestone"}, "video": {"kind": "action"}}
    found = followed([did("c", "10:00:00", "cart")], goals=goals)
    assert found.of("lag", "cart").macro.sum() == 0
    assert not {"early", "to_macro"} & {row[-4] for row in found.to_rows()}


def test_labels_of_a_hostile_author_stay_labels():
    evil = "x'; DROP TABLE log; --<script>"
    goals = {evil: {"kind": "milestone", "event": "cart"}, "order": {"kind": "macro"}}
    found = followed([did("c", "10:00:00", "cart")], goals=goals)
    assert bins(found, "lag", evil) == {0: 1}


@pytest.mark.parametrize(
    "dialect",
    [
        "bigquery",
        "snowflake",
        "databricks",
        "redshift",
        "trino",
        "clickhouse",
        "postgres",
        "sqlite",
    ],
)
def test_the_query_is_one_statement_in_every_dialect(dialect, caplog):
    text = select_histograms(log_test(segments=["device"]), dialect=dialect)
    tree = parse_one(text, read=dialect)
    assert isinstance(tree, exp.Query)
    named = ["variant", "segment__device", "goal", "figure", "bin", "units", "macro"]
    assert tree.named_selects == named
    assert not caplog.records


@pytest.mark.parametrize(
    ("dialect", "between"), [("bigquery", "DATETIME_DIFF"), ("mysql", "TIMESTAMPDIFF")]
)
def test_seconds_are_never_days(dialect, between):
    text = select_histograms(log_test(), dialect=dialect)
    assert f"{between}(" in text
    assert "DATE_DIFF(" not in text.replace("TIMESTAMPDIFF", "")
    assert "DATEDIFF(" not in text


def test_what_the_query_gives_in_a_warehouse_is_read_back(tmp_path):
    experiment = log_test()
    frame = table([did("c", "11:00:00", "cart"), *SEEN, CLOSED])
    path = tmp_path / "histograms.csv"
    with duckdb.connect() as warehouse:
        warehouse.register("log", frame)
        warehouse.sql(select_histograms(experiment)).write_csv(str(path))
    assert read_histograms(experiment, path) == collect_histograms(experiment, frame)


def test_saved_histograms_of_another_experiment_are_refused(tmp_path):
    path = tmp_path / "histograms.csv"
    followed([]).save(path)
    goals = {"basket": {"kind": "milestone"}, "order": {"kind": "macro"}}
    with pytest.raises(CountsError, match=r"goals.basket: is not in the histograms \(E401\)"):
        read_histograms(log_test(goals=goals), path)


def test_rows_that_are_no_events_cannot_tell_time():
    data = Data(shape="units", table="log", columns=DataColumns(variant="variant"))
    with pytest.raises(SourceError) as caught:
        collect_histograms(log_test().model_copy(update={"data": data}), table(SEEN))
    assert str(caught.value) == (
        "data.shape: rows of the units shape do not say when a goal was reached (E309); "
        "histograms need a log of events with their moments"
    )


def test_positions_cannot_tell_time():
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    with pytest.raises(SourceError, match="positions do not say how much time passed"):
        collect_histograms(log_test(goals=goals, clock={"time_unit": "order"}), table(SEEN))


def test_values_alone_have_nothing_to_follow():
    goals = {"revenue": {"kind": "macro", "value": "price"}}
    with pytest.raises(SourceError, match="no goal is something a unit reaches"):
        collect_histograms(log_test(goals=goals), table(SEEN, ("price",)))


def test_a_log_in_which_nobody_is_exposed_is_refused():
    events = [did("c", "10:00:00", "cart"), ("c", DAY + "10:00:00", "seen", "other")]
    with pytest.raises(SourceError, match="no unit was exposed to a variant"):
        collect_histograms(log_test(), table(events))


def test_every_figure_is_told_of_a_full_log():
    events = [did("c", "11:00:00", "cart"), did("c", "12:00:00", "order")]
    assert {row[-4] for row in followed(events).to_rows()} == set(FIGURES)


def test_rees46_repeats_and_orders_without_a_cart_before_them(shared_data):
    milestone, macro = {"kind": "milestone"}, {"kind": "macro"}
    columns = DataColumns(unit="user_id", time="event_time", event="event_type", variant="arm")
    experiment = log_test(
        variants=["a", "b"],
        goals={"view": milestone, "cart": milestone, "purchase": macro},
        data=Data(shape="events", table="log", columns=columns),
    )
    with duckdb.connect() as connection:
        file = shared_data / "event_streams" / "rees46_2019_10_01.csv.gz"
        arm = "CASE WHEN hash(user_id) % 2 = 0 THEN 'a' ELSE 'b' END AS arm"
        read = f"read_csv({literal(str(file))})"
        connection.execute(f"CREATE VIEW log AS SELECT *, {arm} FROM {read}")
        found = collect_histograms(experiment, connection)
        (repeated,) = connection.execute(
            "SELECT COUNT(DISTINCT user_id) FROM (SELECT user_id, event_time - LAG(event_time) "
            "OVER (PARTITION BY user_id ORDER BY event_time) AS gap FROM log "
            "WHERE event_type = 'view') WHERE gap <= INTERVAL 2 SECOND"
        ).fetchone()
        (early,) = connection.execute(
            "SELECT COUNT(*) FROM (SELECT MIN(event_time) FILTER (event_type = 'cart') AS carted, "
            "MIN(event_time) FILTER (event_type = 'purchase') AS paid FROM log GROUP BY user_id) "
            "WHERE paid < carted - INTERVAL 2 SECOND"
        ).fetchone()
    events = bins(found, "events", "view")
    assert sum(at * units for at, units in events.items()) == 17_056
    assert sum(bins(found, "lag", "purchase").values()) == 193
    assert bins(found, "burst", "view")[1] == repeated > 0
    assert bins(found, "early", "purchase")[1] == early > 0
