"""A log of 2 million events as Parquet, csv and csv.gz: `collect` and its histograms, and by hand.

The shop log of `collect_events`. The query by hand reads the file as DuckDB guesses it and gives
the same cells; `collect` reads text by the roles of its columns and guesses nothing from the first
rows; much of it is read once, into a copy that goes at the end. `processor` is the time of all
threads, which tells what a quiet machine needs. Histograms are a question of their own, which reads
the log four times where the joint table reads it three times, and puts the hits in order; `both` is
what `analyze` asks in one opening, since checks of instrumentation need them.
"""

from __future__ import annotations

from benchmarks.collect_events import SHOP, SHOP_KEYS
from benchmarks.growth import EVENTS, OURS, USERS, by_hand
from benchmarks.measure import markdown
from benchmarks.processes import Cost, costs, made

ROUNDS = 5
MILLIONS = 2
FORMS = {
    "parquet": "FORMAT parquet",
    "csv": "FORMAT csv, HEADER",
    "csv.gz": "FORMAT csv, HEADER, COMPRESSION gzip",
}
HEAD = (
    "",
    "by hand",
    "collect",
    "ratio",
    "by hand, processor",
    "collect, processor",
    "ratio",
    "by hand, memory",
    "collect, memory",
    "ratio",
    "histograms",
    "histograms, processor",
    "both",
    "both, processor",
)


def programs(path: str) -> dict[str, tuple[str, str]]:
    """Setup and call of each contender."""
    keys = SHOP_KEYS.replace('table="log"', f"source={path!r}")
    ours = f"{OURS.format(keys=keys)}from abmicro import collect_histograms"
    return {
        "by hand": ("import duckdb", by_hand(path, {})),
        "collect": (ours, "collect(experiment, threads=2)"),
        "histograms": (ours, "collect_histograms(experiment, threads=2)"),
        "both": (
            f"{ours}\nfrom abmicro.sources.collect_both import collect_both",
            "collect_both(experiment, threads=2)",
        ),
    }


def row(form: str, took: dict[str, Cost]) -> tuple[str, ...]:
    """One line of the table."""
    hand, ours = took["by hand"], took["collect"]
    more, both = took["histograms"], took["both"]
    return (
        form,
        f"{hand.call:.3g} s",
        f"{ours.call:.3g} s",
        f"{ours.call / hand.call:.2f}",
        f"{hand.processor:.3g} s",
        f"{ours.processor:.3g} s",
        f"{ours.processor / hand.processor:.2f}",
        f"{hand.memory:.0f} MB",
        f"{ours.memory:.0f} MB",
        f"{ours.memory / hand.memory:.2f}",
        f"{more.call:.3g} s",
        f"{more.processor:.3g} s",
        f"{both.call:.3g} s",
        f"{both.processor:.3g} s",
    )


def table() -> str:
    """The measurement as a Markdown table."""
    users = USERS * MILLIONS * 1_000_000 // EVENTS
    log = SHOP.replace(str(USERS), str(users))
    rows = [
        row(name, costs(programs(str(made(f"shop{MILLIONS}.{name}", log, form))), ROUNDS))
        for name, form in FORMS.items()
    ]
    return markdown(HEAD, rows)


if __name__ == "__main__":
    print(table())
