"""What findings will be worth, and what waiting for them costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.planning.results.size import Size


@frozen
class Risk:
    """How often a significant gain is none, where so large a share of tests has a real effect.

    wins: significant gains to be expected in ten such tests, true: those of them that are real.
    """

    true_share: float
    false_positive: float
    wins: float
    true: float


@frozen
class Promise:
    """What a finding on a goal will be worth at the end of the test.

    weeks, units: when it ends: as soon as the planned lift can be found, at the latest after the
        weeks allowed. power: there, at the planned lift.
    exaggeration: how many times too large a significant lift is on average (type M).
    wrong_sign: how often a significant lift points the wrong way (type S).
    assurance: chance of a significant gain, averaged over what is believed of the lift. spread: the
        standard deviation of true log lifts in it, around zero.
    safe: units from which taking the better-looking variant is expected to lose no more than
    tolerance,
        a relative lift.
    """

    goal: str
    weeks: int
    units: float
    power: float
    exaggeration: float
    wrong_sign: float
    risks: tuple[Risk, ...]
    assurance: float
    spread: float
    tolerance: float
    safe: Size


@frozen
class Wait:
    """What deciding after so many weeks costs on average, by what is believed of the lift.

    The better-looking variant is taken at the end, and serves until `horizon` weeks have passed.
    wrong: chance that it is the worse one. waiting: relative loss of the weeks in which not all
    units get the better variant. error: relative loss afterwards. regret: their sum, as a share of
    the conversions of the horizon.
    """

    goal: str
    weeks: int
    units: float
    wrong: float
    waiting: float
    error: float
    regret: float
    horizon: int
