"""The Bayesian view in tables and sentences: what prior and data say, beside the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from math import exp, isnan, log
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import (
    Analysis,
    CarryPosterior,
    CarryThrough,
    Curve,
    Evidence,
    GoalResult,
    Interval,
    Posterior,
    Stopping,
)
from abmicro.phrases import losses
from abmicro.report import words
from abmicro.report.blocks import (
    Block,
    Chart,
    Column,
    Fold,
    Heading,
    Note,
    Paragraph,
    Section,
    Table,
)
from abmicro.report.sections import goals as tables

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

_LEVEL, _MOST = 0.05, 1000
"""Bayes factors nearer to one are not worth a number (their logarithm), nor are larger ones."""
SHORT = ("Goal", "Chance to win", "Loss of variant", "Lift")
STRENGTHS = ((100, "Very strong"), (20, "Strong"), (3, "Some"))  # by Bayes factor


READING = (
    "The higher the hill, the more likely the change, by the data and what was assumed before; "
    "broken line: what was assumed before. The dot is the middle, the line through it the range. A "
    "grey band holds changes too small to matter."
)
PEEKED = (
    "Do not stop the test by these chances: at one of 14 daily looks they pass 95% in 38 of 100 "
    "tests in which nothing changed. The looks of the plan allow for that, this view does not."
)


def section(analysis: Analysis) -> Section:
    """What prior and data say of every variant, and of all variants together."""
    return Section("bayes", "Bayesian view", tuple(_blocks(analysis)), "Bayes", is_result=True)


def is_told(analysis: Analysis) -> bool:
    """Whether there are posteriors."""
    return bool(analysis.bayes.posteriors)


def _blocks(analysis: Analysis) -> Iterator[Block]:
    yield Note(convention(analysis))
    if analysis.monitoring is not None:
        yield Note(PEEKED)
    for at, verdict in enumerate(analysis.verdicts):
        yield from _arm(analysis, verdict.variant, f"posterior-{at}")
    for sentence in best(analysis):
        yield Heading("All variants together")
        yield Paragraph(sentence)
    together = replace(standings(analysis), label="Every variant among all variants")
    if together.rows:
        yield Fold("Every goal", (together,), medium="page", long=True)
    yield from map(Note, priors(analysis))


def _arm(analysis: Analysis, variant: str, name: str) -> Iterator[Block]:
    found = goals(analysis, variant)
    if not found.rows:
        return
    name_of = analysis.experiment.names.variant(variant)
    yield Heading(name_of)
    if drawn(analysis, variant):
        title = f"Change by {name_of}, before the data and with them"
        choices = (("variant", variant),)
        told = caption(analysis, variant)
        yield Chart(name, "posterior", choices, title, READING, told, is_told=True)
    yield replace(found, label=f"Posteriors of {variant}", brief=SHORT)
    yield from map(Paragraph, sentences(analysis, variant))
    yield from map(Paragraph, other_priors(analysis, variant))
    others = replace(sensitivity(analysis, variant), label=f"Other priors, {variant}")
    if others.rows:
        yield Fold("Its lift, prior by prior", (others,), medium="page", long=True)


def convention(analysis: Analysis) -> str:
    """What ties the chances to the intervals, and that neither decides."""
    alpha = analysis.alpha
    return (
        f"How likely each change is. A {formatting.level(1 - alpha)} range lies wholly above zero "
        f"when the chance to win is above {formatting.level(1 - alpha / 2)}. The verdict comes "
        "from the goals above; this view has no vote in it."
    )


def priors(analysis: Analysis) -> Iterator[str]:
    """The prior of every goal, those of one prior together."""
    named = dict.fromkeys((one.prior, one.goal) for one in analysis.bayes.posteriors)
    name = analysis.experiment.names.goal
    for prior, group in groupby(sorted(named, key=lambda one: one[0]), key=lambda one: one[0]):
        goals = [name(goal) for _, goal in group]
        yield f"Assumed before the data (prior) of {', '.join(goals)}: {prior}."


def posteriors(analysis: Analysis, variant: str) -> tuple[tuple[GoalResult, Posterior], ...]:
    """Goals of one variant over everybody with what the posterior adds, in the order of tables."""
    of_goal = {one.goal: one for one in tables.of_variant(analysis.bayes.posteriors, variant)}
    rows = tables.whole(analysis, variant)
    return tuple((row, of_goal[row.goal]) for row in rows if row.goal in of_goal)


def drawn(analysis: Analysis, variant: str) -> tuple[tuple[GoalResult, Curve], ...]:
    """The goals of one variant whose lift is drawn, with their curves."""
    pairs = posteriors(analysis, variant)
    return tuple((row, one.curve) for row, one in pairs if one.curve is not None)


def caption(analysis: Analysis, variant: str) -> str:
    """What the chart of one variant shows, in numbers."""
    name = analysis.experiment.names.goal
    return "; ".join(
        f"{name(row.goal)}: chance to win {formatting.probability(row.probability_better)}, lift "
        f"{formatting.lift(row.credible.lift) if row.credible else formatting.MISSING}"
        for row, _ in drawn(analysis, variant)
    )


def goals(analysis: Analysis, variant: str) -> Table:
    """Chance to win, what either choice costs if it is wrong, and the credible lift."""
    heads = ["Chance to win", "Loss of variant", "Loss of control", "Lift"]
    rope = analysis.experiment.analysis.rope
    if rope is not None:
        low, high = formatting.percent(-rope), formatting.percent(rope)
        heads += ["Shortest interval", f"Below {low}", "Between", f"Above {high}"]
    name = analysis.experiment.names.head
    rows = (
        (
            name(row.goal),
            formatting.probability(row.probability_better),
            tables.loss(row.expected_loss, is_value=row.is_value),
            tables.loss(row.loss_of_control, is_value=row.is_value),
            formatting.lift(row.credible.lift) if row.credible else formatting.MISSING,
            *(() if rope is None else _equivalence(one)),
        )
        for row, one in posteriors(analysis, variant)
    )
    return Table((Column("Goal", False), *map(Column, heads)), tuple(rows))


def standings(analysis: Analysis) -> Table:
    """Every variant among all variants, goal by goal; no rows where there are two variants only."""
    columns = (
        *(Column("Goal", False), Column("Variant", False)),
        *map(Column, ("Chance to be best", "Expected loss")),
    )
    value = {goal.name: goal.is_value for goal in analysis.experiment.goals}
    names = analysis.experiment.names
    rows = (
        (
            names.head(one.goal),
            names.variant(one.variant),
            formatting.probability(one.probability_best),
            tables.loss(one.expected_loss, is_value=value[one.goal]),
        )
        for one in analysis.bayes.standings
    )
    return Table(columns, tuple(rows))


def best(analysis: Analysis) -> Iterator[str]:
    """Which variant is how probably the best by the primary goal."""
    primary, names = analysis.experiment.primary.name, analysis.experiment.names
    found = [one for one in analysis.bayes.standings if one.goal == primary]
    if not found and len(analysis.experiment.treated) > 1:
        yield f"Which variant is the best by {names.goal(primary)} is told for rates only."
    if found:
        listed = sorted(found, key=lambda one: -one.probability_best)
        variants = (
            f"{names.variant(one.variant)} {formatting.probability(one.probability_best)}"
            for one in listed
        )
        told = ", ".join(variants)
        yield f"Chance to be the best of all variants by {names.goal(primary)}: {told}."


def sensitivity(analysis: Analysis, variant: str) -> Table:
    """The primary goal of one variant under several priors."""
    columns = (Column("Prior", False), *map(Column, ("Chance to win", "Lift")))
    rows = (
        (one.prior, formatting.probability(one.probability_better), formatting.lift(one.lift))
        for one in tables.of_variant(analysis.bayes.sensitivity, variant)
    )
    return Table(columns, tuple(rows))


def other_priors(analysis: Analysis, variant: str) -> Iterator[str]:
    """The same on one line."""
    found = tables.of_variant(analysis.bayes.sensitivity, variant)
    if found:
        chances = (
            f"{formatting.probability(one.probability_better)} ({one.prior})" for one in found
        )
        goal = analysis.experiment.names.goal(found[0].goal)
        yield f"Chance of a rise in {goal} by what is assumed before: {', '.join(chances)}."


def sentences(analysis: Analysis, variant: str) -> Iterator[str]:
    """What is to be said of one variant beside its table."""
    yield from joint(analysis, variant)
    for known in tables.of_variant(analysis.bayes.evidence, variant):
        yield from evidence(analysis, known)
    for one in tables.of_variant(analysis.bayes.stopping, variant):
        yield stopping(analysis, one)


def evidence(analysis: Analysis, one: Evidence) -> Iterator[str]:
    """Which of no difference and a difference foresaw the data better, and what is to come."""
    names = analysis.experiment.names
    change = f"a change of about {formatting.percent(one.expected).removeprefix('+')}"
    yield f"{_strength(one.close)} in {names.goal(one.goal)}{_factor(one.close, change)}."
    if not isnan(one.success):
        wanted = formatting.level(1 - analysis.experiment.analysis.alpha / 2)
        more = one.left.control + one.left.treated
        yield (
            f"If the {names.of_units(more)} still to come by the planned end behave like those so "
            f"far, the chance to win will be above {wanted} then with a probability of "
            f"{formatting.probability(one.success)}."
        )


def _strength(log_factor: float) -> str:
    """How strongly the data speak for a change or for none, by the size of the Bayes factor."""
    size = abs(log_factor)
    named = next((word for least, word in STRENGTHS if size >= log(least)), "")
    way = "a" if log_factor > 0 else "no"
    return f"{named} evidence for {way} change" if named else "Hardly any evidence of a change"


def _factor(log_factor: float, change: str) -> str:
    """The Bayes factor in brackets, of which against which; nothing near one."""
    size = abs(log_factor)
    if size < _LEVEL:
        return ""
    shown = f"> {formatting.count(_MOST)}" if size > log(_MOST) else formatting.decimal(exp(size))
    which = f"{change} against none" if log_factor > 0 else f"none against {change}"
    return f" (Bayes factor {shown}: {which})"


def joint(analysis: Analysis, variant: str) -> Iterator[str]:
    """The primary goal of one variant and the first macro goal it is followed to, in words."""
    primary, names = analysis.experiment.primary.name, analysis.experiment.names
    carried = tables.of_variant(analysis.carry_through, variant)
    for through in [one for one in carried if one.micro == primary][:1]:
        if through.posterior is not None:
            yield _carried(through, through.posterior, names)
        (macro,) = (row for row in tables.whole(analysis, variant) if row.goal == through.macro)
        if isnan(macro.expected_loss):
            continue
        per_1000 = (1000 * macro.expected_loss, 1000 * macro.loss_of_control)
        chosen, kept = losses(macro, *per_1000, names)
        control = names.variant(analysis.experiment.control.name)
        yield (
            f"What a wrong choice costs on average, per 1,000 {names.units}: {chosen} by choosing "
            f"{names.variant(variant)}, {kept} by keeping {control}."
        )


def _carried(through: CarryThrough, found: CarryPosterior, names: Names) -> str:
    micro, macro = names.goal(through.micro), names.goal(through.macro)
    share = words.at_least(through.threshold, macro, falls=found.falls)
    return (
        f"Chance that {micro} and {macro} both rose: {tables.chance(found.both_up)}; that {share}: "
        f"{tables.chance(found.at_least)}; that all of it did: {tables.chance(found.full)}."
    )


def stopping(analysis: Analysis, one: Stopping) -> str:
    """Whether the better choice is safe by its loss, and what that rule does without an effect."""
    is_value = analysis.experiment.goal(one.goal).is_value
    loss, tolerance = (tables.loss(value, is_value=is_value) for value in (one.loss, one.tolerance))
    names = analysis.experiment.names
    looks = "once" if one.looks == 1 else f"{formatting.count(one.looks)} times"
    return (
        f"{names.variant(one.choice)} costs less if it is wrong, in {names.goal(one.goal)}: "
        f"{loss} per {names.unit}, {'less' if one.safe else 'not less'} than the {tolerance} you "
        f"tolerate. Beware: of tests of this size without any difference, looked at {looks}, "
        f"{tables.chance(one.stopped)} would stop by this rule, and "
        f"{tables.chance(one.mistaken)} would stop and take {names.variant(one.variant)}."
    )


def _equivalence(one: Posterior) -> tuple[str, ...]:
    found = one.equivalence
    if found is None:
        return (formatting.MISSING,) * 4
    parts = (found.below, found.within, found.above)
    return (_ends(found.densest), *map(formatting.probability, parts))


def _ends(interval: Interval) -> str:
    """The ends of an interval without its estimate."""
    return formatting.span(interval, formatting.percent, signed=True)
