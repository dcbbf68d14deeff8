"""How the cost of a log grows: 1, 10 and 100 million events, from the file to the joint counts.

The shop log of `collect_events` with 2 million users for every 11 million events: four goals with
windows of seven days, three devices. abmicro keeps to 4 GB, as its `--memory` asks, and so does the
query by hand, which gives the same cells and keeps no account of what it left out; "unbounded" is
the same query with all the memory it likes. pandas does the same steps, up to 10 million events.
The exponent is that of the time of the call from 1 million events on: 1 is linear, the bar is 1.05.
`call` is what comes after the imports, the start of the engine included. At a million events the
0.1 s show that do not grow: abmicro starts an engine that may touch no other file, closes it and
checks each of some 2,000 cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from benchmarks.collect_events import SHOP, SHOP_BY_HAND, SHOP_KEYS
from benchmarks.measure import markdown
from benchmarks.processes import DATA, Cost, costs, made

ROUNDS = 3
MILLIONS = (1, 10, 100)
USERS = 2_000_000
EVENTS = 11_000_000
PANDAS_UP_TO = 10
MEMORY = "4GB"
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
    users = USERS * millions * 1_000_000 // EVENTS
    path = str(made(f"shop{millions}.parquet", SHOP.replace(str(USERS), str(users))))
    keys = SHOP_KEYS.replace('table="log"', f"source={path!r}")
    limits = f"memory={MEMORY!r}, threads=2"
    found = {
        "by hand": ("import duckdb", by_hand(path, {"memory_limit": MEMORY})),
        "by hand, unbounded": ("import duckdb", by_hand(path, {})),
        "abmicro": (OURS.format(keys=keys), f"collect(experiment, {limits})"),
    }
    if millions <= PANDAS_UP_TO:
        found["pandas"] = ("import pandas", PANDAS.format(path=path))
    return found


def by_hand(path: str, limits: Mapping[str, str]) -> str:
    """The call of who writes the query: the engine started, the file named, the cells fetched."""
    view = f"CREATE VIEW log AS SELECT * FROM '{path}'"
    spill = {"threads": 2, "temp_directory": str(DATA / "spill"), **limits}
    return HAND.format(config=spill, view=view, query=SHOP_BY_HAND)


def table() -> str:
    """The measurement as a Markdown table."""
    took = {
        (millions, name): cost
        for millions in MILLIONS
        for name, cost in costs(programs(millions), ROUNDS).items()
    }
    names = dict.fromkeys(name for _, name in took)
    rows = [
        _row(name, millions, took) for millions in MILLIONS for name in names
        if (millions, name) in took
    ]  # fmt: skip
    head = ("", "events", "call", "v by hand", "memory", "v by hand", "exponent")
    return markdown(head, rows)


def _row(name: str, millions: int, took: dict[tuple[int, str], Cost]) -> tuple[str, ...]:
    cost, hand = took[millions, name], took[millions, "by hand"]
    least = min(MILLIONS)
    grown = millions / least
    exponent = log(cost.call / took[least, name].call) / log(grown) if grown > 1 else None
    return (
        name,
        f"{millions} M",
        f"{cost.call:.3g} s",
        f"{cost.call / hand.call:.2f}",
        f"{cost.memory:,.0f} MB",
        f"{cost.memory / hand.memory:.2f}",
        "" if exponent is None else f"{exponent:.2f}",
    )


if __name__ == "__main__":
    print(table())
