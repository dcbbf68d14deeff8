"""Do whole verdicts keep their word? By number of variants, by truth, by plan; peers beside.

`python -m benchmarks.verdict_calibration` rewrites this part of calibration.md, from the worlds
that the slow tests assert (`tests/calibration/`), through the stages of `analyze`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from abmicro import Experiment, JointCounts
from abmicro.analysis.verdict.many_tests import judge_tests
from abmicro.marginals.many_tests import MarginalsOfTests
from abmicro.stats.verdict import BETTER, DECISIONS, WORSE
from benchmarks.measure import markdown
from tests.calibration.shipping_plans import AMOUNTS, PLANS, POWER, achieved
from tests.calibration.verdict_rates import (
    ARMS,
    ARMS_TRUTHS,
    PUBLISHED,
    SIZES,
    ArmsTruth,
    decided,
    of_arms,
    shares,
    world_of_arms,
)
from tests.calibration.verdict_worlds import Shop, revenue

PAGE = Path(__file__).with_name("calibration.md")
HEAD = "## Verdicts: how often they are wrong"
TESTS, ALONE, FEW = 20_000, 2_000, 4_000

Sums = tuple[float, float, float]
"""Units, total and squares of an arm."""
Peer = Callable[[Sums, Sums], tuple[float, float]]
"""P of no difference and the difference, of control and treated."""

ABOUT = """Every figure is a share of {tests:,} simulated tests (peers, which take one test at a
time: {alone:,}; amounts: {few:,}), in per cent, judged at the defaults by the functions that
`analyze` calls (`judge_tests`). Monte-Carlo errors at 2.5 and at 5 %: {small:.2f} and {large:.2f};
peers {peers:.2f} and {more:.2f}."""
ARMS_ABOUT = """{units:,} units per variant, baskets 12 %, orders 3 %, baskets +20 % in every
treated variant. Promised: some variant's orders falsely better, or shipped so, at most 2.5; a false
claim of some label at most 5 of the pairs that decide and 5 of all others. Worst over one, three
and six micro goals and, for labels, over none, half and all of the gain arriving. Peers test orders
only: each variant by itself, which is their default, and tea-tasting with `adjust_fwer`."""
DECISIONS_ABOUT = """Baskets 12 % (worth finding: 10 %), orders 3 % (worth having: 5 %), a guardrail
of 20 % with a margin of 5 %; {sizes} units per arm. Promised: to ship without a gain in orders at
most 2.5, with the guardrail at its margin at most 5; a lost gain where orders gain what is worth
having at most 2.5; no difference or too small at a lift worth finding at most 2.5."""
PLANS_ABOUT = """Tests of the size that the plan gives for 80 % power to ship. Promised: 80 for
rates, at least 78 for amounts."""
AMOUNTS_ABOUT = """2 % of 20,000 units order, log-normal amounts of one law in both arms. Promised
of each side: 2.5; "better" is withheld where fewer than 20 equal orders would vary as much."""
SHOWN = [name for name in DECISIONS if name not in ("do_not_trust_yet", "keep_running")]
SPREADS = tuple((sigma, share) for sigma in (1.0, 2.0) for share in (0.5, 0.1, 0.9))


def peers() -> dict[str, Peer]:
    """Other programs' tests of two means at their defaults, as far as they are installed."""
    found: dict[str, Peer] = {}
    if find_spec("tea_tasting"):
        found["tea-tasting"] = tea_tasting
    if find_spec("gbstats"):
        found["gbstats"] = gbstats
    return found


def tea_tasting(control: Sums, treated: Sums) -> tuple[float, float]:
    from tea_tasting import Mean
    from tea_tasting.aggr import Aggregates

    def arm(n: float, total: float, squares: float) -> Aggregates:
        variance = (squares - total**2 / n) / (n - 1)
        return Aggregates(count_=int(n), mean_={"y": total / n}, var_={"y": variance}, cov_={})

    result = Mean("y").analyze_aggregates(arm(*control), arm(*treated))
    return result.pvalue, result.effect_size


def gbstats(control: Sums, treated: Sums) -> tuple[float, float]:
    from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
    from gbstats.models.statistics import SampleMeanStatistic

    first, second = (
        SampleMeanStatistic(n=units, sum=total, sum_squares=squares)
        for units, total, squares in (control, treated)
    )
    result = TwoSidedTTest(first, second, FrequentistConfig()).compute_result()
    return result.p_value, result.expected


def by_arms() -> Iterator[tuple[str, ...]]:
    for arms in ARMS:
        rng = np.random.default_rng(100 + arms)
        found = [of_arms(arms, truth, TESTS, rng) for truth in ARMS_TRUTHS]
        worst = (max(getattr(one, name) for one in found) for name in ("up", "shipped", "label"))
        yield str(arms), *map(percent, worst), *map(percent, _peers_of_arms(arms))


def _peers_of_arms(arms: int) -> Iterator[float]:
    """How often some variant's orders are said to be better where none are."""
    rng = np.random.default_rng(200 + arms)
    experiment, table = world_of_arms(arms, ArmsTruth(0.2, 0.0, 1), ALONE, rng)
    totals = MarginalsOfTests.of(experiment, table).goal_totals
    at = [goal.name for goal in totals.rates].index("order")
    sums = np.stack([totals.units, totals.reached[..., at], totals.reached[..., at]], axis=-1)
    for name, peer in peers().items():
        told = [[peer(tuple(sums[0, t]), tuple(sums[arm, t])) for arm in range(1, arms + 1)]
                for t in range(ALONE)]  # fmt: skip
        p, gain = np.moveaxis(np.array(told, dtype=float), -1, 0)
        yield float(((p < 0.05) & (gain > 0)).any(axis=1).mean())
        if name == "tea-tasting":
            yield float(((sidak_holm(p) < 0.05) & (gain > 0)).any(axis=1).mean())


def sidak_holm(p: np.ndarray) -> np.ndarray:
    """What tea-tasting's `adjust_fwer` does by default: Hochberg's steps with Sidak's levels."""
    order = np.argsort(-p, axis=1)
    steps = 1 - (1 - np.take_along_axis(p, order, axis=1)) ** np.arange(1, p.shape[1] + 1)
    adjusted = np.minimum.accumulate(steps, axis=1)
    return np.take_along_axis(adjusted, np.argsort(order, axis=1), axis=1)


def by_decision() -> Iterator[tuple[str, ...]]:
    for truth in PUBLISHED:
        rng = np.random.default_rng(300)
        found = [shares(decided(truth, units, TESTS, rng)) for units in SIZES]
        said = (" ".join(f"{100 * one[name]:.1f}" for one in found) for name in SHOWN)
        guard = ", guardrail at its margin" if truth.guard else ""
        yield f"{truth.micro:+.0%}, {truth.macro:+.1%}{guard}", *said


def by_plan() -> Iterator[tuple[str, ...]]:
    for one, tests in [*((one, TESTS) for one in PLANS), *((one, FEW) for one in AMOUNTS)]:
        size = one.plan().ship
        assert size is not None
        found = achieved(one, tests, np.random.default_rng(400))
        yield one.name, f"{size.size.total:,.0f}", size.costliest, percent(POWER), percent(found)


def by_spread() -> Iterator[tuple[str, ...]]:
    goals = {"revenue": {"kind": "macro", "value": "price"}}
    experiment = Experiment(name="amounts", variants=["control", "variant"], goals=goals)
    for sigma, share in SPREADS:
        treated = round(20_000 * share)
        arms = {"control": Shop(20_000 - treated, 0.1, 0.02, 1, sigma),
                "variant": Shop(treated, 0.1, 0.02, 1, sigma)}  # fmt: skip
        table = revenue(arms, FEW, np.random.default_rng(500))
        state = judge_tests(experiment, table).goals["revenue"].state[0]
        own = (percent(float((state == side).mean())) for side in (BETTER, WORSE))
        yield f"{sigma:g}", f"{share:.0%}", " / ".join(own), *_peers_of_amounts(table)


def _peers_of_amounts(table: JointCounts) -> Iterator[str]:
    units, sums = table.units.sum(axis=(2, 3)), table.sums[..., 0].sum(axis=(2, 3))
    squares = table.products[..., 0, 0].sum(axis=(2, 3))
    arms = np.stack([units, sums, squares], axis=-1)[:, :ALONE]
    for peer in peers().values():
        told = [peer(tuple(arms[0, at]), tuple(arms[1, at])) for at in range(arms.shape[1])]
        p, gain = np.array(told, dtype=float).T
        sides = (percent(float(((p < 0.05) & side).mean())) for side in (gain > 0, gain < 0))
        yield " / ".join(sides)


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def error(share: float, tests: int) -> float:
    """The Monte-Carlo error in per cent."""
    return 100 * float(np.sqrt(share * (1 - share) / tests))


def _heads(peer: str) -> tuple[str, ...]:
    return (peer, f"{peer}, adjust_fwer") if peer == "tea-tasting" else (peer,)


def page() -> str:
    """This part of the page."""
    names = list(peers())
    beside = [head for name in names for head in _heads(name)]
    about = ABOUT.format(
        tests=TESTS, alone=ALONE, few=FEW,
        small=error(0.025, TESTS), large=error(0.05, TESTS),
        peers=error(0.025, ALONE), more=error(0.05, ALONE),
    )  # fmt: skip
    decisions = [name.replace("_", " ") for name in SHOWN]
    parts = (
        HEAD,
        "`python -m benchmarks.verdict_calibration` rewrites what follows.",
        about,
        "### Several variants",
        ARMS_ABOUT.format(units=40_000),
        markdown(("treated variants", "better", "shipped", "label", *beside), by_arms()),
        "### Decisions",
        DECISIONS_ABOUT.format(sizes=", ".join(f"{size:,}" for size in SIZES)),
        markdown(("truth: baskets, orders", *decisions), by_decision()),
        "### Plans",
        PLANS_ABOUT,
        markdown(("plan", "units in all", "costs most", "promised", "achieved"), by_plan()),
        "### Amounts without an effect: better / worse",
        AMOUNTS_ABOUT,
        markdown(("sigma", "treated", "abmicro", *names), by_spread(), names=2),
    )
    made = ", ".join(f"{name} {version(name)}" for name in ("abmicro", *names, "numpy", "scipy"))
    return "\n\n".join((*parts, made)) + "\n"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    text = page()
    print(text)
    before = PAGE.read_text(encoding="utf-8").partition(HEAD)[0]
    PAGE.write_text(f"{before.rstrip()}\n\n{text}", encoding="utf-8")
