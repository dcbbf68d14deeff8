"""Plans for a wanted power to ship, and how often tests of the planned size ship.

Ten plans of funnels and guardrails, and three of an amount, of the kinds that the verdict note
lists in section 6; asserted and published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from abmicro import Experiment, JointCounts, Plan, plan
from abmicro.analysis.verdict.many_tests import judge_tests

from .verdict_worlds import Arm, Shop, funnel, revenue

POWER = 0.8
EVEN = {"control": 0.5, "variant": 0.5}


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and its truth: rates, the planned lift of the micro goal, all of which arrives.

    micros: rates of micro goals, the primary first. guards: margins of guardrails. tied: by how
    much the first guardrail's rate is higher among those with the macro goal.
    """

    name: str
    micros: tuple[float, ...] = (0.12,)
    macro: float = 0.03
    lift: float = 0.1
    guards: tuple[float, ...] = ()
    guard: float = 0.2
    tied: float = 0.0
    variants: Mapping[str, float] = field(default_factory=lambda: EVEN)

    def plan(self) -> Plan:
        """What is promised."""
        micros = {
            f"step {at}": {"kind": "milestone", "baseline": rate}
            for at, rate in enumerate(self.micros)
        }
        goals: dict[str, dict[str, Any]] = {
            **micros,
            "order": {"kind": "macro", "baseline": self.macro},
        }
        goals["step 0"] |= {"role": "primary", "mde": self.lift}
        for at, margin in enumerate(self.guards):
            guard = {
                "kind": "action",
                "role": "guardrail",
                "margin": margin,
                "baseline": self.guard,
            }
            goals[f"guard {at}"] = guard | ({"phi": self._phi} if self.tied and not at else {})
        return planned(self.name, dict(self.variants), goals)

    @property
    def _phi(self) -> float:
        """Correlation, over units, of guardrail and macro goal."""
        spread = self.macro * (1 - self.macro) / (self.guard * (1 - self.guard))
        return float(self.tied * np.sqrt(spread))

    def tests(self, found: Plan, tests: int, rng: np.random.Generator) -> JointCounts:
        """Tests of the planned size."""
        assert found.ship is not None
        control, *_ = self.variants
        arms = {}
        for arm in found.ship.size.arms:
            up = 1.0 if arm.variant == control else 1 + self.lift
            steps = tuple(rate * up for rate in (*self.micros, self.macro))
            guards = (self.guard,) * len(self.guards)
            arms[arm.variant] = Arm(int(arm.units), steps, guards, self.tied)
        steps = (*(f"step {at}" for at in range(len(self.micros))), "order")
        names = tuple(f"guard {at}" for at in range(len(self.guards)))
        return funnel(steps, names, arms, tests, rng)


@dataclass(frozen=True, slots=True)
class PlannedAmount:
    """A plan of an amount as primary goal, and its truth. by: what brings the lift."""

    name: str
    lift: float
    by: str = "amounts"
    sigma: float = 1.0
    buyers: float = 0.05
    variants: Mapping[str, float] = field(default_factory=lambda: EVEN)

    def plan(self) -> Plan:
        """What is promised."""
        sd = float(np.sqrt(self.buyers * np.exp(self.sigma**2) - self.buyers**2))
        goal = {"kind": "macro", "value": "price", "baseline": self.buyers, "sd": sd}
        sign = {"mde": abs(self.lift), "direction": "up" if self.lift > 0 else "down"}
        return planned(
            self.name, dict(self.variants), {"revenue": goal | sign | {"lift_by": self.by}}
        )

    def tests(self, found: Plan, tests: int, rng: np.random.Generator) -> JointCounts:
        """Tests of the planned size."""
        assert found.ship is not None
        by_buyers, (control, *_) = self.by == "buyers", self.variants
        arms = {}
        for arm in found.ship.size.arms:
            up = 1.0 if arm.variant == control else 1 + self.lift
            order, mean = self.buyers * (up if by_buyers else 1), 1 if by_buyers else up
            arms[arm.variant] = Shop(int(arm.units), 0.5, order, mean, self.sigma)
        return revenue(arms, tests, rng)


def planned(name: str, variants: dict[str, float], goals: dict[str, dict[str, Any]]) -> Plan:
    asked = {"traffic": 1000, "power": POWER}
    return plan(Experiment(name=name, variants=variants, goals=goals, plan=asked))


def achieved(one: Planned | PlannedAmount, tests: int, rng: np.random.Generator) -> float:
    """How often the treated variant with the smallest share ships at the planned size."""
    found = one.plan()
    decisions = judge_tests(found.experiment, one.tests(found, tests, rng)).decision
    shares = [arm.share for arm in found.experiment.treated]
    return float((decisions[int(np.argmin(shares))] == "ship").mean())


PLANS = (
    Planned("baskets and orders +10 %"),
    Planned("with a guardrail of 5 %", guards=(0.05,)),
    Planned("with three guardrails of 2.9 %", guards=(0.029,) * 3),
    Planned("10 % treated, +15 %", (0.08,), 0.01, 0.15, variants={"control": 0.9, "variant": 0.1}),
    Planned("90 % treated, +15 %", (0.08,), 0.01, 0.15, variants={"control": 0.1, "variant": 0.9}),
    Planned("rare: 1 % and 0.2 %, +60 %", (0.01,), 0.002, 0.6),
    Planned("three treated variants", variants=dict.fromkeys(("control", "a", "b", "c"), 0.25)),
    Planned("large: +40 %", lift=0.4),
    Planned("five micro goals", (0.12, 0.1, 0.08, 0.06, 0.05)),
    Planned("a guardrail that goes with orders", guards=(0.03,), tied=0.31),
)
AMOUNTS = (
    PlannedAmount("revenue +50 % by larger orders", 0.5),
    PlannedAmount("revenue +50 % by more buyers", 0.5, "buyers"),
    PlannedAmount("revenue +30 %, 10 % treated", 0.3, variants={"control": 0.9, "variant": 0.1}),
    PlannedAmount("returns -20 % by fewer buyers", -0.2, "buyers"),
)
