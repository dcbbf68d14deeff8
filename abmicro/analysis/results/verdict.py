"""The decision for a variant, and its reasons."""

from __future__ import annotations

from math import nan
from typing import Literal

from abmicro.analysis.results.estimates import Interval, Pair
from abmicro.frozen import frozen

StageName = Literal["before", "look", "end"]

DecisionName = Literal[
    "do_not_trust_yet",
    "keep_control",
    "keep_running",
    "ship",
    "too_small",
    "no_detectable_difference",
    "unsettled",
]


@frozen
class OpenGoal:
    """What a test that settled nothing leaves open of one goal, in numbers.

    lift: interval. planned: the lift that is looked for, signed; of a guardrail the loss to rule
    out. units_needed: in all variants, to find it with the planned power. bolder: the smallest lift
    that the units there are find.
    loss_of_variant, loss_of_control: what shipping and what keeping costs on average per 1,000
    units, if it is the worse choice; monthly_loss: of control and variant, per month, None where
    the definition does not tell its units. days_needed: until those units are in at the pace so
    far, NaN without dates.
    """

    goal: str
    lift: Interval
    planned: float
    units_needed: float
    bolder: float
    loss_of_variant: float
    loss_of_control: float
    monthly_loss: Pair | None = None
    days_needed: float = nan


@frozen
class Verdict:
    """The decision for one treated variant, its reasons with their numbers, what would change it.

    because: the reason that decided comes first, cautions last. cautions: those of the reasons that
    say what the counts do not bear. would_change: what another decision would take, in words.
    stage: `before` the declared end only trust and harm speak; at a `look` claims that survive it.
    results_on: ISO day on which the results can be read, empty where it is not known.
    open: what `unsettled` leaves open.
    basis: this `test` alone, or the past tests of a `history` with it, where that was asked for.
    """

    variant: str
    decision: DecisionName
    because: tuple[str, ...]
    would_change: str
    stage: StageName = "end"
    results_on: str = ""
    cautions: tuple[str, ...] = ()
    open: OpenGoal | None = None
    basis: Literal["test", "history"] = "test"


@frozen
class Rival:
    """Another variant that ships, against which the recommended one is compared.

    lift: of the recommended over this one, of the goal by which winners are compared.
    adjusted_p_value: over all pairs of winners. probability_best: that this one is the best of the
    winners; NaN where it is not reckoned.
    """

    variant: str
    lift: Interval
    adjusted_p_value: float
    probability_best: float


@frozen
class Recommendation:
    """The one decision over all variants.

    variant: that to ship, None where none ships. goal: by which winners are compared, empty where
    fewer than two ship. against: the other winners.
    """

    variant: str | None
    sentence: str
    against: tuple[Rival, ...] = ()
    goal: str = ""
    probability_best: float = nan


NOTHING_RECOMMENDED = Recommendation(None, "")
