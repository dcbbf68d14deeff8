"""The SELECT of the units shape against its rules said in plain Python, cell by cell."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given, strategies as st

from abmicro.counts import ANALYSED
from abmicro.experiment.model import Data, DataColumns, Experiment, Exposure
from abmicro.sources.engines.databases import Database
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.sql.select import select

from ..examples import examples

pytestmark = pytest.mark.slow

DAYS = [date(2026, 10, day) for day in (4, 5, 6, 7)]


@dataclass(frozen=True)
class Row:
    """One row of a table of units."""

    who: str | None
    arm: str | None
    page: str | None
    cart: int | None
    spend: float
    device: str | None
    day: date | None


rows = st.builds(
    Row,
    who=st.sampled_from(["1", "01", "b", "c", "d", "e", None]),
    arm=st.sampled_from(["1", "1", "2", "3", "3", "z", None]),
    page=st.sampled_from(["old", "old", "new", None]),
    cart=st.sampled_from([0, 0, 1, None]),
    spend=st.sampled_from([0.0, 0.5, 2.25]),
    device=st.sampled_from(["phone", "desk", None]),
    day=st.sampled_from([*DAYS, None]),
)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    dated = draw(st.booleans())
    return Experiment(
        name="law",
        variants=["old", "new"],
        goals={
            "cart": {"kind": "milestone"},
            "rich": {"kind": "macro", "where": "spend > 1"},
            "revenue": {"kind": "macro", "value": "spend"},
        },
        segments=["device"],
        start=DAYS[1] if dated else None,
        end=DAYS[3] if dated else None,
        exposure=Exposure(match={"old": ["2", "3"], "new": "1"}),
        data=Data(
            shape="units",
            table="t",
            where=draw(st.sampled_from([None, "page = 'old'"])),
            repeats=draw(st.sampled_from([None, "sum"])),
            columns=DataColumns(
                unit="who", variant="arm", period=draw(st.sampled_from([None, "day"]))
            ),
        ),
    )


ARMS = {"2": "old", "3": "old", "1": "new"}


def counted(
    experiment: Experiment, table: Iterable[Row], until: date | None
) -> tuple[Counter[Any], ...]:
    """Units and rows of every outcome; of the values of a cell the totals."""
    units: Counter[Any] = Counter()
    read: Counter[Any] = Counter()
    groups: dict[Any, list[Row]] = defaultdict(list)
    for at, row in enumerate(table):
        kept = experiment.data.where is None or row.page == "old"
        apart = at if experiment.data.repeats is None else None
        late = until is not None and row.day is not None and row.day >= until
        if not (late and apart is None):
            groups[row.who, kept, apart].append(row)
    totals: Counter[Any] = Counter()
    for (who, kept, _), own in groups.items():
        status, arm, cell, spent = outcome(experiment, own, who, kept, until)
        units[status, arm, cell] += status not in ("filtered", "no_unit")
        read[status, arm, cell] += len(own)
        totals[status, arm, cell] += spent
    return +units, +read, +totals


def outcome(
    experiment: Experiment, own: list[Row], who: str | None, kept: bool, until: date | None
) -> tuple[str, str | None, Any, float]:
    told = {row.arm for row in own} - {None}
    strangers, arms = told - ARMS.keys(), {ARMS[arm] for arm in told & ARMS.keys()}
    crossed = len(arms) > 1
    arm = None if crossed else min(strangers or arms, default=None)
    days = [row.day for row in own if row.day is not None]
    day = min(days, default=None) if experiment.data.columns.period else None
    last = min(experiment.end or date.max, until or date.max)
    statuses = {
        "filtered": not kept,
        "no_unit": who is None,
        "no_variant": not told,
        "unknown_variant": bool(strangers),
        "no_time": experiment.data.columns.period is not None and day is None,
        "outside": day is not None and not (experiment.start or date.min) <= day < last,
        "crossed": crossed,
    }  # fmt: skip
    status = next((name for name, holds in statuses.items() if holds), ANALYSED)
    if status != ANALYSED:
        return status, arm, None, 0
    devices = {row.device for row in own} - {None}
    device = "(several)" if len(devices) > 1 else min(devices, default="(none)")
    carts = {row.cart for row in own}
    cart = "1" if 1 in carts else None if None in carts else "0"
    rich = any(row.spend > 1 for row in own)
    return status, arm, (device, day, cart, rich), sum(row.spend for row in own)


def told(answer: Iterable[tuple[Any, ...]]) -> tuple[Counter[Any], ...]:
    """The same from the rows of the SELECT; a missing goal stays visible."""
    units: Counter[Any] = Counter()
    read: Counter[Any] = Counter()
    totals: Counter[Any] = Counter()
    for status, arm, device, day, cart, rich, count, rows_read, total, _, _ in answer:
        cell = None
        if status == ANALYSED:
            at = date.fromisoformat(str(day)[:10]) if day else None
            said = None if cart is None else str(int(cart))
            cell = (device or "(none)", at, said, bool(rich in (1, "1")))
            totals[status, arm, cell] += float(total)
        units[status, arm, cell] += count
        read[status, arm, cell] += rows_read
    return +units, +read, +totals


def in_duckdb(table: list[Row]) -> Any:
    made = duckdb.connect()
    made.execute("CREATE TABLE t (who TEXT, arm TEXT, page TEXT, cart INT, spend DOUBLE, "
                 "device TEXT, day DATE)")  # fmt: skip
    made.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", [*map(astuple, table)])
    return DuckDB(made)


def in_sqlite(table: list[Row]) -> Any:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE t (who, arm, page, cart, spend, device, day)")
    cells = [(*astuple(row)[:-1], row.day and row.day.isoformat()) for row in table]
    made.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", cells)
    return Database(made, "sqlite")


@examples(80)
@given(
    experiments(),
    st.lists(rows, min_size=1, max_size=12),
    st.sampled_from([None, DAYS[2]]),
    st.sampled_from([in_duckdb, in_sqlite]),
)
def test_the_select_agrees_with_the_rules_cell_by_cell(experiment, table, until, engine):
    if experiment.data.columns.period is None:
        until = None
    held = engine(table)
    asked = select(experiment, dialect=held.dialect, as_of=until)
    assert told(held.rows(asked)) == counted(experiment, table, until)
