"""Gates in order, one `Verdict` per treated arm, each reason a sentence with its number.

The first gate that speaks decides: distrust, harm, lost gain, ship, flat, keep running. Before the
end only trust and harm speak, harm at a level of its own (verdict note 4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.goals.effective_size import caution
from abmicro.analysis.results import CarryThrough, Check, DecisionName, GoalResult, Trend, Verdict
from abmicro.analysis.verdict.wording import fading, guardrail, margin, tested
from abmicro.experiment.model import GoalKind, GoalRole

if TYPE_CHECKING:
    from abmicro.analysis.verdict.progress import Progress
    from abmicro.experiment.model import Experiment

# One-sided level of harm before the end, shared by the arms: 28 daily looks then err in 0.6 %.
EARLY_HARM = 0.001
CONTRADICTED = ("contradicted", "loss_contradicted")


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about one treated arm when it is judged.

    goals: its rows over all units. carry: the pair of primary and funnel macro, where there is one.
    progress: how far the test has come and what it still needs. trend: of the primary goal over
    the weeks of entry, where there is one.
    """

    experiment: Experiment
    variant: str
    checks: tuple[Check, ...]
    goals: tuple[GoalResult, ...]
    carry: CarryThrough | None
    progress: Progress
    trend: Trend | None = None

    @property
    def primary(self) -> GoalResult:
        """The goal the decision turns on."""
        return next(row for row in self.goals if row.role == GoalRole.PRIMARY)

    @property
    def macros(self) -> tuple[GoalResult, ...]:
        """Macro goals that are judged by their own test; guardrails have their margin instead."""
        return tuple(
            row for row in self.goals if row.kind == GoalKind.MACRO and row.noninferiority is None
        )

    @property
    def guardrails(self) -> tuple[GoalResult, ...]:
        """Goals with a margin."""
        return tuple(row for row in self.goals if row.noninferiority is not None)

    @property
    def gates(self) -> tuple[GoalResult, ...]:
        """Rows of other kinds that decide: the primary goal and the guardrails."""
        return (self.primary, *self.guardrails)

    def better(self, row: GoalResult) -> bool:
        """Significant in the good direction."""
        return row.is_better(self.experiment.analysis.alpha)

    def worse(self, row: GoalResult) -> bool:
        """Significant in the bad direction."""
        return row.is_worse(self.experiment.analysis.alpha)

    @property
    def before(self) -> bool:
        """Whether the end is still to come."""
        return self.progress.horizon.stage == "before"

    @property
    def arms(self) -> int:
        """Treated arms, which share what is bounded over all of them."""
        return len(self.experiment.treated)

    def early(self, p_value: float) -> bool:
        """Whether a one-sided p shows harm even before the end."""
        return p_value < EARLY_HARM / self.arms

    def up_alone(self, row: GoalResult) -> bool:
        """Whether a macro is better by its own row; several arms share alpha in one step."""
        shared = self.arms == 1 or row.p_value <= self.experiment.analysis.alpha / self.arms
        return shared and (row.difference.estimate > 0) == (row.sign > 0)

    @property
    def fades(self) -> bool:
        """Whether the lift of the primary goal changes over the weeks and the last show no gain.

        What new units get is the lift of the last weeks.
        """
        trend = self.trend
        if trend is None or not trend.adjusted_p_value < self.experiment.analysis.alpha:
            return False
        rises = self.primary.sign > 0
        return not (trend.last_lift.low > 0 if rises else trend.last_lift.high < 0)

    def verdict(self, decision: DecisionName, because: list[str], would_change: str) -> Verdict:
        """The verdict on this arm."""
        horizon = self.progress.horizon
        on = "" if horizon.results_on is None else horizon.results_on.isoformat()
        control = self.experiment.variants[0].name
        judged = (row for row in self.goals if row.kind == GoalKind.MACRO or row in self.gates)
        cautions = filter(None, (caution(row, control) for row in judged))
        reasons = (*because, *cautions)
        return Verdict(self.variant, decision, reasons, would_change, horizon.stage, on)


def verdicts(cases: tuple[Case, ...]) -> tuple[Verdict, ...]:
    """The decision for every treated arm."""
    return tuple(decide(case) for case in cases)


def decide(case: Case) -> Verdict:
    """The word of the first gate that speaks."""
    spoken = (gate(case) for gate in GATES)
    return next(verdict for verdict in spoken if verdict is not None)


def distrust(case: Case) -> Verdict | None:
    """A check failed that time does not mend."""
    failed = [check for check in case.checks if check.distrusts]
    if not failed:
        return None
    return case.verdict(
        "do_not_trust_yet",
        [check.sentence for check in failed],
        "Gate 1 (trust) decided. " + " ".join(dict.fromkeys(check.fix for check in failed)),
    )


def harm(case: Case) -> Verdict | None:
    """The arm does harm: at the end by the tests' own level, before it by one far stricter."""
    reasons = _early_harm(case) if case.before else _harm(case)
    if not reasons:
        return None
    return case.verdict(
        "keep_control",
        reasons,
        "Gate 2 (harm) decided: a changed variant in a new test; more of the same hardly would.",
    )


def _harm(case: Case) -> list[str]:
    """The primary or a macro is worse, the macro contradicts the micro, a margin is broken."""
    reasons = [
        f"{row.goal} is worse: {tested(row)}."
        for row in dict.fromkeys((case.primary, *case.macros))
        if case.worse(row)
    ]
    if case.carry is not None and case.carry.label in CONTRADICTED and case.carry.macro_worse:
        reasons.append(case.carry.sentence)
    return reasons + [guardrail(row) for row in case.guardrails if _status(row) == "harmed"]


def _early_harm(case: Case) -> list[str]:
    """The primary or a macro is worse than none, or a guardrail than its margin, beyond doubt."""
    asked = f"before the end (below {EARLY_HARM / case.arms:.2g} one-sided is asked)"
    reasons = [
        f"{row.goal} is worse, {asked}: {tested(row)}."
        for row in dict.fromkeys((case.primary, *case.macros))
        if case.early(row.p_value / 2) and (row.difference.estimate < 0) == (row.sign > 0)
    ]
    return reasons + [
        f"Guardrail {row.goal} is beyond its margin of {margin(guard)}, {asked}: "
        f"{formatting.lift(guard.lift)} at {formatting.level(guard.lift.level)} confidence."
        for row in case.guardrails
        if (guard := row.noninferiority) is not None and case.early(1 - guard.p_value)
    ]


def wait(case: Case) -> Verdict | None:
    """Before the end nothing else speaks."""
    if not case.before:
        return None
    waiting = [check for check in case.checks if check.waits]
    return case.verdict(
        "keep_running",
        [case.progress.horizon.sentence, *(check.sentence for check in waiting)],
        " ".join(
            (
                "Gate 2 (harm) was the last to be asked: before the end only a failed check or "
                "clear harm decides.",
                *_as_of(case),
                *dict.fromkeys(check.fix for check in waiting),
            )
        ),
    )


def _as_of(case: Case) -> list[str]:
    """How to say that data whose last row came early are complete."""
    horizon = case.progress.horizon
    if not horizon.closed or horizon.results_on is None:
        return []
    day = horizon.results_on.isoformat()
    return [f"If the data are complete until that day, and quiet at their end, say --as-of {day}."]


def lost_gain(case: Case) -> Verdict | None:
    """The micro gain is real and did not arrive."""
    carry = case.carry
    if carry is None or carry.label != "not_carried" or carry.sign < 0:
        return None
    if not case.better(case.primary):
        return None
    return case.verdict(
        "keep_control",
        [f"{case.primary.goal} is better: {tested(case.primary)}.", carry.sentence],
        "Gate 3 (carry-through) decided: more units that move the upper end of the pass-through "
        f"above {carry.threshold:g}, or a variant whose extra {carry.micro} ends in {carry.macro}.",
    )


def ship(case: Case) -> Verdict | None:
    """Primary better, every guardrail held, and the macro as the definition requires."""
    held = all(_status(row) == "held" for row in case.guardrails)
    if not case.better(case.primary) or not held or case.fades:
        return None
    macro = _macro_reason(case)
    if macro is None:
        return None
    return case.verdict(
        "ship",
        [
            f"{case.primary.goal} is better: {tested(case.primary)}.",
            *([macro] if macro else []),
            *(guardrail(row) for row in case.guardrails),
        ],
        "Gate 4 (ship) decided: a failed check, or a guardrail whose interval reaches its margin.",
    )


def flat(case: Case) -> Verdict | None:
    """Whatever the effect is, it is too small to matter, or the test is over without a signal."""
    row, mde = case.primary, case.experiment.primary.mde
    if mde is not None and -mde < row.lift.low and row.lift.high < mde:
        return case.verdict(
            "no_detectable_difference",
            [f"{row.goal} changed less than is worth finding: {tested(row)}.", *_without(case)],
            "Gate 5 (no difference) decided: a smaller effect worth finding, and the units for it.",
        )
    if case.progress.ended and not case.better(row):
        return case.verdict(
            "no_detectable_difference",
            [
                f"The planned end is reached and {row.goal} shows no clear change: {tested(row)}.",
                *_without(case),
            ],
            f"Gate 5 (no difference) decided: a new test. {case.progress.needs_for_primary}",
        )
    return None


def keep_running(case: Case) -> Verdict:
    """Nothing is settled; say which claim is missing and what it still needs."""
    row = case.primary
    if not case.better(row):
        return case.verdict(
            "keep_running",
            [f"{row.goal} shows no clear change yet: {tested(row)}."],
            f"Gate 6 (not settled) decided: {case.progress.needs_for_primary}",
        )
    macro_open = _macro_reason(case) is None
    because = [_macro_open(case)] if macro_open else []
    because += [guardrail(r) for r in case.guardrails if _status(r) == "unclear"]
    if case.fades and case.trend is not None:
        because.append(fading(case.trend))
    because.append(f"{row.goal} is better: {tested(row)}.")
    return case.verdict(
        "keep_running", because, f"Gate 6 (not settled) decided: {_needs(case, macro_open)}"
    )


def _needs(case: Case, macro_open: bool) -> str:
    """What would settle a test whose primary goal is better."""
    if macro_open:
        return case.progress.needs_for_macro
    if case.fades:
        return "weeks of entry whose lifts agree."
    return "units until every guardrail is settled."


def _without(case: Case) -> list[str]:
    """Macro goals that are better although the primary goal does not tell why."""
    return [
        f"{row.goal} is better all the same: {tested(row)}. A new test with {row.goal} as its "
        "primary goal would tell whether that lasts."
        for row in case.macros
        if case.better(row) and row.goal != case.primary.goal
    ]


GATES: tuple[Callable[[Case], Verdict | None], ...] = (
    distrust,
    harm,
    wait,
    lost_gain,
    ship,
    flat,
    keep_running,
)


def _macro_reason(case: Case) -> str | None:
    """Why the macro lets the variant ship: None where it does not, empty where it is not asked."""
    if case.primary.kind == GoalKind.MACRO:
        return ""
    if not case.experiment.macros:
        return "Nothing is known about a macro goal, since none is defined."
    rows = _macros_up(case)
    if case.carry is not None and any(case.up_alone(row) for row in rows):
        return case.carry.sentence
    if case.carry is None and (up := [row for row in rows if case.up_alone(row)]):
        return " ".join(f"{row.goal} is better: {tested(row)}." for row in up)
    if case.experiment.decision.require == "not_contradicted":
        return _macro_range(case)
    return None


def _macros_up(case: Case) -> list[GoalResult]:
    """Macro goals that the carry-through finding, or else their own test, says to be better."""
    carry = case.carry
    if carry is None:
        return [row for row in case.macros if case.better(row)]
    return [row for row in case.goals if carry.macro_better and row.goal == carry.macro]


def _macro_range(case: Case) -> str:
    rows = [row for row in case.goals if row.kind == GoalKind.MACRO]
    return " ".join(
        f"{row.goal} may have changed by {formatting.percent(row.lift.low)} to "
        f"{formatting.percent(row.lift.high)}."
        for row in rows
    )


def _macro_open(case: Case) -> str:
    """What is missing of the macro: that its own row holds for all arms together, or more."""
    if up := _macros_up(case):
        asked = case.experiment.analysis.alpha / case.arms
        return " ".join(
            f"{row.goal} is not clearly better where {case.arms} variants are tested: "
            f"p {formatting.p_equals(row.p_value)} on its own, and at most {asked:.3g} is asked."
            for row in up
        )
    return _macro_range(case) if case.carry is None else case.carry.sentence


def _status(row: GoalResult) -> str:
    return row.noninferiority.status if row.noninferiority else "held"
