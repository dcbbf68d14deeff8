"""The same text on DuckDB and on Spark in local mode: a log of 2 million events, by days.

The shop log of `growth`, a folder of Parquet files per day, read by either engine to the same joint
counts, which is asserted. Spark is measured in a session that is up and warm; what it is for is a
log that outgrows one machine, not this one.

The second table tells what the text makes Spark do, out of its own account of the stages that read
the log or send rows to others. The log is scanned three times: for the goals, the exposures and the
end of the data. Of the exposures a row per unit and task is sent, some 16 bytes, of the end one per
task. While the exposures take less than 10 MB (180,000 units do, 360,000 do not) every task gets
them all, and of the first scan too only a row per unit and task is sent; beyond that each event is
sent once, 23 bytes, to where the exposure of its unit lies, and is added up there. Every day is
read, whatever `start` and `end` say, since the ledger accounts for every row; to leave days unread
hand over a frame of the others, `spark.table("log").where("day >= '2026-10-05'")`, as `data`.

Sizes: 1,000 million events of 180 million units send 23 GB of events and 3 GB of exposures, 130 MB
to each of Spark's 200 partitions, which an executor holds with ease; beyond 10,000 million events
raise `spark.sql.shuffle.partitions`.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import Any

import duckdb

from abmicro import JointCounts, collect
from abmicro.experiment.model import Data, DataColumns, Experiment, Exposure
from benchmarks.collect_events import SHOP
from benchmarks.growth import EVENTS, USERS
from benchmarks.measure import markdown, milliseconds
from benchmarks.processes import DATA, made

ROUNDS = 3
MILLIONS = 2


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


def by_days() -> str:
    """The log in a folder per day, made when it is first asked for."""
    users = USERS * MILLIONS * 1_000_000 // EVENTS
    path = made(f"shop{MILLIONS}.parquet", SHOP.replace(str(USERS), str(users)))
    folder = DATA / f"shop{MILLIONS}-days"
    if not folder.exists():
        days = f"SELECT *, CAST(ts AS DATE) AS day FROM '{path}'"
        duckdb.execute(f"COPY ({days}) TO '{folder}' (FORMAT parquet, PARTITION_BY (day))")
    return str(folder)


def stages(spark: Any) -> dict[int, tuple[str, ...]]:
    """Tasks, rows read, rows and bytes sent of every stage that reads or sends any."""
    java = spark.sparkContext._gateway  # noqa: SLF001 - Python has no door to these figures
    context = spark._jsc.sc()  # noqa: SLF001
    quantiles = java.new_array(java.jvm.double, 0)
    listed = context.statusStore().stageList(None, False, False, quantiles, None).iterator()
    found = {}
    while listed.hasNext():
        stage = listed.next()
        sent = stage.shuffleWriteRecords(), stage.shuffleWriteBytes()
        if stage.inputRecords() or sent[0]:
            cells = stage.numTasks(), stage.inputRecords(), *sent
            found[stage.stageId()] = tuple(f"{cell:,}" for cell in cells)
    return found


def table() -> str:
    """The measurement as two Markdown tables."""
    if find_spec("pyspark") is None or shutil.which("java") is None:
        return "Spark is not on this machine."
    folder, spark = by_days(), session()
    asked = experiment(f"{folder}/*/*.parquet")
    spark.read.parquet(folder).createOrReplaceTempView("log")
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
    before = stages(spark)
    tasks["Spark local[2]"]()
    sent = {at: cells for at, cells in stages(spark).items() if at not in before}
    spark.stop()
    rows = [
        (name, f"{time / 1000:.3g} s", f"{time / took['DuckDB']:.1f}")
        for name, time in took.items()
    ]
    times = markdown(("", "call", "v DuckDB"), rows)
    head = ("", "tasks", "rows read", "rows sent", "bytes sent")
    listed = ((f"stage {at}", *sent[at]) for at in sorted(sent))
    return f"{times}\n\n{markdown(head, listed)}"


if __name__ == "__main__":
    print(table())
