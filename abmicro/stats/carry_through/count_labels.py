"""The carry-through labels of counts alone, without the figures of `pass_through`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.carry_through.expected_lift import joint_rates
from abmicro.stats.carry_through.label import LabelTerms, label_logs
from abmicro.stats.carry_through.log_lifts import joint_logs, path_logs
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.log_ratio import nested, three


def label_path(
    treated: NestedCounts,
    control: NestedCounts,
    /,
    *,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
) -> NDArray[np.str_]:
    """The carry-through label of path goals, for as many experiments as one likes.

    treated, control: (..., 3) units, units with the micro goal, units with the macro goal.
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

    >>> treated = NestedCounts([[100_000, 13_200, 3_105], [100_000, 11_900, 2_900]])
    >>> label_path(treated, NestedCounts([100_000, 12_000, 2_950]))
    array(['partly_carried', 'no_micro_signal'], dtype='<U22')
    """
    return label_logs(path_logs(nested(*three(treated, control))), LabelTerms(level, threshold))


def label_joint(
    treated: JointCells,
    control: JointCells,
    /,
    *,
    level: ArrayLike = 0.95,
    threshold: ArrayLike = 0.5,
) -> NDArray[np.str_]:
    """The carry-through label of any pair of goals, for as many experiments as one likes.

    treated, control: (..., 4) units with both goals, micro only, macro only, neither.
    level, threshold: as in `path`.

    Returns the labels of `label_path`, and `no_expected_carry` where the micro moved but the
    control's association leads one to expect no clear macro lift in the same direction.

    Raises ValueError as `joint`.

    Source: design note "carry-through", section 1e.

    >>> control = JointCells([420, 3580, 480, 15520])
    >>> str(label_joint(JointCells([560, 4440, 470, 14530]), control))
    'carried'
    """
    return label_logs(joint_logs(joint_rates(treated, control))[0], LabelTerms(level, threshold))
