"""Random messy files: one table of units, counts or events, saved as people and programs do.

A seed gives a definition, files, and what their owner says of them. Nothing here knows how files
are read; `plain_reading` tells what they hold, or that they can be read in two ways.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from abmicro.experiment.model import Data, DataColumns, Experiment, Shape

from ..workbooks import write_workbook
from .plain_reading import PAIRS, Said

COLUMNS = {
    Shape.UNITS: ("user", "arm", "cart", "order", "spend", "city"),
    Shape.COUNTS: ("arm", "city", "units", "cart", "order"),
    Shape.EVENTS: ("user", "ts", "event", "arm", "order_id", "spend"),
}
KINDS = ("csv", "csv", "csv", "tsv", "csv.gz", "json", "jsonl", "parquet", "xlsx")
CITIES = ("Tromsø", "Bærum", "São Paulo", "Köln", "007", "7", "1.0", "New York")
CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p")
ZONES = ("Europe/Oslo", "America/New_York", "Asia/Tokyo")


@dataclass(frozen=True)
class Messy:
    """A definition, the files it is to be read from, and what is said of them."""

    experiment: Experiment
    source: str
    files: tuple[Path, ...]
    said: Said


def messy(seed: int, folder: Path) -> Messy:
    """Files in a folder."""
    return _Mess(Random(seed), folder).made()  # noqa: S311, a seed is wanted


class _Mess:
    """One random way to save a table."""

    def __init__(self, random: Random, folder: Path) -> None:
        self.random, self.folder = random, folder
        self.shape = random.choice(
            [Shape.UNITS, Shape.UNITS, Shape.COUNTS, Shape.EVENTS, Shape.EVENTS]
        )
        self.kind = random.choice(KINDS)
        self.typed = self.kind in ("parquet", "xlsx") or (self.kind[0] == "j" and self.maybe(0.5))
        self.said: dict[str, Any] = {"columns": COLUMNS[self.shape]}
        self.letters = random.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"])
        self.letters = self.letters if self.kind[:2] in ("cs", "ts") else "utf-8"
        self.point, self.group = random.choice(
            [
                (".", ""),
                (".", ""),
                (".", ","),
                (",", ""),
                (",", "."),
                (".", " "),
                (",", "\u00a0"),
                (".", "'"),
            ]
        )
        self.places = random.choice([0, 1, 2, 2, 2, 3])
        self.pair = random.choice([*PAIRS, ("x", "")])
        self.ids = random.choice(["plain", "zeros", "long", "dotted"])
        self.padded = self.maybe(0.3)

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def made(self) -> Messy:
        rows = {
            Shape.UNITS: self.units, Shape.COUNTS: self.counts, Shape.EVENTS: self.events
        }[self.shape]()  # fmt: skip
        self.settle()
        if self.maybe(0.3) and self.shape is not Shape.COUNTS:
            self.random.shuffle(rows)
        files = self.saved(rows)
        said = Said(**self.said)
        source = str(files[0]) if len(files) == 1 else str(self.folder / "part*")
        return Messy(self.experiment(said), source, tuple(files), said)

    def settle(self) -> None:
        """What the owner says, now and then."""
        if self.maybe(0.3):
            self.said["decimal"] = self.point
        if self.maybe(0.3):
            self.said["nulls"] = ("unknown",)
        if self.maybe(0.3) and self.group:
            self.said["thousands"] = self.group.replace("\u00a0", " ")

    def experiment(self, said: Said) -> Experiment:
        keys = {name: getattr(said, name) for name in ("nulls", "day_first", "decimal",
                "thousands", "time_unit", "time_format", "time_zone", "sheet")}  # fmt: skip
        keys = {name: value for name, value in keys.items() if value not in (None, ())}
        roles = {
            Shape.UNITS: {"unit": "user", "variant": "arm"},
            Shape.COUNTS: {"variant": "arm", "units": "units"},
            Shape.EVENTS: {"unit": "user", "time": "ts", "event": "event", "variant": "arm"},
        }[self.shape]
        goals: dict[str, Any] = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
        if self.shape is Shape.UNITS:
            goals["money"] = {"kind": "macro", "value": "spend"}
        if self.shape is Shape.EVENTS:
            twice = {"kind": "action", "event": "order", "at_least": 2, "dedupe": "order_id"}
            paid = {"kind": "macro", "event": "order", "value": "spend", "dedupe": "order_id"}
            goals = {"cart": goals["cart"], "twice": twice, "money": paid}
        return Experiment(
            name="Messy",
            variants=["A", "B"],
            goals=goals,
            segments=[] if self.shape is Shape.EVENTS else ["city"],
            data=Data(shape=self.shape, columns=DataColumns(**roles), **keys),
        )

    # the table

    def id(self, at: int) -> str:
        return {
            "plain": f"u{at}",
            "zeros": f"{at:0{3 + at % 3}}",
            "long": f"1234567890123456{at:04}",
            "dotted": f"{1200000000 + at // 4}.1788220{at % 4:02}{at % 3}",
        }[self.ids]

    def amount(self, odd: bool = False) -> Decimal:
        digits = self.random.choice([2, 3, 4, 6])
        step = Decimal(1).scaleb(-self.places)
        return Decimal(self.random.randrange(10**digits)) * (step if not odd else Decimal(1))

    def units(self) -> list[list[Any]]:
        many = self.random.randint(4, 60)
        few = self.random.sample(CITIES, 3)
        rows = []
        for at in range(many):
            cart = self.maybe(0.5)
            spend = self.amount() if self.maybe(0.6) else Decimal(0)
            city = None if self.maybe(0.05) else self.random.choice(few)
            rows.append([self.id(at), "AB"[at % 2], cart, cart and self.maybe(0.5), spend, city])
        return rows

    def counts(self) -> list[list[Any]]:
        rows = []
        for city in self.random.sample(CITIES, self.random.randint(1, 3)):
            for arm in "AB":
                units = self.random.randint(10, 10 ** self.random.choice([2, 5, 6]))
                cart = self.random.randint(0, units)
                rows.append([arm, city, units, cart, self.random.randint(0, cart)])
        if self.maybe(0.2):  # thousands only, which nothing tells from decimals
            rows = [[*row[:2], *(1000 * (one // 1000 + at) for at, one in zip((3, 2, 1), row[2:],
                    strict=True))] for row in rows]  # fmt: skip
        return rows

    def events(self) -> list[list[Any]]:
        start = datetime(2026, 9, self.random.choice([1, 3, 20]), 8, tzinfo=UTC)
        rows, order = [], 0
        for at in range(self.random.randint(3, 30)):
            begun = start + timedelta(days=at % 7, minutes=self.random.randrange(600))
            arm, user = "AB"[at % 2], self.id(at)
            rows.append([user, begun, "view", arm, None, None])
            if self.maybe(0.5):
                rows.append(
                    [user, begun + timedelta(minutes=3), "cart", self.late(arm), None, None]
                )
            for _ in range(self.random.choice([0, 0, 1, 2, 2])):
                order += 1
                bought = begun + timedelta(minutes=5 + order % 50)
                one = [user, bought, "order", self.late(arm), self.id(500 + order), self.amount()]
                rows += [one, list(one)] if self.maybe(0.2) else [one]
            if self.maybe(0.1):
                rows.append([user, begun - timedelta(hours=1), "cart", None, None, None])
        if self.maybe(0.2):
            rows.append([None, start, "view", "A", None, None])
        return rows

    def late(self, arm: str) -> str | None:
        return arm if self.maybe(0.5) else None

    # the cells

    def saved(self, rows: list[list[Any]]) -> list[Path]:
        names = list(COLUMNS[self.shape])
        write = self.writer()
        cells = [[write(name, cell) for name, cell in zip(names, row, strict=True)] for row in rows]
        if self.maybe(0.06) and not self.typed and cells:
            self.spoil(cells, names)
        order = list(range(len(names)))
        self.random.shuffle(order)
        extra = ["note"] * self.maybe(0.4)
        body = [[*(row[at] for at in order), *(self.note() for _ in extra)] for row in cells]
        head = [*(names[at] for at in order), *extra]
        parts = self.random.choice([1, 1, 2, 3]) if len(body) > 6 and self.kind != "xlsx" else 1
        size = -(-len(body) // parts)
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        return [self.save(at, head, piece) for at, piece in enumerate(pieces)]

    def spoil(self, cells: list[list[Any]], names: list[str]) -> None:
        """A cell that nobody can read."""
        column = self.random.choice([one for one in names if one in ("spend", "ts", "cart")])
        self.random.choice(cells)[names.index(column)] = self.random.choice(
            ["many", "12 EUR", "1,2,3"]
        )

    def note(self) -> Any:
        return self.random.choice(["", "a, b; c", 'say "so"', "line\nbreak", "5", "|", "ø"])

    def writer(self) -> Any:
        clock = self.clock() if self.shape is Shape.EVENTS else None

        def write(name: str, cell: Any) -> Any:
            if cell is None:
                return self.none(name)
            if isinstance(cell, bool):
                return self.truth(cell)
            if isinstance(cell, datetime):
                return clock(cell)
            if isinstance(cell, (Decimal, int)):
                return self.number(cell)
            return self.text(cell)

        return write

    def none(self, name: str) -> Any:
        if self.typed:
            return None
        words = ["", "", " " * self.padded]
        words += ["NA", "n/a", "null"] * (name == "spend")
        words += ["unknown"] * (name in ("city", "order_id", "arm") and "nulls" in self.said)
        return self.random.choice(words)

    def text(self, cell: str) -> str:
        return f"{' ' * self.random.randint(0, 2)}{cell} " if self.padded else cell

    def truth(self, cell: bool) -> Any:
        if self.typed and self.pair[0] not in ("yes", "x"):
            return cell if self.pair[0] == "true" else int(cell)
        word = self.pair[not cell]
        return word.upper() if self.padded else word

    def number(self, cell: Decimal | int) -> Any:
        if self.typed:
            return float(cell) if isinstance(cell, Decimal) else cell
        text = f"{cell:,}".replace(",", "_").replace(".", self.point).replace("_", self.group)
        return self.text(text)

    def clock(self) -> Any:
        way = self.random.choice(
            ["iso", "iso", "T", "Z", "offset", "epoch", "format", "day", "day"]
        )
        zone = self.random.choice(ZONES) if way in ("iso", "T", "day") and self.maybe(0.3) else None
        if zone is not None:
            self.said["time_zone"] = zone
        local = ZoneInfo(zone or "UTC")
        if way == "epoch":
            return self.epoch()
        if self.typed and self.kind != "json" and self.kind != "jsonl":
            return lambda at: at.astimezone(local).replace(tzinfo=None)
        if way in ("iso", "T"):
            form = "%Y-%m-%d %H:%M:%S" if way == "iso" else "%Y-%m-%dT%H:%M:%S"
            bare = self.maybe(0.2)
            return lambda at: self.text(
                f"{at.astimezone(local):{'%Y-%m-%d' if bare and self.maybe(0.3) else form}}"
            )
        if way == "Z":
            return lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z"
        if way == "offset":
            other = ZoneInfo("Europe/Oslo")
            return lambda at: at.astimezone(self.random.choice([other, UTC])).isoformat()
        if way == "format":
            form = self.random.choice(["%b %d, %Y %H:%M", "%d%m%Y %H.%M", "%Y%m%d %H:%M:%S"])
            self.said["time_format"] = form
            return lambda at: f"{at:{form}}"
        day = self.random.choice(["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y"])
        form = f"{day} {self.random.choice(CLOCKS)}"
        if self.maybe(0.4) and not day.startswith("%Y"):
            self.said["day_first"] = day.startswith("%d")
        return lambda at: self.text(f"{at.astimezone(local):{form}}")

    def epoch(self) -> Any:
        unit, per = self.random.choice([("s", 1), ("ms", 1000), ("us", 10**6)])
        self.said["time_unit"] = unit
        return lambda at: (
            int(at.timestamp()) * per if self.typed else str(int(at.timestamp()) * per)
        )

    # the files

    def save(self, at: int, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
        path = self.folder / f"part{at}.{self.kind}"
        if self.kind == "parquet":
            self.parquet(path, head, rows)
        elif self.kind == "xlsx":
            above = [["Shop"], []] if self.maybe(0.3) else []
            sheets = {"Data": [*above, head, *rows]}
            if self.maybe(0.3):
                self.said["sheet"] = "Data"
                sheets = {"Read me": [["x"]], **sheets}
            write_workbook(path, sheets)
        elif self.kind in ("json", "jsonl"):
            path.write_text(self.json(head, rows), encoding="utf-8")
        else:
            content = self.separated(head, rows).encode(self.letters)
            path.write_bytes(gzip.compress(content) if self.kind.endswith("gz") else content)
        return path

    def parquet(self, path: Path, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {name: [row[at] for row in rows] for at, name in enumerate(head)}
        whole = {
            name: cells if not all(isinstance(one, (float, type(None))) for one in cells)
            or self.maybe(0.5) or any(one is not None and one % 1 for one in cells)
            else [None if one is None else int(one) for one in cells]
            for name, cells in columns.items()
        }  # fmt: skip
        if "ts" in whole and self.maybe(0.2):  # a day has no clock
            days = (isinstance(one, datetime) for one in whole["ts"])
            if all(days):
                whole["ts"] = [one.date() for one in whole["ts"]]
        pq.write_table(pa.table(whole), path)

    def json(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
        as_numbers = self.ids in ("long", "dotted") and self.maybe(0.7) and not self.padded
        lines = []
        for row in rows:
            cells = [
                f"{json.dumps(name)}: {self.value(name, cell, as_numbers)}"
                for name, cell in zip(head, row, strict=True)
                if cell is not None or self.maybe(0.5)
            ]
            lines.append("{" + ", ".join(cells) + "}")
        return "[" + ",\n ".join(lines) + "]" if self.kind == "json" else "\n".join(lines) + "\n"

    def value(self, name: str, cell: Any, as_numbers: bool) -> str:
        number = as_numbers and name in ("user", "order_id") and isinstance(cell, str)
        number = number and not {*cell} - {*"0123456789."} and cell != ""
        return cell if number else json.dumps(cell, ensure_ascii=False)

    def separated(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
        sign = "\t" if self.kind == "tsv" else self.random.choice(",,;|")
        end = self.random.choice(["\n", "\n", "\r\n"])
        above = self.random.choice([[], [], [], ["Shop, all", "# exported"]])
        lines = [sign.join(self.quoted(str(cell), sign) for cell in row) for row in [head, *rows]]
        if self.maybe(0.04):
            at = self.random.randrange(1, len(lines))
            lines[at] += f"{sign}more{sign}cells"
        return end.join([*above, *lines]) + (end if self.maybe(0.7) else "")

    def quoted(self, cell: str, sign: str) -> str:
        if sign in cell or '"' in cell or "\n" in cell or self.maybe(0.05):
            doubled = cell.replace('"', '""')
            return f'"{doubled}"'
        return cell
