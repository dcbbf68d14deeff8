"""What a test of this size can detect."""

from __future__ import annotations

from math import nan
from typing import Literal

from abmicro.frozen import frozen

ClaimName = Literal["macro_up", "at_least", "less_than_full"]


@frozen
class Detectable:
    """What the units of one variant and the control could see of a goal.

    asks: `change`, or `no_loss` (a guardrail, against its margin). lift: the smallest in the good
    direction that is found with probability `wanted`; for `no_loss` the smallest loss that can be
    ruled out, if there is none; NaN where there is no such. alpha: the level of one comparison as
    planned, two-sided for `change`, else one-sided; a step of the correction may have been milder.
    planned: the lift of the plan (`mde`), or the loss that the margin allows, both signed. power:
    of these units for it. needed: units in all variants for it; all three NaN without a plan.
    units: in all variants. note: why a number is missing, else empty.
    """

    goal: str
    variant: str
    asks: Literal["change", "no_loss"]
    wanted: float
    lift: float
    planned: float
    power: float
    units: float
    needed: float
    note: str = ""
    alpha: float = nan


@frozen
class Claim:
    """What one statement about a carry-through needs, at the planned micro lift.

    claim: `macro_up`: the macro goal moved with the micro goal; `at_least` the asked share of the
    gain arrived; `less_than_full`: part of it did not. pass_through: the truth under which it is
    looked for. planned: the micro lift, signed. power: of the units there are; needed: in all
    variants for the probability `wanted`; infinite where no number would do. alpha: the two-sided
    level at which the ruler judged the pair.
    """

    variant: str
    micro: str
    macro: str
    claim: ClaimName
    pass_through: float
    planned: float
    wanted: float
    power: float
    units: float
    needed: float
    alpha: float = nan
