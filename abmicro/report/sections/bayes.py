"""The Bayesian view in tables and sentences: what prior and data say, beside the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from math import exp, isnan, log

from abmicro import formatting
from abmicro.analysis.results import (
    Analysis,
    CarryPosterior,
    CarryThrough,
    Curve,
    Drawn,
    Evidence,
    GoalResult,
    Interval,
    Posterior,
    Stopping,
)
from abmicro.phrases import asked_share
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

_LEVEL, _MOST = 0.05, 1000
"""Bayes factors nearer to one are not worth a number (their logarithm), nor are larger ones."""
SHORT = ("Goal", "Chance to win", "Loss of variant", "Lift")


READING = (
    "Hill: density of the lift given prior and data; broken line: the prior alone, on the same "
    "scale. The dot is the median, the line through it the credible interval; a grey band is the "
    "region of practical equivalence."
)
PEEKED = (
    "A probability at a look someone chose is right only as far as the prior is; this test's "
    "claims come from the bounds of its looks. Without any effect a flat prior is more than 95% "
    "sure of some direction at one of 14 daily looks in 38% of tests."
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
    yield Heading(variant)
    if drawn(analysis, variant):
        title = f"Lift of {variant} after the data, and before"
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
        f"Credible intervals leave {formatting.level(alpha / 2)} in each tail: a "
        f"{formatting.level(1 - alpha)} interval of the lift excludes zero exactly when "
        "the chance to "
        f"win is above {formatting.level(1 - alpha / 2)} or below "
        f"{formatting.level(alpha / 2)}. The "
        "verdict is made by the tests and their intervals; this view has no vote in it."
    )


def priors(analysis: Analysis) -> Iterator[str]:
    """The prior of every goal, those of one prior together."""
    named = dict.fromkeys((one.prior, one.goal) for one in analysis.bayes.posteriors)
    for prior, group in groupby(sorted(named, key=lambda one: one[0]), key=lambda one: one[0]):
        goals = [goal for _, goal in group]
        yield f"Prior of {', '.join(goals)}: {prior}."


def posteriors(analysis: Analysis, variant: str) -> tuple[tuple[GoalResult, Posterior], ...]:
    """Goals of one variant over all units with what the posterior adds, in the order of tables."""
    of_goal = {one.goal: one for one in tables.of_variant(analysis.bayes.posteriors, variant)}
    rows = tables.whole(analysis, variant)
    return tuple((row, of_goal[row.goal]) for row in rows if row.goal in of_goal)


def drawn(analysis: Analysis, variant: str) -> tuple[tuple[GoalResult, Curve], ...]:
    """The goals of one variant whose lift is drawn, with their curves."""
    pairs = posteriors(analysis, variant)
    return tuple((row, one.curve) for row, one in pairs if one.curve is not None)


def caption(analysis: Analysis, variant: str) -> str:
    """What the chart of one variant shows, in numbers."""
    return "; ".join(
        f"{row.goal}: chance to win {formatting.probability(row.probability_better)}, lift "
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
    rows = (
        (
            row.goal,
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
        *(Column("Goal", False), Column("Arm", False)),
        *map(Column, ("Chance to be best", "Expected loss")),
    )
    value = {goal.name: goal.is_value for goal in analysis.experiment.goals}
    rows = (
        (
            one.goal,
            one.variant,
            formatting.probability(one.probability_best),
            tables.loss(one.expected_loss, is_value=value[one.goal]),
        )
        for one in analysis.bayes.standings
    )
    return Table(columns, tuple(rows))


def best(analysis: Analysis) -> Iterator[str]:
    """Which variant is how probably the best by the primary goal."""
    primary = analysis.experiment.primary.name
    found = [one for one in analysis.bayes.standings if one.goal == primary]
    if not found and len(analysis.experiment.treated) > 1:
        yield f"Which variant is the best by {primary} is told for priors of a rate only."
    if found:
        listed = sorted(found, key=lambda one: -one.probability_best)
        variants = (
            f"{one.variant} {formatting.probability(one.probability_best)}" for one in listed
        )
        yield f"Chance to be the best of all variants by {primary}: {', '.join(variants)}."


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
        yield f"Chance of {found[0].goal} to win, prior by prior: {', '.join(chances)}."


def sentences(analysis: Analysis, variant: str) -> Iterator[str]:
    """What is to be said of one variant beside its table."""
    yield from joint(analysis, variant)
    for known in tables.of_variant(analysis.bayes.evidence, variant):
        yield from evidence(analysis, known)
    for one in tables.of_variant(analysis.bayes.stopping, variant):
        yield stopping(analysis, one)


def evidence(analysis: Analysis, one: Evidence) -> Iterator[str]:
    """Which of no difference and a difference foresaw the data better, and what is to come."""
    lift = formatting.percent(one.expected).removeprefix("+")
    yield (
        f"The data of {one.goal} are {_likelier(one.close)} under a lift of about {lift} up or "
        f"down (log odds ratio normal around 0, that wide), and {_likelier(one.unrelated)} under "
        "two unrelated rates (uniform priors, which expect a huge lift)."
    )
    if not isnan(one.success):
        wanted = formatting.level(1 - analysis.experiment.analysis.alpha / 2)
        control = analysis.experiment.control.name
        yield (
            f"If {formatting.count(one.left.control)} units of {control} and "
            f"{formatting.count(one.left.treated)} of {one.variant} still come in by the "
            "planned end, "
            f"and behave as the posterior says, the chance to win will then be above {wanted} with "
            f"a probability of {formatting.probability(one.success)}."
        )


def _likelier(log_factor: float) -> str:
    """How the data weigh no difference against another model, to be named next."""
    size = abs(log_factor)
    if size < _LEVEL:
        return "about as likely under no difference as"
    times = (
        f"more than {formatting.count(_MOST)}"
        if size > log(_MOST)
        else formatting.decimal(exp(size))
    )
    way = "likelier" if log_factor < 0 else "less likely"
    return f"{times} times {way} under no difference than"


def joint(analysis: Analysis, variant: str) -> Iterator[str]:
    """The primary goal of one variant and the first macro goal it is followed to, in words."""
    primary, control = analysis.experiment.primary.name, analysis.experiment.control.name
    carried = tables.of_variant(analysis.carry_through, variant)
    for through in [one for one in carried if one.micro == primary][:1]:
        if through.posterior is not None:
            yield _carried(through, through.posterior)
        (macro,) = (row for row in tables.whole(analysis, variant) if row.goal == through.macro)
        chosen, kept = (
            tables.loss(loss, is_value=macro.is_value)
            for loss in (macro.expected_loss, macro.loss_of_control)
        )
        yield (
            f"Expected loss in {macro.goal}: {chosen} per unit by choosing {variant}, {kept} by "
            f"keeping {control}."
        )


def _carried(through: CarryThrough, found: CarryPosterior) -> str:
    way = words.change(falls=found.falls)
    share = asked_share(through.threshold)
    return (
        f"{through.micro} and {through.macro} both rose: {_drawn(found.both_up)}. A {way} in "
        f"{through.macro} was to be expected and at least {share} of it arrived: "
        f"{_drawn(found.at_least)}; all of it: {_drawn(found.full)}."
    )


def stopping(analysis: Analysis, one: Stopping) -> str:
    """Whether the better choice is safe by its loss, and what that rule does without an effect."""
    is_value = analysis.experiment.goal(one.goal).is_value
    loss, tolerance = (tables.loss(value, is_value=is_value) for value in (one.loss, one.tolerance))
    looks = "once" if one.looks == 1 else f"{formatting.count(one.looks)} times"
    return (
        f"{one.choice} has the lower expected loss in {one.goal}: {loss} per unit, "
        f"{'less' if one.safe else 'not less'} than the {tolerance} you tolerate. What that does "
        f"not promise: of tests of this size without any difference, looked at {looks}, "
        f"{_drawn(one.stopped)} would have stopped on this rule, and {_drawn(one.mistaken)} would "
        f"have stopped and taken {one.variant}."
    )


def _equivalence(one: Posterior) -> tuple[str, ...]:
    found = one.equivalence
    if found is None:
        return (formatting.MISSING,) * 4
    parts = (found.below, found.within, found.above)
    return (_ends(found.densest), *map(formatting.probability, parts))


def _ends(interval: Interval) -> str:
    """The ends of an interval without its estimate."""
    return formatting.lift(interval).partition(" ")[2].strip("[]")


def _drawn(figure: Drawn) -> str:
    """A probability with its Monte-Carlo error, where it has one that shows."""
    shown = formatting.probability(figure.value)
    error = formatting.points(figure.error).removeprefix("+")
    return f"{shown} (Monte-Carlo error {error})" if figure.error else shown
