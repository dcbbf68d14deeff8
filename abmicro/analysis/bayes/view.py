"""The Bayesian view beside the verdict: equivalence, curves, standings, sensitivity, stopping.

Chances, losses and credible intervals of single goals stand in their `GoalResult`, the joint
posterior of two goals in their `CarryThrough`; everything here is over all units. Nothing of it
enters the gates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import expm1, log1p
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.bayes.evidence import evidence
from abmicro.analysis.bayes.posteriors import RatePairPosterior, law_of_each
from abmicro.analysis.bayes.priors import in_words, prior_of, rate_law
from abmicro.analysis.bayes.stopping import stopping
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import (
    Bayes,
    Curve,
    Equivalence,
    Posterior,
    PriorSensitivity,
    Standing,
)
from abmicro.experiment.goals.prior import NAMED, Prior
from abmicro.frozen import frozen
from abmicro.stats.bayes.best_arm import standings
from abmicro.stats.bayes.beta_binomial import posterior
from abmicro.stats.bayes.priors.mixture import mixture_posterior, robust
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.beta_distribution import Beta

if TYPE_CHECKING:
    from abmicro.analysis.results import GoalResult, Interval
    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_totals import GoalTotals


VALUE_PRIOR = f"{in_words(Prior())} of a value at all, no prior of how large it is"
BINS = 36
"""Bins of a posterior's curve."""
COARSER = 3
"""The prior has so many times fewer bins."""
FARTHEST = 3.0
"""A curve ends at this lift, or at twice the estimate."""
NOTHING, ENDLESS = -1 + 1e-9, 1e9
"""Lifts beyond which nothing is drawn."""
MOST_DOUBTED = 8
"""Arms under priors with a vague part: each more doubles the work."""
VAGUE = tuple(Prior(**keys) for keys in NAMED.values())
SCEPTICAL_MDE = 0.05
SCEPTICAL_QUANTILE = 1.645


@frozen(eq=False)
class _Rates:
    """The rates over all units; treated (A variants, G goals), control (1, G)."""

    goals: tuple[Goal, ...]
    priors: tuple[Prior, ...]
    treated: Binomial
    control: Binomial

    def of(self, names: Sequence[str]) -> tuple[list[Prior], Binomial, Binomial]:
        """G goals: their priors, the treated variants (A, G), the control (1, G)."""
        known = [goal.name for goal in self.goals]
        at = [known.index(name) for name in names]
        return [self.priors[one] for one in at], self.treated.at(..., at), self.control.at(..., at)


def bayes(
    experiment: Experiment,
    totals: GoalTotals,
    goals: tuple[GoalResult, ...],
    days: int | None,
    *,
    planned: Experiment | None = None,
) -> Bayes:
    """The whole view; parts that the experiment gives no occasion for are empty.

    planned: the experiment at the level of its end, where this one has that of a look.
    """
    lifts = {
        (row.goal, row.variant): row.credible.lift
        for row in goals
        if row.segment is None and row.credible is not None
    }
    rates = _rates(experiment, totals)
    return Bayes(
        posteriors=(*_posteriors(experiment, rates, lifts), *_values(experiment, lifts)),
        standings=tuple(_standings(experiment, totals)),
        sensitivity=tuple(_sensitivity(experiment, rates)),
        stopping=tuple(stopping(experiment, totals, goals, days or 1)),
        evidence=tuple(evidence(planned or experiment, totals, days)),
    )


def _rates(experiment: Experiment, totals: GoalTotals) -> _Rates:
    reached = totals.reached[:, 0]
    units = np.broadcast_to(totals.units[:, :1], reached.shape)
    priors = tuple(prior_of(goal, experiment.analysis.prior) for goal in totals.rates)
    treated, control = Binomial(reached[1:], units[1:]), Binomial(reached[:1], units[:1])
    return _Rates(totals.rates, priors, treated, control)


def _posteriors(
    experiment: Experiment, rates: _Rates, lifts: dict[tuple[str, str], Interval]
) -> Iterator[Posterior]:
    equivalence = _equivalence(experiment, rates)
    drawn = [*_drawn(experiment)]
    known = [[lifts[name, arm.name] for name in drawn] for arm in experiment.treated]
    curves = dict(zip(drawn, _curves(known, *rates.of(drawn)), strict=True)) if drawn else {}
    for (arm, column), found in equivalence.items():
        goal, variant = rates.goals[column], experiment.treated[arm]
        yield Posterior(
            goal=goal.name,
            variant=variant.name,
            prior=in_words(rates.priors[column]),
            equivalence=found,
            curve=curves[goal.name][arm] if goal.name in curves else None,
        )


def _values(experiment: Experiment, lifts: dict[tuple[str, str], Interval]) -> Iterator[Posterior]:
    """Goals that are values, where a posterior is known; without curve and region."""
    for goal in experiment.goals:
        for variant in experiment.treated:
            if goal.is_value and (goal.name, variant.name) in lifts:
                yield Posterior(goal.name, variant.name, VALUE_PRIOR, None, None)


def _drawn(experiment: Experiment) -> Iterator[str]:
    """The goals whose curves are worth their room: the primary, and the first macro beside it."""
    macros = [goal for goal in experiment.macros if goal.is_rate]
    yield from dict.fromkeys(
        goal.name for goal in (experiment.primary, *macros[:1]) if goal.is_rate
    )


def _equivalence(
    experiment: Experiment, rates: _Rates
) -> dict[tuple[int, int], Equivalence | None]:
    """Per variant and goal, where the lift lies against the region of practical equivalence."""
    places = list(np.ndindex(rates.treated.reached.shape))
    region, level = experiment.analysis.rope, experiment.analysis.confidence
    if region is None or not places:
        return dict.fromkeys(places)
    each = law_of_each(rates.priors, rates.treated, rates.control)
    over, above = each.lift_above(-region), each.lift_above(region)
    densest = each.densest_lift(level)
    return {
        at: Equivalence(
            region=region,
            below=max(float(1 - over[at]), 0.0),
            within=max(float(over[at] - above[at]), 0.0),
            above=float(above[at]),
            densest=interval_at(densest, at, level),
        )
        for at in places
    }


def _curves(
    lifts: list[list[Interval]], priors: list[Prior], treated: Binomial, control: Binomial
) -> Iterator[list[Curve]]:
    """Per goal its densities of the lift of each variant; of the prior a few, as it is flat there.

    lifts: A variants of G goals; treated (A, G), control (1, G).
    """
    edges = np.moveaxis(np.array([[_edges(lift) for lift in arm] for arm in lifts]), -1, 0)
    none = np.zeros(treated.reached.shape)
    nothing = Binomial(none, none), Binomial(none[:1], none[:1])
    lift, after = _density(law_of_each(priors, treated, control), edges)
    known, before = _density(law_of_each(priors, *nothing), edges[::COARSER])
    for goal in range(len(priors)):
        yield [
            Curve(
                lift=tuple(lift[:, arm, goal].tolist()),
                posterior=tuple(after[:, arm, goal].tolist()),
                prior=tuple(
                    np.interp(
                        lift[:, arm, goal], known[:, arm, goal], before[:, arm, goal]
                    ).tolist()
                ),
            )
            for arm in range(len(lifts))
        ]


def _density(law: RatePairPosterior, edges: Floats) -> tuple[Floats, Floats]:
    """Middles of bins, and the share of the lift's law in each over its width."""
    shares = -np.diff(law.lift_above(edges), axis=0)
    return (edges[1:] + edges[:-1]) / 2, shares / np.diff(edges, axis=0)


def _edges(lift: Interval) -> Floats:
    """Bins over nearly all of a posterior, on either side somewhat beyond its interval."""
    low, high = (log1p(min(max(end, NOTHING), ENDLESS)) for end in (lift.low, lift.high))
    room = 0.4 * (high - low)
    highest = min(expm1(high + room), max(FARTHEST, 2 * lift.estimate))
    return np.asarray(np.linspace(expm1(low - room), highest, BINS + 1))


def _standings(experiment: Experiment, totals: GoalTotals) -> Iterator[Standing]:
    """Every variant among all variants; not where a prior of the lift ties them to the control."""
    if len(experiment.treated) < 2:
        return
    for column, goal in enumerate(totals.rates):
        prior = prior_of(goal, experiment.analysis.prior)
        counts = totals.reached[:, 0, column], totals.units[:, 0]
        if prior.lift_sd is not None or (prior.vague is not None and len(counts[0]) > MOST_DOUBTED):
            continue
        variants, weights = _arms(prior, *counts)
        if goal.sign < 0:
            variants = Beta(variants.b, variants.a)
        best, losses = (weights @ found for found in standings(variants))
        for at, variant in enumerate(experiment.variants):
            yield Standing(goal.name, variant.name, float(best[at]), float(losses[at]))


def _arms(prior: Prior, reached: Integers, units: Integers) -> tuple[Beta, Floats]:
    """Laws of all variants, (cases, variants), and the weights of the cases.

    Where a prior has a vague part, each variant follows either part: that makes 2^variants cases.
    """
    rate = rate_law(prior)
    if prior.vague is None:
        after = posterior(reached, units, a=rate.a, b=rate.b)
        return Beta(after.a[None], after.b[None]), np.ones(1)
    doubted = robust(rate, weight=1 - prior.vague, vague=JEFFREYS)
    mixed = mixture_posterior(doubted, reached, units)
    each = np.arange(len(reached))
    part = np.indices((2,) * len(each)).reshape(len(each), -1).T
    laws = Beta(mixed.laws.a[each, part], mixed.laws.b[each, part])
    return laws, np.asarray(mixed.weights[each, part].prod(axis=-1))


def _sensitivity(experiment: Experiment, rates: _Rates) -> Iterator[PriorSensitivity]:
    """The primary goal under its own prior, the two vague ones, and else a sceptical one."""
    primary, level = experiment.primary, experiment.analysis.confidence
    if not primary.is_rate:
        return
    (chosen,), *variants = rates.of([primary.name])
    priors, rises = _several(chosen, primary), np.array(primary.sign > 0)
    each = np.zeros(len(priors), dtype=np.intp)  # the counts are the same under every prior
    treated, control = (arm.at(..., each) for arm in variants)
    found = law_of_each(priors, treated, control).belief(level).hoped(rises)
    for column, prior in enumerate(priors):
        for arm, variant in enumerate(experiment.treated):
            yield PriorSensitivity(
                goal=primary.name,
                variant=variant.name,
                prior=in_words(prior),
                probability_better=float(found.better[arm, column]),
                lift=interval_at(found.lift, (arm, column), level),
            )


def _several(chosen: Prior, primary: Goal) -> tuple[Prior, ...]:
    """The two vague priors and the chosen one, or a sceptic's where a vague one was chosen.

    A sceptic gives a lift beyond the smallest worth finding one chance in twenty either way
    (Spiegelhalter, Freedman and Parmar 1994, JRSS A 157:357-416).
    """
    spread = log1p(primary.mde or SCEPTICAL_MDE) / SCEPTICAL_QUANTILE
    return (*VAGUE, Prior(lift_sd=spread) if chosen in VAGUE else chosen)
