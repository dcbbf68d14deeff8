"""Do tests that are looked at every day keep their word? By kind of looks, truth, split and alarm.

`python -m benchmarks.looks_calibration` rewrites this part of calibration.md, from the worlds that
the slow tests assert (`tests/calibration/`), by the functions that judge one test.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from abmicro.analysis.monitoring.alarms import DIP_ALPHA, against_other_days
from abmicro.analysis.monitoring.harm import harm_paths
from abmicro.stats.sequential import dip_p, sample_ratio_e
from benchmarks import verdict_calibration
from benchmarks.measure import markdown
from tests.calibration.watched_worlds import (
    LookErrors,
    Watched,
    daily_counts,
    shipped,
    unguarded,
    watched,
)

PAGE = Path(__file__).with_name("calibration.md")
HEAD = "## Looks: how often tests that are watched are wrong"
TESTS, FEW = 10_000, 2_000

TRUTHS = ((0.0, 0.0), (0.1, 0.0), (0.42, 0.0), (0.42, 0.5), (0.42, 1.0), (0.1, 1.4), (0.2, -0.4))
SIZES = (8_000, 40_000, 300_000)
LOOKS = (5, 14, 30)
KINDS: dict[str, dict[str, Any]] = {
    "O'Brien-Fleming": {},
    "Pocock": {"spending": "pocock"},
    "anytime": {"mode": "anytime"},
}
ABOUT = """Every figure is a share of simulated tests, in per cent, of binomial counts by day of
entry, judged at every look by the functions that judge one test (`watch_tests`)."""
LABELS = """Some look or settled label ever wrong / the macro goal ever falsely up: the worst of {n}
truths (micro 0 to +42 %, pass-through -0.4 to 1.4, 4,000 to 150,000 units per arm), {tests:,} tests
each, whose Monte-Carlo errors are .22 and .16, so that the worst of them looks a little worse than
it is. Promised: 5.06 / 2.5. At 1.96 every look judges as if it were the only one. Lost: a look no
longer says that the macro rose, which an earlier one said (O'Brien-Fleming)."""
SPLITS = """14 daily looks, micro +20 %, nothing carried: wrong / macro falsely up. Amounts:
log-normal orders of sigma 1. Promised: 5.06 / 2.5."""
ALARMS = """False alarms over 28 days of tests without an effect. Promised: harm 1, sample ratio
0.1, a dip 1 (3.5 where weekends swing by 20 %)."""
FADING = """28 daily looks from day 14 on, 110,000 units: primary and macro goal up, and by what is
asked of their lifts over the weeks of entry: share of tests that ship at some look / at the end."""


def labels() -> str:
    rows = []
    for looks in LOOKS:
        worlds = [Watched(*truth, units, days=looks) for truth, units in product(TRUTHS, SIZES)]
        alone = [unguarded(world, TESTS, 1) for world in worlds]
        kinds = {
            name: [watched(world, TESTS, 1, **keys) for world in worlds]
            for name, keys in KINDS.items()
        }
        lost = [one.lost for one in kinds["O'Brien-Fleming"]]
        rows.append(
            (
                f"{looks} daily looks",
                " / ".join(percent(max(each)) for each in zip(*alone, strict=True)),
                *map(worst, kinds.values()),
                f"{percent(max(lost))}, {percent(float(np.mean(lost)))}",
            )
        )
    return markdown(("", "1.96 each day", *KINDS, "lost: worst, mean"), rows)


def worst(found: list[LookErrors]) -> str:
    return f"{percent(max(one.wrong for one in found))} / {percent(max(one.up for one in found))}"


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def splits() -> str:
    rows = []
    for share, amount in product((0.5, 0.8, 0.2, 0.1), (False, True)):
        tests = FEW if amount else TESTS
        world = Watched(0.2, 0, share=share, amount=amount)
        found = watched(world, tests, 2)
        name = f"{round(100 * share)} % treated, {'amounts' if amount else 'rates'}"
        rows.append((name, f"{tests:,}", percent(found.wrong), percent(found.up)))
    return markdown(("", "tests", "wrong", "falsely up"), rows)


def alarms() -> str:
    rows = []
    for daily, base in ((350, (0.12, 0.25)), (1_500, (0.3, 0.33))):
        world = Watched(0, 0, daily * 56, days=28, base=base)
        table = world.draw(FEW, np.random.default_rng(3))
        subject = world.experiment({"mode": "fixed"})
        seen = [
            any(path.beyond for path in harm_paths(subject, daily_counts(table, test)))
            for test in range(FEW)
        ]
        rows.append((f"harm, {2 * daily:,} units a day", f"{FEW:,}", percent(float(np.mean(seen)))))
    rng = np.random.default_rng(4)
    for share in (0.5, 0.1):
        treated = rng.binomial(2_000, share, (100_000, 28))
        log_e = sample_ratio_e(np.stack([2_000 - treated, treated], -1), [1 - share, share])
        false = float((log_e.max(axis=-1) > np.log(1_000)).mean())
        name = f"sample ratio, {round(100 * share)} % treated"
        rows.append((name, "100,000", f"{100 * false:.2f}"))
    for weekend in (0.0, 0.2):
        swing = 1 - weekend * np.isin(np.arange(28) % 7, (5, 6))
        reached = rng.binomial(1_500, 0.08 * swing, (2, 20_000, 28)).astype(np.float64)
        units = np.full(reached.shape, 1_500.0)
        both = dip_p(reached.sum(axis=0), units.sum(axis=0)) < DIP_ALPHA / 21
        one, _ = against_other_days(reached, units)
        told = f"weekends {'as other days' if not weekend else '20 % lower'}"
        for name, found in (("both arms", both), ("one arm", one < DIP_ALPHA / 28)):
            false = float(found.any(axis=-1).mean())
            rows.append((f"dip of {name}, {told}", "20,000", percent(false)))
    return markdown(("", "tests", "false alarms"), rows)


def fading() -> str:
    worlds = {
        "stable: micro +10 %, all of it carried": Watched(0.1, 1, 110_000, days=28),
        "pass-through 1, then -0.5, micro +20 %": Watched(0.2, 1, 110_000, days=28, later=-0.5),
        "pass-through 1, then 0, micro +20 %": Watched(0.2, 1, 110_000, days=28, later=0.0),
    }
    rows = [
        (name, *(f"{percent(one.ever)} / {percent(one.at_the_end)}" for one in found.values()))
        for name, world in worlds.items()
        for found in [shipped(world, TESTS, 5)]
    ]
    return markdown(("", "nothing asked", "primary does not fade", "nor the macro goal"), rows)


def page() -> str:
    truths = len(TRUTHS) * len(SIZES)
    parts = (
        HEAD,
        "`python -m benchmarks.looks_calibration` rewrites what follows.",
        " ".join(ABOUT.split()),
        "### Claims, all looks together",
        " ".join(LABELS.format(n=truths, tests=TESTS).split()),
        labels(),
        "### Uneven arms and amounts",
        " ".join(SPLITS.split()),
        splits(),
        "### Alarms",
        " ".join(ALARMS.split()),
        alarms(),
        "### A gain that dies",
        " ".join(FADING.split()),
        fading(),
    )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    before, _, after = PAGE.read_text(encoding="utf-8").partition(verdict_calibration.HEAD)
    text = page()
    print(text)
    before = before.partition(HEAD)[0].rstrip()
    PAGE.write_text(f"{before}\n\n{text}\n{verdict_calibration.HEAD}{after}", encoding="utf-8")
