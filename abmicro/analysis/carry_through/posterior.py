"""The Bayesian twin of a label: how probable is it that the macro moved, and by how much?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.bayes.priors import prior_of, rate_law
from abmicro.analysis.results import CarryPosterior, Drawn
from abmicro.stats.bayes.carry_posterior import JointPosterior, joint_posterior, path_posterior
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.carry_through.label import NO_SIGNAL
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.numerics.beta_distribution import Beta

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.goal_pairs import GoalPairs
    from abmicro.stats.carry_through.pass_through import PassThrough

    Places = dict[tuple[int, int], CarryPosterior]

SEED = 20_190_904  # any number, as long as it stays: equal counts give equal bytes
DRAWS = 4_000


def posteriors(pairs: GoalPairs, found: PassThrough, experiment: Experiment) -> Places:
    """By variant and micro goal, for the primary goal and pairs with a micro signal or few counts.

    On a path the micro rate has its goal's prior where that is a beta law; the rest is Jeffreys'.
    None within strata and for values, whose posteriors are not those of a few binomials.
    """
    counts = pairs.cells if pairs.path is None else pairs.path
    primary = np.array([goal.name == experiment.primary.name for goal in pairs.micros])
    told = (found.label != NO_SIGNAL) | found.shaky | primary
    if counts is None or counts.shape[2] > 1 or not told.any():
        return {}
    variant, goal = np.nonzero(told)
    treated, control = counts[variant + 1, goal, 0], counts[0, goal, 0]
    if pairs.path is None:
        draw = partial(joint_posterior, JointCells(treated), JointCells(control))
    else:
        priors = _micro_priors(pairs, experiment, goal)
        variants = NestedCounts(treated), NestedCounts(control)
        draw = partial(path_posterior, *variants, prior=priors)
    drawn = draw(
        threshold=experiment.analysis.carry_threshold,
        rng=np.random.default_rng(SEED),
        draws=DRAWS,
    )
    places = zip(variant.tolist(), goal.tolist(), strict=True)
    return {place: _at(drawn, at) for at, place in enumerate(places)}


def _micro_priors(pairs: GoalPairs, experiment: Experiment, at: NDArray[np.intp]) -> Beta:
    """The priors of the micro goals at these places."""
    priors = [prior_of(goal, experiment.analysis.prior) for goal in pairs.micros]
    laws = [rate_law(prior) if prior.is_beta else JEFFREYS for prior in priors]
    a, b = (np.array([getattr(law, name) for law in laws])[at] for name in ("a", "b"))
    return Beta(a, b)


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
