"""How often whole verdicts are wrong, by number of arms and by truth; asserted and published.

The worlds are those of the verdict note, sections 2 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from abmicro import Experiment, JointCounts
from abmicro.analysis.verdict.many_tests import JudgedTests, judge_tests
from abmicro.stats.verdict import BETTER, DECISIONS

from .carry_truths import false_labels
from .verdict_worlds import Arm, funnel

Rng = np.random.Generator

MICRO, MACRO, GUARD = 0.12, 0.03, 0.2
ARMS = (1, 2, 3, 4, 9)


class ArmsTruth(NamedTuple):
    """Lifts of all micro goals and of the macro goal in every treated arm, how many micro goals."""

    micro: float
    macro: float
    micros: int


ARMS_TRUTHS = (
    *(ArmsTruth(0.2, 0.2 * carried, micros) for carried in (0, 0.5, 1) for micros in (1, 3, 6)),
    ArmsTruth(0.0, 0.0, 3),
)


class ArmsRates(NamedTuple):
    """Shares of tests in which some arm is wrongly judged.

    up: the macro goal is said to be better. shipped: the arm ships. label: a claim of some label.
    """

    up: float
    shipped: float
    label: float


def of_arms(arms: int, truth: ArmsTruth, tests: int, rng: Rng) -> ArmsRates:
    """How often some arm is wrongly judged; up and shipped only where nothing carried."""
    experiment, table = world_of_arms(arms, truth, tests, rng)
    found = judge_tests(experiment, table)
    wrong = list(false_labels(float(np.log1p(truth.micro)), float(np.log1p(truth.macro)))[0])
    labels = np.stack([pair.label for pair in found.pairs.values()])
    label = float(np.isin(labels, wrong).any(axis=(0, 1)).mean())
    if truth.macro:
        return ArmsRates(0.0, 0.0, label)
    up, shipped = found.goals["order"].state == BETTER, found.decision == "ship"
    return ArmsRates(*(float(one.any(axis=0).mean()) for one in (up, shipped)), label)


def world_of_arms(
    arms: int, truth: ArmsTruth, tests: int, rng: Rng, *, units: int = 40_000
) -> tuple[Experiment, JointCounts]:
    """Tests of a funnel in which every treated arm has the same truth."""
    micros = tuple(f"step {at}" for at in range(truth.micros))
    goals: dict[str, Any] = {name: {"kind": "milestone"} for name in micros}
    goals[micros[0]]["role"] = "primary"
    names = ["control", *(f"arm {at}" for at in range(arms))]
    experiment = Experiment(name="arms", variants=names, goals=goals | {"order": "macro"})
    rates = [MICRO * 0.9**at for at in range(truth.micros)]
    control = Arm(units, (*rates, MACRO))
    lifted = (*(rate * (1 + truth.micro) for rate in rates), MACRO * (1 + truth.macro))
    worlds = {name: control if name == "control" else Arm(units, lifted) for name in names}
    return experiment, funnel((*micros, "order"), (), worlds, tests, rng)


class Truth(NamedTuple):
    """Lifts of micro and macro goal, and of the guardrail as a part of its margin."""

    micro: float
    macro: float
    guard: float = 0.0


DECIDED = Experiment(
    name="decisions",
    variants=["control", "variant"],
    goals={
        "cart": {"kind": "milestone", "mde": 0.1},
        "order": {"kind": "macro", "mde": 0.05},
        "speed": {"kind": "action", "role": "guardrail", "margin": 0.05},
    },
)
SIZES = (20_000, 56_000, 150_000)
PUBLISHED: Mapping[Truth, Mapping[str, tuple[float, float, float]]] = {
    Truth(0, 0): {"ship": (0.4, 0.5, 0.5), "keep_control": (5, 5, 4)},
    Truth(0.1, 0.1): {"ship": (33, 82, 100), "unsettled": (64, 17, 0)},
    Truth(0.1, 0.05): {"ship": (11, 31, 66), "unsettled": (85, 65, 30)},
    Truth(0.1, 0): {"ship": (2, 3, 3), "keep_control": (12, 29, 64), "unsettled": (85, 68, 33)},
    Truth(0.1, -0.08): {"keep_control": (60, 97, 100), "unsettled": (39, 3, 0)},
    Truth(0.05, 0.05): {"ship": (9, 29, 67), "too_small": (0, 50, 33), "unsettled": (52, 8, 0)},
    Truth(0.22, 0.062): {"ship": (15, 44, 84), "keep_control": (1, 1, 1)},
    Truth(0, 0.1): {"no_detectable_difference": (56, 16, 0), "unsettled": (40, 79, 95)},
    Truth(0.1, 0.1, -1): {"ship": (2, 4, 5), "keep_control": (5, 5, 5)},
    Truth(0.02, 0.02): {"ship": (2, 5, 13), "too_small": (0, 18, 39)},
}
"""Per cent of decisions in the verdict note, section 4, by units per arm."""


def decided(truth: Truth, units: int, tests: int, rng: Rng) -> JudgedTests:
    """Tests of one micro, one macro goal and a guardrail, judged at their end."""
    margin = DECIDED.goal("speed").margin or 0.0
    control = Arm(units, (MICRO, MACRO), (GUARD,))
    lifted = MICRO * (1 + truth.micro), MACRO * (1 + truth.macro)
    variant = Arm(units, lifted, (GUARD * (1 + margin * truth.guard),))
    worlds = {"control": control, "variant": variant}
    return judge_tests(DECIDED, funnel(("cart", "order"), ("speed",), worlds, tests, rng))


def shares(found: JudgedTests) -> dict[str, float]:
    """How often each decision comes."""
    return {name: float((found.decision == name).mean()) for name in DECISIONS}
