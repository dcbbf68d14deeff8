"""Dates and numbers of text files, through the door: one reading, or a refusal with both."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from abmicro.errors import SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect

pytestmark = pytest.mark.journey

LOG = DataColumns(unit="user", time="at", event="event", variant="arm")
STEPS = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}


def of_events(goals=None, **keys):
    data = Data(shape="events", columns=LOG, **keys.pop("data", {}))
    goals = goals or {"cart": {"kind": "milestone", "window": "1d"}, "order": {"kind": "macro"}}
    return Experiment(name="x", variants=["A", "B"], goals=goals, data=data, **keys)


def of_counts(goals=None, **keys):
    columns = DataColumns(variant="arm", **keys.pop("columns", {}))
    data = Data(shape="counts", columns=columns, **keys)
    return Experiment(name="x", variants=["A", "B"], goals=goals or STEPS, data=data)


def log(style, days=range(1, 11)):
    """A log of views and carts, one a day of September 2026."""
    rows = ["user,at,event,arm"]
    for day in days:
        at = f"{date(2026, 9, day):{style}} 10:00:00"
        rows += [f"a{day},{at},view,A", f"b{day},{at},view,B", f"a{day},{at},cart,A"]
    return "\n".join(rows) + "\n"


def rows(test, path):
    return sorted(map(repr, collect(test, path).to_rows()))


def totals(counts, goal):
    return counts.moments(goal)[1].ravel().tolist()


def refusal(test, data=None):
    with pytest.raises(SourceError) as caught:
        collect(test, data)
    return str(caught.value)


def test_dates_that_can_be_read_two_ways_are_refused(written):
    assert refusal(of_events(), written(log("%m/%d/%Y"))) == (
        "data.columns.time: column 'at': '09/01/2026 10:00:00' is 9 January 2026 or "
        "1 September 2026 (E318); write day_first = true or day_first = false in [data]"
    )


@pytest.mark.parametrize("style", ["%m/%d/%Y", "%m-%d-%Y", "%d.%m.%Y"])
def test_a_day_above_12_anywhere_proves_the_order(written, style):
    days = range(1, 14)
    iso = rows(of_events(), written(log("%Y-%m-%d", days), "iso.csv"))
    assert rows(of_events(), written(log(style, days))) == iso


@pytest.mark.parametrize("style", ["%m/%d/%Y", "%d/%m/%Y"])
def test_day_first_settles_it(written, style):
    test = of_events(data={"day_first": style.startswith("%d")})
    iso = rows(of_events(), written(log("%Y-%m-%d"), "iso.csv"))
    assert rows(test, written(log(style))) == iso


def test_the_dates_of_the_experiment_settle_it(written):
    test = of_events(start=date(2026, 9, 1), end=date(2026, 9, 11))
    iso = rows(test, written(log("%Y-%m-%d"), "iso.csv"))
    assert rows(test, written(log("%m/%d/%Y"))) == iso


def test_a_proof_behind_the_first_rows_counts(written):
    many = log("%m/%d/%Y", [1]) + "".join(
        f"c{at},09/02/2026 10:00:00,view,A\n" for at in range(30_000)
    )
    late = many + "d,09/13/2026 10:00:00,view,B\n"
    iso = rows(of_events(), written(late.replace("09/01/2026", "2026-09-01")
                  .replace("09/02/2026", "2026-09-02").replace("09/13/2026", "2026-09-13"),
                  "iso.csv"))  # fmt: skip
    assert rows(of_events(), written(late)) == iso


def test_mixed_dates_are_refused_with_examples(written):
    mixed = log("%m/%d/%Y", [13]) + log("%d/%m/%Y", [14]).partition("\n")[2]
    message = refusal(of_events(), written(mixed))
    assert "'14/09/2026 10:00:00'" in message
    assert "'09/13/2026 10:00:00'" in message
    assert "are not written in one way" in message


def test_two_files_that_differ_are_refused(written, tmp_path):
    written(log("%Y-%m-%d", [1]), "day1.csv")
    written(log("%m/%d/%Y", [2]), "day2.csv")
    assert "(for example '09/02/2026 10:00:00') in 3 rows where times are asked" in refusal(
        of_events(), f"{tmp_path}/day*.csv"
    )


def test_dates_in_json_are_no_other(written):
    rows = [
        json.dumps({"user": f"u{at}", "at": "09/01/2026 10:00", "event": "view", "arm": "AB"[at]})
        for at in range(2)
    ]
    path = written("\n".join(rows), "log.jsonl")
    assert "is 9 January 2026 or 1 September 2026" in refusal(of_events(), path)


def test_periods_are_dates_too(written):
    path = written("arm,day,units,cart,order\nA,09/01/2026,20,12,3\nB,09/01/2026,20,11,4\n")
    assert "column 'day': '09/01/2026' is" in refusal(of_counts(columns={"period": "day"}), path)
    told = rows(of_counts(columns={"period": "day"}, day_first=False), path)
    assert all(f"{date(2026, 9, 1)!r}" in row for row in told)


DOTS = "arm;units;cart;order\nA;20.000;12.000;3.000\nB;20.000;12.000;3.000\n"


def test_counts_that_can_be_read_two_ways_are_refused(written):
    assert refusal(of_counts(), written(DOTS)) == (
        "goals.cart.column: column 'cart': '12.000' is 12 or 12,000 (E318); "
        'write decimal = "." or thousands = "." in [data]'
    )


def test_a_named_sign_settles_counts(written):
    assert collect(of_counts(thousands="."), written(DOTS)).units.sum() == 40_000
    assert collect(of_counts(decimal="."), written(DOTS)).units.sum() == 40


def test_a_count_that_must_be_whole_proves_thousands(written):
    path = written(DOTS.replace("B;20.000", "B;20.050"))
    assert collect(of_counts(), path).units.sum() == 40_050


def test_decimal_commas_are_read_as_amounts(written, unit_test):
    goals = STEPS | {"revenue": {"kind": "macro", "value": "spend"}}
    path = written("arm;cart;order;spend\ncontrol;1;1;12,50\nsticky;1;0;0,00\nsticky;0;0;0,25\n")
    counts = collect(unit_test(goals=goals), path)
    assert totals(counts, "revenue") == [12.5, 0.25]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("12.500 3.275", "is 12.5 or 12,500"),
        ("12,5 12.5", "holds text (for example '12,5') in 1 row where numbers are asked"),
        ("12,5 many", "holds text (for example 'many') in 1 row where numbers are asked"),
    ],
)
def test_amounts_without_one_reading_are_refused(written, unit_test, cells, told):
    goals = STEPS | {"revenue": {"kind": "macro", "value": "spend"}}
    one, other = cells.split()
    path = written(f"arm;cart;order;spend\ncontrol;1;1;{one}\nsticky;1;0;{other}\n")
    assert told in refusal(unit_test(goals=goals), path)


def test_amounts_of_events_are_asked_too(written):
    goals = STEPS | {"money": {"kind": "macro", "event": "order", "value": "spend"}}
    row = "{0}1;2026-09-01 10:00;order;{1};{2}\n"
    text = "user;at;event;arm;spend\n" + row.format("a", "A", "12.500") + row.format("b", "B", "1")
    assert "is 12.5 or 12,500" in refusal(of_events(goals=goals), written(text))
    read = collect(of_events(goals=goals, data={"thousands": "."}), written(text))
    assert totals(read, "money") == [12500.0, 1.0]


SIGNS = [(".", ""), (".", ","), (".", " "), (".", "'"), (",", ""), (",", "."), (",", "\u202f")]


@given(
    table=st.lists(st.integers(0, 10**7), min_size=6, max_size=6),
    cents=st.integers(1, 99).filter(lambda cents: cents % 10),
    sign=st.sampled_from(SIGNS),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_counts_are_the_same_in_every_grammar_that_is_proven(tmp_path_factory, table, cents, sign):
    decimal, thousands = sign

    def row(arm, numbers, amount):
        order, cart, units = sorted(numbers)
        cells = (f"{one:,}".replace(",", thousands) for one in (units, cart, order))
        return f"{arm}\t{chr(9).join(cells)}\t{amount}{decimal}{cents:02}\t{10**9}\n"

    goals = STEPS | {"money": {"kind": "macro", "value": "m"}}
    head = "arm\tunits\tcart\torder\tm\tm_squares\n"
    path = tmp_path_factory.mktemp("sheet") / "sheet.tsv"
    path.write_text(head + row("A", table[:3], 3) + row("B", table[3:], 5), encoding="utf-8")
    if min(max(table[:3]), max(table[3:])) == 0:
        return
    read = collect(of_counts(goals=goals), path)
    assert read.units.sum() == max(table[:3]) + max(table[3:])
    assert totals(read, "money") == pytest.approx([3 + cents / 100, 5 + cents / 100])


OFFSETS = [
    ("a", "2026-09-01T10:00:00+02:00", "view", "A"),  # 8 o'clock in UTC
    ("a", "2026-09-01 08:30:00", "cart", "A"),
    ("b", "2026-09-01T10:00:00Z", "view", "B"),
    ("b", "2026-09-01 08:30:00", "cart", "B"),
    ("z", "2026-09-09", "view", "B"),
]


@pytest.mark.parametrize("kind", ["frame", "connection", "field"])
def test_offsets_of_text_are_heeded_in_frames_and_tables(kind, written):
    frame = pd.DataFrame(OFFSETS, columns=["user", "at", "event", "arm"])
    seen = {"exposure": {"event": "view"}}
    test, data = of_events(**seen), frame
    if kind == "connection":
        data = duckdb.connect()
        data.execute("SET TimeZone = 'Asia/Tokyo'")
        data.execute("CREATE TABLE log AS SELECT * FROM frame")
        test = of_events(data={"table": "log"}, **seen)
    if kind == "field":
        fields = {"at": {"column": "p", "form": "json", "key": "at"}}
        test = of_events(data={"fields": fields}, **seen)
        held = frame.assign(p=[{"at": at} for at in frame["at"]]).drop(columns="at")
        data = written(held.to_json(orient="records", lines=True), "log.jsonl")
    counts = collect(test, data)
    assert counts.reached("cart").reshape(2, -1).sum(axis=1).tolist() == [1, 0]
