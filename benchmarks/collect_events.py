"""What `collect` costs on event logs, beside a query written by hand that gives the same cells.

`shop`: a made log of 11 million events of 2 million users, four goals with windows of seven days,
device as a segment. `msnbc`: 4.7 million real page views of 989,818 users, arms by a hash of the
user, three goals, order strict (left out where the log is not beside the repository). Both queries
read the file with two threads; the one by hand has no account of what was left out. The bar is 1.2
times the time by hand. `whole` is the life of a process with its imports, `call` what comes after
them. That both give the same cells is asserted first.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from abmicro import JointCounts
from benchmarks.collect_units import row
from benchmarks.measure import markdown
from benchmarks.processes import costs, made

ROUNDS = 7
MSNBC = Path(__file__).resolve().parents[2] / "shared/data/event_streams/msnbc990928.parquet"
SHOP = """
WITH users AS (
  SELECT i AS user_id,
    TIMESTAMP '2026-10-05' + to_microseconds(
      (hash(i, 1) % (21 * 86400000000::UBIGINT))::BIGINT) AS t0,
    CASE WHEN hash(i) % 2 = 0 THEN 'control' ELSE 'sticky' END AS arm,
    ['desktop', 'mobile', 'tablet'][1 + (hash(i, 3) % 3)::INT] AS device
  FROM range(2000000) AS t(i)
), later AS (
  SELECT user_id, device, (hash(user_id, n, 5) % 100)::INT AS h, t0 + to_microseconds(
    (hash(user_id, n, 7) % (10 * 86400000000::UBIGINT))::BIGINT - 86400000000) AS ts
  FROM users, range(9) AS g(n) WHERE hash(user_id, n, 11) % 2 = 0
)
SELECT user_id, t0 AS ts, 'experiment_viewed' AS event, arm AS variant, device FROM users
UNION ALL
SELECT user_id, ts, CASE WHEN h < 55 THEN 'page_view' WHEN h < 75 THEN 'add_to_cart'
  WHEN h < 85 THEN 'begin_checkout' WHEN h < 92 THEN 'purchase' ELSE 'newsletter' END, NULL, device
FROM later ORDER BY ts
"""
SHOP_BY_HAND = """
WITH last AS (SELECT MAX(ts) AS ts FROM log),
exposed AS (
  SELECT user_id, MIN(ts) AS t0, MIN(variant) AS arm FROM log
  WHERE event = 'experiment_viewed' GROUP BY user_id HAVING MIN(variant) = MAX(variant)),
reached AS (
  SELECT MIN(arm) AS arm, MIN(t0) AS t0,
    MIN(device) FILTER (ts = t0 AND event = 'experiment_viewed') AS device,
    COALESCE(BOOL_OR(event = 'add_to_cart'), false) AS g1,
    COALESCE(BOOL_OR(event = 'begin_checkout'), false) AS g2,
    COALESCE(BOOL_OR(event = 'purchase'), false) AS g3,
    COALESCE(BOOL_OR(event = 'newsletter'), false) AS g4
  FROM exposed JOIN log USING (user_id)
  WHERE ts >= t0 AND ts < t0 + INTERVAL 7 DAY AND t0 + INTERVAL 7 DAY <= (SELECT ts FROM last)
  GROUP BY user_id)
SELECT arm, device, CAST(t0 AS DATE) AS day, g1, g2, g3, g4, COUNT(*) AS units
FROM reached GROUP BY ALL
"""
MSNBC_BY_HAND = """
WITH exposed AS (
  SELECT user_id, MIN(seq) AS t0, MIN(arm) AS arm FROM log
  WHERE arm IS NOT NULL GROUP BY user_id HAVING MIN(arm) = MAX(arm)),
reached AS (
  SELECT user_id, MIN(exposed.arm) AS arm, BOOL_OR(category = 1) AS g1, BOOL_OR(category = 2) AS g2,
    BOOL_OR(category = 12) AS g3, MIN(seq) FILTER (category = 1) AS front,
    MAX(seq) FILTER (category = 12) AS business
  FROM exposed JOIN log USING (user_id) WHERE seq >= t0 GROUP BY user_id),
news AS (
  SELECT user_id, MIN(seq) AS news FROM reached JOIN log USING (user_id)
  WHERE category = 2 AND seq >= front GROUP BY user_id)
SELECT arm, g1, g2, g3, front IS NOT NULL AS s1, news IS NOT NULL AS s2,
  COALESCE(business >= news, false) AS s3, COUNT(*) AS units
FROM reached LEFT JOIN news USING (user_id) GROUP BY ALL
"""
OURS = """
import duckdb
from abmicro import DataColumns, Data, Experiment, Exposure, Funnel, collect
connection = duckdb.connect(config={{"threads": 2}})
connection.execute("SET enable_progress_bar = false")
connection.execute({view!r})
def day(kind): return {{"kind": kind, "window": "7d"}}
def page(kind, number): return {{"kind": kind, "event": number}}
experiment = Experiment(name="Benchmark", {keys})
"""
SHOP_KEYS = """variants=["control", "sticky"], segments=["device"],
    exposure=Exposure(event="experiment_viewed"),
    goals={"add_to_cart": day("milestone"), "begin_checkout": day("milestone"),
           "purchase": day("macro"), "newsletter": day("action")},
    data=Data(shape="events", table="log", columns=DataColumns(
        unit="user_id", time="ts", event="event", variant="variant"))"""
MSNBC_KEYS = """variants=["a", "b"],
    goals={"frontpage": page("milestone", "1"), "news": page("milestone", "2"),
           "business": page("macro", "12")},
    funnel=Funnel(steps=["frontpage", "news", "business"], order="strict"),
    data=Data(shape="events", table="log", time_unit="order", columns=DataColumns(
        unit="user_id", time="seq", event="category", variant="arm"))"""
HAND = """
import duckdb
connection = duckdb.connect(config={{"threads": 2}})
connection.execute("SET enable_progress_bar = false")
connection.execute({view!r})
"""


def cases() -> dict[str, tuple[str, str, str]]:
    """Per log: the view that makes it, the experiment's keys, the query by hand."""
    shop = f"CREATE VIEW log AS SELECT * FROM '{made('shop.parquet', SHOP)}'"
    arm = "CASE WHEN hash(user_id) % 2 = 0 THEN 'a' ELSE 'b' END AS arm"
    msnbc = f"CREATE VIEW log AS SELECT *, {arm} FROM '{MSNBC}'"
    found = {"shop": (shop, SHOP_KEYS, SHOP_BY_HAND), "msnbc": (msnbc, MSNBC_KEYS, MSNBC_BY_HAND)}
    return found if MSNBC.exists() else {"shop": found["shop"]}


def table() -> str:
    """The measurement as a Markdown table."""
    rows = []
    for name, (view, keys, by_hand) in cases().items():
        subprocess.run([sys.executable, "-m", "benchmarks.collect_events", name], check=True)
        ours, hand = OURS.format(view=view, keys=keys), HAND.format(view=view)
        call = f"connection.execute({by_hand!r}).fetchall()"
        took = costs(
            {
                f"{name}: by hand": (hand, call),
                f"{name}: abmicro collect": (ours, "collect(experiment, connection)"),
            },
            ROUNDS,
        )
        rows += [row(who, cost, took[f"{name}: by hand"]) for who, cost in took.items()]
    return markdown(("", "call", "ratio", "whole", "ratio", "memory", "ratio"), rows)


def assert_same(view: str, keys: str, by_hand: str) -> None:
    """That the joint counts and the query by hand hold the same cells."""
    scope: dict[str, object] = {}
    ours = OURS.format(view=view, keys=keys)
    exec(ours + "\ncounts = collect(experiment, connection)", scope)  # noqa: S102
    counts = scope["counts"]
    assert isinstance(counts, JointCounts)
    with duckdb.connect() as connection:
        connection.execute(view)
        expected = {tuple(map(str, cells)) for cells in connection.execute(by_hand).fetchall()}
    labels = counts.columns
    places = [1, *(2 + at for at in range(len(labels.segments)))]
    places += [2 + len(labels.segments)] if counts.periods != (None,) else []
    first = 3 + len(labels.segments)
    got = {
        (*(str(cell[at]) for at in places),
         *(str(bool(bit)) for bit in cell[first : first + len(labels.goals)]),
         str(cell[first + len(labels.goals)]))
        for cell in counts.to_rows() if cell[0] == "analysed"
    }  # fmt: skip
    assert got == expected, f"{len(got ^ expected)} cells differ"


if __name__ == "__main__":
    if sys.argv[1:]:
        assert_same(*cases()[sys.argv[1]])
    else:
        print(table())
