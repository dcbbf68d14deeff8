"""What `collect` costs on 10 million units, beside the bare GROUP BY, pandas and tea-tasting.

A Parquet file with a unit id, two arms, three devices and five nested goals. DuckDB's own is
`SELECT arm, device, g1..g5, COUNT(*) ... GROUP BY ALL` and nothing else; the bars are 1.3 times its
time and memory. "totals" asks for no devices, else the joint counts of all three are kept, as the
bare query keeps them; pandas groups by the same columns. tea-tasting aggregates means and variances
of the five goals per arm (no devices, no joint table) and tests them, so `collect` is followed by
`analyze` once as well. `whole` is the life of a process with its imports, `call` what comes after
them. Of abmicro's memory the query takes 41 MB, the bare one 40; 35 MB are Python and DuckDB in
both, and before the query come numpy (11 MB), pydantic (7) and abmicro itself (7).
"""

from __future__ import annotations

from importlib.util import find_spec

from benchmarks.measure import markdown
from benchmarks.processes import Cost, costs, made

ROUNDS = 15
ROWS = 10_000_000
GOALS = ("g1", "g2", "g3", "g4", "g5")
MADE = f"""
SELECT i AS unit,
  CASE WHEN hash(i) % 2 = 0 THEN 'control' ELSE 'treated' END AS arm,
  ['desktop', 'mobile', 'tablet'][1 + (hash(i, 1) % 3)::INT] AS device,
  r < 0.5 AS g1, r < 0.3 AS g2, r < 0.2 AS g3, r < 0.1 AS g4, r < 0.05 AS g5
FROM (SELECT i, (hash(i, 2) % 100000) / 100000.0 AS r FROM range({ROWS}) AS t(i))
"""

OURS = """
import duckdb
from abmicro import DataColumns, Data, Experiment, {names}
experiment = Experiment(
    name="Benchmark", variants=["control", "treated"], segments={segments!r},
    goals={{f"g{{n}}": {{"kind": "macro" if n == 5 else "milestone"}} for n in range(1, 6)}},
    data=Data(shape="units", source={path!r}, columns=DataColumns(variant="arm")),
)
"""
BARE = "import duckdb"
BARE_CALL = """duckdb.connect(config={{"threads": 2}}).execute(
    "SELECT arm, device, g1, g2, g3, g4, g5, COUNT(*) FROM '{path}' GROUP BY ALL").fetchall()"""
PANDAS_CALL = """frame = pandas.read_parquet({path!r})
frame.groupby(["arm", "device", *{goals!r}]).size()"""
TEA = """
import tea_tasting as tt
test = tt.Experiment({{goal: tt.Mean(goal) for goal in {goals!r}}}, variant="arm")
"""
POLARS = """import polars as pl
{tea}"""
POLARS_CALL = """frame = pl.scan_parquet({path!r}).with_columns(pl.col({goals!r}).cast(pl.Int8))
test.analyze(frame, control="control")"""
IBIS = """import ibis
{tea}
"""
IBIS_CALL = """connection = ibis.duckdb.connect(threads=2)
table = connection.read_parquet({path!r})
table = table.mutate(**{{goal: table[goal].cast("int8") for goal in {goals!r}}})
test.analyze(table, control="control")"""


def programs(path: str) -> dict[str, tuple[str, str]]:
    """Setup and call of each contender."""
    tea = TEA.format(goals=GOALS)
    devices, totals = (
        OURS.format(path=path, names="analyze, collect", segments=one) for one in (["device"], [])
    )
    alone = OURS.format(path=path, names="collect", segments=["device"])
    found = {
        "DuckDB's GROUP BY": (BARE, BARE_CALL.format(path=path)),
        "abmicro collect": (alone, "collect(experiment)"),
        "abmicro collect, analyze": (devices, "analyze(experiment, collect(experiment))"),
        "abmicro totals, analyze": (totals, "analyze(experiment, collect(experiment))"),
        "pandas groupby": ("import pandas", PANDAS_CALL.format(path=path, goals=GOALS)),
    }
    if find_spec("tea_tasting"):
        polars, ibis = POLARS.format(tea=tea), IBIS.format(tea=tea)
        found |= {
            "tea-tasting on polars": (polars, POLARS_CALL.format(path=path, goals=GOALS)),
            "tea-tasting on Ibis/DuckDB": (ibis, IBIS_CALL.format(path=path, goals=GOALS)),
        }
    return found


def table() -> str:
    """The measurement as a Markdown table."""
    took = costs(programs(str(made("units.parquet", MADE))), ROUNDS)
    bare = took["DuckDB's GROUP BY"]
    head = ("", "call", "ratio", "whole", "ratio", "memory", "ratio")
    return markdown(head, (row(name, cost, bare) for name, cost in took.items()))


def row(name: str, cost: Cost, bare: Cost) -> tuple[str, ...]:
    """One line: seconds and megabytes beside their ratio to the bare query's."""
    return (
        name,
        f"{cost.call:.3g} s",
        f"{cost.call / bare.call:.2f}",
        f"{cost.whole:.3g} s",
        f"{cost.whole / bare.whole:.2f}",
        f"{cost.memory:.0f} MB",
        f"{cost.memory / bare.memory:.2f}",
    )


if __name__ == "__main__":
    print(table())
