"""The same text on DuckDB and on Spark in local mode: 10 million events on two cores.

The shop log of `growth`, read from its file by either engine, to the same joint counts, which is
asserted. Spark is measured in a session that is up and warm; what it is for is a log that outgrows
one machine, not this one.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import Any

from abmicro import JointCounts, collect
from abmicro.experiment.model import Data, DataColumns, Experiment, Exposure
from benchmarks.collect_events import SHOP
from benchmarks.growth import EVENTS, USERS
from benchmarks.measure import markdown, milliseconds
from benchmarks.processes import made

ROUNDS = 3
MILLIONS = 10


def experiment(path: str) -> Experiment:
    """The experiment of the shop log."""
    columns = DataColumns(unit="user_id", time="ts", event="event", variant="variant")
    kinds = {"add_to_cart": "milestone", "begin_checkout": "milestone", "purchase": "macro",
             "newsletter": "action"}  # fmt: skip
    return Experiment(
        name="Benchmark",
        variants=["control", "sticky"],
        segments=["device"],
        exposure=Exposure(event="experiment_viewed"),
        goals={name: {"kind": kind, "window": "7d"} for name, kind in kinds.items()},
        data=Data(shape="events", source=path, table="log", columns=columns),
    )


def session() -> Any:
    """Spark on two cores, quiet."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )


def table() -> str:
    """The measurement as a Markdown table."""
    if find_spec("pyspark") is None or shutil.which("java") is None:
        return "Spark is not on this machine."
    users = USERS * MILLIONS * 1_000_000 // EVENTS
    path = str(made(f"shop{MILLIONS}.parquet", SHOP.replace(str(USERS), str(users))))
    asked, spark = experiment(path), session()
    spark.read.parquet(path).createOrReplaceTempView("log")
    without_source = asked.data.model_copy(update={"source": None}) if asked.data else None
    on_spark = asked.model_copy(update={"data": without_source})
    found: dict[str, JointCounts] = {}

    def run(name: str, test: Experiment, data: object) -> None:
        found[name] = collect(test, data)

    tasks = {
        "DuckDB": lambda: run("DuckDB", asked, None),
        "Spark local[2]": lambda: run("Spark local[2]", on_spark, spark),
    }
    for task in tasks.values():
        task()
    took = milliseconds(tasks, ROUNDS)
    assert found["DuckDB"] == found["Spark local[2]"]
    spark.stop()
    rows = [
        (name, f"{time / 1000:.2f} s", f"{time / took['DuckDB']:.1f}")
        for name, time in took.items()
    ]
    return markdown(("", "call", "v DuckDB"), rows)


if __name__ == "__main__":
    print(table())
