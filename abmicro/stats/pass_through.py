"""How much of a micro gain reached a macro goal.

The control's pass-through rates applied to the treated micro rate give the macro lift to expect.
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
from abmicro.stats.expected_lift import Joint, expected_lift, joint_rates
from abmicro.stats.fieller import FiellerSet, fieller
from abmicro.stats.log_lift import LogLift, Nested, log_ratio, nested, normal, per_thousand

NO_SIGNAL = "no_micro_signal"
NO_EXPECTATION = "no_expected_carry"

# Rows: the interval's low end at most 0, above 0, at least c. Columns: its high end at least 1,
# below 1, below c, below 0.
_READING = (
    ("inconclusive", "not_fully_carried", "not_carried", "contradicted"),
    ("carried_size_open", "partly_carried", "partly_carried", "partly_carried"),
    ("carried", "carried", "carried", "carried"),
)
_GAINS = tuple(label for row in _READING for label in row)
_LABELS = np.array([*_GAINS, *(f"loss_{gain}" for gain in _GAINS), NO_SIGNAL, NO_EXPECTATION])

FEW = 10  # below it a logarithm of a count is poorly normal


@dataclass(frozen=True, slots=True, eq=False)
class PassThrough:
    """Everything about one micro goal and one macro goal; all of the batch shape.

    micro, macro: log lifts of the rates per unit; expected: the macro's at the control's
        pass-through rates (on a path: the micro's own).
    covariance: of the estimates of macro and expected lift (on a path: the micro's variance).
    dilution: the share of a micro lift that is expected to show in the macro (on a path: 1).
    ratio: the pass-through with its Fieller set.
    label: where the set lies, see `label_path` and `label_joint`.
    extra_micro, extra_macro, expected_extra_macro: conversions per 1,000 units of the treated arm
        beyond the control's, with intervals that exclude 0 exactly where the log lift's do.
    shaky: a count under ten went into a logarithm; adjusted: one was zero, see `path`, `joint`.
    """

    micro: LogLift
    macro: LogLift
    expected: LogLift
    covariance: Floats
    dilution: Floats
    ratio: FiellerSet
    label: NDArray[np.str_]
    extra_micro: Effect
    extra_macro: Effect
    expected_extra_macro: Effect
    shaky: Bools
    adjusted: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Logs:
    """Log lifts with their variances, and the covariance of macro and expected lift.

    Whoever estimates them otherwise (corrected, stratified) reads the label with `label_logs`.
    """

    micro: Floats
    var_micro: Floats
    macro: Floats
    var_macro: Floats
    expected: Floats
    var_expected: Floats
    covariance: Floats


def path(
    control: ArrayLike, treated: ArrayLike, *, level: ArrayLike = 0.95, threshold: ArrayLike = 0.5
) -> PassThrough:
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
    logs = _path_logs(counts)
    micro_rate, macro_rate = (counts.control[..., goal] / counts.control[..., 0] for goal in (1, 2))
    return _pass_through(
        logs,
        rates=(micro_rate, macro_rate),
        dilution=np.ones_like(logs.micro),
        fewest=np.minimum(counts.treated[..., 2], counts.control[..., 2]),
        adjusted=counts.adjusted,
        choice=(level, threshold),
    )


def joint(
    control: ArrayLike, treated: ArrayLike, *, level: ArrayLike = 0.95, threshold: ArrayLike = 0.5
) -> PassThrough:
    """Pass-through of any micro goal, from the joint cells of micro and macro.

    control, treated: (..., 4) units with both goals, micro only, macro only, neither.
    level, threshold: as in `path`.

    The expected lift rests on the control's association of both goals, which is an upper reference
    for a goal beside the path: engaged people do both. On a path (no macro without micro) the
    figures are those of `path`. If a count of micro or macro is zero, 1/4 is added to every cell of
    both arms (`adjusted`); without units in an arm every number is NaN.

    Raises ValueError for cells that are negative, fractional or not four.

    Source: design note "carry-through", section 1b.

    >>> found = joint([420, 3580, 480, 15520], [560, 4440, 470, 14530])
    >>> round(float(found.ratio.estimate), 4), round(float(found.ratio.low), 4), str(found.label)
    (1.6856, 0.6058, 'carried')
    """
    rates = joint_rates(control, treated)
    logs, dilution = _joint_logs(rates)
    return _pass_through(
        logs,
        rates=(rates.micro[0], rates.macro[0]),
        dilution=dilution,
        fewest=rates.fewest,
        adjusted=rates.adjusted,
        choice=(level, threshold),
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
    return label_logs(_path_logs(nested(*_three(control, treated))), level, threshold)


def label_joint(
    control: ArrayLike, treated: ArrayLike, *, level: ArrayLike = 0.95, threshold: ArrayLike = 0.5
) -> NDArray[np.str_]:
    """The carry-through label of any pair of goals, for as many experiments as one likes.

    control, treated: (..., 4) units with both goals, micro only, macro only, neither.
    level, threshold: as in `path`.

    Returns the labels of `label_path`, and `no_expected_carry` where the micro moved but the
    control's association leads one to expect no clear macro lift in the same direction.

    Raises ValueError as `joint`.

    Source: design note "carry-through", section 1e.

    >>> str(label_joint([420, 3580, 480, 15520], [560, 4440, 470, 14530]))
    'carried'
    """
    return label_logs(_joint_logs(joint_rates(control, treated))[0], level, threshold)


def _three(control: ArrayLike, treated: ArrayLike) -> tuple[ArrayLike, ArrayLike]:
    for name, counts in (("control", control), ("treated", treated)):
        if np.shape(counts)[-1:] != (3,):
            shape = np.shape(counts)
            raise ValueError(f"{name} needs units, micro, macro along its last axis, got {shape}")
    return control, treated


def _path_logs(counts: Nested) -> Logs:
    """On a path the micro lift is expected whole, and Cov(macro, micro) is the micro's variance."""
    (micro, var_micro), (macro, var_macro) = (
        log_ratio(
            (counts.treated[..., goal], counts.treated[..., 0]),
            (counts.control[..., goal], counts.control[..., 0]),
        )
        for goal in (1, 2)
    )
    return Logs(micro, var_micro, macro, var_macro, micro, var_micro, var_micro)


def _joint_logs(rates: Joint) -> tuple[Logs, Floats]:
    """The log lifts of joint cells, and the dilution."""
    (micro, var_micro), (macro, var_macro) = (
        log_ratio(
            (share[1] * rates.units[1], rates.units[1]), (share[0] * rates.units[0], rates.units[0])
        )
        for share in (rates.micro, rates.macro)
    )
    hoped = expected_lift(rates)
    covariances = hoped.variance, hoped.covariance
    return Logs(micro, var_micro, macro, var_macro, hoped.estimate, *covariances), hoped.dilution


def _pass_through(
    logs: Logs,
    *,
    rates: tuple[Floats, Floats],
    dilution: Floats,
    fewest: Floats,
    adjusted: Bools,
    choice: tuple[ArrayLike, ArrayLike],
) -> PassThrough:
    """Everything that follows from the log lifts and the control's rates of micro and macro."""
    level, threshold = choice
    micro = normal(logs.micro, logs.var_micro, level=level)
    macro = normal(logs.macro, logs.var_macro, level=level)
    expected = normal(logs.expected, logs.var_expected, level=level)
    return PassThrough(
        micro=micro,
        macro=macro,
        expected=expected,
        covariance=logs.covariance,
        dilution=dilution,
        ratio=fieller(
            logs.macro,
            logs.expected,
            logs.var_macro,
            logs.var_expected,
            logs.covariance,
            level=level,
        ),
        label=label_logs(logs, level, threshold),
        extra_micro=micro.times(per_thousand(rates[0], logs.micro)),
        extra_macro=macro.times(per_thousand(rates[1], logs.macro)),
        expected_extra_macro=expected.times(per_thousand(rates[1], logs.expected)),
        shaky=fewest < FEW,
        adjusted=adjusted,
    )


def label_logs(logs: Logs, level: ArrayLike, threshold: ArrayLike) -> NDArray[np.str_]:
    """The label that log lifts bear: gate, benchmark, then where the ends of the interval lie.

    logs: of any batch shape; NaN reads as no signal. level, threshold: as in `path`.

    >>> logs = Logs(*map(np.asarray, (0.1, 1e-4, 0.09, 4e-4, 0.1, 1e-4, 1e-4)))
    >>> str(label_logs(logs, 0.95, 0.5))
    'carried'
    """
    z2 = critical(level) ** 2
    c = within(threshold, "threshold", 0, 1)
    loss = logs.micro < 0
    toward = np.where(loss, -logs.macro, logs.macro)  # the macro's log lift, the micro's way up
    hoped = np.where(loss, -logs.expected, logs.expected)
    contrasts = [toward - share * hoped for share in (0, c, 1)]
    # A contrast against its noise, both squared.
    signed = [contrast * np.abs(contrast) for contrast in contrasts]
    noise = [
        z2 * (logs.var_macro - share * (2 * logs.covariance - share * logs.var_expected))
        for share in (0, c, 1)
    ]
    low = np.add(signed[0] > noise[0], signed[1] >= noise[1], dtype=np.int8)
    high = sum((s < -n for s, n in zip(signed, noise, strict=True)), start=np.int8(0))
    place = len(_GAINS) * loss + len(_READING[0]) * low + high
    expects = (hoped > 0) & (hoped**2 > z2 * logs.var_expected)
    signal = logs.micro**2 > z2 * logs.var_micro
    place = np.where(signal, np.where(expects, place, -1), -2)
    return np.asarray(_LABELS[place])
