"""What an analysis found: frozen, labelled records of plain numbers, with no arrays in them.

Rates, differences and lifts are fractions, never percent. A number that cannot be computed is NaN
and the record's `note` (or `sentence`) says why; infinities are honest ends of an interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

    from abmicro.analysis.plots import Plots
    from abmicro.experiment.model import Experiment

Section = Literal[
    "checks",
    "ledger",
    "goals",
    "interactions",
    "funnel",
    "carry_through",
    "verdicts",
    "expert",
    "mended",
    "timing",
    "weeks",
    "trends",
    "days",
    "detectable",
    "claims",
    "posteriors",
    "standings",
    "sensitivity",
    "stopping",
    "evidence",
]
Status = Literal["pass", "warn", "fail", "skipped"]
StageName = Literal["before", "end"]
DecisionName = Literal[
    "ship", "keep_control", "keep_running", "no_detectable_difference", "do_not_trust_yet"
]
ClaimName = Literal["macro_up", "at_least", "less_than_full"]
TRUSTED_FROM = 20
"""Effective size of amounts below which no gain is claimed: one or two of them decide."""
MeasureKind = Literal["interval", "rays", "line", "bounds", "test"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence (or credible) interval at `level`."""

    estimate: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The same figure in the control and in the treated arm."""

    control: float
    treated: float


@dataclass(frozen=True, slots=True)
class Level:
    """One level of one segment, for example device = mobile."""

    segment: str
    level: str


@dataclass(frozen=True, slots=True)
class Credible:
    """Equal-tailed intervals; the difference is NaN for a value, and where arms are not apart."""

    difference: Interval
    lift: Interval


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """A guardrail judged against its margin, one-sided at alpha.

    margin: largest relative loss accepted, positive.
    lift: interval at level 1 - 2 alpha of the goal as written (direction `down`: a loss is a rise).
    p_value: of "the loss is at least the margin".
    status: `held` (shown non-inferior), `harmed` (interval wholly beyond the margin) or `unclear`.
    """

    margin: float
    lift: Interval
    p_value: float
    status: Literal["held", "harmed", "unclear"]


@dataclass(frozen=True, slots=True)
class GoalResult:
    """One goal of one treated arm against control, over all units or in one segment level.

    units: exposed units of both arms.
    per: what the goal is counted over instead of units, such as `session`; else None.
    reached: units that reached the goal, or None for a value and for a goal with `per`.
    rate: share that reached the goal, or the mean value per unit; with `per`, per session or event.
    difference: treated minus control; lift: relative difference. Both intervals are at the level
    at which the goal was tested, so they exclude zero exactly when adjusted_p_value < alpha.
    method: the words the report prints; note: why a number is missing, else empty.
    probability_better: in the good direction. expected_loss, loss_of_control: what choosing the
    variant, or the control, costs per unit on average if it is the worse one.
    effective_size: of an amount, as how many equal ones those of each arm vary; else None.
    """

    goal: str
    kind: str
    role: str
    direction: str
    variant: str
    segment: Level | None
    is_value: bool
    units: Pair
    reached: Pair | None
    rate: Pair
    difference: Interval
    lift: Interval
    p_value: float
    adjusted_p_value: float
    method: str
    probability_better: float
    expected_loss: float
    credible: Credible | None
    noninferiority: NonInferiority | None
    note: str = ""
    loss_of_control: float = nan
    per: str | None = None
    effective_size: Pair | None = None

    @property
    def is_unsteady(self) -> bool:
        """Whether so few amounts decide the mean that only harm is to be read from it."""
        size = self.effective_size
        return size is not None and min(size.control, size.treated) < TRUSTED_FROM

    def is_clear(self, alpha: float) -> bool:
        """Whether the goal differs between the arms, by its adjusted p."""
        return self.adjusted_p_value < alpha

    def is_better(self, alpha: float) -> bool:
        """Whether it differs in the good direction, and enough amounts say so."""
        return self.is_clear(alpha) and self._rises_well and not self.is_unsteady

    def is_worse(self, alpha: float) -> bool:
        """Whether it differs in the bad direction."""
        return self.is_clear(alpha) and not self._rises_well

    @property
    def _rises_well(self) -> bool:
        return (self.difference.estimate > 0) == (self.direction == "up")


@dataclass(frozen=True, slots=True)
class Interaction:
    """Whether the effect of an arm on a goal differs between the levels of a segment.

    p_value: of one odds ratio in all levels; NaN where fewer than two levels tell anything.
    adjusted_p_value: over all segments, goals and arms, as discoveries.
    """

    segment: str
    goal: str
    variant: str
    p_value: float
    adjusted_p_value: float


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of the funnel: who passed it of those who reached the step before.

    step_rate: reached / reached one step before. log_lift: log of their ratio, with its standard
    error and the ends of its interval; lift: the same as a relative difference. It compares people
    the variant itself selected and is therefore a location, not a cause.
    cumulative: lift of reached / units, which is causal. rate: reached / units where the arms are
    compared within strata, as if both had the same strata; else None.
    per_1000: extra macro conversions per 1,000 units that arise at this step; the steps add up.
    """

    variant: str
    step: str
    units: Pair
    reached: Pair
    step_rate: Pair
    log_lift: float
    se: float
    low: float
    high: float
    lift: Interval
    cumulative: Interval
    p_value: float
    per_1000: Interval
    note: str = ""
    rate: Pair | None = None


@dataclass(frozen=True, slots=True)
class PassThrough:
    """Fieller set of the pass-through: an interval, two rays (-inf, low] and [high, inf), or all.

    For `line` low and high are minus and plus infinity.
    """

    estimate: float
    kind: Literal["interval", "rays", "line"]
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class LogLifts:
    """Log lifts of micro and macro goal with their covariance, from which the plane is drawn."""

    micro: float
    macro: float
    var_micro: float
    var_macro: float
    covariance: float


@dataclass(frozen=True, slots=True)
class CarryPosterior:
    """What the posteriors say beside the label of a carry-through.

    falls: whether a loss is expected; then `at_least` and `full` are of the loss.
    macro_up: that the macro rose. at_least: that a gain is expected and at least the share
    `threshold` of it arrived; full: all of it. both_up: that micro and macro rose.
    """

    falls: bool
    macro_up: Drawn
    at_least: Drawn
    full: Drawn
    both_up: Drawn


@dataclass(frozen=True, slots=True)
class CarryThrough:
    """Whether the gain of one micro goal reached one macro goal.

    label: see `carry_through` in the README.
    threshold: c, the share of the expected lift that the label calls "at least half".
    withheld: names of the checks that withhold the label, else empty.
    sentence: the finding in words; caveat: what it does not say, a line each.
    direction: which way is good for the macro goal, `up` or `down`.
    planned_power: chance to have seen the macro move at the planned micro lift (`mde`), had all of
    it carried; units_needed: in all, for 80 %; both NaN without a plan.
    leaks: steps after the micro goal that a clearly smaller share passed than in the control (after
    a loss: a larger share). They are places, not causes.
    strata: within how many strata the arms were compared; 1: pooled.
    posterior: None for a value, within strata, and without a micro signal but of the primary goal.
    """

    variant: str
    micro: str
    macro: str
    label: str
    threshold: float
    micro_lift: Interval
    macro_lift: Interval
    expected_macro_lift: Interval
    dilution: float
    pass_through: PassThrough
    log_lifts: LogLifts
    extra_micro_per_1000: Interval
    extra_macro_per_1000: Interval
    sentence: str
    caveat: str
    withheld: tuple[str, ...] = ()
    direction: str = "up"
    planned_power: float = nan
    units_needed: float = nan
    leaks: tuple[str, ...] = ()
    strata: int = 1
    posterior: CarryPosterior | None = None

    @property
    def macro_moved(self) -> int:
        """What the label claims of the macro goal: 1 it rose, -1 it fell, 0 neither."""
        gain = self.label.removeprefix("loss_")
        way = 1 if gain in ("carried", "carried_size_open", "partly_carried") else 0
        way = -1 if gain == "contradicted" else way
        return way if gain == self.label else -way

    @property
    def macro_better(self) -> bool:
        """Whether the label claims that the macro goal moved in its good direction."""
        return self.macro_moved == (1 if self.direction == "up" else -1)

    @property
    def macro_worse(self) -> bool:
        """Whether it claims that the macro goal moved in its bad direction."""
        return self.macro_moved == (-1 if self.direction == "up" else 1)


@dataclass(frozen=True, slots=True)
class ExpertMeasure:
    """One measure of a micro and a macro goal for experts, with the assumption it rests on.

    estimate, low, high: the figure with its interval, bounds or Fieller set (`kind`); NaN where it
    has none, `p_value` for a test.
    sentence: the figure in words, or why it is missing; warning: what must hold.
    rho, curve: the figure under hidden correlations of micro and macro, where it has such a curve.
    """

    variant: str
    micro: str
    macro: str
    measure: str
    title: str
    estimate: float
    low: float
    high: float
    kind: MeasureKind
    level: float
    p_value: float
    sentence: str
    warning: str
    rho: tuple[float, ...] = ()
    curve: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Densities of the lift of a goal, per unit of lift, on one grid: after and before the data."""

    lift: tuple[float, ...]
    posterior: tuple[float, ...]
    prior: tuple[float, ...]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Standing:
    """One arm, control included, among three or more: is it the best, and what if it is not?"""

    goal: str
    variant: str
    probability_best: float
    expected_loss: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Chance to win and lift of the primary goal under one prior of several, in words."""

    goal: str
    variant: str
    prior: str
    probability_better: float
    lift: Interval


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure and its Monte-Carlo standard error, which is 0 where it was not drawn."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Stopping:
    """Whether the better choice may be taken by its expected loss, and what that does not promise.

    choice: the arm of the lower loss; safe: its loss is below the tolerance, both per unit.
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Bayes:
    """The Bayesian view, which decides nothing: the gates read intervals and p-values."""

    posteriors: tuple[Posterior, ...] = ()
    standings: tuple[Standing, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    stopping: tuple[Stopping, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One question about whether the data can be trusted.

    figure and threshold are NaN where the check has none; fix: what to do, empty where it passed.
    """

    name: str
    status: Status
    figure: float
    threshold: float
    sentence: str
    fix: str = ""

    @property
    def waits(self) -> bool:
        """Whether it failed for want of time only: too short a runtime, windows still open."""
        return self.status == "fail" and self.name in ("runtime", "maturity")

    @property
    def distrusts(self) -> bool:
        """Whether it failed for a fault that time does not mend."""
        return self.status == "fail" and not self.waits


def check_name(name: str) -> str:
    """The name of a check in words; behind a dot stands the goal or segment that it is about.

    >>> check_name("sample_ratio"), check_name("capture.add_to_cart")
    ('Sample ratio', 'Capture (add_to_cart)')
    """
    kind, _, about = name.partition(".")
    words = kind.replace("_", " ").capitalize()
    return f"{words} ({about})" if about else words


@dataclass(frozen=True, slots=True)
class Mended:
    """The lift of a micro goal with a fault of recording and without it.

    fault: name of the check that found it. segment: None for all units. label: of carry-through
    with the mended lift; it replaces no label, since the mending rests on assumptions.
    """

    fault: str
    variant: str
    goal: str
    segment: Level | None
    recorded: Interval
    mended: Interval
    label: str


@dataclass(frozen=True, slots=True)
class WeekLift:
    """The lift of one goal and arm among the units that entered in one week."""

    goal: str
    variant: str
    first_day: str
    units: Pair
    lift: Interval


@dataclass(frozen=True, slots=True)
class Trend:
    """Whether the lift of one goal and arm changes with the week of entry.

    weekly_change: relative change, from one week to the next, of treated rate over control rate.
    adjusted_p_value: over goals and arms (Holm). last_lift: of the units that entered in the last
    `last_weeks` of all `weeks`; last_label: their carry-through label where the trend is clear.
    """

    goal: str
    variant: str
    weeks: int
    weekly_change: Interval
    p_value: float
    adjusted_p_value: float
    last_weeks: int
    last_lift: Interval
    last_label: str


@dataclass(frozen=True, slots=True)
class Timing:
    """When units of one arm and of the control reach a goal, in hours since exposure.

    seen: share of the conversions to expect of these units that has been seen. incidence: share of
    units that reach the goal within the window, those still watched included (Kaplan-Meier).
    median_hours, late_hours: by when half and nine tenths of the conversions of units whose window
    has closed came. early: share of them up to the control's median; early_p_value: that it is
    the same in both arms (Fisher), adjusted over goals and arms (Holm). hours_gained: how much
    longer the mean unit of the arm has converted by the end of the window. hours_to_macro: median
    from this goal to the macro goal. incidence_lift and hours_gained pool the arms, so they are NaN
    where the arms' shares changed.
    """

    goal: str
    variant: str
    seen: Pair
    incidence: Pair
    incidence_lift: Interval
    median_hours: Pair
    late_hours: Pair
    early: Pair
    early_p_value: float
    hours_gained: Interval
    hours_to_macro: Pair


@dataclass(frozen=True, slots=True)
class Day:
    """Units that entered on one day, and the lift of a goal among all that entered until then.

    The lift has no interval: one drawn at every look would promise what only the last one keeps.
    """

    goal: str
    variant: str
    day: str
    units: Pair
    lift: float


@dataclass(frozen=True, slots=True)
class Detectable:
    """What the units of one arm and the control could see of a goal.

    asks: `change`, or `no_loss` (a guardrail, against its margin). lift: the smallest in the good
    direction that is found with probability `wanted` at the level at which the goal was tested; for
    `no_loss` the smallest loss that can be ruled out, if there is none; NaN where there is no such.
    planned: the lift of the plan (`mde`), or the loss that the margin allows, both signed. power:
    of these units for it. needed: units in all arms for it; all three NaN without a plan.
    units: in all arms. note: why a number is missing, else empty.
    """

    goal: str
    variant: str
    asks: Literal["change", "no_loss"]
    wanted: float
    lift: float
    planned: float
    power: float
    units: float
    needed: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one statement about a carry-through needs, at the planned micro lift.

    claim: `macro_up`: the macro goal moved with the micro goal; `at_least` the asked share of the
    gain arrived; `less_than_full`: part of it did not. pass_through: the truth under which it is
    looked for. planned: the micro lift, signed. power: of the units there are; needed: in all arms
    for the probability `wanted`; infinite where no number would do.
    """

    variant: str
    micro: str
    macro: str
    claim: ClaimName
    pass_through: float
    planned: float
    wanted: float
    power: float
    units: float
    needed: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision for one treated arm, its reasons with their numbers, what would change it.

    because: the reason that decided comes first. stage: `before` the declared end only trust and
    harm speak. results_on: ISO day on which the results can be read, empty where it is not known.
    """

    variant: str
    decision: DecisionName
    because: tuple[str, ...]
    would_change: str
    stage: StageName = "end"
    results_on: str = ""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What became of the rows: `count` rows or units at one step of the account."""

    step: str
    count: int
    of: str
    variant: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A panel that cannot be shown, and why."""

    panel: str
    reason: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the numbers come from.

    started: ISO time, or empty so that equal runs give equal bytes; days: with data, or None.
    """

    abmicro: str
    python: str
    numpy: str
    scipy: str
    engine: str
    started: str
    definition_sha256: str
    query_sha256: str
    rows_read: int | None
    units: int
    days: int | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything one run found, in the order in which a report tells it.

    verdicts: one per treated arm, first in every rendering.
    goals: the rows over all units first, then those of segment levels.
    """

    experiment: Experiment
    provenance: Provenance
    checks: tuple[Check, ...]
    ledger: tuple[LedgerLine, ...]
    goals: tuple[GoalResult, ...]
    funnel: tuple[StepResult, ...]
    carry_through: tuple[CarryThrough, ...]
    verdicts: tuple[Verdict, ...]
    interactions: tuple[Interaction, ...] = ()
    absent: tuple[Absent, ...] = ()
    bayes: Bayes = Bayes()
    expert: tuple[ExpertMeasure, ...] = ()
    mended: tuple[Mended, ...] = ()
    timing: tuple[Timing, ...] = ()
    weeks: tuple[WeekLift, ...] = ()
    trends: tuple[Trend, ...] = ()
    days: tuple[Day, ...] = ()
    detectable: tuple[Detectable, ...] = ()
    claims: tuple[Claim, ...] = ()

    def __str__(self) -> str:
        return self.render("text")

    def _repr_html_(self) -> str:
        return self.render("notebook")

    @property
    def plot(self) -> Plots:
        """The charts of the analysis: `analysis.plot.forest()`, `.ruler()`, `.segments()`."""
        from abmicro.analysis.plots import Plots

        return Plots(self)

    def render(self, form: str) -> str:
        """The analysis as `text`, `md`, `json`, `csv`, `html`, `summary` or a format of yours.

        Raises OutputError for a format that nobody announced.
        """
        from abmicro.analysis.rendering import render

        return render(self, form)

    def save(self, path: str | Path) -> None:
        """Write the analysis in the format its file name asks for, whole or not at all.

        Raises OutputError where the name asks for no known format or the file cannot be written.
        """
        from abmicro.analysis.rendering import format_of
        from abmicro.atomic_files import write_atomically

        write_atomically(path, self.render(format_of(str(path))).encode())

    def to_pandas(self, section: Section = "goals") -> DataFrame:
        """One section as a tidy frame, nested figures as columns such as `lift_low`.

        The last five are those of the Bayesian view.
        """
        from dataclasses import asdict

        from pandas import json_normalize

        rows = getattr(self if hasattr(self, section) else self.bayes, section)
        return json_normalize([asdict(row) for row in rows], sep="_")
