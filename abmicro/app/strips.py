"""Lifts of many tests as small pictures on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Interval
from abmicro.frozen import frozen
from abmicro.report.words import typeset

if TYPE_CHECKING:
    from abmicro.app.jobs.shelf import FinishedVariant

LEFT, RIGHT = 6, 234
MOST, LEAST = 2.0, -0.9
"""Lifts at which the scale ends whatever there is; what goes on beyond has an arrow."""


@frozen
class LiftStrip:
    """One lift. low, at, high: places; cut: which ends go on beyond the scale. told: in words."""

    low: float
    at: float
    high: float
    cut: tuple[bool, bool]
    told: str


@frozen
class LiftStrips:
    """Strips of micro and macro by row, and the marks of their scale."""

    rows: tuple[tuple[LiftStrip | None, LiftStrip | None], ...]
    marks: tuple[tuple[float, str], ...]
    zero: float


def strips_of(tests: Sequence[FinishedVariant]) -> LiftStrips:
    """The pictures of finished tests."""
    known = [one for test in tests for one in (test.micro, test.macro) if one is not None]
    low = max(min([one.low for one in known] + [-0.1]), LEAST)
    high = min(max([one.high for one in known] + [0.1]), MOST)
    step = next(one for one in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0) if (high - low) / one <= 5)

    def place(lift: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (min(max(lift, low), high) - low) / (high - low), 1)

    def strip(lift: Interval | None) -> LiftStrip | None:
        if lift is None:
            return None
        cut = (lift.low < low, lift.high > high)
        told = typeset(formatting.lift(lift))
        return LiftStrip(place(lift.low), place(lift.estimate), place(lift.high), cut, told)

    first = -int(-low / step)
    marks = [step * at for at in range(first, int(high / step) + 1)]
    named = [
        (place(one), "0" if not round(one, 9) else typeset(f"{100 * one:+.0f}%")) for one in marks
    ]
    return LiftStrips(
        tuple((strip(test.micro), strip(test.macro)) for test in tests), tuple(named), place(0)
    )
