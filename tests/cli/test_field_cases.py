"""Files of kinds that public reports tell of: read right, or refused with cause and cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from abmicro.counts import JointCounts

from .conftest import Command

pytestmark = pytest.mark.journey

UNITS = """\
[experiment]
name = "Units"
[variants]
arms = ["A", "B"]
[data]
shape = "units"
source = "{source}"
[data.columns]
unit = "user_id"
variant = "variant"
[goals.added]
kind = "milestone"
role = "primary"
[goals.revenue]
kind = "macro"
value = "revenue"
"""
EVENTS = """\
[experiment]
name = "Events"
{dates}
[variants]
arms = ["A", "B"]
[data]
shape = "events"
source = "{source}"
[data.columns]
unit = "user_id"
time = "ts"
event = "event"
variant = "variant"
"""
ORDERS = """\
[goals.added]
kind = "milestone"
role = "primary"
[goals.two_orders]
kind = "action"
event = "purchase"
at_least = 2
dedupe = "order_id"
[goals.code]
kind = "action"
event = "purchase"
where = "coupon = '007'"
[goals.revenue]
kind = "macro"
event = "purchase"
value = "revenue"
dedupe = "order_id"
"""
WINDOWS = """\
[goals.add]
kind = "milestone"
role = "primary"
window = "1d"
[goals.order]
kind = "macro"
window = "3d"
"""
Read = Callable[[str], JointCounts]


@pytest.fixture
def read(cli: Command, tmp_path: Path) -> Read:
    """The counts that the command line collects for a definition."""

    def call(definition: str) -> JointCounts:
        (tmp_path / "experiment.toml").write_text(definition, encoding="utf-8")
        shown = cli("collect", tmp_path / "experiment.toml", "-o", tmp_path / "counts.csv")
        assert shown.status == 0, shown.err
        return JointCounts.load(tmp_path / "counts.csv", variants=["A", "B"])

    return call


@pytest.fixture
def refusal(cli: Command, tmp_path: Path) -> Callable[[str], list[str]]:
    """What the command line says where it refuses to check a definition."""

    def call(definition: str) -> list[str]:
        (tmp_path / "experiment.toml").write_text(definition, encoding="utf-8")
        shown = cli("check", tmp_path / "experiment.toml")
        assert shown.status == 3
        return shown.err.splitlines()

    return call


def means(counts: JointCounts, goal: str) -> list[float]:
    units = counts.units.sum(axis=(1, 2, 3))
    return [float(one) for one in counts.moments(goal)[1].reshape(2, -1).sum(axis=1) / units]


def rates(counts: JointCounts, goal: str) -> list[float]:
    units = counts.units.sum(axis=(1, 2, 3))
    return [float(one) for one in counts.reached(goal).reshape(2, -1).sum(axis=1) / units]


def write(path: Path, rows: Iterator[str], encoding: str = "utf-8") -> None:
    path.write_bytes(("\n".join(rows) + "\n").encode(encoding))


def sales(late: Callable[[str], str]) -> Iterator[str]:
    """50,000 units, of whom two in five buy: for 9 at first, then for an amount of their arm."""
    yield "user_id,variant,added,revenue"
    for i in range(50_000):
        arm, buys = "AB"[i % 2], i % 5 < 2
        amount = ("9" if i < 20_600 else late(arm)) if buys else "0"
        yield f"u{i},{arm},{int(buys or i % 3 == 0)},{amount}"


def test_cents_that_come_late(read: Read, tmp_path: Path) -> None:
    write(tmp_path / "users.csv", sales({"A": "9.49", "B": "9.51"}.__getitem__))
    counts = read(UNITS.format(source="users.csv"))
    assert means(counts, "revenue") == pytest.approx([3.715248, 3.719952], rel=1e-12)


def orders(plain: str) -> Iterator[str]:
    """24,000 plain rows, then orders; those of B twice, once with a leading zero before the id."""
    yield "user_id,ts,event,variant,order_id,coupon,revenue"
    start = datetime(2026, 9, 1)
    for i in range(12_400):
        arm, at = "AB"[i % 2], start + timedelta(minutes=i)
        yield f"u{i},{at},view,{arm},,,"
        if i < 12_000:
            yield f"u{i},{at},scroll,{arm},{plain.format(order=100_000 + i)}"
            continue
        yield f"u{i},{at},purchase,{arm},{800_000 + i},007,10.50"
        if arm == "B":
            yield f"u{i},{at},purchase,{arm},0{800_000 + i},7,10.50"


@pytest.mark.parametrize("plain", ["{order},7,0", "{order},7,", ",,"])
def test_leading_zeros_and_amounts_that_come_late(read: Read, tmp_path: Path, plain: str) -> None:
    write(tmp_path / "events.csv", orders(plain))
    counts = read(EVENTS.format(source="events.csv", dates="") + ORDERS)
    assert rates(counts, "two_orders") == [0, 200 / 6200]
    assert rates(counts, "code") == [200 / 6200, 200 / 6200]
    assert means(counts, "revenue") == pytest.approx([200 * 10.5 / 6200, 400 * 10.5 / 6200])


def test_decimal_commas_between_semicolons(read: Read, tmp_path: Path) -> None:
    rows = ["user_id;variant;added;revenue"]
    rows += [f"u{i};{'AB'[i % 2]};{int(i % 3 == 0)};{'12,50' if i % 5 == 0 else '0,00'}"
             for i in range(400)]  # fmt: skip
    write(tmp_path / "users.csv", iter(rows), "utf-8-sig")
    assert means(read(UNITS.format(source="users.csv")), "revenue") == [2.5, 2.5]


def visits(days: range, form: str) -> dict[int, list[str]]:
    """Rows by day of September: 200 visits a day, a cart at once, an order a day later."""
    found: dict[int, list[str]] = {}
    for n, (day, k) in enumerate((day, k) for day in days for k in range(200)):
        at, arm = datetime(2026, 9, day, 10) + timedelta(minutes=k), "AB"[n % 2]
        told = [(at, "view")] + [(at + timedelta(minutes=4), "add")] * (n % 4 < 2)
        told += [(at + timedelta(days=1), "order")] * (n % 8 < 2)
        for when, event in told:
            found.setdefault(when.day, []).append(f"u{n},{when:{form}},{event},{arm}")
    return found


def test_month_first_that_nothing_proves(
    read: Read, refusal: Callable[[str], list[str]], tmp_path: Path
) -> None:
    rows = [row for of in visits(range(1, 11), "%m/%d/%Y %H:%M:%S").values() for row in of]
    write(tmp_path / "events.csv", iter(["user_id,ts,event,variant", *rows]))
    definition = EVENTS.format(source="events.csv", dates="") + WINDOWS
    assert refusal(definition) == [
        "abmicro: data.columns.time: column 'ts': '09/01/2026 10:00:00' is 9 January 2026 or "
        "1 September 2026 (E318)",
        "  write day_first = true or day_first = false in [data]",
    ]
    for key in ("day_first = false", 'time_format = "%m/%d/%Y %H:%M:%S"'):
        counts = read(definition.replace("[data.columns]", f"{key}\n[data.columns]"))
        assert rates(counts, "order") == pytest.approx([0.25, 0.25], abs=0.002)


def test_one_file_a_day(read: Read, tmp_path: Path) -> None:
    for day, rows in visits(range(9, 17), "%m/%d/%Y %H:%M:%S").items():
        write(tmp_path / f"day{day:02}.csv", iter(["user_id,ts,event,variant", *rows]))
    counts = read(EVENTS.format(source="day*.csv", dates="") + WINDOWS)
    assert rates(counts, "add") == pytest.approx([0.5, 0.5], abs=0.001)
    assert rates(counts, "order") == pytest.approx([0.25, 0.25], abs=0.002)


def test_weekly_parquet_of_whole_amounts_and_then_cents(read: Read, tmp_path: Path) -> None:
    unit = "'u' || i AS user_id, CASE WHEN i % 2 = 0 THEN 'A' ELSE 'B' END AS variant, "
    unit += "CAST(i % 3 = 0 OR i % 5 = 0 AS INTEGER) AS added"
    late = "CASE WHEN i % 2 = 0 THEN 19.49 ELSE 19.51 END::DOUBLE"
    for week, (low, high, paid) in enumerate([(0, 2000, "20"), (2000, 6000, late)]):
        amount = f"CASE WHEN i % 5 = 0 THEN {paid} ELSE 0 END AS revenue"
        made = duckdb.connect().sql(f"SELECT {unit}, {amount} FROM range({low}, {high}) AS r(i)")
        made.write_parquet(str(tmp_path / f"week{week}.parquet"))
    counts = read(UNITS.format(source="week*.parquet"))
    assert means(counts, "revenue") == pytest.approx([3.932, 3.93467], rel=1e-5)


def test_letters_of_a_spreadsheet(cli: Command, tmp_path: Path) -> None:
    rows = ["user_id,variant,added,revenue,city"]
    rows += [f"u{i},{'AB'[i % 2]},1,40.0,{('Tromsø', 'Bærum')[i // 2 % 2]}" for i in range(400)]
    write(tmp_path / "users.csv", iter(rows), "cp1252")
    definition = UNITS.format(source="users.csv") + '[segments]\ncity = "city"\n'
    (tmp_path / "experiment.toml").write_text(definition, encoding="utf-8")
    shown = cli("analyze", tmp_path / "experiment.toml", "--format", "md")
    assert shown.status == 0
    note = 'users.csv read as Windows-1252; encoding = "..." in [data] names another'
    assert f"abmicro: note: {note}" in shown.err.splitlines()
    assert note in shown.out
    assert "Tromsø" in shown.out


def test_a_row_with_more_cells(refusal: Callable[[str], list[str]], tmp_path: Path) -> None:
    rows = list(sales(str))[:4001]
    rows[1499] += ",extra,field"
    write(tmp_path / "users.csv", iter(rows))
    assert refusal(UNITS.format(source="users.csv")) == [
        f"abmicro: data.source: users.csv, line 1,500: 6 cells where there are 4 columns "
        f"({rows[1499]}) (E328)",
        "  mend or delete this line; a cell that holds the sign between cells stands in quotes",
    ]


def late_clock() -> Iterator[str]:
    """Days without a clock, then visits at 17:00 with a cart 10 or 5 hours later."""
    yield "user_id,ts,event,variant"
    for i in range(11_000):
        day = datetime(2026, 9, 1) + timedelta(days=i // 2000)
        yield f"u{i},{day:%Y-%m-%d},view,{'AB'[i % 2]}"
        yield f"u{i},{day:%Y-%m-%d},add,{'AB'[i % 2]}"
    for i in range(11_000, 15_000):
        at = datetime(2026, 9, 10, 17) + timedelta(days=(i - 11_000) // 500, seconds=i % 3600)
        yield f"u{i},{at},view,{'AB'[i % 2]}"
        if i % 4 < 2:
            yield f"u{i},{at + timedelta(hours=(10, 5)[i % 2])},add,{'AB'[i % 2]}"


def test_a_clock_that_comes_late(read: Read, tmp_path: Path) -> None:
    write(tmp_path / "events.csv", late_clock())
    goal = '[goals.add]\nkind = "macro"\nrole = "primary"\nwindow = "12h"\n'
    dates = "start = 2026-09-10\nend = 2026-09-17"
    counts = read(EVENTS.format(source="events.csv", dates=dates) + goal)
    assert rates(counts, "add") == [0.5, 0.5]


def test_ids_with_a_dot(read: Read, tmp_path: Path) -> None:
    start, rows = datetime(2026, 9, 1), ["user_id,ts,event,variant,order_id,coupon,revenue"]
    for i in range(2000):
        at, arm = start + timedelta(minutes=10 * i), "AB"[i % 2]
        rows.append(f"u{i},{at},view,{arm},,,")
        lasts = [] if i % 5 > 1 else ["801"] if arm == "A" else ["801", "809"]
        order = f"u{i},{at},purchase,{arm},{1200000000 + i}.1788220"
        rows += [f"{order}{last},,10.50" for last in lasts]
    write(tmp_path / "events.csv", iter(rows))
    counts = read(EVENTS.format(source="events.csv", dates="") + ORDERS)
    assert rates(counts, "two_orders") == [0, 0.4]
    assert means(counts, "revenue") == [4.2, 8.4]
