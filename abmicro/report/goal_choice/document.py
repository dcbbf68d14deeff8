"""What a choice of goals tells and in which order, before it is dressed as text or HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isnan

from abmicro import formatting
from abmicro.goal_choice.results import CandidateGoal, GoalChoice
from abmicro.report.answered import answer_first, answered, rests_on
from abmicro.report.blocks import (
    Block,
    Chart,
    Column,
    Document,
    Figure,
    Heading,
    Item,
    Note,
    Panel,
    Section,
    Table,
)

GUARD = "guardrail"


def of(choice: GoalChoice) -> Document:
    """The document of a choice."""
    return answered(
        choice,
        f"Which goals to watch: {choice.experiment.name}",
        _facts(choice),
        _sections(choice),
        of=choice.experiment,
    )


def _facts(choice: GoalChoice) -> Iterator[str]:
    yield f"{choice.names.of_units(choice.units_per_arm)} per variant ({choice.units_from})"
    yield (
        f"changes act on {choice.names.goal(choice.acts)}"
        if choice.acts
        else "changes act anywhere"
    )
    yield _past(choice.tests)


def _past(tests: int) -> str:
    return f"{tests} past test{'s' * (tests != 1)}" if tests else "no past tests"


def _sections(choice: GoalChoice) -> Iterator[Section]:
    yield answer_first(_panel(choice))
    yield Section("goals", "Goal by goal", tuple(_goals(choice)), "Goal by goal")
    if out := tuple(_left_out(choice)):
        yield Section("left-out", "Left out", out, "Left out")
    yield Section("people", "Who does what", tuple(_people(choice)), "Who does what")
    yield rests_on(*map(Note, choice.notes))


def _panel(choice: GoalChoice) -> Panel:
    names, macro = choice.names, choice.names.goal(choice.macro)
    gains = (
        ("by the set", choice.orders_per_30),
        (f"by {macro} alone", choice.orders_by_macro),
        ("knowing the truth", choice.orders_by_truth),
    )
    return Panel(
        subject=", ".join(map(names.goal, choice.chosen)),
        against=f"for {macro}",
        decision="Goals to watch" if choice.chosen else "No goal will do",
        tone="good" if choice.chosen else "open",
        because=(choice.headline,),
        figures=tuple(
            Figure(f"30 tests, shipped {how}", _gain(gain), f"{macro} per 100,000 {names.units}")
            for how, gain in gains
        ),
    )


def _goals(choice: GoalChoice) -> Iterator[Block]:
    weekly = any(not isnan(one.per_week) for one in choice.goals)
    heads = ("Rate", "A week", "In one variant", "Score", "Gain", "Weight")
    columns = (Column("Goal", False), Column("Chosen", False), *map(Column, heads))
    free = [one for one in choice.goals if not one.excluded]
    table = Table(columns, tuple(_row(choice, one) for one in free), "Goals by what they tell")
    table = table if weekly else replace(table.without("A week"), label=table.label)
    yield _chart(choice, table) if free else Note("No goal can be chosen.")
    if free:
        yield table
    for one in free:
        yield from (
            Item("Mind", "warn", f"{flag}.", choice.names.head(one.goal)) for flag in one.flags
        )


def _chart(choice: GoalChoice, table: Table) -> Chart:
    told = "; ".join(f"{row[0]} {row[-3]}" for row in table.rows)
    reading = "The longer, the more one test tells by it. Full: chosen. Pale: adds too little."
    title = f"What each goal tells about {choice.names.goal(choice.macro)}"
    return Chart("scores", "scores", (), title, reading, f"{told}.", is_told=True)


def _row(choice: GoalChoice, one: CandidateGoal) -> tuple[str, ...]:
    taken = one.goal in choice.chosen
    at = choice.chosen.index(one.goal) if taken else 0
    return (
        choice.names.head(one.goal),
        f"{at + 1}." if taken else "-",
        formatting.rate(one.rate),
        formatting.count(one.per_week),
        formatting.count(one.conversions),
        f"{one.score:.0f}",
        _gain(one.orders_per_30),
        formatting.decimal(choice.weights[at]) if taken else "-",
    )


def _gain(value: float) -> str:
    return "-" if isnan(value) else f"+{formatting.count(value)}"


def _left_out(choice: GoalChoice) -> Iterator[Block]:
    for one in choice.goals:
        if one.excluded:
            stays = one.role == GUARD
            yield Item(
                "Stays" if stays else "Left out", "off", one.excluded, choice.names.head(one.goal)
            )


def _people(choice: GoalChoice) -> Iterator[Block]:
    heads = (
        "Macro with it",
        "Macro without",
        "Times as often",
        "Macros that had it",
        "Correlation",
    )
    columns = (Column("Goal", False), *map(Column, heads))
    rows = []
    for one in choice.goals:
        if (link := one.association) is not None:
            rates = link.macro_if_reached, link.macro_if_not
            rows.append(
                (
                    choice.names.head(one.goal),
                    *map(formatting.rate, rates),
                    formatting.ratio(link.ratio.estimate, width=link.ratio.estimate / 4),
                    formatting.rate(link.share_of_macro),
                    formatting.decimal(link.phi),
                )
            )
    if not rows:
        yield Note(f"{choice.names.head(choice.macro)} are the only goal.")
        return
    yield Table(columns, tuple(rows), "How goals go together over people")
    yield Heading("In words")
    for one in choice.goals:
        if one.association is not None:
            yield Note(one.association.sentence)
