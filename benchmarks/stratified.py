"""Strata, several arms and odds ratios: microseconds for one case, and for each of many in a call.

The same counts for every program: three strata of 60 to 800 units (two for the exact odds ratio),
three arms of fifty, two arms of seventy and eighty; times include making arms and tables.
statsmodels' `StratifiedTable` gives tests and odds ratio, its logistic regression the ratio with an
intercept per stratum; no peer has score intervals over strata or an exact odds ratio of several.
scipy's test of several arms draws 9,999 tables where ours visits all, and is right to two digits.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import stats
from statsmodels.api import GLM, families
from statsmodels.stats.contingency_tables import StratifiedTable

from abmicro.stats import exact, stratified
from abmicro.stats.foundations.binomial import Binomial
from benchmarks.measure import BESIDE_PEERS, beside_peers, markdown, milliseconds

ROUNDS, CALLS, BATCH = 7, 10, 2_000
RNG = np.random.default_rng(5)
STRATA = [12, 10, 30], [40, 600, 500], [9, 2, 25], [100, 200, 480]
FEW = [12, 10], [40, 600], [9, 2], [100, 200]
TABLE = [[56, 14], [48, 32]]
ARMS = [5, 9, 2], [50, 51, 48]

Arms = tuple[Binomial, ...]
Ours = Callable[..., object]


def arms(xt: object, nt: object, xc: object, nc: object) -> Arms:
    return Binomial(xt, nt), Binomial(xc, nc)


def like(units: object, rate: object) -> np.ndarray:
    """Conversions of many cases with these units."""
    return RNG.binomial(units, rate, (BATCH, *np.shape(units)))


def tables() -> list[np.ndarray]:
    """The strata as statsmodels takes them."""
    cells = zip(*STRATA, strict=True)
    return [np.array([[xt, nt - xt], [xc, nc - xc]]) for xt, nt, xc, nc in cells]


def odds_ratio() -> tuple[object, object]:
    pooled = StratifiedTable(tables())
    return pooled.oddsratio_pooled, pooled.oddsratio_pooled_confint()


def logistic() -> tuple[object, object]:
    xt, nt, xc, nc = map(np.array, STRATA)
    reached = np.concatenate([np.stack([xt, nt - xt], 1), np.stack([xc, nc - xc], 1)])
    strata = np.tile(np.eye(len(xt)), (2, 1))
    design = np.column_stack([np.repeat([1, 0], len(xt)), strata])
    found = GLM(reached, design, family=families.Binomial()).fit()
    return np.exp(found.params[0]), np.exp(found.conf_int()[0])


def several() -> object:
    x, n = np.array(ARMS)
    return stats.fisher_exact(np.stack([x, n - x]))


def conditional() -> object:
    return stats.contingency.odds_ratio(TABLE).confidence_interval(0.95)


MANY = arms(like(STRATA[1], 0.06), STRATA[1], like(STRATA[3], 0.05), STRATA[3])
MANY_FEW = arms(like(FEW[1], 0.03), FEW[1], like(FEW[3], 0.03), FEW[3])
MANY_TABLES = arms(like(70, 0.8), 70, like(80, 0.6), 80)
MANY_ARMS = (Binomial(like(ARMS[1], 0.1), ARMS[1]),)

ROWS: tuple[tuple[str, Ours, Callable[[], Arms], Arms, dict[str, Callable[[], object]]], ...] = (
    ("Cochran-Mantel-Haenszel", stratified.cochran_mantel_haenszel, lambda: arms(*STRATA), MANY,
     {"statsmodels": lambda: StratifiedTable(tables()).test_null_odds().pvalue}),
    ("odds ratio, Mantel-Haenszel", stratified.mantel_haenszel_odds_ratio, lambda: arms(*STRATA),
     MANY, {"statsmodels": odds_ratio}),
    ("odds ratio, logistic", stratified.common_odds_ratio, lambda: arms(*STRATA), MANY,
     {"statsmodels": logistic}),
    ("Breslow-Day", stratified.breslow_day, lambda: arms(*STRATA), MANY,
     {"statsmodels": lambda: StratifiedTable(tables()).test_equal_odds().pvalue}),
    ("Tarone", stratified.tarone, lambda: arms(*STRATA), MANY,
     {"statsmodels": lambda: StratifiedTable(tables()).test_equal_odds(adjust=True).pvalue}),
    ("difference, score", stratified.stratified_difference, lambda: arms(*STRATA), MANY, {}),
    ("lift, score", stratified.stratified_lift, lambda: arms(*STRATA), MANY, {}),
    ("odds ratio, exact, over strata", exact.common_odds_ratio, lambda: arms(*FEW), MANY_FEW, {}),
    ("odds ratio, exact", exact.odds_ratio_exact, lambda: arms(56, 70, 48, 80), MANY_TABLES,
     {"scipy": conditional}),
    ("several arms, Freeman-Halton", exact.freeman_halton, lambda: (Binomial(*ARMS),), MANY_ARMS,
     {"scipy": several}),
)  # fmt: skip


def repeated(task: Callable[[], object]) -> Callable[[], None]:
    """So many calls in a row."""

    def calls() -> None:
        for _ in range(CALLS):
            task()

    return calls


def measured(
    name: str,
    own: Ours,
    one: Callable[[], Arms],
    many: Arms,
    peers: dict[str, Callable[[], object]],
) -> list[tuple[str, ...]]:
    """A row per peer, or one without; every program takes its turn."""
    tasks = {"abmicro": lambda: own(*one()), **peers}
    alone = milliseconds({task: repeated(call) for task, call in tasks.items()}, ROUNDS)
    micros = {task: 1000 * taken / CALLS for task, taken in alone.items()}
    each = 1000 * milliseconds({"batch": partial(own, *many)}, 3)["batch"] / BATCH
    ours = micros.pop("abmicro")
    return beside_peers((name, f"{ours:.0f}", f"{each:.3g}"), ours, each, micros)


def table() -> str:
    """The measurement as a Markdown table."""
    rows = [row for each in ROWS for row in measured(*each)]
    return markdown(("one case", *BESIDE_PEERS), rows)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(table())
