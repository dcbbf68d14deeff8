"""How far a score must lie at each look: one number for every claim of that look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from abmicro.design.families import most_in_steps
from abmicro.design.planned_test import tuned_for
from abmicro.frozen import frozen
from abmicro.stats.sequential import Kept, anytime_values, critical_values, level_of
from abmicro.stats.sequential.boundaries import NOTHING_KEPT, TOO_EARLY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from abmicro.analysis.monitoring.schedule import Look
    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment


@frozen(eq=False)
class LookBounds:
    """Of K looks: information and critical value, confidence of intervals, alpha spent so far.

    information: of each treated variant, (A, K). rises: whether a look has more of it than any
    before, (A, K); one that has not is none for that variant.
    levels: two-sided alpha at each look of a hypothesis while 1, 2, ... D share the alpha of all
    looks by Holm's steps, (D, K), each by the boundary of its own share; no row where nothing is
    corrected so, or a changed plan keeps looks.
    tuned_for: units of a pair of variants at which looks without an end are sharpest.
    """

    information: Floats
    rises: NDArray[np.bool_]
    critical: Floats
    level: Floats
    spent: Floats
    levels: Floats
    tuned_for: float = 1.0

    def alpha_of_look(self, look: int) -> float:
        """The two-sided alpha of an analysis at this look, from 0, which all variants share."""
        return float(2 * ndtr(-self.critical[look]) * len(self.information))

    def levels_at(self, look: int) -> tuple[float, ...]:
        """The alpha at this look, from 0, of each of 1, 2, ... hypotheses that share it."""
        return tuple(self.levels[:, look].tolist())


def look_bounds(
    experiment: Experiment, looks: Sequence[Look], units: Floats, kept: Kept = NOTHING_KEPT
) -> LookBounds:
    """Critical values at alpha over the treated variants, at every look so far.

    units: of every variant in every phase of shares that are mature at each look, (V, N, K).
    kept: looks whose critical values a changed plan leaves as they were.

    Variants whose information differs a little share the largest critical value of a look, so that
    one level stands on the page.
    """
    information = information_of(units)
    up = rises(information)
    if not looks:
        none = np.empty(0)
        return LookBounds(information, up, none, none, none, np.empty((0, 0)))
    variants = len(experiment.treated)
    z, spent = _shared(experiment, looks, information, variants, kept)
    shared = 0 if kept.z else most_in_steps(experiment)
    levels = [
        2 * ndtr(-np.minimum(_shared(experiment, looks, information, among)[0], TOO_EARLY))
        for among in range(1, shared + 1)
    ]
    return LookBounds(
        information,
        up,
        z,
        level_of(z),
        spent,
        np.reshape(levels, (shared, len(looks))),
        tuned_for(experiment) if experiment.monitoring.mode == "anytime" else 1.0,
    )


def _shared(
    experiment: Experiment,
    looks: Sequence[Look],
    information: Floats,
    among: int,
    kept: Kept = NOTHING_KEPT,
) -> tuple[Floats, Floats]:
    """Critical values and alpha spent by each look, (K,), where so many hypotheses share alpha."""
    settings, up = experiment.monitoring, rises(information)
    alpha = experiment.analysis.alpha / among
    if settings.mode == "anytime":
        pairs = np.where(up, 4 * information, 1)  # none without units
        always = anytime_values(pairs, tuned_for=tuned_for(experiment), alpha=alpha).z
        highest = np.where(up, always, 0).max(axis=0)
        asked = np.where(highest > TOO_EARLY, np.inf, highest)
        return asked, np.full(asked.shape, alpha * among)
    clock = np.array([look.clock for look in looks])
    z, spent = np.zeros((2, *information.shape))
    for variant in np.flatnonzero(up.any(axis=-1)):
        own = up[variant]
        found = critical_values(
            information[variant, own],
            clock[own],
            alpha=alpha,
            spending=settings.spending,
            kept=_own(kept, own, among),
        )
        z[variant, own], spent[variant, own] = found.z, found.spent
    return z.max(axis=0), np.maximum.accumulate(spent, axis=-1).max(axis=0) * among


def rises(information: Floats) -> NDArray[np.bool_]:
    """Whether each look (..., K) has more information than any before.

    It has not where no unit came in, where a variant gets none any more, and for a while after the
    shares changed to more uneven ones.

    >>> rises(np.array([5.0, 7.0, 6.5, 7.5])).tolist()
    [True, True, False, True]
    """
    before = np.maximum.accumulate(information, axis=-1)
    first = np.zeros((*information.shape[:-1], 1))
    return np.asarray(information > np.concatenate([first, before[..., :-1]], axis=-1))


def _own(kept: Kept, own: NDArray[np.bool_], variants: int) -> Kept:
    """What an earlier plan leaves as it was, of the looks of one variant."""
    mine = [at for at in np.flatnonzero(own).tolist() if at < len(kept.z)]
    return Kept(tuple(kept.z[at] for at in mine), tuple(kept.spent[at] / variants for at in mine))


def information_of(units: Floats) -> Floats:
    """n0 n1 / (n0 + n1) of each treated variant, (A, K), of (V, N, K) units in N phases.

    With several phases the variants are compared within each, and the information is that of the
    weighed mean of their differences; a phase that lacks the variant tells nothing of it.

    >>> information_of(np.array([[[100.0]], [[100.0]]]))
    array([[50.]])
    """
    control, treated = units[:1], units[1:]
    both = np.where((control > 0) & (treated > 0), control + treated, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.where(both > 0, both**2 * (1 / control + 1 / treated), 0).sum(axis=1)
        return np.asarray(np.where(noise > 0, both.sum(axis=1) ** 2 / noise, 0.0))
