"""How far a share of simulated tests may lie from the truth by chance."""

from __future__ import annotations

from math import sqrt


def error(share: float, tests: int, times: float = 3) -> float:
    """So many Monte-Carlo standard errors of a share."""
    return times * sqrt(share * (1 - share) / tests)


def most(promised: float, tests: int) -> float:
    """A promised share with four Monte-Carlo errors."""
    return promised + error(promised, tests, 4)
