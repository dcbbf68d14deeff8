"""The Bayesian twin of a label: how probable is it that the macro moved, and by how much?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results import CarryPosterior, Drawn
from abmicro.stats.bayes.joint_posterior import JointPosterior, joint_posterior, path_posterior
from abmicro.stats.carry_label import NO_SIGNAL

if TYPE_CHECKING:
    from abmicro.analysis.pairs import Pairs
    from abmicro.stats.pass_through import PassThrough

    Places = dict[tuple[int, int], CarryPosterior]

SEED = 20_190_904  # any number, as long as it stays: equal counts give equal bytes
DRAWS = 4_000


def posteriors(pairs: Pairs, found: PassThrough, threshold: float) -> Places:
    """By arm and micro goal, with Jeffreys priors, for pairs with a micro signal or few counts.

    None within strata and for values, whose posteriors are not those of a few binomials.
    """
    counts = pairs.cells if pairs.path is None else pairs.path
    told = (found.label != NO_SIGNAL) | found.shaky
    if counts is None or counts.shape[2] > 1 or not told.any():
        return {}
    arm, goal = np.nonzero(told)
    draw = joint_posterior if pairs.path is None else path_posterior
    drawn = draw(
        counts[0, goal, 0],
        counts[arm + 1, goal, 0],
        threshold=threshold,
        rng=np.random.default_rng(SEED),
        draws=DRAWS,
    )
    places = zip(arm.tolist(), goal.tolist(), strict=True)
    return {place: _at(drawn, at) for at, place in enumerate(places)}


def _at(found: JointPosterior, at: int) -> CarryPosterior:
    def drawn(name: str) -> Drawn:
        figure = getattr(found, name)
        return Drawn(float(figure.value[at]), float(figure.error[at]))

    return CarryPosterior(
        falls=bool(found.falls[at]),
        macro_up=drawn("macro_up"),
        at_least=drawn("at_least"),
        full=drawn("full"),
        both_up=drawn("both_up"),
    )
