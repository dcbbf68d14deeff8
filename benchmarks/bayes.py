"""Two posteriors compared: processor time, and how far the answers lie from the exact ones.

`compare` gives the chance to win, both expected losses and median and interval of the lift. Draws
give the same from 20,000 or a million samples of both rates; bayesian-testing draws too, gives no
lift and rounds to seven digits. gbstats takes the lift for normal and its prior for flat. Times are
those of one comparison of 244 with 200 of 10,000, posteriors included, and per comparison of
100,000 like pairs in a call. Errors: of the chance, of the loss in standard deviations of the
difference, and of the lift's ends in widths of its interval, the largest over pairs from 30 of
1,000 to ten million of a thousand million; the truth is the exact quadrature that golden values of
30 digits hold.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from time import process_time
from typing import NamedTuple

import numpy as np

from abmicro.stats.bayes.beta_binomial import Beta, expected_loss, posterior, probability_better
from abmicro.stats.bayes.comparison import compare
from abmicro.stats.bayes.difference_distribution import LOG_RATIO, interval_on
from benchmarks.measure import markdown

BATCH = 100_000
RNG = np.random.default_rng(8)
PAIRS = [  # treated, control, units of each arm
    (42, 30, 1_000),
    (244, 200, 10_000),
    (1_030, 1_000, 100_000),
    (100_600, 100_000, 5_000_000),
    (10_004_000, 10_000_000, 1_000_000_000),
]


class Answer(NamedTuple):
    """Chance to win, loss of choosing treated, low and high end of the lift (or nothing)."""

    chance: float
    loss: float
    lift: tuple[float, float] | None


Program = Callable[[int, int, int], Answer]


def ours(treated: int, control: int, units: int) -> Answer:
    found = compare(posterior(treated, units), posterior(control, units))
    ends = float(found.lift.low), float(found.lift.high)
    return Answer(float(found.probability_better), float(found.loss), ends)


def exact(treated: int, control: int, units: int) -> Answer:
    laws = posterior(treated, units), posterior(control, units)
    ends = interval_on(replace(LOG_RATIO, quick=None), *laws, 0.95)
    lift = float(np.expm1(ends.low)), float(np.expm1(ends.high))
    return Answer(float(probability_better(*laws)), float(expected_loss(*laws)), lift)


def draws(count: int) -> Program:
    def drawn(treated: int, control: int, units: int) -> Answer:
        one = RNG.beta(treated + 0.5, units - treated + 0.5, count)
        other = RNG.beta(control + 0.5, units - control + 0.5, count)
        lost = np.maximum(other - one, 0).mean()
        np.maximum(one - other, 0).mean()
        low, _, high = np.quantile(one / other - 1, [0.025, 0.5, 0.975])
        return Answer(float((one > other).mean()), float(lost), (float(low), float(high)))

    return drawn


def bayesian_testing(count: int) -> Program:
    from bayesian_testing.experiments import BinaryDataTest

    def evaluated(treated: int, control: int, units: int) -> Answer:
        test = BinaryDataTest()
        test.add_variant_data_agg("control", units, control)
        test.add_variant_data_agg("treated", units, treated)
        found = test.evaluate(sim_count=count)[1]
        return Answer(found["prob_being_best"], found["expected_loss"], None)

    return evaluated


def gbstats(treated: int, control: int, units: int) -> Answer:
    from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig
    from gbstats.models.statistics import ProportionStatistic

    arms = (ProportionStatistic(n=units, sum=count) for count in (control, treated))
    found = EffectBayesianABTest(
        *arms, EffectBayesianConfig(difference_type="relative")
    ).compute_result()
    loss = found.risk[1] * control / units
    return Answer(found.chance_to_win, loss, (found.ci[0], found.ci[1]))


def programs() -> dict[str, Program]:
    found: dict[str, Program] = {
        "abmicro": ours,
        "numpy, 20,000 draws": draws(20_000),
        "numpy, a million draws": draws(10**6),
    }
    if importlib.util.find_spec("bayesian_testing"):
        found["bayesian-testing, 20,000"] = bayesian_testing(20_000)
        found["bayesian-testing, a million"] = bayesian_testing(10**6)
    if importlib.util.find_spec("gbstats"):
        found["gbstats"] = gbstats
    return found


def errors(program: Program) -> list[str]:
    """The largest error of chance, loss and ends."""
    worst = np.zeros(3)
    for pair in PAIRS:
        found, truth = program(*pair), exact(*pair)
        rate = pair[1] / pair[2]
        spread = np.sqrt(2 * rate * (1 - rate) / pair[2])
        ends = np.nan
        if found.lift and truth.lift:
            ends = np.max(np.abs(np.subtract(found.lift, truth.lift))) / np.ptp(truth.lift)
        here = abs(found.chance - truth.chance), abs(found.loss - truth.loss) / spread, ends
        worst = np.maximum(worst, here)
    return ["" if np.isnan(error) else f"{error:.0e}" for error in worst]


def microseconds(task: Callable[[], object], calls: int, rounds: int) -> float:
    """Processor time of the quickest of so many rounds, per call."""
    taken = []
    for _ in range(rounds):
        begun = process_time()
        for _ in range(calls):
            task()
        taken.append(1e6 * (process_time() - begun) / calls)
    return min(taken)


def table() -> str:
    """The measurement as a Markdown table."""
    units = 10_000
    treated, control = posterior(244, units), posterior(200, units)
    many = posterior(RNG.binomial(units, 0.0244, BATCH), units)
    others = posterior(RNG.binomial(units, 0.02, BATCH), units)
    poor = posterior(np.full(1000, 5), 300), posterior(np.full(1000, 3), 300)
    rows = []
    for name, program in programs().items():
        slow = "million" in name
        alone = microseconds(
            lambda ask=program: ask(244, 200, units), 1 if slow else 20, 5 if slow else 25
        )
        rows.append([name, f"{alone:,.0f}", "", *errors(program)])
    bare = microseconds(lambda: compare(treated, control), 50, 100)
    batch = microseconds(lambda: compare(many, others), 1, 7) / BATCH
    few = microseconds(lambda: compare(Beta(5.5, 295.5), Beta(3.5, 297.5)), 5, 9)
    rare = microseconds(lambda: compare(*poor), 1, 3) / 1000
    rows[0][2] = f"{batch:.2f}"
    rows.insert(1, ["abmicro, posteriors made before", f"{bare:.0f}", f"{batch:.2f}", "", "", ""])
    rows.insert(2, ["abmicro, 5 v 3 of 300", f"{few:,.0f}", f"{rare:.0f}", "", "", ""])
    head = ["", "alone, µs", "in a batch, µs", "chance", "loss", "ends of lift"]
    return markdown(head, rows)


if __name__ == "__main__":
    print(table())
