"""The means behind a pass-through where the arms' shares differ between strata, and of values.

Where a ramp or a roll-out gave the arms different shares of the traffic over time, a season looks
like an effect. Post-stratification compares the arms within strata and weights the strata alike in
both arms, by the units of both.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from abmicro.stats.carry_through.expected_lift import (
    QUARTERS,
    Joint,
    Means,
    Spread,
    fewest_of,
    means_of,
    spread,
)
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.log_ratio import three
from abmicro.stats.foundations.validation import Bools, Floats
from abmicro.stats.means.welch import Moments

HALVES = np.array([0.5, 0.0, 0.0, 0.5])  # what moves the cells of a path off zero

Split = tuple[Moments, Moments]
"""Values of the units of an arm with the micro goal, then of those without it."""


def joint_strata_rates(treated: JointCells, control: JointCells, /) -> Joint:
    """Turn joint cells of two arms in strata into post-stratified rates.

    treated, control: (..., S, 4).

    Returns rates of the batch shape. A stratum without units in one of the arms compares nothing
    and is left out of both. If a count of micro or macro is zero over the strata, 1/4 is added to
    every cell of both arms, spread over the strata.

    Raises ValueError for cells without strata.

    Source: design note "carry-through", section 0.

    >>> season = JointCells([[100, 900, 0, 9_000], [150, 850, 0, 4_000]])
    >>> [round(float(share), 4) for share in joint_strata_rates(season, season).micro]
    [0.1333, 0.1333]
    """
    return _post_stratified(treated.cells, control.cells, QUARTERS)


def path_strata_rates(treated: NestedCounts, control: NestedCounts, /) -> Joint:
    """The same of a micro goal without which the macro is impossible.

    treated, control: (..., S, 3) units, units with the micro goal, units with the macro goal.

    Zeros are moved as in `nested`: 1/2 for micro and macro, 1 for the units, spread over strata.

    Raises ValueError for counts that are not three or without strata.

    >>> season = NestedCounts([[10_000, 1_000, 100], [5_000, 1_000, 150]])
    >>> [round(float(share), 4) for share in path_strata_rates(season, season).micro]
    [0.1333, 0.1333]
    """
    three(treated, control)
    return _post_stratified(_path_cells(treated.steps), _path_cells(control.steps), HALVES)


def value_rates(treated: Split, control: Split, /) -> Joint:
    """Means of a value in strata, post-stratified: the macro goal is an amount per unit.

    treated, control: `Split`, moments of shape (..., S); one stratum where there is but one.

    Returns means of the batch shape. `fewest` counts an amount as the number of equal amounts that
    would vary as much, total^2 / squares (Kish's effective number). If nobody has the micro goal in
    an arm, 1/2 is added to micro and 1 to the units, spread over the strata of both arms. Means of
    an arm whose total is not above zero are NaN: its logarithm means nothing.

    Source: design note "carry-through", section 0; effective number: Kish (1965), Survey Sampling.

    >>> arm = Moments([100.0], [900.0], [9000.0]), Moments([900.0], [90.0], [2000.0])
    >>> found = value_rates(arm, arm)
    >>> float(found.macro[0]), float(found.both[0])
    (0.99, 0.9)
    """
    arms = treated, control
    share = shares(*(with_micro.units + rest.units for with_micro, rest in arms))
    totals = [tuple(_total(part, share > 0) for part in arm) for arm in arms]
    adjusted = np.asarray(np.minimum(*(with_micro.units for with_micro, _ in totals)) == 0)
    more = share * adjusted[..., None]
    of_treated, of_control = (_combined(_means_of_values(arm, more), share) for arm in arms)
    fewest = np.minimum(*(_fewest_values(*arm) for arm in totals))
    return Joint.of(of_treated, of_control, fewest, adjusted)


def _post_stratified(treated: Floats, control: Floats, added: Floats) -> Joint:
    """The means of checked cells; `added` is what a count of zero adds to the cells of an arm."""
    arms = treated, control
    for name, cells in zip(("treated", "control"), arms, strict=True):
        if cells.ndim < 2:
            raise ValueError(f"{name} needs strata along its last axis but one, got {cells.shape}")
    share = shares(*(cells.sum(axis=-1) for cells in arms))
    totals = [(cells * (share > 0)[..., None]).sum(axis=-2) for cells in arms]
    fewest = np.minimum(*map(fewest_of, totals))
    adjusted = np.asarray(fewest == 0)
    more = (share * adjusted[..., None])[..., None] * added
    of_treated, of_control = (_combined(means_of(cells, more), share) for cells in arms)
    return Joint.of(of_treated, of_control, fewest, adjusted)


def _path_cells(steps: Floats) -> Floats:
    """The joint cells of units, micro, macro where no macro comes without the micro."""
    units, micro, macro = (steps[..., at] for at in range(3))
    return np.stack([macro, micro - macro, np.zeros_like(macro), units - micro], axis=-1)


def shares(treated: Floats, control: Floats, /) -> Floats:
    """The share of each stratum (..., S) among the units of both arms; 0 where an arm has none.

    >>> shares(np.array([60.0, 10.0, 5.0]), np.array([20.0, 10.0, 0.0]))
    array([0.8, 0.2, 0. ])
    """
    together = np.where((control > 0) & (treated > 0), control + treated, 0)
    return np.asarray(together / np.maximum(together.sum(axis=-1, keepdims=True), 1))


def _combined(strata: Means, share: Floats) -> Means:
    """The post-stratified means of an arm; NaN where no stratum has a share.

    strata: (..., S). share: (..., S), as of `shares`.

    Source: design note "carry-through", section 0: the variance of a weighted sum of the strata.

    >>> arms = means_of(np.array([[10.0, 0.0, 0.0, 90.0], [60.0, 0.0, 0.0, 40.0]]), np.zeros(4))
    >>> float(_combined(arms, np.array([0.5, 0.5])).micro)
    0.35
    """
    kept, any_left = share > 0, (share > 0).any(axis=-1)

    def weighted(values: Floats, weight: Floats) -> Floats:
        total = np.where(kept, weight * np.where(kept, values, 0), 0).sum(axis=-1)
        return np.where(any_left, total, np.nan)

    return Means(
        units=weighted(strata.units, np.ones_like(share)),
        micro=weighted(strata.micro, share),
        macro=weighted(strata.macro, share),
        both=weighted(strata.both, share),
        spread=Spread(
            *(weighted(getattr(strata.spread, f.name), share**2) for f in fields(Spread))
        ),
    )


def _total(moments: Moments, kept: Bools) -> Moments:
    """The moments over the strata that are compared."""
    parts = (moments.units, moments.total, moments.squares)
    return Moments(*((part * kept).sum(axis=-1) for part in parts))


def _fewest_values(with_micro: Moments, rest: Moments) -> Floats:
    """The smaller of the units with the micro goal and the effective number of amounts."""
    total, squares = with_micro.total + rest.total, with_micro.squares + rest.squares
    return np.minimum(with_micro.units, total**2 / np.where(squares > 0, squares, 1))


def _means_of_values(arm: Split, more: Floats) -> Means:
    """The means of a value in each stratum; NaN in one without units."""
    with_micro, rest = arm
    held = with_micro.units + rest.units
    units = np.where(held > 0, held + more, np.nan)
    micro = (with_micro.units + more / 2) / units
    both, square_both = with_micro.total / units, with_micro.squares / units
    macro, square = both + rest.total / units, square_both + rest.squares / units
    return Means(
        units, micro, macro, both, spread(units, (micro, macro, both), (square, square_both))
    )
