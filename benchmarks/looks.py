"""What looking every day costs: bounds, a look at 11 million events, labels of simulated tests.

`bounds`: 28 critical values from scratch, those of a test with unequal days, and the same asked
again. `look`: `monitor` of the table that `collect` makes of the log of collect_events, on the last
of its daily looks, beside `collect` itself, which every look needs anyway. `labels`: a million
simulated tests of 14 looks, in parts of 50,000: labels of every look, and these with their sets and
the labels that settle. Times are of the processor, since the machine was busy with other work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from statistics import median

import numpy as np

from abmicro import JointCounts, monitor
from abmicro.stats.carry_through.count_labels import label_path
from abmicro.stats.carry_through.pass_through import path
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.sequential import critical_values, settle
from benchmarks.collect_events import OURS, SHOP, SHOP_KEYS
from benchmarks.measure import markdown
from benchmarks.processes import made

LOOKS, SIMULATED, PART = 14, 1_000_000, 50_000
SCHEDULE = """, start="2026-10-05", end="2026-10-26", monitoring={"mode": "group_sequential",
    "first_look": "7d"})"""


def seconds(task: Callable[[], object], rounds: int = 5) -> float:
    """Median processor time."""
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        task()
        taken.append(time.process_time() - begun)
    return median(taken)


def bounds() -> tuple[float, float]:
    """28 critical values from scratch, and asked again."""
    rng = np.random.default_rng(1)

    def fresh() -> None:
        information = np.cumsum(rng.uniform(0.8, 1.2, 28))
        critical_values(information, np.arange(1, 29) / 28)

    known = np.arange(1, 29) / 28
    critical_values(known, known)
    return seconds(fresh, 15), seconds(lambda: critical_values(known, known), 15)


def look() -> tuple[float, float, int]:
    """`collect` of the log, `monitor` of its table, and how many looks that holds."""
    view = f"CREATE VIEW log AS SELECT * FROM '{made('shop.parquet', SHOP)}'"
    scope: dict[str, object] = {}
    exec(OURS.format(view=view, keys=SHOP_KEYS)[:-2] + SCHEDULE, scope)  # noqa: S102
    found: list[JointCounts] = []

    def collected() -> None:
        exec("counts = collect(experiment, connection)", scope)  # noqa: S102
        counts = scope["counts"]
        assert isinstance(counts, JointCounts)
        found.append(counts)

    collecting = seconds(collected, 3)
    experiment = scope["experiment"]
    watched = monitor(experiment, found[-1], as_of=date(2026, 11, 5))  # type: ignore[arg-type]
    watching = seconds(lambda: monitor(experiment, found[-1], as_of=date(2026, 11, 5)), 5)  # type: ignore[arg-type]
    return collecting, watching, watched.look


def labels() -> tuple[float, float]:
    """Labels of a million simulated tests at every look; these, sets and settled labels."""
    clock = np.arange(1, LOOKS + 1) / LOOKS
    level = critical_values(clock, clock).level
    level = np.where(np.isnan(level), 1 - 1e-9, level)
    rng = np.random.default_rng(2)

    def arm(micro: float, onward: float) -> NestedCounts:
        units = np.full((PART, LOOKS), 1_500)
        carts = rng.binomial(units, micro)
        orders = rng.binomial(carts, onward)
        return NestedCounts(np.cumsum(np.stack([units, carts, orders], axis=-1), axis=1))

    treated, control = arm(0.144, 0.225), arm(0.12, 0.25)

    def settled() -> None:
        one = path(treated, control, level=level)
        moved = np.where(one.label == "no_micro_signal", 0, np.sign(one.micro.estimate))
        settle(one.label, one.ratio.low, one.ratio.high, moved)

    parts = SIMULATED / PART
    alone = seconds(lambda: label_path(treated, control, level=level), 3)
    return alone * parts, seconds(settled, 3) * parts


def table() -> str:
    """The measurement as a Markdown table."""
    scratch, again = bounds()
    collecting, watching, looks = look()
    labelled, settled = labels()
    rows = (
        ("28 bounds from scratch", f"{1000 * scratch:.0f} ms", "50 ms"),
        ("the same, asked again", f"{1e6 * again:.0f} µs", ""),
        ("collect, 11 million events", f"{collecting:.2f} s", ""),
        (f"monitor of its table, {looks} looks", f"{watching:.2f} s", "collect"),
        ("a million tests, 14 looks: labels", f"{labelled:.1f} s", "10 s"),
        ("the same with sets and settled labels", f"{settled:.1f} s", ""),
    )
    return markdown(("", "processor time", "bar"), rows)


if __name__ == "__main__":
    print(table())
