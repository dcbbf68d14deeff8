"""How much of a micro gain reached a macro goal.

The control's pass-through rates applied to the treated micro rate give the macro lift to expect.
The pass-through kappa is the observed log lift over the expected one: 0, nothing arrived; 1, all of
it. Labels say where the Fieller interval of kappa lies relative to 0, a threshold c and 1, behind a
gate that asks for a significant micro lift.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.carry_through.amount_ruler import (
    AmountLifts,
    AmountPast,
    amount_lifts,
    amount_ruler,
)
from abmicro.stats.carry_through.expected_lift import Joint, joint_rates
from abmicro.stats.carry_through.label import (
    LabelTerms,
    Logs,
    OwnTests,
    label_logs,
    settled_set,
)
from abmicro.stats.carry_through.log_lifts import (
    joint_logs,
    micro_and_macro,
    micro_macro_covariance,
    path_logs,
)
from abmicro.stats.carry_through.stratified_rates import (
    Split,
    joint_strata_rates,
    path_strata_rates,
    value_rates,
)
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.fieller_sets import FiellerSet, fieller
from abmicro.stats.foundations.log_ratio import (
    LogLift,
    nested,
    normal,
    per_thousand,
    three,
)
from abmicro.stats.foundations.validation import Bools, Floats

FEW = 10  # below it a logarithm of a count is poorly normal


@frozen(eq=False)
class PassThrough:
    """Everything about one micro goal and one macro goal; all of the batch shape.

    micro, macro: log lifts of the rates per unit; expected: the macro's at the control's
        pass-through rates (on a path: the micro's own).
    covariance: of the estimates of macro and expected lift (on a path: the micro's variance);
        micro_macro: of those of micro and macro.
    dilution: the share of a micro lift that is expected to show in the macro (on a path: 1).
    ratio: the pass-through with its Fieller set.
    label: where the set lies, see `label_path` and `label_joint`.
    extra_micro, extra_macro, expected_extra_macro: conversions per 1,000 units of the treated arm
        beyond the control's, with intervals that exclude 0 exactly where the log lift's do.
    shaky: a count under ten went into a logarithm; adjusted: one was zero, see `path`, `joint`.
    amount: lifts of an amount, whose ratio and label rest on no logarithm; None for rates.
    """

    micro: LogLift
    macro: LogLift
    expected: LogLift
    covariance: Floats
    micro_macro: Floats
    dilution: Floats
    ratio: FiellerSet
    label: NDArray[np.str_]
    extra_micro: Effect
    extra_macro: Effect
    expected_extra_macro: Effect
    shaky: Bools
    adjusted: Bools
    amount: AmountLifts | None = None

    @property
    def macro_lift(self) -> Effect:
        """The lift of the macro, which excludes 0 exactly where the label's own contrast does."""
        return self.macro.lift if self.amount is None else self.amount.macro

    @property
    def expected_macro_lift(self) -> Effect:
        """The lift to expect of the macro."""
        return self.expected.lift if self.amount is None else self.amount.expected


def path(
    treated: NestedCounts,
    control: NestedCounts,
    /,
    *,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
    own: OwnTests | None = None,
) -> PassThrough:
    """Pass-through of a micro goal without which the macro is impossible.

    treated, control: (..., 3) units, units with the micro goal, units with the macro goal.
    level: two-sided confidence level in (0, 1), of the batch shape or a number.
    threshold: the share c in (0, 1) of the expected lift that counts as carried, likewise.
    own: what tests of the goals' own say, which then are the gate and the claim on the macro; the
        level is that of the share that arrived, and the set lies on the macro's side of 0.

    If a count is zero, 1/2 is added to micro and macro and 1 to the units of both arms
    (`adjusted`). For an arm without units every number is NaN and the label is `no_micro_signal`.

    Raises ValueError for counts that are not three, and for level or threshold outside (0, 1).

    Source: design note "carry-through", sections 1b and 1e; interval: Fieller (1954).

    >>> control = NestedCounts([100_000, 12_000, 2_950])
    >>> found = path(NestedCounts([100_000, 13_200, 3_105]), control)
    >>> round(float(found.ratio.estimate), 5), round(float(found.ratio.high), 5), str(found.label)
    (0.53728, 0.99801, 'partly_carried')
    """
    counts = nested(*three(treated, control))
    logs = path_logs(counts)
    micro_rate, macro_rate = (counts.control[..., goal] / counts.control[..., 0] for goal in (1, 2))
    return _pass_through(
        logs,
        rates=(micro_rate, macro_rate),
        micro_macro=logs.covariance,
        dilution=np.ones_like(logs.micro),
        fewest=np.minimum(counts.treated[..., 2], counts.control[..., 2]),
        adjusted=counts.adjusted,
        terms=LabelTerms(level, threshold, own),
    )


def joint(
    treated: JointCells,
    control: JointCells,
    /,
    *,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
    own: OwnTests | None = None,
) -> PassThrough:
    """Pass-through of any micro goal, from the joint cells of micro and macro.

    treated, control: (..., 4) units with both goals, micro only, macro only, neither.
    level, threshold, own: as in `path`.

    The expected lift rests on the control's association of both goals, which is an upper reference
    for a goal beside the path: engaged people do both. On a path (no macro without micro) the
    figures are those of `path`. If a count of micro or macro is zero, 1/4 is added to every cell of
    both arms (`adjusted`); without units in an arm every number is NaN.

    Raises ValueError for level or threshold outside (0, 1).

    Source: design note "carry-through", section 1b.

    >>> control = JointCells([420, 3580, 480, 15520])
    >>> found = joint(JointCells([560, 4440, 470, 14530]), control)
    >>> round(float(found.ratio.estimate), 4), round(float(found.ratio.low), 4), str(found.label)
    (1.6856, 0.6058, 'carried')
    """
    return _of_means(joint_rates(treated, control), LabelTerms(level, threshold, own))


def path_strata(
    treated: NestedCounts,
    control: NestedCounts,
    /,
    *,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
    own: OwnTests | None = None,
) -> PassThrough:
    """`path` within strata, for arms whose shares of the units differ between them.

    treated, control: (..., S, 3) units, units with the micro goal, units with the macro goal.
    level, threshold, own: as in `path`.

    The rates are post-stratified: each stratum counts with its share of the units of both arms, so
    that a season during a ramp is no effect. Strata where an arm has no unit are left out; strata
    should hold some dozens of units of each arm. With one stratum the figures are those of `path`.

    Raises ValueError as `path`, and without a strata axis.

    Source: design note "carry-through", section 0, last item.

    >>> control = NestedCounts([[54_000, 5_400, 1_080], [30_000, 4_800, 1_440]])
    >>> treated = NestedCounts([[6_000, 600, 120], [30_000, 4_800, 1_440]])
    >>> found = path_strata(treated, control)
    >>> abs(float(found.micro.estimate)) < 1e-12, str(found.label)
    (True, 'no_micro_signal')
    """
    joint = path_strata_rates(treated, control)
    (micro, var_micro), (macro, var_macro) = micro_and_macro(joint)
    logs = Logs(micro, var_micro, macro, var_macro, micro, var_micro, micro_macro_covariance(joint))
    return _of_logs(logs, joint, np.ones_like(micro), LabelTerms(level, threshold, own))


def joint_strata(
    treated: JointCells,
    control: JointCells,
    /,
    *,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
    own: OwnTests | None = None,
) -> PassThrough:
    """`joint` within strata, for arms whose shares of the units differ between them.

    treated, control: (..., S, 4) units with both goals, micro only, macro only, neither.
    level, threshold, own: as in `path`; strata: as in `path_strata`.

    Raises ValueError as `joint`, and without a strata axis.

    Source: design note "carry-through", sections 0 and 1b.

    >>> control = JointCells([[420, 3580, 480, 15520]])
    >>> found = joint_strata(JointCells([[560, 4440, 470, 14530]]), control)
    >>> round(float(found.ratio.estimate), 4)
    1.6856
    """
    return _of_means(joint_strata_rates(treated, control), LabelTerms(level, threshold, own))


def value_strata(
    treated: Split,
    control: Split,
    /,
    *,
    past: AmountPast | None = None,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
    own: OwnTests | None = None,
) -> PassThrough:
    """Pass-through of any micro goal to a macro that is an amount per unit, such as revenue.

    treated, control: moments (..., S) of the value of the units with the micro goal, and of those
        without it; S strata, one where there is but one.
    past: values from before; the amount is then observed without what they predict.
    level, threshold, own: as in `path`; strata: as in `path_strata`.

    The expected lift rests on the control's mean value with and without the micro goal. Extra macro
    figures are amounts per 1,000 units. `shaky` counts a value by its effective number of equal
    amounts. Where an arm's mean value is not above zero every macro figure is NaN.

    Raises ValueError where shapes do not broadcast.

    Source: design note "carry-through", sections 0 (means) and 1b.

    >>> from abmicro.stats.means.welch import Moments
    >>> control = Moments([12_000], [90_000.0], [3.1e6]), Moments([88_000], [0.0], [0.0])
    >>> treated = Moments([13_200], [95_000.0], [3.3e6]), Moments([86_800], [0.0], [0.0])
    >>> found = value_strata(treated, control)
    >>> round(float(found.ratio.estimate), 4), str(found.label)
    (0.5556, 'carried_size_open')
    """
    terms = LabelTerms(level, threshold, own)
    found = _of_means(value_rates(treated, control), terms)
    ruler = amount_ruler(treated, control, past)
    signal = found.micro.p < 1 - np.asarray(level)
    label = ruler.label(signal, terms)
    macro, expected = ruler.difference(level), ruler.hoped(level)
    return replace(
        found,
        ratio=settled_set(ruler.ratio(level), label, ruler.micro < 0, own),
        label=label,
        extra_macro=_per_thousand(macro),
        expected_extra_macro=_per_thousand(expected),
        amount=amount_lifts(treated, control, ruler, level, past),
    )


def _per_thousand(difference: Effect) -> Effect:
    return Effect(*(1000 * part for part in difference))


def _of_means(joint: Joint, terms: LabelTerms) -> PassThrough:
    """The pass-through from the means of both arms."""
    logs, dilution = joint_logs(joint)
    return _of_logs(logs, joint, dilution, terms)


def _of_logs(logs: Logs, joint: Joint, dilution: Floats, terms: LabelTerms) -> PassThrough:
    return _pass_through(
        logs,
        rates=(joint.micro[0], joint.macro[0]),
        micro_macro=micro_macro_covariance(joint),
        dilution=dilution,
        fewest=joint.fewest,
        adjusted=joint.adjusted,
        terms=terms,
    )


def _pass_through(
    logs: Logs,
    *,
    rates: tuple[Floats, Floats],
    micro_macro: Floats,
    dilution: Floats,
    fewest: Floats,
    adjusted: Bools,
    terms: LabelTerms,
) -> PassThrough:
    """Everything that follows from the log lifts and the control's rates of micro and macro."""
    level, label = terms.level, label_logs(logs, terms)
    micro = normal(logs.micro, logs.var_micro, level=level)
    macro = normal(logs.macro, logs.var_macro, level=level)
    expected = normal(logs.expected, logs.var_expected, level=level)
    noise = logs.var_macro, logs.var_expected, logs.covariance
    ratio = fieller(logs.macro, logs.expected, *noise, level=level)
    return PassThrough(
        micro=micro,
        macro=macro,
        expected=expected,
        covariance=logs.covariance,
        micro_macro=micro_macro,
        dilution=dilution,
        ratio=settled_set(ratio, label, logs.micro < 0, terms.own),
        label=label,
        extra_micro=micro.times(per_thousand(rates[0], logs.micro)),
        extra_macro=macro.times(per_thousand(rates[1], logs.macro)),
        expected_extra_macro=expected.times(per_thousand(rates[1], logs.expected)),
        shaky=fewest < FEW,
        adjusted=adjusted,
    )
