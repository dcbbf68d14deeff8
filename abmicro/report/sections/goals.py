"""The tables of a report: cells of text that every rendering shows alike.

Numbers are rounded by `abmicro.formatting` and bear ASCII signs; names are the user's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from abmicro import formatting
from abmicro.analysis.results import (
    Analysis,
    CarryThrough,
    Drawn,
    GoalResult,
    PassThroughSet,
)
from abmicro.report import words
from abmicro.report.blocks import Block, Column, Fold, Heading, Note, Section, Table
from abmicro.report.sections import uncompared
from abmicro.report.sections.absent import missing_elsewhere, remarks
from abmicro.report.tables import goals as in_people
from abmicro.report.tables.funnel import per_unit
from abmicro.report.words import ROLES, label_words
from abmicro.report.words.subject import Subject, subjects

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

SHORT = ("Goal", "Control", "Variant", "Lift", "Adjusted p")
ONE_SIDED = (
    "A guardrail is judged on the side of a loss alone, so its range here is narrower than that "
    "among the goals."
)
LEAST_LOSS = 0.001  # expected losses below it are not told apart
ROUGH = 0.0005  # error of a drawn probability from which it is told in whole percent
FEWEST = 10  # reached units below which a segment cell is not shown
FEW = f"fewer than {FEWEST}"


def section(analysis: Analysis) -> Section:
    """Every goal of every variant: lifts, tables, guardrails."""
    return Section("goals", "All goals", tuple(_blocks(analysis)), "Goals", is_result=True)


def _blocks(analysis: Analysis) -> Iterator[Block]:
    for at, subject in enumerate(subjects(analysis)):
        variant = subject.verdict.variant
        if len(analysis.verdicts) > 1:
            yield Heading(subject.variant, f"against {subject.control}")
        yield replace(in_people.goals(subject), label=f"What {variant} changed")
        if not at:
            yield Note(in_people.KEY)
        yield from remarks(whole(analysis, variant), subject.names)
        yield from map(Note, _of_all(subject, whole(analysis, variant)))
        yield from _guarded(subject)
        yield from uncompared.blocks(analysis, variant)
        numbers = replace(goals(analysis, variant), label=f"Goals of {variant}", brief=SHORT)
        yield Fold("More numbers: p-values, chances, risks", (numbers,), long=True)
    if is_guarded(analysis):
        yield Note(ONE_SIDED)
    yield from map(Note, missing_elsewhere(analysis))


def _guarded(subject: Subject) -> Iterator[Block]:
    """The guardrails of one variant under a head of their own; nothing without one."""
    table = in_people.guardrails(subject)
    if table.rows:
        yield Heading("Guardrails", minor=len(subject.analysis.verdicts) > 1)
        yield replace(table, label=f"Guardrails of {subject.verdict.variant}")


def is_guarded(analysis: Analysis) -> bool:
    """Whether a goal was judged against a margin."""
    return any(row.noninferiority is not None for row in analysis.goals)


def guardrail_section(analysis: Analysis) -> Section:
    """The guardrails of every variant, for a page without the other goals."""
    blocks: list[Block] = []
    for subject in subjects(analysis):
        table = in_people.guardrails(subject)
        if len(analysis.verdicts) > 1:
            blocks.append(Heading(subject.variant))
        blocks.append(replace(table, label=f"Guardrails of {subject.verdict.variant}"))
    return Section("guardrails", "Guardrails", tuple(blocks), is_result=True)


def _of_all(subject: Subject, rows: tuple[GoalResult, ...]) -> Iterator[str]:
    """The lifts with those that a rule leaves out, in one sentence."""
    told = [
        f"{subject.names.goal(row.goal)} {formatting.lift(row.lift_of_all)}"
        for row in rows
        if row.lift_of_all is not None
    ]
    if told:
        yield f"With the {subject.names.units} that exposure.exclude leaves out: {'; '.join(told)}."


class _OfVariant(Protocol):
    @property
    def variant(self) -> str: ...


T = TypeVar("T", bound=_OfVariant)


def of_variant(results: Iterable[T], variant: str) -> tuple[T, ...]:
    """The results of one treated variant, in their order."""
    return tuple(result for result in results if result.variant == variant)


def whole(analysis: Analysis, variant: str) -> tuple[GoalResult, ...]:
    """Goals of one variant over all units: primary, guardrails, secondary, exploratory."""
    rows = [row for row in of_variant(analysis.goals, variant) if row.segment is None]
    return tuple(sorted(rows, key=lambda row: ROLES.index(row.role)))


def goals(analysis: Analysis, variant: str) -> Table:
    """Every goal of one variant: rates, difference, lift, p and what the posterior says."""
    heads = (
        *("Control", "Variant", "Difference", "Lift", "Level", "p", "Adjusted p"),
        *("Chance to win", "Expected loss"),
    )
    role = Column("Role", numeric=False, medium="text")
    columns = (Column("Goal", False), role, *map(Column, heads))
    return Table(
        columns,
        tuple(_goal_row(row, analysis.experiment.names) for row in whole(analysis, variant)),
    )


def segments(analysis: Analysis, variant: str) -> Table:
    """Goals of one variant in every level; cells that fewer than ten reached are held back."""
    columns = (
        *(Column("Segment", False), Column("Goal", False)),
        *map(Column, ("Control", "Variant", "Lift")),
    )
    names = analysis.experiment.names
    rows = (
        (f"{row.segment.segment}: {row.segment.level}", named(row, names), *_segment_cells(row))
        for row in of_variant(analysis.goals, variant)
        if row.segment is not None
    )
    return Table(columns, tuple(rows))


def interactions(analysis: Analysis, variant: str) -> Table:
    """Whether the effect of one variant differs between levels, per segment and goal."""
    columns = (Column("Segment", False), Column("Goal", False), *map(Column, ("p", "Adjusted p")))
    names = analysis.experiment.names
    rows = (
        (
            one.segment,
            names.head(one.goal),
            formatting.p_value(one.p_value),
            formatting.p_value(one.adjusted_p_value),
        )
        for one in of_variant(analysis.interactions, variant)
    )
    return Table(columns, tuple(rows))


def funnel(analysis: Analysis, variant: str) -> Table:
    """Steps of one variant: per exposed unit (causal), then from step to step (a location)."""
    columns = (
        Column("Step", False),
        *map(Column, ("Control", "Variant", "Lift")),
        *map(Column, ("Step rate, control", "Step rate, variant", "Step lift", "Per 1,000")),
    )
    names = analysis.experiment.names
    rows = (
        (
            names.head(step.step),
            formatting.rate(per_unit(step).control),
            formatting.rate(per_unit(step).treated),
            formatting.lift(step.cumulative),
            formatting.rate(step.step_rate.control),
            formatting.rate(step.step_rate.treated),
            formatting.lift(step.lift),
            formatting.change(step.per_1000),
        )
        for step in of_variant(analysis.funnel, variant)
    )
    return Table(columns, tuple(rows))


def carry(analysis: Analysis, variant: str) -> Table:
    """The carry-through of one variant, micro goal by micro goal."""
    columns = (
        *(Column("Path", False), Column("Finding", False), Column("Pass-through", False)),
        *map(Column, ("Micro lift", "Expected macro lift", "Macro lift")),
        *map(Column, ("Extra micro per 1,000", "Extra macro per 1,000")),
    )
    names = analysis.experiment.names
    rows = (
        (
            path(one, names),
            label_words(one).title,
            share(one.pass_through),
            formatting.lift(one.micro_lift),
            formatting.lift(one.expected_macro_lift),
            formatting.lift(one.macro_lift),
            formatting.change(one.extra_micro_per_1000),
            formatting.change(one.extra_macro_per_1000),
        )
        for one in of_variant(analysis.carry_through, variant)
    )
    return Table(columns, tuple(rows))


def beliefs(result: CarryThrough, macro: str) -> tuple[tuple[str, str], ...]:
    """What the posterior says beside the label: each question with its probability.

    macro: the macro goal in words.
    """
    known = result.posterior
    if known is None or result.withheld or result.label == "no_micro_signal":
        return ()
    up = known.macro_up
    turned = Drawn(1 - up.value, up.error) if known.falls else up
    return (
        (f"{macro} {words.moved(falls=known.falls)}", chance(turned)),
        (words.at_least(result.threshold, macro, falls=known.falls), chance(known.at_least)),
        (f"all of it reached {macro}", chance(known.full)),
    )


def chance(drawn: Drawn) -> str:
    """A probability with no more digits than its draws bear."""
    shown = formatting.probability(drawn.value)
    is_rough = drawn.error > ROUGH and shown[0] not in "<>"
    return formatting.level(round(drawn.value, 2)) if is_rough else shown


def ledger(analysis: Analysis) -> Table:
    """What became of the rows and of those they are about."""
    names = analysis.experiment.names
    rows = (
        (
            line.sentence or line.step,
            names.variant(line.variant) if line.variant else "all",
            formatting.count(line.count),
            names.in_words(line.of),
        )
        for line in analysis.ledger
    )
    return Table(
        (Column("Step", False), Column("Variant", False), Column("Count"), Column("Of", False)),
        tuple(rows),
    )


def named(row: GoalResult, names: Names, *marks: str) -> str:
    """The name of a goal, its marks behind it, and what it is counted over where not units."""
    told = (*marks, *((f"per {row.per}",) if row.per else ()))
    goal = names.head(row.goal)
    return f"{goal} ({', '.join(told)})" if told else goal


def path(result: CarryThrough, names: Names) -> str:
    """The two goals of a carry-through."""
    return f"{names.head(result.micro)} to {names.goal(result.macro)}"


def share(through: PassThroughSet) -> str:
    """The pass-through with its set, in words where the set is not an interval.

    >>> share(PassThroughSet(0.537, "interval", 0.019, 0.998, 0.95))
    '0.54 (0.02 to 1.00)'
    >>> share(PassThroughSet(0.4, "rays", -10.8, 3.38, 0.95))
    'not bounded: -11 or less, or 3.4 or more'
    >>> share(PassThroughSet(0.4, "line", float("-inf"), float("inf"), 0.95))
    'cannot be computed: the expected lift is not distinguishable from zero'
    """
    if through.kind == "line":
        return "cannot be computed: the expected lift is not distinguishable from zero"
    ends = (through.low, through.high)
    if through.kind == "rays":
        low, high = (formatting.ratio(end, width=max(abs(end), 1.0)) for end in ends)
        return f"not bounded: {low} or less, or {high} or more"
    width = through.high - through.low
    low, high = (formatting.ratio(end, width=width) for end in ends)
    return f"{formatting.ratio(through.estimate, width=width)} ({low} to {high})"


def _goal_row(row: GoalResult, names: Names) -> tuple[str, ...]:
    control, variant = _rates(row)
    change = formatting.change if row.is_value else formatting.difference
    return (
        named(row, names, *(("macro",) if row.kind == "macro" else ())),
        row.role,
        control,
        variant,
        change(row.difference),
        formatting.lift(row.lift),
        formatting.level(row.lift.level),
        formatting.p_value(row.p_value),
        formatting.p_value(row.adjusted_p_value),
        formatting.probability(row.probability_better),
        loss(row.expected_loss, is_value=row.is_value),
    )


def _rates(row: GoalResult) -> tuple[str, str]:
    show = formatting.mean if row.is_value else formatting.rate
    return show(row.rate.control), show(row.rate.treated)


def loss(expected: float, *, is_value: bool) -> str:
    """An expected loss per unit: of a rate in percentage points, else in the goal's own unit.

    >>> loss(0.00012, is_value=False), loss(1e-9, is_value=False), loss(0.5, is_value=True)
    ('0.012 pp', '<0.001 pp', '0.50')
    """
    show, unit, scale = (formatting.amount, "", 1) if is_value else (formatting.points, " pp", 100)
    if scale * expected < LEAST_LOSS:
        return f"<{LEAST_LOSS}{unit}"
    return show(expected).removeprefix("+")


def _segment_cells(row: GoalResult) -> tuple[str, str, str]:
    return ("few", "few", FEW) if is_few(row) else (*_rates(row), formatting.lift(row.lift))


def is_few(row: GoalResult) -> bool:
    """Whether a segment cell is too small to be shown."""
    counted = row.reached or row.units
    return min(counted.control, counted.treated) < FEWEST
