"""What health tells and in which order, before it is dressed as text or HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import DayChart
from abmicro.report.answered import answer_first, answered, rests_on
from abmicro.report.blocks import (
    Block,
    Chart,
    Document,
    Figure,
    Fold,
    Heading,
    Item,
    Note,
    Panel,
    Paragraph,
    Section,
    item,
)
from abmicro.report.health import tables
from abmicro.report.tables.traffic import MOST_SOURCES, WORDS, of_rate, sources
from abmicro.report.words import STATUSES, Words
from abmicro.traffic.results import Health

GOOD = Words("Nothing to look at", "No source, day or tag stands out.", "good")
DAYS_READING = (
    "Grey: usual for that weekday. Rings: days that are clearly lower or higher than that."
)
DAYS_TITLE = "{what}, day by day"


def of(health: Health) -> Document:
    """The document of a look at funnel and traffic."""
    return answered(
        health,
        f"Health: {health.experiment.name}",
        _facts(health),
        _sections(health),
        of=health.experiment,
        subtitle=health.experiment.hypothesis,
    )


def segments(health: Health) -> tuple[str, ...]:
    """The segments that there are sources of, in order."""
    return tuple(dict.fromkeys(one.segment for one in health.traffic))


def _facts(health: Health) -> Iterator[str]:
    if health.first_day and health.last_day:
        yield f"{health.first_day} to {health.last_day}"
    yield health.experiment.names.of_units(health.units)
    yield "no test needed"


def _sections(health: Health) -> Iterator[Section]:
    yield answer_first(_panel(health))
    if health.traffic:
        head = f"Where {health.experiment.names.units} come from"
        yield Section("sources", head, tuple(_sources(health)), "Sources")
    if health.funnel:
        yield Section("steps", "Where they leave", tuple(_funnel(health)), "Funnel")
    yield Section("days", "Day by day", tuple(_days(health)), "Days")
    if health.weeks:
        yield Section("weeks", "Week over week", tuple(_weeks(health)), "Weeks")
    if health.changes:
        yield Section("changes", "Month against month", tuple(_changes(health)), "Months")
    yield Section("recording", "Is everything recorded?", tuple(_checks(health)), "Recording")
    yield rests_on(*map(Note, health.notes))


def _panel(health: Health) -> Panel:
    calm = health.headline.startswith("Nothing")
    return Panel(
        subject="Funnel and traffic",
        against="",
        decision=GOOD.title if calm else health.headline,
        tone=GOOD.tone if calm else "warn",
        because=(health.sentence,),
        cautions=(health.then,),
        figures=tuple(_figures(health)),
    )


def _figures(health: Health) -> Iterator[Figure]:
    """Shares of all, and what a unit is worth."""
    names = health.experiment.names
    if health.engaging:
        yield Figure("Engaged", formatting.rate(health.engaged))
        yield Figure("No goal at all", formatting.rate(health.shallow))
    for value in health.values:
        yield Figure(
            f"{names.head(value.goal)} each",
            formatting.mean(value.mean.estimate),
            f"{formatting.mean(value.mean.low)} to {formatting.mean(value.mean.high)}",
        )


def _sources(health: Health) -> Iterator[Block]:
    for segment in segments(health):
        yield Heading(f"By {segment}")
        known = [one for one in health.traffic if one.segment == segment]
        if any(not isnan(one.engaged.low) for one in known):
            yield _rates_chart(health, segment)
        table = sources(health.experiment.names, health.macro, known)
        yield table
        if len(known) > len(table.rows):
            yield Note(f"{len(known) - len(table.rows)} more stand in the record (JSON, CSV).")
        for one in known:
            if one.signals:
                yield Item(WORDS[one.word].title, "warn", one.sentence, one.source)
        steps = tables.steps(health, segment)
        if len(steps.columns) > 2:
            yield Fold(f"Every goal and step by {segment}", (steps,), medium="page")


def _rates_chart(health: Health, segment: str) -> Chart:
    known = [one for one in health.traffic if one.segment == segment][:MOST_SOURCES]
    told = (f"{one.source} {formatting.share(one.engaged)}" for one in known)
    return Chart(
        f"rates-{segments(health).index(segment)}",
        "rates",
        (("segment", segment),),
        f"Engaged, by {segment}",
        "The line is the range that fits the data. Dashed: the rate of all.",
        f"{'; '.join(told)}.",
        is_told=True,
        broad=False,
    )


def _funnel(health: Health) -> Iterator[Block]:
    yield tables.funnel(health)
    lost = max(health.funnel, key=lambda one: one.lost)
    names = health.experiment.names
    yield Paragraph(
        f"Most leave before {names.goal(lost.step)}: {lost.lost:,} {names.units}. Here is where "
        "they leave, not why. Who came to a later step counts as having passed those before it."
    )


def _days(health: Health) -> Iterator[Block]:
    drawn = [one for one in health.charts if not one.reason]
    for dip in health.dips:
        yield Item("Dip", "warn", dip.sentence, fix="Ask what was released that day.")
    for at, one in enumerate(drawn):
        yield _day_chart(health, one, at)
        yield Note(_can_miss(health, one))
    if drawn:
        alarm = formatting.level(1 - health.false_alarm)
        yield Note(f"In {alarm} of calm periods a chart has no ring.")
    for reason in dict.fromkeys(one.reason for one in health.charts if one.reason):
        goals = ", ".join(
            of_rate(health.experiment.names, one.goal, one.of)
            for one in health.charts
            if one.reason == reason
        )
        yield Note(f"No chart of {goals}: {reason}.")


def _day_chart(health: Health, one: DayChart, at: int) -> Chart:
    days = [day for day in health.days if (day.goal, day.of) == (one.goal, one.of)]
    odd = [f"{day.day}: {day.reached}, {day.expected:.0f} usual" for day in days if day.flagged]
    what = of_rate(health.experiment.names, one.goal, one.of)
    table = tables.days(health, one.goal, one.of)
    return Chart(
        f"days-{at}",
        "days",
        (("goal", one.goal), ("of", one.of)),
        DAYS_TITLE.format(what=what),
        DAYS_READING,
        f"{what}, {len(days)} {'weeks' if one.weekly else 'days'}: "
        + (f"{'; '.join(odd)}." if odd else "all within the usual band."),
        table=replace(table, brief=()),
        broad=False,
    )


def _can_miss(health: Health, one: DayChart) -> str:
    what = of_rate(health.experiment.names, one.goal, one.of)
    if isnan(one.smallest):
        return f"{what}: even a day without any can be missed; look at weeks."
    least = formatting.level(round(one.smallest, 2))
    calm = f" Days vary {one.spread:.1f} times as much as chance alone." * (one.spread > 1.05)
    return f"{what}: a fall of less than {least} on one day can be missed.{calm}"


def _weeks(health: Health) -> Iterator[Block]:
    for goal in dict.fromkeys(one.goal for one in health.weeks):
        table = tables.weeks(health, goal)
        yield Heading(health.experiment.names.head(goal))
        yield table


def _changes(health: Health) -> Iterator[Block]:
    for one in health.changes:
        by = f"by {one.segment}" if one.segment else ""
        yield Heading(health.experiment.names.head(one.goal), by)
        yield Paragraph(one.sentence)
        yield tables.change(one)
    yield Note("The last two columns are per 1,000 of all, and add up to the change.")


def _checks(health: Health) -> Iterator[Block]:
    for check in health.checks:
        yield item(STATUSES[check.status], check.sentence, fix=check.fix)
    if not health.checks:
        yield Note("Nothing to check: no funnel, no days, no log of events.")
