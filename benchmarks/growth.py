"""How the cost of a log grows: 1, 10 and 100 million events, from the file to the joint counts.

The shop log of `collect_events` with 2 million users for every 11 million events: four goals with
windows of seven days, three devices. abmicro keeps to 4 GB, as its `--memory` asks; the query by
hand gives the same cells and keeps no account of what it left out; pandas does the same steps, up
to 10 million events. The exponent is that of the time of the call from 1 to 100 million events: 1
is linear, the bar is 1.05. `call` is what comes after the imports.
"""

from __future__ import annotations

from math import log

from benchmarks.collect_events import HAND, SHOP, SHOP_BY_HAND, SHOP_KEYS
from benchmarks.measure import markdown
from benchmarks.processes import Cost, costs, made

ROUNDS = 3
MILLIONS = (1, 10, 100)
USERS = 2_000_000
EVENTS = 11_000_000
PANDAS_UP_TO = 10
OURS = """
import duckdb
from abmicro import Columns, Data, Experiment, Exposure, collect
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
    view = f"CREATE VIEW log AS SELECT * FROM '{path}'"
    call = f"connection.execute({SHOP_BY_HAND!r}).fetchall()"
    found = {
        "by hand": (HAND.format(view=view), call),
        "abmicro": (OURS.format(keys=keys), "collect(experiment, memory='4GB', threads=2)"),
    }
    if millions <= PANDAS_UP_TO:
        found["pandas"] = ("import pandas", PANDAS.format(path=path))
    return found


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
        f"{cost.call:.2f} s",
        f"{cost.call / hand.call:.2f}",
        f"{cost.memory:,.0f} MB",
        f"{cost.memory / hand.memory:.2f}",
        "" if exponent is None else f"{exponent:.2f}",
    )


if __name__ == "__main__":
    print(table())
