"""One `Verdict` per treated variant: the decision of the table, and its reasons in sentences.

The table itself is `abmicro.stats.verdict.decide`; here its answer gets its numbers. The reason
that decided always comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from abmicro import formatting
from abmicro.analysis.goals.effective_size import caution
from abmicro.analysis.results import OpenGoal, Verdict
from abmicro.analysis.verdict.case import Case, gates
from abmicro.analysis.verdict.open_goal import open_goal
from abmicro.analysis.verdict.wording import (
    between,
    fading,
    few,
    guardrail,
    likely,
    margin,
    moved,
    risk,
    size,
    tested,
)
from abmicro.experiment.model import GoalKind
from abmicro.stats.verdict import BETTER, NOT_ASKED, OPEN, WORSE, decide

if TYPE_CHECKING:
    from abmicro.analysis.results import DecisionName, GoalResult


BY_HISTORY = ("ship", "unsettled")
"""Decisions that past tests make where the definition asks for them."""


class Told(NamedTuple):
    """A decision in words: its reasons, what would change it, and what is open."""

    because: tuple[str, ...]
    would_change: str
    open: OpenGoal | None = None


def verdicts(cases: tuple[Case, ...]) -> tuple[Verdict, ...]:
    """The decision for every treated variant, all by one look at the table."""
    found = decide(gates(cases))
    decided = zip(cases, found.decision.tolist(), found.reason.tolist(), strict=True)
    return tuple(
        _verdict(case, "keep_running", _look(case))
        if case.horizon.stage == "look" and decision == "unsettled"
        else _verdict(case, decision, TOLD[reason](case))
        for case, decision, reason in decided
    )


def _verdict(case: Case, decision: DecisionName, told: Told) -> Verdict:
    horizon = case.horizon
    cautions = tuple(_cautions(case))
    risks = filter(None, (risk(row, case.macro, case.alpha) for row in case.guardrails))
    return Verdict(
        variant=case.variant,
        decision=decision,
        because=tuple(dict.fromkeys((*told.because, *risks, *cautions))),
        would_change=told.would_change,
        stage=horizon.stage,
        results_on="" if horizon.results_on is None else horizon.results_on.isoformat(),
        cautions=cautions,
        open=told.open,
        basis="history" if case.likely != NOT_ASKED and decision in BY_HISTORY else "test",
    )


def _cautions(case: Case) -> list[str]:
    """What the counts do not bear: few large amounts, few conversions of a macro goal."""
    control = case.experiment.control.name
    judged = dict.fromkeys((case.primary, *case.macros, *case.guardrails))
    rows = [row for row in case.goals if row.kind == GoalKind.MACRO or row in judged]
    macros = (row for row in rows if row.kind == GoalKind.MACRO)
    told = (*(caution(row, control) for row in rows), *(few(row) for row in macros))
    return [said for said in told if said]


def _distrust(case: Case) -> Told:
    """A check failed that time does not mend."""
    failed = [check for check in case.checks if check.distrusts]
    fixes = " ".join(dict.fromkeys(check.fix for check in failed))
    return Told(tuple(check.sentence for check in failed), f"Gate 1 (trust) decided. {fixes}")


def _harm(case: Case) -> Told:
    """The primary goal or a macro is worse, or a guardrail beyond its margin: all that are."""
    asked = f", before the end (below {case.early_harm:.2g} one-sided is asked)"
    early = asked if case.before else ""
    worse = [
        f"{row.goal} is worse{early}: {tested(row)}."
        for row in (case.primary, *case.macros)
        if case.state(row) == WORSE
    ]
    harmed = [row for row in case.guardrails if case.guard_state(row) == WORSE]
    broken = [_beyond_early(row, asked) if case.before else guardrail(row) for row in harmed]
    against = [case.carry.sentence] if case.carry and _is_contradicted(case) else []
    return Told(
        (*worse, *broken, *against),
        "Gate 2 (harm) decided: a changed variant in a new test; more of the same hardly would.",
    )


def _is_contradicted(case: Case) -> bool:
    """Whether the macro moved against the micro, for the worse."""
    if case.carry is None or case.before:
        return False
    return case.carry.label.endswith("contradicted") and case.carry.macro_worse


def _beyond_early(row: GoalResult, asked: str) -> str:
    guard = row.noninferiority
    if guard is None:
        return ""
    return (
        f"Guardrail {row.goal} is beyond its margin of {margin(guard)}{asked}: "
        f"{formatting.lift(guard.lift)} at {formatting.level(guard.lift.level)} confidence."
    )


def _wait(case: Case) -> Told:
    """Before the end nothing else speaks."""
    waiting = [check for check in case.checks if check.waits]
    why = "Gate 2 (harm) was the last to be asked: before the end only a failed check or clear "
    fixes = dict.fromkeys(check.fix for check in waiting)
    return Told(
        (case.horizon.sentence, *(check.sentence for check in waiting)),
        " ".join((f"{why}harm decides.", *_as_of(case), *fixes)),
    )


def _look(case: Case) -> Told:
    """A look that settles nothing: the next one may."""
    lines = [f"{row.goal} lies {between(row)} so far." for row in (case.primary, *case.macros)]
    return Told(
        (case.horizon.sentence, *lines, *_open_guardrails(case), *map(fading, case.fading)),
        "Gate 6 (open) decided: a look to come that settles it.",
    )


def _as_of(case: Case) -> list[str]:
    """How to say that data whose last row came early are complete."""
    horizon = case.horizon
    if not horizon.closed or horizon.results_on is None:
        return []
    day = horizon.results_on.isoformat()
    return [f"If the data are complete until that day, and quiet at their end, say --as-of {day}."]


def _lost(case: Case) -> Told:
    """The micro gain is real and did not arrive."""
    carry, macro = case.carry, case.macro
    if carry is None or macro is None:
        return Told((_better(case),), "")
    worth = size(case.worthwhile)
    return Told(
        (
            f"A gain of {worth} in {macro.goal} is ruled out: {tested(macro)}.",
            carry.sentence,
            _better(case),
        ),
        f"Gate 3 (carry-through) decided: more units that move the upper end of {macro.goal} above "
        f"{worth}, or a variant whose extra {carry.micro} ends in {carry.macro}.",
    )


def _ship(case: Case) -> Told:
    """Primary better, every guardrail held, and the macro as the definition requires."""
    return Told(
        (_better(case), *_followed(case), *(guardrail(row) for row in case.guardrails)),
        "Gate 4 (ship) decided: a failed check, or a guardrail whose interval reaches its margin.",
    )


def _likely(case: Case) -> Told:
    """The macro goal is likely up by past tests and this one together; guardrails are held."""
    return Told(
        (*_by_history(case), *_ranges(case), *(guardrail(row) for row in case.guardrails)),
        "Gate 4 (ship) decided, by past tests: a failed check, a guardrail whose interval reaches "
        "its margin, or past tests of another kind than this one.",
    )


def _by_history(case: Case) -> list[str]:
    """What past tests and this one say together, and which past tests these are."""
    if case.past is None:
        return ["There is no pair of goals that past tests could tell about."]
    return [likely(case.past, case.experiment.decision.likely)]


def _followed(case: Case) -> list[str]:
    """What the macro goal says where a variant ships."""
    if case.macro is None:
        none = not case.experiment.macros
        return ["Nothing is known about a macro goal, since none is defined."] if none else []
    if case.state(case.macro) != BETTER:
        return _ranges(case)
    carry = case.carry
    if carry is not None and carry.macro_better:
        return [carry.sentence]
    return [f"{case.macro.goal} is better: {tested(case.macro)}."]


def _too_small(case: Case) -> Told:
    """The gain is real and less than is worth finding."""
    row, mde = case.primary, size(case.experiment.primary.mde or 0)
    return Told(
        (
            f"{row.goal} {moved(row)} by less than the {mde} worth finding: {tested(row)}.",
            *_ranges(case),
        ),
        "Gate 5 (too small) decided: a smaller lift worth finding (mde), or a bolder variant.",
    )


def _no_gain(case: Case) -> Told:
    """Whatever the effect is, it is smaller than is worth finding."""
    row, mde = case.primary, size(case.experiment.primary.mde or 0)
    return Told(
        (
            f"{row.goal} changed by less than the {mde} worth finding: {tested(row)}.",
            *_ranges(case),
            *_better_all_the_same(case),
        ),
        "Gate 5 (no difference) decided: a smaller lift worth finding (mde), and the units for it.",
    )


def _macro_open(case: Case) -> Told:
    """A better primary goal whose macro goal this test cannot settle."""
    row = case.macro or case.primary
    first = f"{row.goal} cannot be settled with this traffic: it lies {between(row)}."
    rest = (*_open_guardrails(case), *map(fading, case.fading))
    return _unsettled(case, row, (first, _better(case), *rest))


def _guardrail_open(case: Case) -> Told:
    """Only a guardrail keeps a better primary goal from shipping."""
    row = next(row for row in case.guardrails if case.guard_state(row) == OPEN)
    rest = (_better(case), *_followed(case), *map(fading, case.fading))
    if case.likely == BETTER:
        rest = tuple(_by_history(case))
    return _unsettled(case, row, (*_open_guardrails(case), *rest))


def _not_likely(case: Case) -> Told:
    """The definition rests on past tests, and they and this one leave the macro goal open."""
    row = case.macro or case.primary
    return _unsettled(case, row, (*_by_history(case), *_ranges(case), *_open_guardrails(case)))


def _gain_fading(case: Case) -> Told:
    """The units of the last weeks show no gain."""
    return Told(
        (*map(fading, case.fading), _better(case)),
        "Gate 6 (not settled) decided: weeks of entry whose lifts agree.",
    )


def _macro_alone(case: Case) -> Told:
    """The macro goal is better and the primary goal shows no clear change."""
    row, primary = case.macro or case.primary, case.primary
    return Told(
        (
            f"{row.goal} {moved(row)}: {tested(row)}; {primary.goal} shows no clear change: it "
            f"lies {between(primary)}.",
            *_open_guardrails(case),
        ),
        f"Gate 6 (not settled) decided: a test with {row.goal} as its primary goal would settle "
        "it.",
    )


def _primary_open(case: Case) -> Told:
    """Nothing is known of the primary goal that would decide."""
    row = case.primary
    few_units = "Too few to tell" if case.experiment.primary.mde else "Not clear"
    p = formatting.p_equals(row.adjusted_p_value)
    first = f"{few_units}: {row.goal} lies {between(row)}, p {p}."
    if row.is_unsteady:
        first = caution(row, case.experiment.control.name)
    return _unsettled(case, row, (first, *_open_guardrails(case), *_better_all_the_same(case)))


def _unsettled(case: Case, row: GoalResult, because: tuple[str, ...]) -> Told:
    found, ways = open_goal(case, row)
    return Told(because, " ".join(("Gate 6 (not settled) decided.", *ways)), found)


def _better(case: Case) -> str:
    return f"{case.primary.goal} is better: {tested(case.primary)}."


def _better_all_the_same(case: Case) -> list[str]:
    """Macro goals that are better although the primary goal does not tell why."""
    return [
        f"{row.goal} is better all the same: {tested(row)}. A new test with {row.goal} as its "
        "primary goal would tell whether that lasts."
        for row in case.others
        if case.state(row) == BETTER
    ]


def _open_guardrails(case: Case) -> list[str]:
    return [guardrail(row) for row in case.guardrails if case.guard_state(row) == OPEN]


def _ranges(case: Case) -> list[str]:
    """What the macro goals may have done."""
    return [f"{row.goal} lies {between(row)}." for row in case.macros]


TOLD: dict[str, Callable[[Case], Told]] = {
    "check_failed": _distrust,
    "primary_worse": _harm,
    "macro_worse": _harm,
    "guardrail_harmed": _harm,
    "before_end": _wait,
    "gain_lost": _lost,
    "all_passed": _ship,
    "likely_up": _likely,
    "gain_small": _too_small,
    "no_gain": _no_gain,
    "macro_open": _macro_open,
    "guardrail_open": _guardrail_open,
    "not_likely": _not_likely,
    "gain_fading": _gain_fading,
    "macro_alone": _macro_alone,
    "primary_open": _primary_open,
}
"""By the reason of the table, how it is told."""
