"""The micro lift that a tag would have shown if it had caught as much in both arms.

Every macro conversion must have passed the micro goal, so the order log is a second record of it:
the share of macro conversions with a recorded micro conversion is what the tag captures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.carry_through.label import LabelTerms, Logs, label_logs
from abmicro.stats.foundations.log_ratio import LogLift, log_ratio, normal
from abmicro.stats.foundations.validation import Floats, demand, whole


@frozen(eq=False)
class CaptureCounts:
    """Units of an arm by micro goal, macro goal and whether a tag recorded the first of both.

    counts: (..., 4) units, units with a recorded micro goal, units with the macro goal, and those
        of the latter without a recorded micro goal. Kept as read-only floats.

    Raises ValueError for counts that are negative, fractional or contradict one another.

    >>> CaptureCounts([30_000, 4_000, 600, 12]).counts
    array([3.0e+04, 4.0e+03, 6.0e+02, 1.2e+01])
    """

    counts: Floats

    def __init__(self, counts: ArrayLike) -> None:
        given, name = whole(counts, "counts"), "counts"
        if given.shape[-1:] != (4,):
            what = f"{name} needs units, micro, macro and lacking along its last axis"
            raise ValueError(f"{what}, got shape {given.shape}")
        units, micro, macro, lacking = np.moveaxis(given, -1, 0)
        caught = macro - lacking
        demand(np.asarray(units >= np.maximum(micro, macro)), units, name, "must have enough units")
        demand(
            np.asarray(caught >= 0), lacking, name, "cannot lack more than there are macro goals"
        )
        demand(
            np.asarray(caught <= micro), micro, name, "needs a micro goal for each one not lacking"
        )
        given.setflags(write=False)
        object.__setattr__(self, name, given)


@frozen(eq=False)
class CaptureCorrected:
    """A micro lift before and after correction for what the tag captures, of the batch shape.

    control, treated: share of the arm's macro conversions whose micro conversion was recorded.
    recorded, corrected: log lifts of the micro goal; macro: that of the macro goal.
    covariance: of the estimates of `corrected` and `macro`.
    label: of the pass-through with the corrected lift, see `label_path`.
    """

    control: Floats
    treated: Floats
    recorded: LogLift
    corrected: LogLift
    macro: LogLift
    covariance: Floats
    label: NDArray[np.str_]


def capture_corrected(
    treated: CaptureCounts,
    control: CaptureCounts,
    /,
    *,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
) -> CaptureCorrected:
    """Micro lift and carry-through label, corrected for unequal capture.

    treated, control: counts of the arms, of shapes that broadcast.
    level: two-sided confidence level in (0, 1); threshold: c of the pass-through ruler.

    It assumes that a tag captures the micro conversions of buyers and of other units alike. Where
    an arm has no macro conversion with a record nothing is known: its numbers are NaN and the label
    is `no_micro_signal`.

    Raises ValueError for level or threshold outside (0, 1).

    Source: design note "carry-through", section 5; the order log as the second count of a
    capture-recapture pair: Chapman (1951), University of California Publications in Statistics 1.

    >>> control = CaptureCounts([30_000, 4_000, 600, 12])
    >>> found = capture_corrected(CaptureCounts([30_000, 3_700, 590, 66]), control)
    >>> lifts = found.recorded.estimate, found.corrected.estimate, found.corrected.se
    >>> [round(float(value), 5) for value in lifts]
    [-0.07796, 0.02047, 0.02511]
    """
    c, t = _arm(control), _arm(treated)
    micro, var_micro = log_ratio((t.micro, t.units), (c.micro, c.units))
    macro, var_macro = log_ratio((t.macro, t.units), (c.macro, c.units))
    kept, var_kept = log_ratio((t.caught, t.macro), (c.caught, c.macro))
    var_corrected = var_micro + var_kept - 2 * sum((1 - arm.capture) / arm.micro for arm in (c, t))
    covariance = np.asarray(sum(arm.capture / arm.micro - 1 / arm.units for arm in (c, t)))
    corrected = micro - kept
    expected = corrected, var_corrected, covariance
    logs = Logs(corrected, var_corrected, macro, var_macro, *expected)
    return CaptureCorrected(
        control=c.capture,
        treated=t.capture,
        recorded=normal(micro, var_micro, level=level),
        corrected=normal(corrected, var_corrected, level=level),
        macro=normal(macro, var_macro, level=level),
        covariance=covariance,
        label=label_logs(logs, LabelTerms(level, threshold)),
    )


@frozen(eq=False)
class _LogCounts:
    """Counts that go into logarithms; NaN where one is zero."""

    units: Floats
    micro: Floats
    macro: Floats
    caught: Floats

    @property
    def capture(self) -> Floats:
        return np.asarray(self.caught / self.macro)


def _arm(given: CaptureCounts) -> _LogCounts:
    units, micro, macro, lacking = np.moveaxis(given.counts, -1, 0)
    caught = macro - lacking
    some = caught > 0
    return _LogCounts(*(np.where(some, count, np.nan) for count in (units, micro, macro, caught)))
