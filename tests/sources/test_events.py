"""The attribution rules, one by one; test_attribution_laws.py holds them together."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from abmicro.analysis.analyze import analyze
from abmicro.counts import CROSSED, JointCounts
from abmicro.errors import SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment, Exposure, Funnel, ordered_step
from abmicro.sources.collect import collect, read_joint
from abmicro.sources.collect_histograms import collect_histograms
from abmicro.sources.sql.select import select

GOALS: dict[str, Any] = {
    "cart": {"kind": "milestone", "window": "1d"},
    "order": {"kind": "macro", "window": "1d"},
}
START = "2026-10-05 10:00:00"
CLOSED = ("late", "2026-11-30 00:00:00", "seen", "control")
BOTH = [("c", START, "seen", "control"), ("s", START, "seen", "sticky"), CLOSED]


def log_test(**keys: Any) -> Experiment:
    columns = DataColumns(unit="user", time="ts", event="event", variant="variant")
    data = Data(shape="events", columns=columns, **keys.pop("data", {}))
    return Experiment(
        **({"name": "Log", "variants": ["control", "sticky"], "goals": GOALS, "data": data} | keys)
    )


def counted(events: list[tuple[Any, ...]], **keys: Any) -> JointCounts:
    """Joint counts of (user, time, event, variant, further columns), both arms seen."""
    as_of, now = keys.pop("as_of", None), keys.pop("now", None)
    extra = keys.pop("extra", ())
    width = 4 + len(extra)
    rows = [(*row, *[None] * (width - len(row))) for row in [*events, *BOTH]]
    names = ("user", "ts", "event", "variant", *extra)
    frame = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
    return collect(log_test(**keys), frame, as_of=as_of, now=now)


def reached(goal: str, events: list[tuple[Any, ...]], **keys: Any) -> int:
    return int(counted(events, **keys).reached(goal).sum())


def left(counts: JointCounts) -> Counter[str]:
    lost: Counter[str] = Counter()
    for out in counts.left_out:
        lost[out.step] += out.units or out.rows
    return lost


def test_rows_that_data_where_leaves_out_are_as_if_they_were_not_there():
    """They expose nobody, cross no arm, name no stranger and are not the data's end."""
    robots = [
        ("u", START, "seen", "sticky", "robot"),
        ("u", "2026-10-05 12:00:00", "order", None, "robot"),
        ("r", START, "seen", "blue", "robot"),
        ("r", "2026-12-30 10:00:00", "seen", "blue", "robot"),
    ]
    people = [("u", "2026-10-05 11:00:00", "seen", "control", "person")]
    where = "agent = 'person' OR agent IS NULL"
    told = counted([*people, *robots], extra=["agent"], data={"where": where})
    without = counted(people, extra=["agent"])
    assert left(told) == left(without) + Counter({"filtered": 4})
    assert (told.units == without.units).all()
    assert told.cut_off == without.cut_off


def test_any_number_of_goals_is_told_apart():
    """Goals share numbers, thirty a number; each is reached by those who had its event."""
    goals = {f"goal {at}": {"kind": "action"} for at in range(65)}
    own = [(f"u{at}", "2026-10-06 10:00:00", f"goal {at}", None) for at in range(65)]
    every = [("all", "2026-10-06 10:00:00", goal, None) for goal in goals]
    twice = [("u0", "2026-10-06 11:00:00", "goal 0", None)]
    users = [*(f"u{at}" for at in range(65)), "all"]
    exposed = [(user, START, "seen", "control") for user in users]
    counts = counted([*exposed, *own, *every, *twice], goals=goals)
    assert [int(counts.reached(goal).sum()) for goal in goals] == [2] * 65
    assert sorted(counts.patterns.sum(axis=1).tolist()) == [0, *[1] * 65, 65]


FLAGGED = Exposure(event="open", assignment={"event": "flag"})


def test_one_event_may_tell_the_variant_and_another_start_the_clock():
    """The flag is called for everybody; only who opens the page is in the test."""
    events = [
        ("early", "2026-10-05 09:00:00", "open", None),
        ("early", START, "flag", "sticky"),
        ("u", START, "flag", "sticky"),
        ("u", "2026-10-05 11:00:00", "cart", None),
        ("u", "2026-10-06 10:00:00", "open", None),
        ("u", "2026-10-07 09:59:00", "order", None),
        ("back", "2026-10-05 09:00:00", "open", None),
        ("back", START, "flag", "control"),
        ("back", "2026-10-05 11:00:00", "open", None),
        ("back", "2026-10-05 11:00:00", "cart", None),
        ("unknown", START, "open", None),
        ("s", START, "flag", "sticky"),
        ("s", START, "open", None),
    ]
    counts = counted(events, exposure=FLAGGED)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [1, 2]
    assert counts.reached("cart").sum(axis=(1, 2)).tolist() == [1, 0]
    assert counts.reached("order").sum() == 1  # within a day of the page, not of the flag
    assert left(counts) == {"no_exposure": 3, "no_variant": 1}


def test_a_unit_assigned_to_two_arms_is_crossed_whatever_exposed_it():
    events = [
        ("u", START, "flag", "sticky"),
        ("u", START, "open", None),
        ("u", "2026-10-05 12:00:00", "flag", "control"),
        *((unit, START, kind, arm) for unit, arm in (("a", "control"), ("b", "sticky"))
          for kind in ("flag", "open")),
    ]  # fmt: skip
    assert left(counted(events, exposure=FLAGGED))["crossed"] == 1
    kept = counted(events, exposure=FLAGGED.model_copy(update={"crossed": "first"}))
    assert kept.units.sum(axis=(1, 2, 3)).tolist() == [1, 2]


def test_an_assignment_to_an_unknown_variant_is_refused_by_name():
    events = [("u", START, "flag", "blue"), ("u", START, "open", None)]
    with pytest.raises(SourceError, match="'blue' is not one of the variants"):
        counted(events, exposure=FLAGGED)


RETENTION = {
    "back": {"kind": "milestone", "event": "visit", "delay": "3d", "window": "1d"},
    "order": {"kind": "macro", "window": "7d"},
}


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        ("2026-10-05 10:00:01", 0),
        ("2026-10-08 09:59:59", 0),
        ("2026-10-08 10:00:00", 1),
        ("2026-10-09 09:59:59", 1),
        ("2026-10-09 10:00:00", 0),
    ],
)
def test_a_goal_with_a_delay_counts_from_then_on(at, counts):
    assert reached("back", [("c", at, "visit", None)], goals=RETENTION) == counts


def test_a_delay_puts_off_when_a_unit_can_be_judged():
    retention = RETENTION | {"order": {"kind": "macro", "delay": "5d", "window": "2d"}}
    seen = [("u", f"2026-11-2{day} 00:00:00", "seen", "sticky") for day in (3, 4)]
    assert left(counted(seen[:1], goals=retention)) == {"immature": 1}  # the last unit
    assert left(counted(seen[1:], goals=retention)) == {"immature": 2}
    open_end = {"back": {"kind": "milestone"}, "order": {"kind": "macro", "delay": "7d"}}
    assert left(counted(seen[1:], goals=open_end)) == {"immature": 2}


@pytest.mark.parametrize(
    ("exposure", "told"),
    [
        (
            {"event": "flag", "match": {"control": "T-2-A", "sticky": "T-2-B"}},
            "2 units of a variant the experiment does not know (E308); recorded are 'T-1-A' "
            "(1 units), 'T-1-B' (1 units); say in [exposure] match which means which",
        ),
        (
            {"event": "open"},
            "2 units whose exposure names no variant (E308); 'flag' records 'T-1-A' (1 units), "
            '\'T-1-B\' (1 units); write event = "flag" or assignment = { event = "flag" } '
            "in [exposure]",
        ),
    ],
)
def test_what_is_recorded_is_named_where_nobody_is_left(exposure, told):
    rows = [("a", START, "flag", "T-1-A"), ("b", START, "flag", "T-1-B"),
            ("a", START, "open", None), ("b", START, "open", None)]  # fmt: skip
    with pytest.raises(SourceError) as caught:
        collect(log_test(exposure=exposure), frame_of(rows))
    assert str(caught.value) == f"data: nothing is left to analyse: {told}"


def test_an_arm_nobody_carries_is_told_with_what_is_recorded():
    rows = [("a", START, "seen", "control"), ("b", START, "seen", "T-1-B")]
    exposure = {"match": {"control": "control", "sticky": "T-1-C"}}
    with pytest.raises(SourceError, match="'T-1-B' \\(1 units\\)"):
        collect(log_test(exposure=exposure), frame_of(rows))


def test_events_are_named_where_no_row_names_a_variant():
    frame = frame_of([("a", START, "seen", None), ("b", START, "seen", None)])
    frame = frame.set_column(3, "variant", pa.array([None, None], pa.string()))
    with pytest.raises(SourceError, match="the events are 'seen' \\(2 units\\)"):
        collect(log_test(), frame)


def test_an_event_before_the_exposure_never_counts():
    assert reached("cart", [("c", "2026-10-05 09:59:59", "cart", None)]) == 0


def test_an_event_at_the_exposure_counts():
    assert reached("cart", [("c", START, "cart", None)]) == 1


def test_the_window_is_open_at_its_end():
    assert reached("cart", [("c", "2026-10-06 09:59:59.999999", "cart", None)]) == 1
    assert reached("cart", [("c", "2026-10-06 10:00:00", "cart", None)]) == 0


def test_without_a_window_a_goal_counts_to_the_end_of_the_data():
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    assert reached("cart", [("c", "2026-11-29 00:00:00", "cart", None)], goals=goals) == 1


def test_a_unit_whose_window_is_open_is_still_converting():
    counts = counted([("new", "2026-11-29 00:00:01", "seen", "sticky")])
    assert left(counts) == {"immature": 2}  # and `late`, whose window opens with the last event


def test_a_window_that_closes_with_the_last_event_is_closed():
    counts = counted([("new", "2026-11-29 00:00:00", "seen", "sticky")])
    assert left(counts) == {"immature": 1}


def test_as_of_ends_the_data_at_the_start_of_the_day():
    events = [
        ("c", "2026-10-05 20:00:00", "cart", None),
        ("c", "2026-10-06 01:00:00", "order", None),
    ]
    counts = counted(events, as_of="2026-10-06")
    assert left(counts) == {"immature": 2}
    assert counts.rows_read == 3


def test_the_first_exposure_says_when_and_what_trait():
    events = [
        ("u", "2026-10-07 00:00:00", "seen", "sticky", "desk"),
        ("u", "2026-10-06 00:00:00", "seen", "sticky", "phone"),
    ]
    counts = counted(events, extra=["device"], segments=["device"])
    assert counts.only("device", "phone").periods[1] == date(2026, 10, 6)
    assert int(counts.only("device", "phone").units[:, :, 1].sum()) == 1


def test_units_seen_in_two_arms_are_left_out_and_counted():
    counts = counted([("c", "2026-10-06 00:00:00", "seen", "sticky")])
    assert left(counts)["crossed"] == 1
    assert counts.units.sum() == 1


def test_units_seen_in_two_arms_may_stay_with_the_first():
    events = [("c", "2026-10-06 00:00:00", "seen", "sticky")]
    counts = counted(events, exposure=Exposure(crossed="first"))
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [1, 1]
    assert counts.reached(CROSSED).ravel().tolist() == [1, 0]
    kept = [entry for entry in counts.ledger if entry.step == "crossed_kept"]
    assert [(entry.variant, entry.count) for entry in kept] == [("control", 1), ("sticky", 0)]


def test_nobody_can_tell_the_first_of_two_arms_seen_at_once():
    counts = counted([("c", START, "seen", "sticky")], exposure=Exposure(crossed="first"))
    assert left(counts)["crossed"] == 1


def test_the_arm_everybody_gets_after_the_end_crosses_nobody():
    counts = counted([("c", "2026-10-20 00:00:00", "seen", "sticky")], end="2026-10-19")
    assert left(counts) == {"future": 1}  # the unit that came weeks later
    assert counts.units.sum() == 2


def test_the_days_of_the_test_are_those_of_its_zone():
    events = [("u", "2026-10-04 22:30:00", "seen", "sticky")]  # half past midnight in Oslo
    oslo = counted(events, start="2026-10-05", timezone="Europe/Oslo")
    assert oslo.periods[0] == date(2026, 10, 5)
    assert "outside" not in left(oslo)
    assert left(counted(events, start="2026-10-05"))["outside"] == 1


def test_times_with_a_zone_are_moments():
    times = ["2026-10-05T00:30:00+02:00", "2026-10-05T00:30:00+02:00", "2026-11-30T00:00:00Z"]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        connection.execute(
            "CREATE TABLE log AS SELECT unnest(['c', 's', 'late']) AS \"user\", "
            "CAST(unnest(?) AS TIMESTAMPTZ) AS ts, 'seen' AS event, "
            "unnest(['control', 'sticky', 'control']) AS variant",
            [times],
        )
        counts = collect(log_test(data={"table": "log"}), connection)
        assert counts.periods == (date(2026, 10, 4),)
        assert connection.execute("SELECT current_setting('TimeZone')").fetchone() == (
            "Asia/Tokyo",
        )


@pytest.mark.parametrize("time_unit", ["s", "ms", "us"])
def test_numbers_of_a_clock_give_the_table_timestamps_give(time_unit):
    factor = {"s": 1, "ms": 10**3, "us": 10**6}[time_unit]
    events = [("c", START, "cart", None), ("c", "2026-10-06 09:59:59", "order", None), *BOTH]
    names = ("user", "ts", "event", "variant")
    with duckdb.connect() as connection:
        connection.register(
            "text", pa.table({name: [row[at] for row in events] for at, name in enumerate(names)})
        )
        connection.execute(
            "CREATE TABLE log AS SELECT * REPLACE (CAST(epoch_us(CAST(ts AS TIMESTAMP)) "
            f"// {10**6 // factor} AS BIGINT) AS ts) FROM text"
        )
        test = log_test(data={"table": "log", "time_unit": time_unit}, timezone="Europe/Oslo")
        assert collect(test, connection) == counted(events[:2], timezone="Europe/Oslo")


def test_at_least_so_many_events():
    goals = GOALS | {"browse": {"kind": "action", "event": "page", "at_least": 2, "window": "1d"}}
    page = ("c", START, "page", None)
    assert reached("browse", [page], goals=goals) == 0
    assert reached("browse", [page, page], goals=goals) == 1


def test_at_least_so_large_a_sum():
    watched = {"kind": "action", "event": "play", "value": "seconds", "aggregate": "sum",
               "at_least": 30, "window": "1d"}  # fmt: skip
    plays = [("c", START, "play", None, 10.0), ("c", START, "play", None, 19.5)]
    keys: dict[str, Any] = {"goals": GOALS | {"watched": watched}, "extra": ["seconds"]}
    assert reached("watched", plays, **keys) == 0
    assert reached("watched", [*plays, ("c", START, "play", None, 0.5)], **keys) == 1


def test_a_repeated_key_counts_once():
    goals = GOALS | {
        "money": {
            "kind": "macro",
            "event": "order",
            "value": "price",
            "dedupe": "id",
            "window": "1d",
        }
    }
    paid = ("c", START, "order", None, 5.0, "T1")
    events = [paid, paid, ("c", START, "order", None, 7.0, "T2"), ("c", START, "order", None, 1.0)]
    dearer = ("c", START, "order", None, 6.0, "T1")
    for rows in (events, [dearer, *events], [*events, dearer]):  # of one moment the least counts
        counts = counted(rows, goals=goals, extra=["price", "id"])
        assert counts.moments("money")[1].sum() == 13.0


def test_a_key_first_seen_before_the_exposure_is_old():
    goals = GOALS | {"order": {"kind": "macro", "dedupe": "id", "window": "1d"}}
    old = [("c", "2026-10-05 09:00:00", "order", None, "T1"), ("c", START, "order", None, "T1")]
    assert reached("order", old, goals=goals, extra=["id"]) == 0


def test_a_row_that_is_set_aside_does_not_use_up_its_key():
    """The same order without a time, dated to come, and by a robot that `where` leaves out."""
    goals = GOALS | {"order": {"kind": "macro", "dedupe": "id", "window": "1d"}}
    apart = [
        ("c", None, "order", None, "T1", "person"),
        ("c", WRONG[1], "order", None, "T1", "person"),
        ("c", "2026-10-05 09:59:00", "order", None, "T1", "robot"),
    ]
    held = {"extra": ["id", "agent"], "goals": goals, "now": NOW}
    held["data"] = {"where": "agent = 'person' OR agent IS NULL"}
    true = ("c", "2026-10-05 10:01:00", "order", None, "T1", "person")
    assert reached("order", apart, **held) == 0
    assert reached("order", [*apart, true], **held) == 1


def test_a_value_that_is_empty_is_refused():
    goals = GOALS | {"money": {"kind": "macro", "event": "order", "value": "price", "window": "1d"}}
    with pytest.raises(Exception, match="'price' is empty in 1 unit"):
        counted([("c", START, "order", None), ("c", START, "cart", None, 1.0)],
                goals=goals, extra=["price"])  # fmt: skip


STRICT = {
    "goals": GOALS | {"pay": {"kind": "milestone", "window": "1d"}},
    "funnel": Funnel(steps=["cart", "pay", "order"], order="strict"),
}


def at(hour: int, event: str) -> tuple[str, str, str, None]:
    return ("c", f"2026-10-05 {hour}:00:00", event, None)


@pytest.mark.parametrize(
    ("events", "in_order"),
    [
        ([at(11, "cart"), at(12, "pay"), at(13, "order")], [1, 1, 1]),
        ([at(11, "cart"), at(11, "pay"), at(11, "order")], [1, 1, 1]),
        ([at(11, "pay"), at(12, "cart"), at(13, "order")], [1, 0, 0]),
        ([at(11, "order"), at(12, "cart"), at(13, "pay")], [1, 1, 0]),
        ([at(11, "pay"), at(12, "cart"), at(13, "pay"), at(14, "order")], [1, 1, 1]),
        ([at(11, "cart"), at(12, "order"), at(13, "pay"), at(14, "order")], [1, 1, 1]),
        ([at(11, "pay"), at(12, "order")], [0, 0, 0]),
    ],
)
def test_in_a_strict_funnel_each_step_follows_the_one_before(events, in_order):
    counts = counted(events, **STRICT)
    steps = STRICT["funnel"].steps
    assert [int(counts.reached(ordered_step(step)).sum()) for step in steps] == in_order


def test_without_an_exposure_event_the_first_row_with_a_variant_exposes():
    events = [("u", "2026-10-05 09:00:00", "cart", None), ("u", START, "page", "sticky")]
    assert reached("cart", events) == 0
    assert counted(events).units.sum() == 3


def test_only_the_exposure_event_exposes_where_one_is_named():
    events = [("u", START, "page", "sticky"), ("v", START, "seen", None)]
    counts = counted(events, exposure=Exposure(event="seen"))
    assert left(counts) == {"no_exposure": 1, "no_variant": 1, "immature": 1}


def test_a_stranger_among_the_variants_is_refused_by_name():
    with pytest.raises(Exception, match=r"'stiky' is not one of the variants \(1 units\)"):
        counted([("u", START, "seen", "stiky")])


def test_other_experiments_in_the_same_column_are_left_out_where_ours_is_matched():
    match = {"control": "T-1-control", "sticky": "T-1-sticky"}
    events = [("u", START, "seen", "T-1-sticky"), ("u", START, "seen", "T-2-b"),
              ("v", START, "seen", "T-2-b"), ("w", START, "seen", "T-1-control")]  # fmt: skip
    counts = counted(events, exposure=Exposure(match=match))
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [1, 1]
    told = {(out.step, out.variant): out.units for out in counts.left_out}
    assert told["unknown_variant", None] == 4  # v, and the three units of `counted`


def test_rows_without_unit_or_time_are_left_out_and_counted():
    counts = counted([(None, START, "cart", None), ("c", None, "cart", None)])
    assert left(counts) == {"no_unit": 1, "no_time": 1, "immature": 1}
    assert counts.rows_read == 5
    assert counts.reached("cart").sum() == 0


def test_a_unit_without_exposure_is_left_out_and_counted():
    counts = counted([("x", START, "cart", None), ("x", START, "order", None)])
    out = next(out for out in counts.left_out if out.step == "no_exposure")
    assert (out.units, out.rows) == (1, 2)


def test_events_of_numbers_are_named_by_their_text():
    goals = {"front": {"kind": "milestone", "event": "1"}, "shop": {"kind": "macro", "event": "12"}}
    columns = {"user": [1, 1, 2], "ts": [0, 1, 0], "event": [1, 12, 1]}
    frame = pa.table(columns | {"variant": ["control", "control", "sticky"]})
    counts = collect(log_test(goals=goals, data={"time_unit": "order"}), frame)
    assert counts.reached("shop").ravel().tolist() == [1, 0]
    assert counts.periods == (None,)


def test_exposures_of_other_experiments_are_told_apart_by_a_condition():
    other = ("o", START, "seen", "blue", "colours")
    ours = [("o", START, "seen", "sticky", "buttons"), (*BOTH[0], "buttons"), (*BOTH[1], "buttons")]
    exposure = {"event": "seen", "where": "experiment = 'buttons'"}
    counts = counted([other, *ours], extra=("experiment",), exposure=exposure)
    assert counts.units.sum() == 3
    assert left(counts) == {"no_exposure": 1}  # late, whose exposure names no experiment


def test_a_stranger_under_the_condition_of_exposures_is_refused():
    rows = [("o", START, "seen", "blue", "buttons"), ("p", START, "seen", "red", "colours")]
    with pytest.raises(SourceError, match="'blue' is not one of the variants") as caught:
        counted(rows, extra=("experiment",), exposure={"where": "experiment = 'buttons'"})
    assert len(caught.value.problems) == 1


# up to when the data are complete


@pytest.mark.parametrize(
    "goals", [GOALS, {"cart": {"kind": "milestone"}, "buy": {"kind": "macro"}}]
)
def test_events_are_complete_up_to_the_last_row(goals):
    counts = counted([(None, "2026-11-30 00:00:05", "scroll", None)], goals=goals)
    assert counts.cut_off == datetime(2026, 11, 30, 0, 0, 5, tzinfo=UTC)


def test_events_are_complete_up_to_as_of():
    counts = counted([], as_of="2026-10-20", timezone="Europe/Oslo")
    assert counts.cut_off == datetime(2026, 10, 19, 22, tzinfo=UTC)


def test_positions_do_not_tell_up_to_when_events_are_complete():
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    log = pa.table({"user": ["c", "s"], "ts": [1, 2], "event": ["seen"] * 2,
                    "variant": ["control", "sticky"]})  # fmt: skip
    assert collect(log_test(goals=goals, data={"time_unit": "order"}), log).cut_off is None


@pytest.mark.parametrize(("time_unit", "tick"), [("s", 1), ("ms", 1000), ("us", 1000000)])
def test_what_a_warehouse_gave_tells_up_to_when_it_is_complete(time_unit, tick, tmp_path):
    last = datetime(2026, 10, 7, 12, 30, 1, tzinfo=UTC)
    moments = [int(last.timestamp()) * tick - 90_000 * tick * back for back in (2, 1, 0)]
    log = pa.table({"user": ["c", "s", "x"], "ts": moments, "event": ["seen"] * 3,
                    "variant": ["control", "sticky", "control"]})  # fmt: skip
    test = log_test(data={"time_unit": time_unit, "table": "log"})
    with duckdb.connect() as shop:
        shop.register("log", log)
        for name in ("gave.csv", "gave.parquet"):
            shop.execute(f"COPY ({select(test)}) TO '{tmp_path / name}'")
            assert read_joint(test, tmp_path / name).cut_off == last
        assert collect(test, shop).cut_off == last


# rows dated later than now

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WRONG = ("c", "2036-01-01 00:00:00", "scroll", None)


def test_one_clock_in_2036_closes_no_window():
    waiting = ("new", "2026-11-29 00:00:01", "seen", "sticky")
    counts = counted([waiting, WRONG], now=NOW)
    assert left(counts) == {"immature": 2, "future": 1}
    assert counts.cut_off == datetime(2026, 11, 30, tzinfo=UTC)
    assert counts.rows_read == 5
    assert counts.origin.now == NOW


def test_a_row_dated_later_than_now_neither_exposes_nor_counts():
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    late = [("c", WRONG[1], "cart", None), ("u", WRONG[1], "seen", "sticky"),
            (None, WRONG[1], "cart", None)]  # fmt: skip
    counts = counted(late, goals=goals, now=NOW)
    assert left(counts) == {"future": 2, "no_unit": 1}
    assert counts.units.sum() == 3
    assert counts.reached("cart").sum() == 0


def test_as_of_in_the_future_claims_nothing_that_has_not_happened():
    counts = counted([], as_of="2030-01-01", now=NOW)
    assert counts.cut_off == NOW


@pytest.mark.parametrize(("rows", "status"), [(200, "warn"), (50, "fail")])
def test_rows_dated_later_than_now_are_checked(rows, status):
    analysis = analyze(log_test(), counted([WRONG, *[BOTH[0]] * rows], now=NOW))
    assert [one.status for one in analysis.checks if one.name == "future"] == [status]


WEEK = {"start": "2026-10-05", "end": "2026-10-12"}  # the last window is over on the 13th


def test_one_clock_of_next_month_closes_no_window_of_a_test_that_has_an_end():
    rows = [BOTH[0], BOTH[1], ("c", "2026-11-20 00:00:00", "scroll", None)]
    running = [*rows, ("c", "2026-10-06 09:00:00", "scroll", None)]
    counts = collect(log_test(**WEEK), frame_of(running), now=NOW)
    assert left(counts) == {"immature": 2, "future": 1}
    assert counts.cut_off == datetime(2026, 10, 6, 9, tzinfo=UTC)
    (check,) = [one for one in analyze(log_test(**WEEK), counts).checks if one.name == "future"]
    assert check.status == "fail"  # one row of four
    assert "or than the last window of the test" in check.sentence


def test_a_log_that_goes_on_after_the_test_is_complete_up_to_its_last_window():
    after = [("x", f"2026-10-{day} 10:00:00", "scroll", None) for day in (13, 14, 20)]
    late = ("late", "2026-10-11 23:00:00", "seen", "sticky")
    counts = collect(log_test(**WEEK), frame_of([BOTH[0], BOTH[1], late, *after]), now=NOW)
    assert left(counts) == {"future": 3}
    assert counts.units.sum() == 3
    assert counts.cut_off == datetime(2026, 10, 13, tzinfo=UTC)
    (check,) = [one for one in analyze(log_test(**WEEK), counts).checks if one.name == "future"]
    assert check.status == "pass"


def test_a_goal_without_a_window_may_come_whenever_it_comes():
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    rows = [BOTH[0], BOTH[1], ("c", "2026-11-20 00:00:00", "order", None)]
    counts = collect(log_test(**WEEK, goals=goals), frame_of(rows), now=NOW)
    assert counts.reached("order").sum() == 1


def test_histograms_end_now_too():
    rows = [*BOTH, ("s", "2026-10-05 11:00:00", "cart", None)]
    clean, wrong = (
        collect_histograms(log_test(), frame_of(log), now=NOW) for log in (rows, [*rows, WRONG])
    )
    assert clean == wrong


def frame_of(rows: list[tuple[Any, ...]]) -> pa.Table:
    names = ("user", "ts", "event", "variant")
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})


@pytest.mark.parametrize(("seen", "outside"), [("06 23:59:59", 0), ("07 00:00:00", 1)])
def test_the_end_is_the_first_moment_that_exposes_nobody(seen: str, outside: int):
    late = [("u", f"2026-10-{seen}", "seen", "sticky")]
    ended = {"start": "2026-10-05", "end": "2026-10-07"}
    found, without = (left(counted(events, **ended))["outside"] for events in (late, []))
    assert found - without == outside
