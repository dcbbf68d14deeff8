"""Which goals tell how the macro goal moves: laws of true lifts, quality of a goal, sets of goals.

Omega is the covariance of the true log lifts of all goals over changes, noise that of their
estimates in one test. A goal is good where its estimate follows the macro's true lift.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.validation import Floats, demand, within
from abmicro.stats.proportions.other_intervals import katz

_FURTHEST = 0.95  # correlation of an action beside the path with the macro goal
_TIE = 1e-12


class GoalSet(NamedTuple):
    """Goals in the order in which they were taken, and what they know together.

    chosen: (C,) numbers of goals. score: (C,) squared quality after each. weights: (C,) of the
    estimates of the chosen goals in the best guess of the macro's lift.
    """

    chosen: tuple[int, ...]
    score: Floats
    weights: Floats


class GoalAssociation(NamedTuple):
    """How micro and macro go together among units that nobody treated, of the batch shape.

    macro_if_micro, macro_if_not: macro rates of units with and without the micro goal; ratio of
    the two from low to high; share_of_macro: part of macro units that had the micro goal;
    dilution: 1 - macro_if_not / macro rate; phi: correlation of the two goals over units.
    """

    macro_if_micro: Floats
    macro_if_not: Floats
    ratio: Floats
    low: Floats
    high: Floats
    share_of_macro: Floats
    dilution: Floats
    phi: Floats


def structural_omega(
    steps: int,
    dilution: ArrayLike = (),
    *,
    acts: int | None = None,
    acting_sd: float = 0.05,
    later_sd: float = 0.03,
) -> Floats:
    """Covariance of true log lifts that the shape of a funnel suggests before any test.

    steps: of the path, the macro goal last. dilution: (D,) of actions beside the path, 1 less the
        ratio of the macro rate without the action to the macro rate.
    acts: the step, from 0, where changes act; None takes the mean over all steps.
    acting_sd, later_sd: of the log lift of that step and of each later one; earlier ones rest.

    Returns (steps + D, steps + D), steps first; it has no negative eigenvalue.

    Raises ValueError for less than one step, or a step that is not on the path.

    >>> structural_omega(2, acts=0)
    array([[0.0025, 0.0025],
           [0.0025, 0.0034]])
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if acts is not None and not 0 <= acts < steps:
        raise ValueError(f"acts must be a step from 0 to {steps - 1}, got {acts}")
    acting = np.arange(steps) if acts is None else np.array([acts])
    step, start = np.arange(steps), acting[:, None]
    moves = np.where(step == start, acting_sd, np.where(step > start, later_sd, 0.0))
    reach = np.minimum(step[:, None], step)
    path = np.cumsum(moves**2, axis=-1)[:, reach]
    macro = path[:, -1, -1]
    side = np.asarray(dilution, dtype=np.float64) * acting_sd / np.sqrt(macro)[:, None]
    side = np.clip(side, -_FURTHEST, _FURTHEST) * acting_sd
    across = side[:, :, None] * path[:, None, :, -1] / np.sqrt(macro)[:, None, None]
    beside = side[:, :, None] * side[:, None, :]
    own = np.eye(side.shape[-1], dtype=bool)
    beside = np.where(own, acting_sd**2, beside)
    whole = np.block([[path, np.swapaxes(across, -1, -2)], [across, beside]])
    return np.asarray(whole.mean(axis=0))


def learn_omega(
    lifts: ArrayLike, noise: ArrayLike, prior: ArrayLike, *, strength: float = 80
) -> Floats:
    """Covariance of true log lifts from past tests, blended with what was thought before.

    lifts: (K, G) estimated log lifts of K tests and G goals. noise: (K, G, G) covariances of the
        estimates. prior: (G, G) such as `structural_omega`. strength: tests the prior is worth.

    The covariance of the estimates less the mean noise, no eigenvalue below 0, weighs K - 1
    against strength. With less than two tests the prior is returned.

    Source: Amemiya (1985), Journal of the American Statistical Association 80:1016 (projection).

    >>> lifts = [[0.1, 0.1], [-0.1, -0.1], [0.0, 0.0]]
    >>> learn_omega(lifts, np.full((3, 2, 2), [[1e-4, 0], [0, 1e-4]]), np.eye(2) * 0.002).round(5)
    array([[0.00219, 0.00024],
           [0.00024, 0.00219]])
    """
    estimates = np.asarray(lifts, dtype=np.float64)
    before = np.asarray(prior, dtype=np.float64)
    more = len(estimates) - 1
    if more < 1:
        return before
    root = np.linalg.cholesky(np.asarray(noise, dtype=np.float64).mean(axis=0))
    inverse = np.linalg.inv(root)
    spread = np.cov(estimates, rowvar=False).reshape(before.shape)
    values, vectors = np.linalg.eigh(inverse @ spread @ inverse.T)
    side = root @ vectors
    learnt = side * np.maximum(values - 1, 0) @ side.T
    return np.asarray((strength * before + more * learnt) / (strength + more))


def goal_quality(omega: ArrayLike, noise: ArrayLike, macro: int) -> Floats:
    """Correlation of the estimate of each goal with the true lift of the macro goal.

    omega, noise: (..., G, G). macro: number of the macro goal.

    Returns (..., G), the macro itself among them; below 0 where a goal goes against the macro.
    It is also the part of the value of perfect knowledge that shipping by the goal gains
    (`programme_value`).

    >>> goal_quality([[0.0025, 0.0025], [0.0025, 0.0034]], np.eye(2) * 0.004, 1).round(3)
    array([0.532, 0.678])
    """
    true, errors = np.asarray(omega, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    own = np.diagonal(true + errors, axis1=-2, axis2=-1)
    return np.asarray(true[..., macro] / np.sqrt(true[..., macro, macro, None] * own))


def greedy_goals(
    omega: ArrayLike,
    noise: ArrayLike,
    macro: int,
    *,
    candidates: ArrayLike | None = None,
    most: int = 10,
    least_gain: float = 0.01,
) -> GoalSet:
    """Goals that together tell most of the macro's lift, taken one by one.

    omega, noise: (G, G). candidates: numbers of goals that may be taken; None for all.
    most: goals at most. least_gain: of squared quality that a further goal must bring.

    Of equal goals the earlier is taken. The set is empty where no goal brings the least gain.

    >>> omega = [[0.0025, 0.0025], [0.0025, 0.0034]]
    >>> greedy_goals(omega, np.diag([0.001, 0.02]), 1).chosen
    (0, 1)
    """
    true, errors = np.asarray(omega, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    total, toward = true + errors, true[:, macro]
    free = np.arange(len(true)) if candidates is None else np.asarray(candidates, dtype=np.int64)
    chosen, scores = np.empty(0, dtype=np.int64), [0.0]
    while len(chosen) < most and len(free):
        sets = np.column_stack([np.tile(chosen, (len(free), 1)), free])
        block, cross = total[sets[:, :, None], sets[:, None, :]], toward[sets]
        known = (cross * _solved(block, cross)).sum(axis=-1) / true[macro, macro]
        best = int(np.flatnonzero(known >= known.max() - _TIE)[0])
        if known[best] - scores[-1] < least_gain:
            break
        chosen, free = sets[best], np.delete(free, best)
        scores.append(float(known[best]))
    weights = _solved(total[np.ix_(chosen, chosen)][None], toward[chosen][None])[0]
    return GoalSet(tuple(int(goal) for goal in chosen), np.array(scores[1:]), weights)


def association(cells: JointCells, *, level: ArrayLike = 0.95) -> GoalAssociation:
    """How micro and macro go together in one log: who converts, not what converting does.

    cells: (..., 4) units with both goals, micro only, macro only, neither. level: of the interval
        of the ratio, in (0, 1).

    A ratio with a rate of 0 has an interval from 0 to infinity. Rates of nobody are NaN.

    Source: Katz, Baptista, Azen and Pike (1978), Biometrics 34:469-474, method C (interval).

    >>> found = association(JointCells([62, 49, 131, 4263]))
    >>> print(found.ratio.round(2), found.low.round(2), found.high.round(2))
    18.74 14.79 23.73
    """
    within(level, "level", 0, 1)
    both, micro, macro, neither = np.moveaxis(cells.cells, -1, 0)
    with_micro, with_macro, units = both + micro, both + macro, cells.cells.sum(axis=-1)
    found = katz(Binomial(both, with_micro), Binomial(macro, units - with_micro), level=level)
    with np.errstate(divide="ignore", invalid="ignore"):
        after, without = both / with_micro, macro / (units - with_micro)
        turns = with_micro * (units - with_micro) * with_macro * (units - with_macro)
        phi = (both * neither - micro * macro) / np.sqrt(turns)
        return GoalAssociation(
            *(after, without, found.estimate + 1, found.low + 1, found.high + 1),
            *(both / with_macro, 1 - without * units / with_macro, phi),
        )


def _solved(block: Floats, cross: Floats) -> Floats:
    demand(np.asarray(np.isfinite(block)), block, "omega + noise", "must be finite")
    inverse = np.linalg.pinv(block, rcond=_TIE, hermitian=True)  # twins are one goal
    return np.asarray((inverse @ cross[..., None])[..., 0])
