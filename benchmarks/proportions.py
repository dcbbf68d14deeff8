"""Comparing two rates: microseconds per comparison, one at a time and 100,000 in a call.

The same counts for every program, around 244 of 10,000 against 200 of 10,000. Peers that take no
arrays are timed one by one only. scipy compares rates by contingency tables, gbstats by its
two-sided t-test of proportions. statsmodels' score interval of a difference is also wrong (its
restricted estimate uses a count in place of a size). abmicro's times include making the arms.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy.stats import chi2_contingency
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
    test_proportions_2indep as two_indep_test,
)

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import (
    miettinen_nurminen,
    odds_ratios as odds_ratio,
    one_sample,
    other_intervals,
    other_tests,
)
from benchmarks.measure import BESIDE_PEERS, beside_peers, markdown

UNITS, BATCH = 10_000, 100_000
ROUNDS = 9
RNG = np.random.default_rng(5)
MANY = RNG.binomial(UNITS, 0.0244, BATCH), RNG.binomial(UNITS, 0.02, BATCH)

Compare = Callable[[object, object], object]


def ours(method: Callable[..., object]) -> Compare:
    return lambda xt, xc: method(Binomial(xt, UNITS), Binomial(xc, UNITS))


def theirs(**choice: object) -> Compare:
    return lambda xt, xc: confint_proportions_2indep(xt, UNITS, xc, UNITS, **choice)


def peers_of_the_test() -> dict[str, Compare]:
    found: dict[str, Compare] = {
        "statsmodels": lambda xt, xc: proportions_ztest([xt, xc], [UNITS, UNITS]),
        "scipy": lambda xt, xc: chi2_contingency(
            [[xt, UNITS - xt], [xc, UNITS - xc]], correction=False
        ),
    }
    if importlib.util.find_spec("tea_tasting"):
        found["tea-tasting"] = tea_tasting()
    if importlib.util.find_spec("gbstats"):
        found["gbstats"] = gbstats()
    return found


def tea_tasting() -> Compare:
    from tea_tasting import Proportion
    from tea_tasting.aggr import Aggregates

    metric = Proportion("y", method="pearson", correction=False)

    def arm(x: float) -> object:
        variance = x / UNITS * (UNITS - x) / (UNITS - 1)
        return Aggregates(count_=UNITS, mean_={"y": x / UNITS}, var_={"y": variance}, cov_={})

    return lambda xt, xc: metric.analyze_aggregates(arm(xc), arm(xt))


def gbstats() -> Compare:
    from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
    from gbstats.models.statistics import ProportionStatistic

    def arm(x: float) -> object:
        return ProportionStatistic(n=UNITS, sum=x)

    return lambda xt, xc: TwoSidedTTest(arm(xc), arm(xt), FrequentistConfig()).compute_result()


ROWS: tuple[tuple[str, Compare, dict[str, Compare]], ...] = (
    ("pooled test", ours(other_tests.pooled_test), peers_of_the_test()),
    (
        "score test of a margin",
        lambda xt, xc: miettinen_nurminen.score_test(
            Binomial(xt, UNITS), Binomial(xc, UNITS), null=-0.001
        ),
        {"statsmodels": lambda xt, xc: two_indep_test(
            xt, UNITS, xc, UNITS, value=-0.001, method="score")},
    ),
    ("difference, score", ours(miettinen_nurminen.difference),
     {"statsmodels": theirs(method="score")}),
    ("lift, score", ours(miettinen_nurminen.lift),
     {"statsmodels": theirs(compare="ratio", method="score")}),
    ("odds ratio, score", ours(odds_ratio.odds_ratio),
     {"statsmodels": theirs(compare="odds-ratio", method="score")}),
    ("difference, Newcombe", ours(miettinen_nurminen.newcombe),
     {"statsmodels": theirs(method="newcomb")}),
    ("difference, Wald", ours(other_intervals.wald_difference),
     {"statsmodels": theirs(method="wald")}),
    ("lift, adjusted log", ours(other_intervals.adjusted_log),
     {"statsmodels": theirs(compare="ratio", method="log-adjusted")}),
    (
        "one rate, Wilson",
        lambda xt, _: one_sample.wilson(Binomial(xt, UNITS)),
        {"statsmodels": lambda xt, _: proportion_confint(xt, UNITS, method="wilson")},
    ),
    (
        "one rate, Clopper-Pearson",
        lambda xt, _: one_sample.clopper_pearson(Binomial(xt, UNITS)),
        {"statsmodels": lambda xt, _: proportion_confint(xt, UNITS, method="beta")},
    ),
)  # fmt: skip


def microseconds(compare: Compare, xt: object, xc: object, calls: int) -> float:
    """Mean time of a call over so many calls in a row."""
    begun = perf_counter()
    for _ in range(calls):
        compare(xt, xc)
    return 1e6 * (perf_counter() - begun) / calls


def measured(name: str, own: Compare, peers: dict[str, Compare]) -> list[tuple[str, ...]]:
    """A row per peer: medians of rounds in which every program takes its turn."""
    tasks = {"abmicro": own, **peers}
    taken: dict[str, list[float]] = {task: [] for task in tasks}
    batch = []
    for _ in range(ROUNDS):
        for task, compare in tasks.items():
            taken[task].append(microseconds(compare, 244, 200, 20))
        batch.append(microseconds(own, *MANY, 1) / BATCH)
    each = float(np.median(batch))
    alone = {task: float(np.median(times)) for task, times in taken.items()}
    own_time = alone.pop("abmicro")
    return beside_peers((name, f"{own_time:.0f}", f"{each:.3f}"), own_time, each, alone)


def table() -> str:
    """The measurement as a Markdown table."""
    rows = [row for comparison in ROWS for row in measured(*comparison)]
    return markdown(("comparison", *BESIDE_PEERS), rows)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(table())
