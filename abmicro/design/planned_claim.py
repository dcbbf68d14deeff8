"""The planned test of a statement about carry-through: a contrast of two log lifts.

A micro lift of which the part `carried` arrives moves the macro goal by so much of what is expected
at the control's pass-through; the statement compares that part with a bar. Both variants are
reckoned with the control's noise (design note "carry-through", section 1f).
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf, isnan, log1p, nan, sqrt
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, Self, SupportsFloat

import numpy as np

from abmicro.design.allocation import ratios, shares
from abmicro.design.look_plan import AskedOf, LookPlan, as_fixed, in_looks
from abmicro.design.planned_test import ROUNDING, looks_of_claims
from abmicro.frozen import frozen
from abmicro.stats.power.power import Design, power_of, units_for

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment

ShareClaim = Literal["at_least", "less_than_full"]
ClaimName = Literal["macro_up"] | ShareClaim


@frozen
class JointRates:
    """Shares of units with a micro goal, with its macro goal, and with both."""

    micro: float
    macro: float
    both: float

    @property
    def phi(self) -> float:
        """Correlation, over units, of reaching the one and the other."""
        spread = self.micro * (1 - self.micro) * self.macro * (1 - self.macro)
        return (self.both - self.micro * self.macro) / sqrt(spread)

    @property
    def dilution(self) -> float:
        """Part of the macro goal that goes with the micro goal: 1 on the path."""
        return 1 - (self.macro - self.both) / (1 - self.micro) / self.macro

    @property
    def noise(self) -> LogNoise:
        """What one unit of a variant with these rates tells of both log rates.

        >>> JointRates(0.5, 0.25, 0.25).noise
        LogNoise(micro=1.0, macro=3.0, together=1.0)
        """
        if not (0 < self.micro < 1 and 0 < self.macro < 1):
            return LogNoise(nan, nan, nan)
        together = self.both / self.micro / self.macro - 1
        return LogNoise((1 - self.micro) / self.micro, (1 - self.macro) / self.macro, together)


class LogNoise(NamedTuple):
    """Variances of the log rates of micro and macro goal by one unit of a variant; covariance."""

    micro: float
    macro: float
    together: float


class Statement(Protocol):
    """What is planned of a pair: a contrast here, or the test of the macro goal's own row."""

    @property
    def alpha(self) -> float:
        """Of one comparison."""

    @property
    def is_possible(self) -> bool:
        """Whether it can be planned."""

    def as_run(self, control: float, treated: float) -> Self:
        """The same with the split that so many units of both have."""

    def units(self) -> float:
        """Units in all variants that find it with the wanted power."""

    def power_at(self, units: float) -> SupportsFloat:
        """Probability of finding it with so many units in all variants."""


@frozen
class PlannedClaim:
    """A statement on carry-through, what is true when it is found, and how it is tested.

    expected: log lift of the macro goal if all of the planned micro lift arrives, signed.
    carried: the part that does arrive. bar: the part it is compared with.
    alpha: of one two-sided comparison. power: the wanted probability of a finding.
    control_share: of all units. ratio: units of the treated variant for one of the control.
    """

    expected: float
    noise: LogNoise
    carried: float
    bar: float
    alpha: float
    power: float
    control_share: float
    ratio: float
    looks: LookPlan | None = None

    @property
    def asked(self) -> AskedOf:
        """What looks are asked for."""
        return AskedOf(self.alpha, self.power, 2)

    def as_run(self, control: float, treated: float) -> PlannedClaim:
        """The same statement with the split that so many units of both have."""
        share = control / (control + treated)
        return replace(self, control_share=share, ratio=treated / control)

    @property
    def is_possible(self) -> bool:
        """Whether the noise of both lifts is known, and the micro lift is one."""
        return self._variance > 0 and not isnan(self.expected)

    @property
    def _variance(self) -> float:
        """Of the contrast, by one unit of the control."""
        micro, macro, together = self.noise
        contrast = macro - 2 * self.bar * together + self.bar**2 * micro
        return contrast * (1 + 1 / self.ratio)

    def design(self) -> Design:
        """What the test sees of the statement."""
        distance, sd = (self.carried - self.bar) * self.expected, sqrt(self._variance)
        return Design(*map(np.asarray, (distance, sd, sd, self.ratio)))

    def units(self) -> float:
        """Units in all variants that find it with the wanted power.

        Infinite where no number would do, NaN where the noise is not known.
        """
        if not self.is_possible:
            return nan
        once = float(units_for(self.design(), power=self.power, alpha=self.alpha).control)
        control = in_looks(self, once)
        return inf if control == inf else float(ceil(control / self.control_share * (1 - ROUNDING)))

    def power_at(self, units: float) -> float:
        """Probability of finding it with so many units in all variants; NaN where not known."""
        if not self.is_possible:
            return nan
        control = as_fixed(self, units * self.control_share)
        return float(power_of(self.design(), control, alpha=self.alpha))


def planned_claim(
    experiment: Experiment,
    name: ShareClaim,
    carried: float,
    *,
    lift: float,
    dilution: float,
    noise: LogNoise,
    alpha: float,
    variant: str | None = None,
) -> PlannedClaim:
    """A statement on the share of a gain that arrived, as the definition plans it.

    lift: planned, of the micro goal, signed. dilution: part of it that the macro goal can show.
    alpha: the level of the pair; see `families.pair_alphas`.
    variant: the treated one that is compared; None for the one with the smallest share.
    """
    divided, options = ratios(experiment), experiment.analysis
    bars = {"at_least": options.carry_threshold, "less_than_full": 1.0}
    moved = dilution * lift
    return PlannedClaim(
        expected=log1p(moved) if moved > -1 else nan,
        noise=noise,
        carried=carried,
        bar=bars[name],
        alpha=alpha,
        power=experiment.plan.power,
        control_share=shares(experiment)[experiment.control.name],
        ratio=min(divided.values()) if variant is None else divided[variant],
        looks=looks_of_claims(experiment),
    )
