"""Data files read a second time with nothing but Python: decimals that are exact, ids as text.

Slow and simple on purpose: every grammar and every form of dates is tried on all cells of a column.
What more than one of them reads differently, or none reads, is `RefusedError`.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]
Key = tuple[Any, ...]
NOTHING = {"", "na", "n/a", "null", "none", "(not set)", "-"}
PAIRS = [("1", "0"), ("1.0", "0.0"), ("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"),
         ("ja", "nein")]  # fmt: skip
CLOCKS = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", "T%H:%M:%S"]
DAYS = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
]


class RefusedError(Exception):
    """What cannot be read in exactly one way."""


@dataclass(frozen=True)
class Said:
    """What the owner of a file has said of it."""

    nulls: tuple[str, ...] = ()
    day_first: bool | None = None
    decimal: str | None = None
    thousands: str | None = None
    time_unit: str | None = None
    time_format: str | None = None
    time_zone: str | None = None
    sheet: str | None = None
    columns: tuple[str, ...] = field(default=())


def records(files: Iterable[Path], said: Said) -> list[Record]:
    """The rows of files, cells as they stand: text without blanks at its ends, None for nothing."""
    return [
        {name: _plain(row.get(name), said) for name in said.columns}
        for file in files
        for row in _rows(file, said)
    ]


def _plain(cell: Any, said: Said) -> Any:
    if not isinstance(cell, str) or isinstance(cell, _Number):
        return cell
    text = cell.strip()
    return None if text == "" or text.lower() in {*said.nulls} else text


def _rows(file: Path, said: Said) -> list[Record]:
    kind = file.name.removesuffix(".gz").rpartition(".")[2]
    if kind == "parquet":
        import pyarrow.parquet as pq

        return list(pq.read_table(file).to_pylist())
    if kind == "xlsx":
        from python_calamine import load_workbook

        book = load_workbook(file)
        named = said.sheet or book.sheet_names[0]
        sheet = book.get_sheet_by_name(named).to_python()
        return _below_names([list(map(_of_sheet, row)) for row in sheet], said)
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = _decoded(content)
    if kind in {"json", "jsonl"}:
        return _of_json(text)
    ways = [_separated(text, sign, said) for sign in ",;\t|"]
    return next(rows for rows in ways if rows is not None)


def _of_sheet(cell: Any) -> Any:
    """Numbers that are whole have no point; a truth is a word."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return Decimal(int(cell)) if cell.is_integer() else Decimal(repr(cell))
    return cell


def _of_json(text: str) -> list[Record]:
    read = json.JSONDecoder(parse_float=_Number, parse_int=_Number).decode
    if text.lstrip().startswith("["):
        return list(read(text))
    return [read(line) for line in text.splitlines() if line.strip()]


class _Number(str):
    """A number of JSON, as it stands."""


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _separated(text: str, sign: str, said: Said) -> list[Record] | None:
    rows = list(csv.reader(StringIO(text, newline=""), delimiter=sign))
    if not any(set(said.columns) <= {cell.strip() for cell in row} for row in rows[:20]):
        return None
    return _below_names([row for row in rows if row], said)


def _below_names(rows: list[list[Any]], said: Said) -> list[Record]:
    at = next(at for at, row in enumerate(rows)
              if set(said.columns) <= {str(cell).strip() for cell in row})  # fmt: skip
    names = [str(cell).strip() for cell in rows[at]]
    body = rows[at + 1 :]
    if any(len(row) != len(names) for row in body):
        raise RefusedError("a row of another width")
    return [dict(zip(names, row, strict=True)) for row in body]


# numbers


def _value(text: str, point: str, group: str) -> Decimal | None:
    """A number in one grammar; None where it is none."""
    for blank in "\u00a0\u202f":
        text = text.replace(blank, " ")
    text = text.strip().replace("’", "'")
    whole, dot, rest = text.partition(point)
    digits = whole.lstrip("+-")
    if group and group in digits:
        first, *others = digits.split(group)
        if not 1 <= len(first) <= 3 or first[:1] == "0" or any(len(one) != 3 for one in others):
            return None
        digits = digits.replace(group, "")
    if not (digits + rest).isdigit() or not (digits or rest):
        return None
    sign = "-" if text.startswith("-") else ""
    try:
        return Decimal(f"{sign}{digits or 0}{'.' if dot else ''}{rest}")
    except InvalidOperation:
        return None


def numbers(
    rows: Sequence[Record], amounts: Sequence[str], counts: Sequence[str], said: Said
) -> Callable[[Any], Decimal | None]:
    """What reads every number of a file: in the one grammar that reads all of them."""
    texts = [str(row[one]) for one in (*amounts, *counts) for row in rows
             if isinstance(row[one], str) and not isinstance(row[one], _Number)
             and row[one].lower() not in NOTHING]  # fmt: skip
    whole = [str(row[one]) for one in counts for row in rows if isinstance(row[one], str)
             and not isinstance(row[one], _Number) and row[one].lower() not in NOTHING]  # fmt: skip
    ways = [(point, group) for point, group in product(".,", ("", ",", ".", " ", "'"))
            if point != group and said.decimal in (None, point)
            and said.thousands in (None, group)]  # fmt: skip
    fitting = [way for way in ways if all(_value(text, *way) is not None for text in texts)]
    integral = [way for way in fitting if all(_value(one, *way) % 1 == 0 for one in whole)]
    fitting = integral or fitting
    if not fitting:
        raise RefusedError("no grammar")
    if any(len({_value(text, *way) for way in fitting}) > 1 for text in texts):
        raise RefusedError("several grammars")

    def read(cell: Any) -> Decimal | None:
        if cell is None or (isinstance(cell, str) and cell.lower() in NOTHING):
            return None
        if isinstance(cell, _Number):
            return Decimal(str(cell))
        if isinstance(cell, str):
            return _value(cell, *fitting[0])
        return Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)

    return read


# times


def times(rows: Sequence[Record], column: str, said: Said) -> Callable[[Any], datetime | None]:
    """What reads every time of a column: in the one form that reads all of them."""
    if said.time_unit:
        per = {"s": 1, "ms": 1000, "us": 10**6}[said.time_unit]
        start = datetime(1970, 1, 1)
        return lambda cell: cell if cell is None else (
            start + timedelta(microseconds=int(Decimal(str(cell)) * 10**6 / per)))  # fmt: skip
    texts = {str(row[column]) for row in rows
             if isinstance(row[column], str) and row[column].lower() not in NOTHING}  # fmt: skip
    fitting = [one for one in _forms(said) if all(one(text) is not None for text in texts)]
    if not fitting and texts:
        raise RefusedError("no form of dates")
    if any(len({one(text) for one in fitting}) > 1 for text in texts):
        raise RefusedError("several forms of dates")

    def read(cell: Any) -> datetime | None:
        if cell is None or (isinstance(cell, str) and cell.lower() in NOTHING):
            return None
        if isinstance(cell, datetime):
            return _utc(cell, said)
        if isinstance(cell, date):
            return _utc(datetime(cell.year, cell.month, cell.day), said)
        return fitting[0](str(cell))

    return read


def _utc(moment: datetime, said: Said) -> datetime:
    zone = ZoneInfo(said.time_zone or "UTC")
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.astimezone(UTC).replace(tzinfo=None)


def _forms(said: Said) -> list[Callable[[str], datetime | None]]:
    """ISO, and of every order of day, month and year one that reads any of its clocks."""
    if said.time_format:
        return [lambda text: _parsed(text, [said.time_format or ""], said)]
    orders = [day for day in DAYS[1:] if said.day_first is None or day.startswith("%Y")
              or day.startswith("%d") == said.day_first]  # fmt: skip

    def of(day: str) -> Callable[[str], datetime | None]:
        return lambda text: _parsed(text, [day + clock for clock in CLOCKS], said)

    return [lambda text: _iso(text, said), *map(of, orders)]


def _parsed(text: str, formats: Sequence[str], said: Said) -> datetime | None:
    for form in formats:
        try:
            return _utc(datetime.strptime(text, form), said)
        except ValueError:
            continue
    return None


def _iso(text: str, said: Said) -> datetime | None:
    if text[4:5] != "-":
        return None
    try:
        return _utc(datetime.fromisoformat(text), said)
    except ValueError:
        return None


def flags(rows: Sequence[Record], column: str) -> Callable[[Any], int]:
    """What reads the truths of a column."""
    words = {str(row[column]).lower() for row in rows if row[column] is not None}
    words -= NOTHING
    table = {word: 1 - at for pair in PAIRS for at, word in enumerate(pair)}
    table |= {"wahr": 1, "falsch": 0}
    if words == {"x"}:
        return lambda cell: int(str(cell).lower() == "x")
    if not words <= table.keys() or any(_is_nothing(row[column]) for row in rows):
        raise RefusedError("no flags")
    return lambda cell: table[str(cell).lower()]


def _is_nothing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.lower() in NOTHING)


# the joint table


@dataclass
class Cell:
    """Units of one cell, the sum of their amounts and of the squares."""

    units: int = 0
    total: Decimal = Decimal(0)
    squares: Decimal = Decimal(0)

    def add(self, amount: Decimal, units: int = 1) -> None:
        self.units += units
        self.total += amount
        self.squares += amount * amount


def of_units(rows: Sequence[Record], said: Said) -> dict[Key, Cell]:
    """Variant, city, cart, order to the units of it and what they spent."""
    read = numbers(rows, ["spend"], [], said)
    cart, order = flags(rows, "cart"), flags(rows, "order")
    found: dict[Key, Cell] = defaultdict(Cell)
    seen: set[str] = set()
    for row in rows:
        if row["user"] is None:
            continue
        spend = read(row["spend"])
        if spend is None or row["arm"] is None or str(row["user"]) in seen:
            raise RefusedError("an empty amount or arm, or a unit in two rows")
        seen.add(str(row["user"]))
        city = "(none)" if row["city"] is None else str(row["city"])
        found[row["arm"], city, cart(row["cart"]), order(row["order"])].add(spend)
    return dict(found)


def of_counts(rows: Sequence[Record], said: Said) -> dict[Key, Cell]:
    """Variant, city and goal to the units that reached it; the goal "units" to all."""
    read = numbers(rows, [], ["units", "cart", "order"], said)
    found: dict[Key, Cell] = defaultdict(Cell)
    for row in rows:
        for goal in ("units", "cart", "order"):
            count = read(row[goal])
            if count is None or count % 1:
                raise RefusedError("no count")
            found[row["arm"], str(row["city"]), goal].add(Decimal(0), int(count))
    return dict(found)


def of_events(rows: Sequence[Record], said: Said) -> dict[Key, Cell]:
    """Variant, entry day, cart, two orders to the units of it and what they spent.

    The first row with a variant exposes; goals count from then on; of an order the first row.
    """
    read, clock = numbers(rows, ["spend"], [], said), times(rows, "ts", said)
    of_unit: dict[str, list[tuple[datetime, Record]]] = defaultdict(list)
    for row in rows:
        spend, at = read(row["spend"]), clock(row["ts"])
        if row["user"] is not None and at is not None:
            of_unit[str(row["user"])].append((at, row | {"spend": spend}))
    found: dict[Key, Cell] = defaultdict(Cell)
    for hits in of_unit.values():
        exposed = [(at, row["arm"]) for at, row in hits if row["arm"] is not None]
        if not exposed or len({arm for _, arm in exposed}) > 1:
            continue
        start, arm = min(exposed)
        cart = int(any(at >= start and row["event"] == "cart" for at, row in hits))
        orders = [row for at, row in _first_of_orders(hits) if at >= start]
        if any(row["spend"] is None for row in orders):
            raise RefusedError("an order without an amount")
        paid = sum((row["spend"] for row in orders), Decimal(0))
        found[arm, start.date(), cart, int(len(orders) >= 2)].add(paid)
    return dict(found)


def _first_of_orders(hits: Sequence[tuple[datetime, Record]]) -> list[tuple[datetime, Record]]:
    first: dict[str, tuple[datetime, Record]] = {}
    for at, row in hits:
        order = str(row["order_id"])
        if row["event"] == "order" and (order not in first or at < first[order][0]):
            first[order] = at, row
    return list(first.values())
