"""Keys of [data] for what cells cannot prove: formats and zones of times, words for nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest

from abmicro.errors import SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect
from abmicro.sources.query import query

STEPS = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
NOW = datetime(2027, 1, 1)


def of_events(**data):
    columns = DataColumns(unit="user", time="at", event="event", variant="arm")
    goals = {"cart": {"kind": "milestone", "window": "1h"}, "order": {"kind": "macro"}}
    return Experiment(
        name="x",
        variants=["A", "B"],
        goals=goals,
        data=Data(shape="events", columns=columns, **data),
        start=date(2026, 10, 1),
        end=date(2026, 11, 20),
    )


def of_units(**data):
    columns = DataColumns(unit="user", variant="arm")
    return Experiment(
        name="x", variants=["A", "B"], goals=STEPS,
        data=Data(shape="units", columns=columns, **data),
    )  # fmt: skip


# a view and a cart 30 minutes later, in summer, in winter and across the change of the clock
MOMENTS = [
    datetime(2026, *at, tzinfo=UTC) for at in ((10, 3, 12), (11, 9, 23, 30), (10, 25, 0, 45))
]
ROWS = [
    (f"u{at}", begun + pd.Timedelta(minutes=late), event, "AB"[at % 2])
    for at, begun in enumerate(MOMENTS)
    for event, late in (("view", 0), ("cart", 30))
]


def table(style):
    return [(user, style(at), event, arm) for user, at, event, arm in ROWS]


def as_csv(rows):
    return "user,at,event,arm\n" + "".join(f'{u},"{at}",{e},{a}\n' for u, at, e, a in rows)


def cells(test, data):
    return sorted(map(repr, collect(test, data, now=NOW).to_rows()))


@pytest.fixture(scope="module")
def iso(tmp_path_factory):
    path = tmp_path_factory.mktemp("iso") / "i.csv"
    path.write_text(as_csv(table(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}")), encoding="utf-8")
    return cells(of_events(), path)


@pytest.mark.parametrize(
    "form", ["%b %d, %Y %H:%M", "%Y%m%d %H%M%S", "%d.%m.%y %H:%M", "%m/%d/%Y %I:%M:%S %p"]
)
def test_a_format_of_times_is_believed(written, iso, form):
    path = written(as_csv(table(lambda at: f"{at:{form}}")))
    assert cells(of_events(time_format=form), path) == iso


def test_a_format_may_tell_offsets(written, iso):
    oslo = ZoneInfo("Europe/Oslo")
    path = written(as_csv(table(lambda at: f"{at.astimezone(oslo):%d.%m.%Y %H:%M %z}")))
    assert cells(of_events(time_format="%d.%m.%Y %H:%M %z"), path) == iso
    assert cells(of_events(day_first=True), path) == iso


def test_a_cell_in_another_format_is_refused(written):
    path = written(as_csv(table(lambda at: f"{at:%Y%m%d %H%M%S}")) + "z,yesterday,view,A\n")
    with pytest.raises(SourceError, match=r"'yesterday'. in 1 row where times are asked"):
        collect(of_events(time_format="%Y%m%d %H%M%S"), path)


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("kind", ["iso", "day first", "frame", "connection"])
def test_times_without_an_offset_are_those_of_a_zone(written, iso, zone, kind):
    local = ZoneInfo(zone)
    rows = [(user, at.astimezone(local).replace(tzinfo=None), *rest) for user, at, *rest in ROWS]
    rows = rows[:4]  # the clock of Oslo shows the last ones twice
    keys = {"time_zone": zone}
    data = pd.DataFrame(rows, columns=["user", "at", "event", "arm"])
    if kind == "iso":
        data = written(as_csv(rows))
    if kind == "day first":
        data = written(as_csv([(u, f"{at:%d.%m.%Y %H:%M}", e, a) for u, at, e, a in rows]))
        keys["day_first"] = True
    if kind == "connection":
        frame, data = data, duckdb.connect()
        data.execute("CREATE TABLE log AS SELECT * FROM frame")
        keys["table"] = "log"
        assert len(frame) == len(rows)
    iso_rows = written(as_csv(table(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}")[:4]), "i.csv")
    assert cells(of_events(**keys), data) == cells(of_events(), iso_rows)


def test_an_offset_is_heeded_in_any_zone(written, iso):
    path = written(as_csv(table(lambda at: at.isoformat())))
    test = of_events(time_zone="Asia/Tokyo")
    assert cells(test, path) == iso
    assert collect(test, path, now=NOW).origin.notes == ()


def test_a_column_that_tells_its_zone_is_read_whatever_zone_the_definition_names(iso):
    rows = pd.DataFrame(ROWS, columns=["user", "at", "event", "arm"])
    zoned = rows.assign(at=pd.to_datetime(rows["at"], utc=True))
    test = of_events(time_zone="Europe/Oslo")  # whose clock shows an hour of these rows twice
    assert cells(test, zoned) == iso
    assert collect(test, zoned, now=NOW).origin.notes == ()


def test_hours_that_a_clock_shows_twice_are_counted(written):
    rows = [("u", "2026-10-25 02:15:00", "view", "A"), ("v", "2026-10-25 03:15:00", "view", "B")]
    counts = collect(of_events(time_zone="Europe/Oslo"), written(as_csv(rows)), now=NOW)
    assert counts.origin.notes == (
        "1 row in an hour that the clock shows twice or never; read as the hour before",
    )


def test_other_engines_ask_for_utc():
    with pytest.raises(SourceError, match="no query for postgres reads times of Europe/Oslo"):
        query(of_events(time_zone="Europe/Oslo"), dialect="postgres")
    assert "INTERVAL '-7200' SECOND" in query(of_events(time_zone="Europe/Oslo"))


# words for nothing and for yes and no


def test_words_for_nothing_are_believed(written):
    text = "user,arm,cart,order,city\na,A,1,0,unknown\nb,B,0,0,Oslo\nc,?,1,1,Oslo\n?,B,1,1,Oslo\n"
    test = of_units(nulls=["unknown", "?"]).model_copy(update={"segments": ()})
    with pytest.raises(SourceError, match="no variant on 1 of"):
        collect(test, written(text))
    counts = collect(test, written(text.replace("c,?", "c,A")))
    assert counts.units.sum() == 3
    assert [(out.step, out.rows) for out in counts.left_out] == [("no_unit", 1)]


WORDS = [("1", "0"), ("1.0", "0.00"), ("TRUE", "False"), ("t", "f"), ("Yes", "no"), ("y", "N"),
         ("ja", "nein"), ("WAHR", "FALSCH"), ("x", ""), ("X ", None)]  # fmt: skip


@pytest.mark.journey
@pytest.mark.parametrize(("yes", "no"), WORDS)
def test_flags_are_read_from_files_and_frames_alike(written, tmp_path, yes, no):
    rows = [(f"u{at}", "AB"[at % 2], yes if at % 3 else no, no, "") for at in range(12)]
    frame = pd.DataFrame(rows, columns=["user", "arm", "cart", "order", "note"])
    frame.loc[0, "order"] = yes
    plain = frame.assign(cart=[int(at % 3 > 0) for at in range(12)], order=[1] + [0] * 11)
    told = cells(of_units(), plain)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    for data in (frame, *(tmp_path / f"a.{form}" for form in ("csv", "parquet", "jsonl"))):
        assert cells(of_units(), data) == told


def test_a_cross_beside_other_words_is_no_flag(written):
    path = written("user,arm,cart,order\na,A,x,0\nb,B,1,0\nc,B,0,0\n")
    with pytest.raises(SourceError, match="column 'cart' holds 'x'"):
        collect(of_units(), path)


def test_text_is_trimmed_and_cast_in_frames_and_parquet(tmp_path):
    frame = pd.DataFrame(
        {"user": [" a", "b ", "c"], "arm": ["A ", " B", "B"], "cart": ["1", "0", "1"],
         "order": ["0"] * 3, "spend": ["1.234,5", "2,25", "NA"]}
    )  # fmt: skip
    goals = STEPS | {"money": {"kind": "macro", "value": "spend"}}
    test = Experiment(name="x", variants=["A", "B"], goals=goals, data=of_units().data)
    frame.to_parquet(tmp_path / "a.parquet")
    for data in (frame, tmp_path / "a.parquet"):
        with pytest.raises(SourceError, match="'spend' is empty in 1 unit"):
            collect(test, data)
    counts = collect(test, frame.assign(spend=["1.234,5", "2,25", "0"]))
    assert counts.moments("money")[1].ravel().tolist() == [1234.5, 2.25]
