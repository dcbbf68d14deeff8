"""Do amounts keep their promise? Few buyers, large orders, uneven arms, and laws that change.

`python -m benchmarks.amount_calibration` rewrites this part of calibration.md, from the worlds of
which the slow tests assert a few (`tests/calibration/amount_worlds.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from tea_tasting import Mean

from abmicro.stats.means.amounts_per_unit import amount_difference, amounts, amounts_within
from abmicro.stats.means.past_values import prediction
from abmicro.stats.means.rates_per_session import session_rates
from abmicro.stats.means.welch import welch_difference
from benchmarks import carry_calibration
from benchmarks.measure import markdown
from tests.calibration.amount_worlds import (
    ALPHA,
    SHARES,
    Carried,
    RepeatBuyers,
    World,
    grid,
    held,
    pick,
    shares,
    wrong_labels,
)
from tests.calibration.test_clustered_calibration import pareto

PAGE = Path(__file__).with_name("calibration.md")
HEAD = "## Amounts: how often a change is claimed that is none"
RUNS = 2_000
MARGIN = 0.1
BINS = (0, 20, 50, 100, 150, 300, np.inf)

ABOUT = """Log-normal orders of sigma 0.5 to 2, buyers 1 to 10 %, 5,000 and 20,000 units, {cells}
worlds of {runs:,} tests each (Monte-Carlo error of a share of 2.5 %: {error:.4f}; the largest of
so many lies about 2.5 errors above what is true of it). The first figure of a cell is the worst
share on one side, nominal 0.025. tea-tasting's default for means is Welch's test, which is checked
on the way; a guardrail loses as much as its margin of 10 % and is held at a nominal 0.05."""
CHANGED = """By the effective size of the smaller arm. The last row is out of reach for any test on
sums: the other tail shows only in orders that have not been seen yet. Hence the caution below 150
and the withheld gain below 20."""


def worst(found: Iterable[float]) -> str:
    """The largest of some shares, or nothing."""
    known = list(found)
    return f"{max(known):.3f}" if known else ""


def by_split() -> Iterator[tuple[str, ...]]:
    """One law in both arms, by the share of the treated."""
    for share in SHARES:
        worlds = [world for world in grid() if world.share == share]
        found = [shares(world, RUNS) for world in worlds]
        kept = [held(world, RUNS, MARGIN) for world in worlds]
        yield (
            f"{100 * share:.0f} %",
            str(len(worlds)),
            worst(one.worst for one in found),
            worst(one.up for one in found),
            worst(one.trusted for one in found),
            worst(one.welch for one in found),
            worst(one.student for one in found),
            worst(kept),
        )


LAWS = {
    "one law in both arms": {},
    "30 % more buyers, smaller orders": {"more": 1.3},
    "a third fewer buyers, larger orders": {"more": 1 / 1.3},
    "equal means, sigma larger by 0.5": {"wider": 0.5},
}


def by_size() -> Iterator[tuple[str, ...]]:
    """Laws that differ between the arms while their means do not, by effective size."""
    for name, change in LAWS.items():
        found = [shares(replace(world, **change), RUNS) for world in grid()]
        ends = pairwise(BINS)
        yield name, *(worst(o.worst for o in found if low <= o.size < high) for low, high in ends)


def labels() -> Iterator[tuple[str, ...]]:
    """Wrong labels of the ruler, by the share of the treated and effective size."""
    for share in SHARES:
        found = [
            wrong_labels(Carried(total, share, sigma, micro, kappa, by_size), RUNS)
            for total, sigma, micro, kappa, by_size in product(
                (5_000, 20_000), (1.0, 1.5), (0.4, -0.3), (0.0, 0.5, 1.0), (True, False)
            )
        ]
        few = [one for one in found if one[2] < 80]
        many = [one for one in found if one[2] >= 80]
        yield (
            f"{100 * share:.0f} %",
            *(worst(one[0] for one in some) for some in (few, many)),
            *(worst(one[1] for one in some) for some in (few, many)),
        )


def pasts() -> Iterator[tuple[str, ...]]:
    """Goals less what their past predicts, in tests without an effect."""
    for rate, total, share in product((False, True), (2_000, 5_000), (0.5, 0.2)):
        arms = RepeatBuyers(total, share).arms(RUNS // 2, rate=rate)
        by = prediction(arms)
        less = amounts_within(*(by.off(pick(arms, at)) for at in (0, 1)), np.ones(1))
        plain = amounts_within(*(pick(arms, at).y for at in (0, 1)), np.ones(1))
        test, raw = amount_difference(less), amount_difference(plain)
        sides = [((test.p < ALPHA) & (way * test.estimate > 0)).mean() for way in (1, -1)]
        saved = 1 - np.median(test.error**2 / raw.error**2)
        kind = "rate" if rate else "amount"
        yield f"{kind}, {total:,} at {100 * share:.0f} %", worst(sides), f"{saved:.2f}"


def sessions() -> Iterator[tuple[str, ...]]:
    """Rates per session where few units bring most of them, by tail and split."""
    for tail, split in product((2.5, 1.5), ((500, 500), (100, 900), (900, 100))):
        rng = np.random.default_rng(5)
        arms = [pareto(rng, units, tail) for units in split]
        test = amount_difference(session_rates(*arms))
        sides = [((test.p < ALPHA) & (way * test.estimate > 0)).mean() for way in (1, -1)]
        yield f"Pareto {tail}, {split[0]:,} v {split[1]:,}", *(f"{side:.3f}" for side in sides)


def same_as_tea_tasting() -> None:
    """Raise unless tea-tasting's default of means is Welch's test alone."""
    from benchmarks.calibration import Aggregates

    treated, control = World(5_000, 0.1, 0.03, 1.5).arms(20)
    found = amounts(treated, control).welch
    p = welch_difference(*found).p
    for at in range(20):
        one, other = (
            Aggregates(
                count_=int(arm.units), mean_={"y": float(arm.mean[at])},
                var_={"y": float(arm.variance[at])}, cov_={},
            )
            for arm in (control, treated)
        )  # fmt: skip
        theirs = Mean("y").analyze_aggregates(one, other).pvalue
        if abs(theirs - float(p[at])) > 1e-9:
            raise ValueError(f"tea-tasting says {theirs}, Welch {float(p[at])}")


def page() -> str:
    """This part of the page."""
    same_as_tea_tasting()
    about = ABOUT.format(
        cells=len(list(grid())), runs=RUNS, error=carry_calibration.error(0.025, RUNS)
    )
    heads = (
        *("treated", "worlds", "both", "rise", "rise, 20 and more", "Welch alone (tea-tasting)"),
        *("Student alone", "held at its margin"),
    )
    ends = ["below 20", "20-50", "50-100", "100-150", "150-300", "above 300"]
    parts = (
        HEAD,
        "`python -m benchmarks.amount_calibration` rewrites what follows.",
        about,
        markdown(heads, by_split()),
        "## Amounts: laws that change while the mean does not",
        CHANGED,
        markdown(("worst side", *ends), by_size()),
        "## Amounts: labels of the ruler",
        "Micro lifts of +40 and -30 %, of which nothing, half or all arrives, by buyers or by the "
        "size of orders; wrong labels (nominal 0.05) and wrong claims that the macro moved, where "
        "orders count like fewer than 80 and like more.",
        markdown(("treated", "wrong, few", "many", "moved, few", "many"), labels()),
        "## Amounts: less what the past predicts",
        "Repeat buyers, no effect; worst side (nominal 0.025) and the variance saved.",
        markdown(("goal", "worst side", "saved"), pasts()),
        "## Goals per session: few units with most sessions",
        "No effect; claims of a rise and of a fall (nominal 0.025 each).",
        markdown(("sessions", "rise", "fall"), sessions()),
    )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    text = page()
    print(text)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(carry_calibration.HEAD)
    before = before.partition(HEAD)[0].rstrip()
    PAGE.write_text(f"{before}\n\n{text}\n{carry_calibration.HEAD}{rest}", encoding="utf-8")
