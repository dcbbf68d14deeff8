"""Sources and odd days, as `health` and a test whose traffic is in doubt show them."""

from __future__ import annotations

from collections.abc import Sequence

from abmicro import formatting
from abmicro.analysis.results import HealthDay, TrafficSource
from abmicro.experiment.naming.names import Names
from abmicro.report.blocks import Column, Table
from abmicro.report.words import Words

WORDS: dict[str, Words] = {
    "engages_no_order": Words("Hardly pays", "Far fewer pay than elsewhere.", "warn"),
    "shallow": Words("Hardly engages", "Less than half as many as elsewhere.", "warn"),
    "engaged": Words("Engaged", "Clearly more than elsewhere.", "good"),
    "few": Words("Engages less", "Clearly fewer than elsewhere.", "open"),
    "usual": Words("Usual", "Not clearly another than elsewhere.", "off"),
    "too_few": Words("Too few to tell", "Fewer than are needed to judge.", "off"),
}
MOST_SOURCES = 25  # rows of a table on the page; the rest stand in the record
ODD = {"dip": "low", "peak": "high", "": ""}


def sources(names: Names, macro: str | None, rows: Sequence[TrafficSource]) -> Table:
    """The levels of one segment: who comes, who engages, who pays."""
    segment, values = rows[0].segment, [one.goal for one in rows[0].values]
    heads = ["Share", "No goal at all", "Engaged"]
    heads += [names.head(macro), "Of engaged"] if macro else []
    heads += [f"{names.head(goal)} each" for goal in values]
    columns = (
        Column(segment, False),
        Column(names.units.capitalize()),
        *map(Column, heads),
        Column("In words", False),
    )
    made = tuple(_source_row(macro, one) for one in rows[:MOST_SOURCES])
    brief = (segment, names.units.capitalize(), *heads[2:4], "In words")
    return Table(columns, made, label=f"Where {names.units} come from: {segment}", brief=brief)


def _source_row(macro: str | None, one: TrafficSource) -> tuple[str, ...]:
    paid = (one.macro, one.macro_per_engaged) if macro else ()
    return (
        one.source,
        formatting.count(one.units),
        formatting.rate(one.share),
        formatting.rate(one.shallow),
        formatting.share(one.engaged),
        *map(formatting.share, paid),
        *(formatting.mean(value.mean.estimate) for value in one.values),
        WORDS[one.word].title,
    )


def odd_days(names: Names, days: Sequence[HealthDay]) -> Table:
    """Days that stand out, whatever rate they are of."""
    heads = "There were", "Of", "Usual"
    rows = tuple(
        (
            f"{one.day:%a} {one.day}",
            of_rate(names, one.goal, one.of),
            formatting.count(one.reached),
            formatting.count(one.units),
            formatting.count(one.expected),
            ODD[one.flagged],
        )
        for one in days
    )
    columns = (Column("Day", False), Column("Goal", False), *map(Column, heads))
    return Table((*columns, Column("Odd", False)), rows, label="Days that stand out")


def of_rate(names: Names, goal: str, of: str) -> str:
    """A rate by its goal, and the step whose units it is of."""
    return f"{names.head(goal)} of {names.goal(of)}" if of else names.head(goal)
