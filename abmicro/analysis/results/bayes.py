"""What the Bayesian view says."""

from __future__ import annotations

from abmicro.analysis.results.estimates import Drawn, Interval, Pair
from abmicro.frozen import frozen


@frozen
class Curve:
    """Densities of the lift of a goal, per unit of lift, on one grid: after and before the data."""

    lift: tuple[float, ...]
    posterior: tuple[float, ...]
    prior: tuple[float, ...]


@frozen
class Equivalence:
    """Where the lift lies against the region from -region to region, which counts as no change.

    below, within, above: probabilities that add up to 1. densest: the shortest interval of the lift
    that holds as much as the credible one (highest posterior density).
    """

    region: float
    below: float
    within: float
    above: float
    densest: Interval


@frozen
class Posterior:
    """What prior and data say of a goal over all units, beside what its `GoalResult` holds.

    prior: in words. equivalence: None where the definition has no `rope`. curve: None where none is
    drawn.
    """

    goal: str
    variant: str
    prior: str
    equivalence: Equivalence | None
    curve: Curve | None


@frozen
class Standing:
    """One variant, control included, among three or more: is it the best, and what if it is not?"""

    goal: str
    variant: str
    probability_best: float
    expected_loss: float


@frozen
class PriorSensitivity:
    """Chance to win and lift of the primary goal under one prior of several, in words."""

    goal: str
    variant: str
    prior: str
    probability_better: float
    lift: Interval


@frozen
class Stopping:
    """Whether the better choice may be taken by its expected loss, and what that does not promise.

    choice: the variant of the lower loss; safe: its loss is below the tolerance, both per unit.
    looks: of tests in which the variant is a second control, of this size and looked at so often;
    stopped: share of them that ever found a choice safe; mistaken: that then took the variant.
    """

    goal: str
    variant: str
    tolerance: float
    choice: str
    loss: float
    safe: bool
    looks: int
    stopped: Drawn
    mistaken: Drawn


@frozen
class Evidence:
    """For or against a difference in the primary goal, and what the units to come may bring.

    close, unrelated: natural logarithms of Bayes factors, above 0 for a difference: under a log
    odds ratio that is normal around 0 with standard deviation log(1 + expected), and under two
    rates that have nothing to do with each other. expected: a lift.
    left: units still to come by the planned end. success: probability that the chance to win will
    then be above 1 - alpha / 2; NaN where no end is planned, or the prior is no single beta law.
    """

    goal: str
    variant: str
    expected: float
    close: float
    unrelated: float
    left: Pair
    success: float


@frozen
class Bayes:
    """The Bayesian view, which decides nothing: the gates read intervals and p-values."""

    posteriors: tuple[Posterior, ...] = ()
    standings: tuple[Standing, ...] = ()
    sensitivity: tuple[PriorSensitivity, ...] = ()
    stopping: tuple[Stopping, ...] = ()
    evidence: tuple[Evidence, ...] = ()
