"""The line on top: what to do about the whole test, in people, and the sentence that follows it."""

from __future__ import annotations

from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from abmicro import formatting
from abmicro.analysis.results import Analysis, Check, DecisionName, GoalResult, OpenGoal
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.phrases import change, instead, listed, went
from abmicro.report.words import DECISIONS, Tone
from abmicro.report.words.subject import Subject, subjects

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

FIRST: tuple[DecisionName, ...] = (
    "do_not_trust_yet",
    "ship",
    "keep_running",
    "unsettled",
    "too_small",
    "no_detectable_difference",
    "keep_control",
)
"""Decisions in the order in which they speak for the whole test."""
FAULTS = {
    "sample_ratio": "{units} are not split as planned",
    "days": "days of data are missing",
    "looks": "the looks disagree",
    "crossed": "many {units} saw two variants",
    "goals_fire": "no {about} were recorded where many were due",
    "capture": "some {units} got to the end without {about}",
    "gaps": "recording stopped for hours",
    "silence": "recording stopped for hours",
    "future": "events lie in the future",
    "no_time": "events have no time",
    "sessions": "many events belong to no session",
    "funnel_order": "the steps stand in the wrong order",
    "order": "steps came in the wrong order",
    "only": "{about} were reached in variants that lack them",
    "ramp": "nobody knows on which days {units} entered",
}
FAULT = "a check of the data failed"


class Pill(NamedTuple):
    """A decision in a few words, with its tone and its sign."""

    word: str
    tone: Tone
    icon: str


ICONS: dict[Tone, str] = {"good": "✓", "bad": "✕", "open": "?", "warn": "!", "off": "–"}


def pill(subject: Subject) -> Pill:
    """The decision on one variant."""
    analysis, verdict = subject.analysis, subject.verdict
    words, best = DECISIONS[verdict.decision], analysis.recommendation
    rival = next((one for one in best.against if one.variant == verdict.variant), None)
    if rival is not None and best.variant is not None:
        if rival.adjusted_p_value < analysis.alpha:
            return Pill("Works, second best", "open", "2")
        return Pill(f"As good as {subject.names.variant(best.variant)}", "good", "✓")
    if verdict.decision == "keep_running":
        return Pill(_running(analysis), "open", "…")
    return Pill(words.title, words.tone, ICONS[words.tone])


def _running(analysis: Analysis) -> str:
    course = analysis.course
    if course.day is None:
        return DECISIONS["keep_running"].title
    if course.days is None:
        return f"Running, day {course.day}"
    if course.day >= course.days:
        return "Entry closed, results to come"
    return f"Running, day {course.day} of {course.days}"


def leading(analysis: Analysis) -> Subject:
    """The variant that speaks for the whole test."""
    found = subjects(analysis)
    best = analysis.recommendation.variant
    return min(
        found, key=lambda one: (FIRST.index(one.verdict.decision), one.verdict.variant != best)
    )


def line(analysis: Analysis) -> str:
    """What to do, with which variant."""
    first = leading(analysis)
    decision = first.verdict.decision
    if decision == "ship":
        return _ship(first)
    if decision == "keep_running":
        return _wait(first)
    if decision == "do_not_trust_yet":
        return f"Do not use these results yet: {_fault(first)}."
    if len(analysis.verdicts) > 1:
        return _of_several(analysis, first)
    return of_one(first)


def then(analysis: Analysis) -> str:
    """The figures behind the line, or what to do next."""
    first = leading(analysis)
    decision = first.verdict.decision
    if decision == "do_not_trust_yet":
        return next((one.fix for one in analysis.checks if one.distrusts), "")
    if decision == "keep_running":
        return _so_far(first)
    if decision == "ship" and analysis.recommendation.against:
        return _against(first)
    row = first.macro or first.primary
    if row is None or (len(analysis.verdicts) > 1 and decision != "ship"):
        return ""
    return _figures(first, row)


def _figures(first: Subject, row: GoalResult) -> str:
    """What became of the goal that decides."""
    decision = first.verdict.decision
    if decision == "keep_control" and (changed := change(row.lift)):
        told = f"{first.names.head(row.goal)}: {changed}."
        return f"{told} {_good_or_lost(first)}".rstrip()
    told = f"{first.names.head(row.goal)}: {_short(first, row)}."
    if decision == "unsettled" and first.verdict.open is not None:
        return f"{told} {_way_on(first.verdict.open)}"
    if decision in ("too_small", "no_detectable_difference"):
        return f"Keep {first.control}, or test something bolder. {told}"
    return told


def _way_on(found: OpenGoal) -> str:
    """Where the ways to go on stand; without one a check says what would help."""
    ways = (found.loss_of_variant, found.units_needed, found.bolder)
    if any(map(isfinite, ways)):
        return "Below are the ways to go on."
    return "The check below says what would help."


def _good_or_lost(subject: Subject) -> str:
    """What to look at where the micro goal fell and the macro goal rose; else empty."""
    if subject.pair is None or subject.pair.label != "loss_contradicted":
        return ""
    micro = subject.names.goal(subject.pair.micro)
    return f"First look at how {micro} are recorded: a lost tag looks like this."


def of_one(subject: Subject) -> str:
    """A decision of the end on one variant."""
    decision, primary = subject.verdict.decision, subject.primary
    if primary is None:
        return f"Keep {subject.control}."
    if decision == "keep_control":
        return _keep(subject)
    if decision == "unsettled":
        return _open(subject, primary)
    mde = subject.analysis.experiment.goal(primary.goal).mde or 0
    asked = formatting.asked(mde)
    if decision == "too_small":
        return f"{went(primary, subject.names)}, by less than the {asked} you asked for."
    return f"No change in {subject.names.goal(primary.goal)} as large as {asked}."


def _ship(subject: Subject) -> str:
    names, best = subject.names, subject.analysis.recommendation
    alpha = subject.analysis.alpha
    beaten = [names.variant(one.variant) for one in best.against if one.adjusted_p_value < alpha]
    equal = [names.variant(one.variant) for one in best.against if one.adjusted_p_value >= alpha]
    told = f"Ship {subject.variant}. {what_rose(subject)}"
    if beaten:
        told += f", and it beat {listed(tuple(beaten))}"
    if equal:
        told += (
            f". {sentence_case(listed(tuple(equal)))} {'does' if len(equal) == 1 else 'do'} as well"
        )
    return f"{told}."


def what_rose(subject: Subject) -> str:
    """What rose, without a full stop: "Visits and orders rose"."""
    primary, macro, names = subject.primary, subject.macro, subject.names
    if said := _by_history(subject):
        return f"{said}, not by this test alone"
    if primary is None:
        return "The goals rose"
    up = primary.difference.estimate > 0
    if macro is None or subject.moved(macro) == 0:
        told = went(primary, subject.names)
        return told if macro is None else f"{told}; {names.goal(macro.goal)} are open"
    if (macro.difference.estimate > 0) == up:
        moved = "rose" if up else "fell"
        return f"{names.head(primary.goal)} and {names.goal(macro.goal)} {moved}"
    return f"{went(primary, subject.names)}, {_lower(went(macro, subject.names))}"


def _by_history(subject: Subject) -> str:
    """How likely a gain is where the decision rests on past tests too; else empty."""
    found = next(
        (one for one in subject.analysis.with_history if one.variant == subject.verdict.variant),
        None,
    )
    if found is None or subject.verdict.basis != "history":
        return ""
    goal = subject.names.goal(found.macro)
    chance = formatting.probability(found.best.probability_up)
    return f"By past tests and this one together the chance that {goal} rose is {chance}"


def _keep(subject: Subject) -> str:
    names, alpha = subject.names, subject.analysis.alpha
    runs = subject.verdict.stage == "before"
    begin = f"Stop {subject.variant}" if runs else f"Keep {subject.control}"
    for row in (subject.macro, subject.primary):
        if row is not None and row.is_worse(alpha):
            return f"{begin}: {_brought(subject, row)}."
    if harmed := next(subject.harmed(), None):
        fell = "fell" if harmed.difference.estimate < 0 else "rose"
        return f"{begin}: {names.goal(harmed.goal)} {fell} by more than you allow."
    pair = subject.pair
    if pair is not None:
        extra, macro = names.goal(pair.micro), names.goal(pair.macro)
        return f"{begin}: the extra {extra} did not become {macro}."
    return f"{begin}."


def _brought(subject: Subject, row: GoalResult) -> str:
    """What a variant did to a goal that it made worse, in figures."""
    goal, falls = subject.names.goal(row.goal), row.difference.estimate < 0
    if row.is_value or subject.names.is_plural(row.goal):
        less = "less" if row.is_value else "fewer"
        told = f"{subject.variant} brought {less if falls else 'more'} {goal}"
    else:
        told = f"{goal} {'fell' if falls else 'rose'} with {subject.variant}"
    control, treated = subject.figures(row)
    return f"{told}, {treated} instead of {control}"


def _open(subject: Subject, primary: GoalResult) -> str:
    names, found = subject.names, subject.verdict.open
    macro = subject.macro
    if said := _by_history(subject):
        asked = formatting.level(subject.analysis.experiment.decision.likely)
        return f"{said}; you asked for {asked}."
    if found is not None and found.goal == primary.goal:
        return _too_few(subject, primary)
    if found is None and subject.moved(primary) == 0 and macro is not None:
        return f"{went(macro, subject.names)}, but {names.goal(primary.goal)} show no clear change."
    if found is None:
        return f"{went(primary, subject.names)}, but less and less from week to week."
    if macro is None or found.goal != macro.goal:
        head = names.goal(found.goal)
        return f"{went(primary, subject.names)}. Whether {head} held, this test cannot settle."
    if macro.goal in names.verbs and primary.goal in names.verbs:
        whether = f"more of them {names.verbs[macro.goal]}"
    else:
        whether = f"{names.goal(macro.goal)} rose too"
    return f"{went(primary, subject.names)}. Whether {whether}, this test cannot settle."


def _too_few(subject: Subject, row: GoalResult) -> str:
    names = subject.names
    control, treated = subject.figures(row)
    head = "Too few to tell" if subject.analysis.experiment.primary.mde else "Not clear"
    if row.reached is None or "%" in treated:
        told = f"{names.goal(row.goal)} {treated} instead of {control}"
    elif verb := names.verbs.get(row.goal):
        told = f"{treated} {names.units} {verb} with {subject.variant}, {control} with "
        told += subject.control
    else:
        told = f"{treated} {names.goal(row.goal)} with {subject.variant}, {control} with "
        told += subject.control
    return f"{head}: {told}."


def _of_several(analysis: Analysis, first: Subject) -> str:
    """One sentence over several variants of which none ships."""
    names, decisions = first.names, {one.decision for one in analysis.verdicts}
    if decisions == {"keep_control"}:
        return f"Keep {first.control}: no variant did better."
    left = [names.variant(one.variant) for one in analysis.verdicts if one.decision == "unsettled"]
    if left:
        return f"Not settled whether {listed(tuple(left), 'or')} beats {first.control}."
    return f"Keep {first.control}: no variant was better by enough."


def _wait(subject: Subject) -> str:
    verdict = subject.verdict
    when = day_of(subject.analysis, verdict.results_on)
    if not when:
        return "Let it run."
    if verdict.stage == "look":
        return f"Let it run. The next answer comes on {when}."
    return f"Let it run. The first answer comes on {when}."


def _so_far(subject: Subject) -> str:
    """That nothing is wrong, where the checks say so."""
    checks = subject.analysis.checks
    warned = [one for one in checks if one.status == "warn"]
    if warned:
        return f"{len(warned)} {'check needs' if len(warned) == 1 else 'checks need'} a look."
    split = any(one.name == "sample_ratio" and one.status == "pass" for one in checks)
    told = f", and {subject.names.units} are split as planned" if split else ""
    return f"Nothing is wrong so far: no sign of harm{told}."


def _against(subject: Subject) -> str:
    """The recommended variant beside the others that ship."""
    best, names = subject.analysis.recommendation, subject.names
    others = {one.verdict.variant: one for one in subjects(subject.analysis)}
    told = []
    for rival in best.against:
        row = next((one for one in subject.rows if one.goal == best.goal), None)
        other = next((one for one in others[rival.variant].rows if one.goal == best.goal), None)
        if row is None or other is None:
            continue
        mine, theirs = subject.figures(row)[1], subject.figures(other)[1]
        noun = "" if "%" in mine or row.is_value else f" {names.goal(row.goal)}"
        pair = f"{sentence_case(subject.variant)} against {names.variant(rival.variant)}"
        told.append(f"{pair}: {mine}{noun} instead of {theirs}, {change(rival.lift)}.")
    return " ".join(told[:2])


def _short(subject: Subject, row: GoalResult) -> str:
    changed = "too few large amounts to tell" if row.is_unsteady else change(row.lift)
    told = "" if subject.has_few or not changed else f", {changed}"
    return f"{instead(row, subject.names)}{told}"


def _fault(subject: Subject) -> str:
    return fault(subject.analysis.checks, subject.names)


def fault(checks: tuple[Check, ...], names: Names) -> str:
    """What failed, in people; the first of several."""
    failed = [one.name for one in checks if one.distrusts]
    kind, _, about = (failed[0] if failed else "").partition(".")
    return FAULTS.get(kind, FAULT).format(units=names.units, about=names.goal(about))


def day_of(analysis: Analysis, iso: str) -> str:
    """A day in words; empty where none is known."""
    if not iso:
        return ""
    day = date.fromisoformat(iso)
    return formatting.day(day, analysis.course.last_day or day)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
