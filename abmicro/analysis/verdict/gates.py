"""One `Verdict` per treated variant: the decision of the table, and its reasons in sentences.

The table itself is `abmicro.stats.verdict.decide`; here its answer gets its numbers. The reason
that decided always comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from abmicro.analysis.goals.effective_size import caution
from abmicro.analysis.results import OpenGoal, Verdict
from abmicro.analysis.verdict import wording
from abmicro.analysis.verdict.case import Case, gates
from abmicro.analysis.verdict.open_goal import open_goal
from abmicro.analysis.verdict.wording import WHAT_CHANGES
from abmicro.experiment.model import GoalKind
from abmicro.phrases import finding, listed
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
    risks = filter(
        None,
        (wording.risk(row, case.macro, case.alpha, case.names) for row in case.guardrails),
    )
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
    told = (
        *(caution(row, control, case.names) for row in rows),
        *(wording.few(row, case.names) for row in macros),
    )
    return [said for said in told if said]


def _distrust(case: Case) -> Told:
    """A check failed that time does not mend."""
    failed = [check for check in case.checks if check.distrusts]
    fixes = " ".join(dict.fromkeys(check.fix for check in failed))
    return Told(tuple(check.sentence for check in failed), fixes)


def _harm(case: Case) -> Told:
    """The primary goal or a macro is worse, or a guardrail beyond its margin: all that are."""
    early = wording.EARLY if case.before else ""
    worse = [
        f"{finding(row, case.names)}.{early}"
        for row in (case.primary, *case.macros)
        if case.state(row) == WORSE
    ]
    harmed = [row for row in case.guardrails if case.guard_state(row) == WORSE]
    broken = [wording.guardrail(row, case.names) + early for row in harmed]
    against = [case.carry.sentence] if case.carry and _is_contradicted(case) else []
    return Told((*worse, *broken, *against), WHAT_CHANGES["harm"])


def _is_contradicted(case: Case) -> bool:
    """Whether the macro moved against the micro, for the worse."""
    if case.carry is None or case.before:
        return False
    return case.carry.label.endswith("contradicted") and case.carry.macro_worse


def _wait(case: Case) -> Told:
    """Before the end nothing else speaks."""
    waiting = [check for check in case.checks if check.waits]
    fixes = dict.fromkeys(check.fix for check in waiting)
    return Told(
        (case.horizon.sentence, *(check.sentence for check in waiting)),
        " ".join((WHAT_CHANGES["wait"], *_as_of(case), *fixes)),
    )


def _look(case: Case) -> Told:
    """A look that settles nothing: the next one may."""
    lines = [
        f"{wording.open_range(row, case.names)} so far." for row in (case.primary, *case.macros)
    ]
    return Told(
        (case.horizon.sentence, *lines, *_open_guardrails(case), *_fading(case)),
        WHAT_CHANGES["look"],
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
    carry, macro, names = case.carry, case.macro, case.names
    if carry is None or macro is None:
        return Told((_better(case),), "")
    worth = wording.size(case.worthwhile)
    pair = {"micro": names.goal(carry.micro), "macro": names.goal(carry.macro)}
    return Told(
        (wording.ruled_out(macro, case.worthwhile, names), carry.sentence, _better(case)),
        WHAT_CHANGES["lost"].format(worth=worth, **pair),
    )


def _ship(case: Case) -> Told:
    """Primary better, every guardrail held, and the macro as the definition requires."""
    return Told(
        (_better(case), *_followed(case), *_guardrails(case)),
        WHAT_CHANGES["ship"].format(guards=_guarded(case)),
    )


def _likely(case: Case) -> Told:
    """The macro goal is likely up by past tests and this one together; guardrails are held."""
    return Told(
        (*_by_history(case), *_ranges(case), *_guardrails(case)),
        WHAT_CHANGES["likely"].format(guards=_guarded(case)),
    )


def _guardrails(case: Case) -> list[str]:
    return [wording.guardrail(row, case.names) for row in case.guardrails]


def _guarded(case: Case) -> str:
    """The guardrails by name, where there are any."""
    names = tuple(case.names.goal(row.goal) for row in case.guardrails)
    return WHAT_CHANGES["guards"].format(goals=listed(names, "or")) if names else ""


def _by_history(case: Case) -> list[str]:
    """What past tests and this one say together, and which past tests these are."""
    if case.past is None:
        return ["There is no pair of goals that past tests could tell about."]
    return [wording.likely(case.past, case.experiment.decision.likely, case.names)]


def _followed(case: Case) -> list[str]:
    """What the macro goal says where a variant ships."""
    if case.macro is None:
        return [] if case.experiment.macros else [wording.NO_MACRO]
    if case.state(case.macro) != BETTER:
        return _ranges(case)
    carry = case.carry
    if carry is not None and carry.macro_better:
        return [carry.sentence]
    return [f"{finding(case.macro, case.names)}."]


def _too_small(case: Case) -> Told:
    """The gain is real and less than is worth finding."""
    mde = case.experiment.primary.mde or 0
    return Told(
        (wording.moved_little(case.primary, mde, case.names), *_ranges(case)),
        WHAT_CHANGES["small"].format(mde=wording.size(mde)),
    )


def _no_gain(case: Case) -> Told:
    """Whatever the effect is, it is smaller than is worth finding."""
    mde, names = case.experiment.primary.mde or 0, case.names
    first = wording.hardly_moved(case.primary, mde, names)
    return Told(
        (first, *_ranges(case), *_better_all_the_same(case)),
        WHAT_CHANGES["no_gain"].format(mde=wording.size(mde), units=names.units),
    )


def _macro_open(case: Case) -> Told:
    """A better primary goal whose macro goal this test cannot settle."""
    row = case.macro or case.primary
    told = {"goal": case.names.goal(row.goal), "range": wording.open_range(row, case.names)}
    first = wording.NOT_SETTLED.format(**told)
    rest = (*_open_guardrails(case), *_fading(case))
    return _unsettled(case, row, (first, _better(case), *rest))


def _guardrail_open(case: Case) -> Told:
    """Only a guardrail keeps a better primary goal from shipping."""
    row = next(row for row in case.guardrails if case.guard_state(row) == OPEN)
    rest = (_better(case), *_followed(case), *_fading(case))
    if case.likely == BETTER:
        rest = tuple(_by_history(case))
    return _unsettled(case, row, (*_open_guardrails(case), *rest))


def _not_likely(case: Case) -> Told:
    """The definition rests on past tests, and they and this one leave the macro goal open."""
    row = case.macro or case.primary
    return _unsettled(case, row, (*_by_history(case), *_ranges(case), *_open_guardrails(case)))


def _gain_fading(case: Case) -> Told:
    """The units of the last weeks show no gain."""
    return Told((*_fading(case), _better(case)), WHAT_CHANGES["fading"])


def _macro_alone(case: Case) -> Told:
    """The macro goal is better and the primary goal shows no clear change."""
    row, names = case.macro or case.primary, case.names
    first = wording.ALONE.format(finding=finding(row, names), primary=names.goal(case.primary.goal))
    return Told(
        (first, *_open_guardrails(case)), WHAT_CHANGES["alone"].format(goal=names.goal(row.goal))
    )


def _primary_open(case: Case) -> Told:
    """Nothing is known of the primary goal that would decide."""
    row, names = case.primary, case.names
    asked = case.experiment.primary.mde is not None
    words = wording.TOO_FEW if asked else wording.NOT_CLEAR
    first = words.format(units=names.units, range=wording.open_range(row, names))
    if row.is_unsteady:
        first = caution(row, case.experiment.control.name, names)
    return _unsettled(case, row, (first, *_open_guardrails(case), *_better_all_the_same(case)))


def _unsettled(case: Case, row: GoalResult, because: tuple[str, ...]) -> Told:
    found, ways = open_goal(case, row)
    return Told(because, " ".join(ways), found)


def _better(case: Case) -> str:
    return f"{finding(case.primary, case.names)}."


def _better_all_the_same(case: Case) -> list[str]:
    """Macro goals that are better although the primary goal does not tell why."""
    return [
        wording.BETTER_ALL_THE_SAME.format(
            finding=finding(row, case.names), goal=case.names.goal(row.goal)
        )
        for row in case.others
        if case.state(row) == BETTER
    ]


def _open_guardrails(case: Case) -> list[str]:
    return [
        wording.guardrail(row, case.names)
        for row in case.guardrails
        if case.guard_state(row) == OPEN
    ]


def _ranges(case: Case) -> list[str]:
    """What the macro goals may have done."""
    return [f"{wording.open_range(row, case.names)}." for row in case.macros]


def _fading(case: Case) -> list[str]:
    """Goals whose change differs from week to week."""
    return [wording.fading(trend, case.names) for trend in case.fading]


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
