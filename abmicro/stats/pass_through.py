"""How much of a micro gain reached a macro goal that is impossible without the micro goal.

The control's pass-through rate applied to the variant's micro rate gives the macro lift to expect.
The pass-through kappa is the observed log lift over the expected one: 0, nothing arrived; 1, all of
it. Labels say where the Fieller interval of kappa lies relative to 0, a threshold c and 1, behind a
gate that asks for a significant micro lift. They are read here from signed z-contrasts, which needs
no root and no division: kappa's interval lies above b exactly where the macro lift exceeds b times
the expected lift significantly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.arguments import Bools, Floats, within
from abmicro.stats.effect import Effect, critical
from abmicro.stats.fieller import FiellerSet, fieller
from abmicro.stats.log_lift import (
    LogLift,
    Nested,
    log_lift,
    log_ratio,
    nested,
    per_thousand,
)

NO_SIGNAL = "no_micro_signal"

# Rows: the interval's low end at most 0, above 0, at least c. Columns: its high end at least 1,
# below 1, below c, below 0.
_READING = (
    ("inconclusive", "not_fully_carried", "not_carried", "contradicted"),
    ("carried_size_open", "partly_carried", "partly_carried", "partly_carried"),
    ("carried", "carried", "carried", "carried"),
)
_GAINS = tuple(label for row in _READING for label in row)
_LABELS = np.array([*_GAINS, *(f"loss_{label}" for label in _GAINS), NO_SIGNAL])

FEW = 10  # below it a logarithm of a count is poorly normal


@dataclass(frozen=True, slots=True, eq=False)
class PathPassThrough:
    """Everything about one micro goal on the path to the macro; all of the batch shape.

    micro, macro: log lifts of the rates per unit; expected: the macro's if all of the micro's
        carried through (on a path: the micro's own).
    covariance: of the estimates of macro and expected lift (on a path: the micro's variance).
    ratio: the pass-through with its Fieller set.
    label: where the set lies, see `label_path`.
    extra_micro, extra_macro, expected_extra_macro: conversions per 1,000 units of the treated arm
        beyond the control's, with intervals that exclude 0 exactly where the log lift's do.
    shaky: a count under ten went into a logarithm; adjusted: one was zero, see `path`.
    """

    micro: LogLift
    macro: LogLift
    expected: LogLift
    covariance: Floats
    ratio: FiellerSet
    label: NDArray[np.str_]
    extra_micro: Effect
    extra_macro: Effect
    expected_extra_macro: Effect
    shaky: Bools
    adjusted: Bools


def path(
    control: ArrayLike, treated: ArrayLike, *, level: ArrayLike = 0.95, threshold: ArrayLike = 0.5
) -> PathPassThrough:
    """Pass-through of a micro goal without which the macro is impossible.

    control, treated: (..., 3) units, units with the micro goal, units with the macro goal.
    level: two-sided confidence level in (0, 1), of the batch shape or a number.
    threshold: the share c in (0, 1) of the expected lift that counts as carried, likewise.

    If a count is zero, 1/2 is added to micro and macro and 1 to the units of both arms
    (`adjusted`). For an arm without units every number is NaN and the label is `no_micro_signal`.

    Raises ValueError for counts that are negative, fractional or larger than the one before
    (macro above micro, micro above units), and for level or threshold outside (0, 1).

    Source: design note "carry-through", sections 1b and 1e; interval: Fieller (1954).

    >>> found = path([100_000, 12_000, 2_950], [100_000, 13_200, 3_105])
    >>> round(float(found.ratio.estimate), 5), round(float(found.ratio.high), 5), str(found.label)
    (0.53728, 0.99801, 'partly_carried')
    """
    counts = nested(*_three(control, treated))
    micro, macro = (
        log_lift(_of_units(counts.treated, goal), _of_units(counts.control, goal), level=level)
        for goal in (1, 2)
    )
    variance = micro.se**2
    ratio = fieller(macro.estimate, micro.estimate, macro.se**2, variance, variance, level=level)
    micro_rate, macro_rate = (counts.control[..., goal] / counts.control[..., 0] for goal in (1, 2))
    return PathPassThrough(
        micro=micro,
        macro=macro,
        expected=micro,
        covariance=variance,
        ratio=ratio,
        label=_labels(counts, level, threshold),
        extra_micro=micro.times(per_thousand(micro_rate, micro.estimate)),
        extra_macro=macro.times(per_thousand(macro_rate, macro.estimate)),
        expected_extra_macro=micro.times(per_thousand(macro_rate, micro.estimate)),
        shaky=np.minimum(counts.treated[..., 2], counts.control[..., 2]) < FEW,
        adjusted=counts.adjusted,
    )


def label_path(
    control: ArrayLike, treated: ArrayLike, *, level: ArrayLike = 0.95, threshold: ArrayLike = 0.5
) -> NDArray[np.str_]:
    """The carry-through label of path goals, for as many experiments as one likes.

    control, treated: (..., 3) units, units with the micro goal, units with the macro goal.
    level, threshold: as in `path`.

    Returns an array of the batch shape. With [low, high] the Fieller interval of the pass-through:

    - `no_micro_signal`: the micro lift is not significant;
    - `carried`: low >= c; `carried_size_open`: 0 < low < c, high >= 1; `partly_carried`:
      0 < low < c, high < 1;
    - `not_fully_carried`: low <= 0, c <= high < 1; `not_carried`: low <= 0 <= high < c;
      `contradicted`: high < 0; `inconclusive`: low <= 0, high >= 1;
    - the same with prefix `loss_` where the micro goal fell.

    For every truth the chance of a wrong label is at most 1 - level, and that of a label that
    claims a macro gain that is none at most half of it, for large counts.

    Raises ValueError as `path`.

    Source: design note "carry-through", section 1e.

    >>> label_path([100_000, 12_000, 2_950], [[100_000, 13_200, 3_105], [100_000, 11_900, 2_900]])
    array(['partly_carried', 'no_micro_signal'], dtype='<U22')
    """
    return _labels(nested(*_three(control, treated)), level, threshold)


def _three(control: ArrayLike, treated: ArrayLike) -> tuple[ArrayLike, ArrayLike]:
    for name, counts in (("control", control), ("treated", treated)):
        if np.shape(counts)[-1:] != (3,):
            shape = np.shape(counts)
            raise ValueError(f"{name} needs units, micro, macro along its last axis, got {shape}")
    return control, treated


def _of_units(arm: Floats, goal: int) -> tuple[Floats, Floats]:
    return arm[..., goal], arm[..., 0]


def _labels(counts: Nested, level: ArrayLike, threshold: ArrayLike) -> NDArray[np.str_]:
    """The gate, then on which side of 0, c and 1 both ends of the interval lie."""
    z2 = critical(level) ** 2
    c = within(threshold, "threshold", 0, 1)
    (micro, var_micro), (macro, var_macro) = (
        log_ratio(_of_units(counts.treated, goal), _of_units(counts.control, goal))
        for goal in (1, 2)
    )
    loss = micro < 0
    toward = np.where(loss, -macro, macro)  # the macro's log lift in the direction of the micro's
    contrasts = [toward - share * np.abs(micro) for share in (0, c, 1)]
    # A contrast against its noise, both squared; Cov(macro, micro) is the micro's variance.
    signed = [contrast * np.abs(contrast) for contrast in contrasts]
    noise = [z2 * (var_macro - share * (2 - share) * var_micro) for share in (0, c, 1)]
    low = np.add(signed[0] > noise[0], signed[1] >= noise[1], dtype=np.int8)
    high = sum((s < -n for s, n in zip(signed, noise, strict=True)), start=np.int8(0))
    signal = micro**2 > z2 * var_micro
    place = len(_GAINS) * loss + len(_READING[0]) * low + high
    return np.asarray(_LABELS[np.where(signal, place, len(_LABELS) - 1)])
