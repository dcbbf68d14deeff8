"""Programmes of made changes: true lifts of a law, tests of a path of 12 % and 3 %."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.programme import ArmRates, Programme, arm_rates, programme

MICRO, MACRO = 0.12, 0.03
SMALL, LARGE = 2_500, 20_000


class Kind(NamedTuple):
    """A kind of changes: micro log lifts N(mean, s^2), macro ones N(slope micro, t^2)."""

    s: float
    slope: float
    t: float
    mean: float = 0.0


KINDS = {
    "typical": Kind(0.05, 0.7, 0.03),
    "typical, mean +2 %": Kind(0.05, 0.7, 0.03, 0.02),
    "bolder": Kind(0.08, 0.7, 0.04),
    "weak": Kind(0.03, 0.3, 0.03),
    "unrelated": Kind(0.05, 0.0, 0.04),
    "false friend": Kind(0.05, -0.3, 0.03),
}


class MadeTests(NamedTuple):
    """True macro log lifts (N,), estimates (N, 2), and noise of treated and control (N, 3)."""

    truth: np.ndarray
    lifts: np.ndarray
    treated: np.ndarray
    control: np.ndarray

    @property
    def noise(self) -> np.ndarray:
        """Of the estimates, treated and control together."""
        return self.treated + self.control

    def learn(self) -> Programme:
        """What they say of changes, each with a control of its own."""
        return programme(self.lifts, self.treated, self.control, np.arange(len(self.truth)))


def made(rng: np.random.Generator, kind: Kind, tests: int, units: int) -> MadeTests:
    """So many tests of a kind of changes, so many units in each variant."""
    micro = rng.normal(kind.mean, kind.s, tests)
    macro = rng.normal(kind.slope * micro, kind.t)
    none = np.zeros(tests)
    treated, control = _arms(rng, micro, macro, units), _arms(rng, none, none, units)
    return MadeTests(macro, treated.rates - control.rates, treated.noise, control.noise)


def _arms(rng: np.random.Generator, micro: np.ndarray, macro: np.ndarray, units: int) -> ArmRates:
    reached = rng.binomial(units, MICRO * np.exp(micro))
    ordered = rng.binomial(reached, np.minimum(MACRO / MICRO * np.exp(macro - micro), 1))
    counts = [np.full_like(reached, units), reached, ordered, ordered]
    return arm_rates(np.stack(counts, axis=-1))
