"""What a finding costs: units and time."""

from __future__ import annotations

from abmicro.frozen import frozen


@frozen
class ArmUnits:
    """Units that one variant gets."""

    variant: str
    units: float


@frozen
class Size:
    """What a finding costs: units in all variants together, in each variant, and time.

    weeks: whole weeks, so that every weekday counts equally. end: first day after these weeks as
    ISO text, empty without a start or beyond the calendar.
    """

    total: float
    arms: tuple[ArmUnits, ...]
    days: float
    weeks: float
    end: str
