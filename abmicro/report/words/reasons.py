"""Why a variant got its decision, and what can be done about an open one, in people."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, isnan

from abmicro import formatting
from abmicro.analysis.results import GoalResult, OpenGoal
from abmicro.phrases import listed, losses, may_be
from abmicro.report.words.answer import of_one, what_rose
from abmicro.report.words.subject import Subject


def why(subject: Subject, *, alone: bool) -> str:
    """The reason of one variant. alone: whether the line on top has told its decision."""
    decision = subject.verdict.decision
    if decision == "keep_running":
        return _early(subject)
    if decision == "do_not_trust_yet":
        return "The figures below are shown for orientation only."
    if decision == "ship":
        told = _both(subject)
        is_known = alone and told == what_rose(subject)  # by the line on top
        return _beside_the_best(subject) or ("" if is_known else f"{told}.")
    if not alone:
        return of_one(subject)
    return " ".join(_what_moved(subject))


def _both(subject: Subject) -> str:
    """That micro and macro rose, by their verbs where both have one."""
    names, primary, macro = subject.names, subject.primary, subject.macro
    if primary is None or macro is None or subject.moved(macro) != 1:
        return what_rose(subject)
    if {primary.goal, macro.goal} <= names.verbs.keys() and subject.moved(primary) == 1:
        return f"{names.more(primary.goal)}, and more of them {names.verbs[macro.goal]}"
    return what_rose(subject)


def _beside_the_best(subject: Subject) -> str:
    best, names = subject.analysis.recommendation, subject.names
    rival = next((one for one in best.against if one.variant == subject.verdict.variant), None)
    if rival is None or best.variant is None:
        return ""
    name = names.variant(best.variant)
    if rival.adjusted_p_value >= subject.analysis.alpha:
        return f"It does as well as {name}: either will do."
    return f"It beats {subject.control} too, but brings fewer {names.goal(best.goal)} than {name}."


def _what_moved(subject: Subject) -> Iterator[str]:
    """Which goals rose clearly, and what others may have done."""
    told: dict[str, tuple[str, ...]] = {}
    for row in (subject.primary, subject.macro):
        if row is not None:
            said = _moved(subject, row)
            named = subject.names.goal if said in told else subject.names.head
            told[said] = (*told.get(said, ()), named(row.goal))
    yield from (f"{listed(goals)}{said}" for said, goals in told.items())


def _moved(subject: Subject, row: GoalResult) -> str:
    """How a goal moved, to stand behind its name and those of others that did the same."""
    if subject.moved(row):
        return " rose clearly." if row.difference.estimate > 0 else " fell clearly."
    if subject.has_few:
        return ": chance alone could do that."
    if row.is_unsteady:
        return ": too few large amounts to tell."
    return f"{may_be(row, subject.names).removeprefix(subject.names.head(row.goal))}."


def _early(subject: Subject) -> str:
    """How many have had their time and how many have not."""
    waiting = sum(line.count for line in subject.analysis.ledger if line.step == "immature")
    names, units = subject.names, subject.analysis.provenance.units
    if subject.verdict.stage == "look":
        return " ".join(_what_moved(subject))
    if not waiting:
        return "Too early for results."
    verb = "has" if waiting == 1 else "have"
    return (
        f"Too early for results: {names.of_units(units)} have had their time, "
        f"{formatting.count(waiting)} {verb} not."
    )


def options(subject: Subject) -> Iterator[tuple[str, str]]:
    """The ways on from an open decision, each with its number."""
    found = subject.verdict.open
    if found is None or subject.verdict.decision != "unsettled":
        return
    goal = subject.names.goal(found.goal)
    yield from _risk(subject, found)
    yield from _run_on(subject, found, goal)
    if not isnan(found.bolder) and isfinite(found.bolder):
        lift = formatting.asked(float(f"{found.bolder:.2g}"))
        yield (
            "Test something bolder",
            f"This many {subject.names.units} can show a {lift} change in {goal}.",
        )


def _risk(subject: Subject, found: OpenGoal) -> Iterator[tuple[str, str]]:
    loss = found.loss_of_variant, found.loss_of_control
    if isnan(loss[0]):
        return
    when = f"per 1,000 {subject.names.units}"
    if found.monthly_loss is not None:
        loss, when = (found.monthly_loss.treated, found.monthly_loss.control), "a month"
    row = next(row for row in subject.rows if row.goal == found.goal)
    shipped, kept = losses(row, *loss, subject.names)
    yield (
        "Ship, and take the risk",
        f"On average you risk {shipped} {when}. Keeping {subject.control} risks {kept}.",
    )


def _run_on(subject: Subject, found: OpenGoal, goal: str) -> Iterator[tuple[str, str]]:
    more = found.units_needed - subject.analysis.provenance.units
    if not isfinite(more) or more <= 0:
        return
    size = formatting.asked(found.planned)
    needs = formatting.about(more)
    wait = "" if isnan(found.days_needed) else f": about {formatting.duration(found.days_needed)}"
    yield (
        "Run on",
        f"A {size} change in {goal} needs {needs} more {subject.names.units}{wait}.",
    )


def notes(subject: Subject) -> Iterator[str]:
    """What the counts do not bear: few conversions, few large amounts."""
    macro = subject.macro or subject.primary
    if subject.has_few and macro is not None and macro.reached is not None:
        total = macro.reached.control + macro.reached.treated
        goal = subject.names.goal(macro.goal)
        if min(macro.reached.control, macro.reached.treated) < 10:
            yield (
                f"{formatting.count(total)} {goal} in all. Below ten, read the counts, not the "
                "percentages."
            )
    for row in subject.rows:
        if row.is_value and row.is_unsteady:
            yield (f"Few large amounts decide {subject.names.goal(row.goal)}: read it with care.")
