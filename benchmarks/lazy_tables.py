"""What `collect` costs on 5 million events that another library holds and has not computed.

The shop log of `collect_events` in a Parquet file, to the same joint counts each. A table is asked
on the engine that holds it; beside it stand the file by its path and the whole table pulled through
Arrow, which is what handing it over as a frame costs.
"""

from __future__ import annotations

from importlib.util import find_spec

from benchmarks.collect_events import SHOP
from benchmarks.collect_units import row
from benchmarks.growth import EVENTS, USERS
from benchmarks.measure import markdown
from benchmarks.processes import costs, made

ROUNDS = 5
MILLIONS = 5
SETUP = """
import duckdb
from abmicro import collect
from benchmarks.spark import experiment
path = {path!r}
duckdb.execute("SET enable_progress_bar = false")  # it would be drawn on stdout
asked = experiment(path)
{imports}
"""
CALLS = {
    "path": ("", "collect(asked)"),
    "DuckDB relation": ("", "collect(asked, duckdb.read_parquet(path))"),
    "narwhals over it": (
        "import narwhals as nw",
        "collect(asked, nw.from_native(duckdb.read_parquet(path)))",
    ),
    "polars lazy frame": ("import polars as pl", "collect(asked, pl.scan_parquet(path))"),
    "pulled through Arrow": ("", "collect(asked, duckdb.read_parquet(path).to_arrow_table())"),
}
IBIS = {
    "Ibis table": (
        "import ibis\nheld = ibis.duckdb.connect(threads=2)\n"
        "held.raw_sql('SET enable_progress_bar = false')",
        "collect(asked, held.read_parquet(path))",
    ),
}


def table() -> str:
    """The measurement as a Markdown table."""
    users = USERS * MILLIONS * 1_000_000 // EVENTS
    path = str(made(f"shop{MILLIONS}.parquet", SHOP.replace(str(USERS), str(users))))
    known = CALLS | (IBIS if find_spec("ibis") else {})
    programs = {
        name: (SETUP.format(path=path, imports=imports), call)
        for name, (imports, call) in known.items()
    }
    took = costs(programs, ROUNDS)
    head = ("", "call", "ratio", "whole", "ratio", "memory", "ratio")
    return markdown(head, (row(name, cost, took["path"]) for name, cost in took.items()))


if __name__ == "__main__":
    print(table())
