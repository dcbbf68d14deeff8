"""Tests of known truth that are looked at every day, and how often what looks say is wrong.

A world has the same units on every day, so that all its tests share their bounds; they are judged
by the function that judges them at every look (`analysis.monitoring.many_tests`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abmicro import Experiment, JointCounts
from abmicro.analysis.monitoring.many_tests import WatchedPair, WatchedTests, watch_tests
from abmicro.analysis.verdict.many_tests import judge_tests
from abmicro.counts.entry_days import entered_by
from abmicro.counts.many_tests import table_of_tests
from abmicro.marginals.daily_counts import DailyCounts
from abmicro.stats.foundations.log_ratio import log_lift
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.time_to_event.slope import trend

from .carry_truths import false_labels

Rng = np.random.Generator
Bools = NDArray[np.bool_]

START = date(2026, 10, 5)
PAIR = ("cart", "order")
DAILY = {"mode": "group_sequential", "first_look": "1d"}


@dataclass(frozen=True, slots=True)
class Watched:
    """Truth of a test: lifts, units of both arms over all days, share of the treated, days.

    carried: the part of the micro lift that reaches the macro goal, log on log. later: the same in
    the second half, where the effect changes on the way. amount: whether the macro goal is a value
    per unit; log-normal orders of sigma 1.
    """

    micro: float
    carried: float
    units: int = 40_000
    share: float = 0.5
    days: int = 14
    later: float | None = None
    amount: bool = False
    base: tuple[float, float] = (0.12, 0.25)

    def experiment(self, monitoring: dict[str, Any] | None = None, **keys: Any) -> Experiment:
        macro = {"kind": "macro", "value": "eur"} if self.amount else {"kind": "macro"}
        return Experiment(
            name="watched",
            start=START,
            end=START + timedelta(days=self.days),
            variants={"A": 1 - self.share, "B": self.share},
            goals={"cart": {"kind": "milestone"}, "order": macro},
            monitoring=monitoring or DAILY,
            **keys,
        )

    @property
    def expected(self) -> float:
        """The log lift of the macro goal if all arrives."""
        return float(np.log1p(self.micro))

    @property
    def dates(self) -> list[date]:
        """The days of entry."""
        return [START + timedelta(days=at) for at in range(self.days)]

    def draw(self, tests: int, rng: Rng) -> JointCounts:
        """So many tests in one table."""
        control = self._arm(tests, (1 - self.share, 0.0, np.zeros(self.days)), rng)
        carried = np.full(self.days, self.carried, dtype=np.float64)
        if self.later is not None:
            carried[self.days // 2 :] = self.later
        treated = self._arm(tests, (self.share, self.expected, carried), rng)
        units = np.stack([control, treated], axis=1)
        goals, patterns = ("cart", "order"), [[0, 0], [1, 0], [1, 1]]
        if not self.amount:
            return table_of_tests(("A", "B"), goals, patterns, units, days=self.dates)
        money = _orders(units[..., 2], rng)
        sums, squares = (np.zeros((*units.shape, 1)) for _ in range(2))
        sums[..., 2, 0], squares[..., 2, 0] = money
        return table_of_tests(
            ("A", "B"),
            ("cart", "bought"),
            patterns,
            units,
            days=self.dates,
            measures=("order",),
            sums=sums,
            products=squares[..., None],
        )

    def _arm(
        self, tests: int, law: tuple[float, float, NDArray[np.float64]], rng: Rng
    ) -> NDArray[np.int64]:
        """Units by day and pattern, (T, P, 3). law: share of the units, log micro lift, carried."""
        share, lift, carried = law
        cart, onward = self.base
        found = np.empty((tests, self.days, 3), dtype=np.int64)
        for day, part in enumerate(carried.tolist()):
            micro = cart * np.exp(lift)
            macro = cart * onward * np.exp(lift * part)
            daily = round(self.units * share / self.days)
            cells = [1 - micro, micro - macro, macro]
            found[:, day] = rng.multinomial(daily, cells, tests)
        return found


def _orders(buyers: NDArray[np.int64], rng: Rng) -> tuple[NDArray[np.float64], ...]:
    """Totals and squares of log-normal orders of so many buyers."""
    spent = rng.lognormal(0, 1, int(buyers.sum()))
    ends = np.concatenate([[0], np.cumsum(buyers.ravel())])
    return tuple(
        np.diff(np.concatenate([[0.0], np.cumsum(part)])[ends]).reshape(buyers.shape)
        for part in (spent, spent**2)
    )


class LookErrors(NamedTuple):
    """Shares of tests: some look or settled label ever wrong, the settled label ever wrong, the
    macro goal ever falsely up; the settled label ever `unstable`; a claim of a look lost later.
    """

    wrong: float
    settled: float
    up: float
    unstable: float
    lost: float


def errors(world: Watched, found: WatchedTests) -> LookErrors:
    """How often looks are wrong about a world with a constant effect."""
    pair, macro = found.pairs[PAIR], world.expected * world.carried
    wrong, _ = false_labels(world.expected, macro)
    of_look, settled = (np.isin(each, list(wrong)) for each in (pair.label, pair.settled))
    up = found.crossed("order") == 1 if macro <= 0 else np.zeros_like(of_look)
    return LookErrors(
        wrong=_ever(of_look | settled),
        settled=_ever(settled),
        up=_ever(up),
        unstable=_ever(pair.settled == "unstable"),
        lost=_ever(_lost(pair)),
    )


def _lost(pair: WatchedPair) -> Bools:
    """Whether a look no longer makes the claim "macro up" that an earlier one made."""
    up = np.isin(pair.label, ["carried", "carried_size_open", "partly_carried"])
    return np.asarray(np.logical_or.accumulate(up, axis=-1) & ~up)


def _ever(found: Bools) -> float:
    return float(found.any(axis=-1).mean())


def watched(world: Watched, tests: int, seed: int, **monitoring: Any) -> LookErrors:
    """The errors of so many tests of a world."""
    subject = world.experiment(DAILY | monitoring)
    return errors(world, watch_tests(subject, world.draw(tests, np.random.default_rng(seed))))


def unguarded(world: Watched, tests: int, seed: int) -> tuple[float, float]:
    """Wrong labels and false "macro up" ever, where every look judges as if it were alone."""
    table = world.draw(tests, np.random.default_rng(seed))
    subject = world.experiment({"mode": "fixed"})
    looks = [judge_tests(subject, entered_by(table, day)) for day in world.dates]
    macro = world.expected * world.carried
    wrong, _ = false_labels(world.expected, macro)
    labels = np.stack([look.pairs[PAIR].label for look in looks], axis=-1)
    up = np.stack([look.goals["order"].state == 1 for look in looks], axis=-1)
    return _ever(np.isin(labels, list(wrong))), _ever(up) if macro <= 0 else 0.0


class Shipped(NamedTuple):
    """Shares of tests that ship: at some look, and at the last one, which knows all weeks."""

    ever: float
    at_the_end: float


def shipped(world: Watched, tests: int, seed: int) -> dict[str, Shipped]:
    """How often primary and macro goal are up and, by `asked`, do not fade over weeks of entry."""
    table = world.draw(tests, np.random.default_rng(seed))
    found = watch_tests(world.experiment(DAILY | {"first_look": "14d"}), table)
    up = (found.crossed("cart")[0] == 1) & (found.crossed("order")[0] == 1)
    faded = [fading(table, look.entry_day, found.bounds.alpha_of_look(at))
             for at, look in enumerate(found.looks)]  # fmt: skip
    cart, order = np.stack(faded, axis=-1)
    asked = {"nothing": up, "primary": up & ~cart, "primary and macro": up & ~(cart | order)}
    return {name: Shipped(_ever(one), float(one[:, -1].mean())) for name, one in asked.items()}


def fading(table: JointCounts, until: date, alpha: float) -> Bools:
    """Whether cart and order fade by a look, as gate 4 of the verdict has it: (goals, T)."""
    part = entered_by(table, until)
    week = np.arange(len(part.periods)) // 7
    of_week = (week[:, None] == np.unique(week)).astype(np.float64)
    units = part.units.sum(axis=-1)[:, 0] @ of_week
    reached = np.stack([part.reached(goal) for goal in PAIR], axis=1) @ of_week
    lifts = log_lift((reached[1], units[1]), (reached[0], units[0]), level=1 - alpha)
    slopes = trend(lifts.estimate, lifts.se**2, np.arange(of_week.shape[1]))
    adjusted = stepwise.holm(slopes.p.T).T
    last = np.arange(of_week.shape[1]) >= of_week.shape[1] // 2
    treated, control = ((reached[v][..., last].sum(-1), units[v][last].sum()) for v in (1, 0))
    lately = log_lift(treated, control, level=1 - alpha).lift
    return np.asarray((adjusted < alpha) & ~(lately.low > 0))


def one_of(table: JointCounts, test: int) -> JointCounts:
    """One of many tests as the table of an experiment by itself."""
    part = np.s_[:, test : test + 1]
    apart = replace(table.apart, sums=table.apart.sums[:, :1], squares=table.apart.squares[:, :1])
    return replace(
        table,
        segment_names=(),
        segments=((),),
        units=table.units[part],
        rows=table.rows[part],
        sums=table.sums[part],
        products=table.products[part],
        apart=apart,
    )


def daily_counts(table: JointCounts, test: int) -> DailyCounts:
    """One of many tests, day by day."""
    days = tuple(day for day in table.periods if day is not None)
    units = table.units[:, test].sum(axis=-1).astype(np.float64)
    reached = {name: table.reached(name)[:, test].astype(np.float64) for name in table.goals}
    return DailyCounts(days, units, reached)
