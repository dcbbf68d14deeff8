"""How the cost of a log grows: 1, 10 and 100 million events, from the file to the joint counts.

The shop log of `collect_events` with 2 million users for every 11 million events: four goals with
windows of seven days, three devices. abmicro keeps to 4 GB, as its `--memory` asks, and so does the
query by hand, which gives the same cells and keeps no account of what it left out; "unbounded" is
the same query with all the memory it likes. pandas does the same steps, up to 10 million events.
The exponent is that of the time of the call from 1 million events on: 1 is linear, the bar is 1.05.
`call` is what comes after the imports, the start of the engine included. At a million events show
some 0.05 s that do not grow: abmicro starts an engine that may touch no other file, writes a longer
query, and closes the engine. `disk` is the most that lay in the folder for what does not fit into
memory.

`python -m benchmarks growth --millions 1000` adds a row of 1,000 million events, of abmicro and of
the query by hand, a run each within 18 GB. The log takes 7 GB, and what does not fit into memory
some 50 GB of disk, which is why `make bench` leaves it out. On 2026-12-01, on two quiet cores,
`collect` took 357 s (619 s of the processor), 17.8 GB of memory and 49.3 GB of disk, exponent 1.06.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from math import log

from benchmarks.collect_events import SHOP, SHOP_BY_HAND, SHOP_KEYS
from benchmarks.measure import markdown
from benchmarks.processes import DATA, SPILL, Cost, costs, made

ROUNDS = 3
MILLIONS = (1, 10, 100)
PART = 100
"""Millions of events that a file holds at most."""

USERS = 2_000_000
EVENTS = 11_000_000
PANDAS_UP_TO = 10
MEMORY, OF_LARGER = "4GB", "18GB"
"""What engines may use, and for larger logs than those of every run."""

HAND = """connection = duckdb.connect(config={config!r})
connection.execute("SET enable_progress_bar = false")
connection.execute({view!r})
connection.execute({query!r}).fetchall()
"""
OURS = """
import duckdb
from abmicro import DataColumns, Data, Experiment, Exposure, collect
def day(kind): return {{"kind": kind, "window": "7d"}}
experiment = Experiment(name="Benchmark", {keys})
"""
PANDAS = """
log = pandas.read_parquet({path!r})
seen = log[log.event == "experiment_viewed"]
arms = seen.groupby("user_id").variant.agg(["min", "max"])
first = seen.sort_values("ts").drop_duplicates("user_id").set_index("user_id")[["ts", "device"]]
arm = arms[arms["min"] == arms["max"]]["min"].rename("arm")
first = first.rename(columns={{"ts": "t0"}}).join(arm).dropna(subset=["arm"])
first = first[first.t0 + pandas.Timedelta("7D") <= log.ts.max()]
later = log[["user_id", "ts", "event"]].join(first[["t0"]], on="user_id", how="inner")
later = later[(later.ts >= later.t0) & (later.ts < later.t0 + pandas.Timedelta("7D"))]
for goal in ("add_to_cart", "begin_checkout", "purchase", "newsletter"):
    first[goal] = first.index.isin(later[later.event == goal].user_id)
first["day"] = first.t0.dt.date
first.groupby(["arm", "device", "day", "add_to_cart", "begin_checkout", "purchase",
               "newsletter"]).size()
"""


def programs(millions: int) -> dict[str, tuple[str, str]]:
    """Setup and call of each contender on a log of so many million events."""
    path = log_of(millions)
    keys = SHOP_KEYS.replace('table="log"', f"source={path!r}")
    memory = MEMORY if millions <= max(MILLIONS) else OF_LARGER
    limits = f"memory={memory!r}, threads=2"
    found = {
        "by hand": ("import duckdb", by_hand(path, {"memory_limit": memory})),
        "abmicro": (OURS.format(keys=keys), f"collect(experiment, {limits})"),
    }
    if millions <= max(MILLIONS):
        found["by hand, unbounded"] = ("import duckdb", by_hand(path, {}))
    if millions <= PANDAS_UP_TO:
        found["pandas"] = ("import pandas", PANDAS.format(path=path))
    return found


def log_of(millions: int) -> str:
    """The path of a log of so many million events; of a large one a glob, of a file per part."""
    if millions <= PART:
        return str(made(f"shop{millions}.parquet", SHOP.replace(str(USERS), str(_users(millions)))))
    for first in range(0, millions, PART):
        part = log_of(min(PART, millions - first))
        others = f"SELECT * REPLACE (user_id + {_users(first)} AS user_id) FROM '{part}'"
        made(f"shop{millions}-{first:05}.parquet", others, "FORMAT parquet, CODEC zstd")
    return str(DATA / f"shop{millions}-*.parquet")


def _users(millions: int) -> int:
    return USERS * millions * 1_000_000 // EVENTS


def by_hand(path: str, limits: Mapping[str, str]) -> str:
    """The call of who writes the query: the engine started, the file named, the cells fetched."""
    view = f"CREATE VIEW log AS SELECT * FROM '{path}'"
    spill = {"threads": 2, "temp_directory": str(SPILL), **limits}
    return HAND.format(config=spill, view=view, query=SHOP_BY_HAND)


def table(largest: int = max(MILLIONS)) -> str:
    """The measurement as a Markdown table; largest: millions of events of its last rows."""
    took = {
        (millions, name): cost
        for millions in sorted({*MILLIONS, largest})
        for name, cost in costs(programs(millions), _rounds(millions)).items()
    }
    rows = [_row(name, millions, took) for millions, name in took]
    head = ("", "events", "call", "v by hand", "memory", "v by hand", "disk", "exponent")
    return markdown(head, rows)


def _rounds(millions: int) -> int:
    """One where a run takes many minutes."""
    return ROUNDS if millions <= max(MILLIONS) else 1


def _row(name: str, millions: int, took: dict[tuple[int, str], Cost]) -> tuple[str, ...]:
    cost, hand = took[millions, name], took[millions, "by hand"]
    least = min(MILLIONS)
    grown = millions / least
    exponent = log(cost.call / took[least, name].call) / log(grown) if grown > 1 else None
    return (
        name,
        f"{millions:,} M",
        f"{cost.call:.3g} s",
        f"{cost.call / hand.call:.2f}",
        f"{cost.memory:,.0f} MB",
        f"{cost.memory / hand.memory:.2f}",
        f"{cost.disk:,.0f} MB",
        "" if exponent is None else f"{exponent:.2f}",
    )


if __name__ == "__main__":
    asked = ArgumentParser()
    asked.add_argument("--millions", type=int, default=max(MILLIONS))
    print(table(asked.parse_args().millions))
