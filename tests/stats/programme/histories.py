"""Made histories: lifts, noise of treated arms, noise of controls, and the test of each arm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats import programme

TEST = np.array([0, 0, 0, 1, 2])


class History(NamedTuple):
    lifts: np.ndarray
    treated: np.ndarray
    control: np.ndarray
    test: np.ndarray


def drawn(seed: int, test: np.ndarray = TEST, units: int = 3_000) -> History:
    """Arms on a path of 12 % and 3 %, with lifts of 5 % and a slope of 0.7."""
    rng = np.random.default_rng(seed)
    micro = rng.normal(0, 0.05, len(test))
    macro = 0.7 * micro + rng.normal(0, 0.03, len(test))

    def arm(micro: np.ndarray, macro: np.ndarray) -> programme.ArmRates:
        reached = rng.binomial(units, 0.12 * np.exp(micro))
        orders = rng.binomial(reached, 0.25 * np.exp(macro - micro))
        return programme.arm_rates(
            np.stack([np.full_like(reached, units), reached, orders, orders], axis=-1)
        )

    none = np.zeros(test.max() + 1)
    treated, control = arm(micro, macro), arm(none, none)
    return History(treated.rates - control.rates[test], treated.noise, control.noise, test)


def close(one: programme.Programme, other: programme.Programme, rel: float = 1e-6) -> None:
    """Both say the same of changes."""
    first, second = programme.summary(one), programme.summary(other)
    np.testing.assert_allclose(first, second, rtol=rel, atol=1e-9)
