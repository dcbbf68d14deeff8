"""A micro change that the pass-through rate undoes to the unit: the mark of a tag, not of people.

If a tag stops firing for some units, the micro goal falls, the recorded pass-through rate rises by
as much, and the macro goal does not move. On one device only, the same mirror image tells of a tag
that was lost, or mended, there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.log_ratio import log_ratio, nested
from abmicro.stats.foundations.validation import Bools, Floats
from abmicro.stats.means.welch import or_nan
from abmicro.stats.stratified.homogeneity import Homogeneity, chi_square_law


class StepLifts(NamedTuple):
    """Log lifts with their standard errors: micro per unit, macro per micro, macro per unit."""

    micro: tuple[Floats, Floats]
    quality: tuple[Floats, Floats]
    macro: tuple[Floats, Floats]


def step_lifts(treated: NestedCounts, control: NestedCounts, /) -> StepLifts:
    """The three log lifts of a path of one micro goal.

    treated, control: (..., 3) units, units with the micro goal, units with the macro goal. With a
    zero count 1/2 is added as in `log_ratio.nested`; NaN where an arm has no units.

    >>> lifts = step_lifts(NestedCounts([1_000, 132, 33]), NestedCounts([1_000, 120, 30]))
    >>> [round(float(estimate), 4) for estimate, _ in lifts]
    [0.0953, 0.0, 0.0953]
    """
    counts, top, base = nested(treated, control), [1, 2, 2], [0, 1, 0]
    lift, noise = log_ratio(
        (counts.treated[..., top], counts.treated[..., base]),
        (counts.control[..., top], counts.control[..., base]),
    )
    se = np.sqrt(or_nan(noise, 0))
    return StepLifts(*((lift[..., at], se[..., at]) for at in range(3)))


def looks_lost(
    treated: NestedCounts, control: NestedCounts, /, *, level: ArrayLike = 0.95
) -> Bools:
    """Whether a micro loss has the mirror image in the pass-through rate that a lost tag leaves.

    treated, control: (..., 3) units, units with the micro goal, units with the macro goal.
    level: two-sided confidence level in (0, 1).

    True where the micro rate fell and the macro rate per micro conversion rose, both significantly,
    while the macro lift is not told from zero at 95% and is significantly less than half the micro
    loss. It is a hint: a variant that only turns away those who would never buy looks alike. A gain
    with such an image is not flagged, since extra micro conversions of no value are what
    `not_carried` says.

    Source: design note "carry-through", section 5, signature table.

    >>> control = NestedCounts([200_000, 24_000, 6_000])
    >>> bool(looks_lost(NestedCounts([200_000, 21_600, 6_010]), control))
    True
    """
    z = critical(level)
    lifts = step_lifts(treated, control)
    micro, quality, macro = (lift / se for lift, se in lifts)
    # Macro less half of micro is quality plus half of micro, which are uncorrelated.
    half = lifts.quality[0] + lifts.micro[0] / 2
    most = half > z * np.hypot(lifts.quality[1], lifts.micro[1] / 2)
    return np.asarray((micro < -z) & (quality > z) & most & (np.abs(macro) < critical(0.95)))


@frozen(eq=False)
class OneLevel:
    """Whether one level of a segment stands apart as a faulty tag would make it.

    micro, quality: Cochran's test that the log lift of the micro goal, and of the macro goal per
        micro conversion, is the same in all levels.
    level: position of the level whose quality lift is farthest from that of the others.
    suspected: both differ, that level alone has a quality lift, against the sign of its micro lift,
        and its macro lift is not told from zero.
    """

    micro: Homogeneity
    quality: Homogeneity
    level: NDArray[np.intp]
    suspected: Bools


def one_level(
    treated: NestedCounts, control: NestedCounts, /, *, alpha: ArrayLike = 0.01
) -> OneLevel:
    """Do the lifts differ between levels of a segment in the way a tag fault on one makes them?

    treated, control: (..., levels, 3) units, units with the micro goal, units with the macro goal.
    alpha: of both tests of homogeneity, and shared by the levels when one is singled out.

    Levels where an arm has no units do not count. With fewer than two levels statistics and p are
    NaN and nothing is suspected.

    Source: Cochran (1954), Biometrics 10:101-129; design note "carry-through", section 5.

    >>> control = NestedCounts([[20_000, 1_400, 252], [20_000, 3_000, 990]])
    >>> treated = NestedCounts([[20_000, 2_000, 255], [20_000, 3_010, 985]])
    >>> found = one_level(treated, control)
    >>> bool(found.suspected), int(found.level)
    (True, 0)
    """
    lifts = step_lifts(treated, control)
    micro, quality = _cochran(*lifts.micro), _cochran(*lifts.quality)
    levels = np.maximum((~np.isnan(lifts.micro[1])).sum(axis=-1, keepdims=True), 1)
    z = critical(1 - alpha / levels)
    score = [np.nan_to_num(lift / se) for lift, se in lifts]
    odd = np.argmax(np.abs(score[1]), axis=-1)
    moved = np.abs(score[1]) > z
    at = odd[..., None]
    of_micro, of_quality, of_macro = (np.take_along_axis(s, at, axis=-1)[..., 0] for s in score)
    mirrored = (of_micro * of_quality < 0) & (np.abs(of_macro) < critical(0.95))
    differ = np.maximum(micro.p, quality.p) < alpha
    alone = moved.sum(axis=-1) == 1
    return OneLevel(micro, quality, odd, np.asarray(differ & alone & mirrored))


def _cochran(lift: Floats, se: Floats) -> Homogeneity:
    weight = np.nan_to_num(1 / se**2)
    known = np.where(weight > 0, lift, 0)
    total = or_nan(weight.sum(axis=-1, keepdims=True), 0)
    mean = (weight * known).sum(axis=-1, keepdims=True) / total
    statistic = (weight * (known - mean) ** 2).sum(axis=-1)
    return chi_square_law(statistic, (weight > 0).sum(axis=-1) - 1)
