"""What is thought of a true lift."""

from __future__ import annotations

from typing import NamedTuple

from abmicro.stats.foundations.validation import Floats


class LiftGuess(NamedTuple):
    """What is thought of a true log lift, each of the batch shape: p_up is P(lift > 0)."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    p_up: Floats
