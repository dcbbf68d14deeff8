"""While it ran: lifts and pass-through over the looks, alarms, and whether the plan was kept."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro.analysis.results import Analysis, Monitoring
from abmicro.phrases import listed
from abmicro.report.blocks import Block, Chart, Fold, Item, Paragraph, Section, Table
from abmicro.report.monitoring import told
from abmicro.report.monitoring.told import Running
from abmicro.report.words import Tone

HEAD = "While it ran"
LIFTS = (
    "Each line holds for all looks together, whenever the test is stopped. Full point: beyond the "
    "bound of its look. A clear result stays clear."
)
RULERS = (
    "Each line holds the shares that fit the data of one look; an arrow says that it goes on. The "
    "thick one is what all looks have in common, and what decides."
)
BOUNDS = (
    "The bounds are stricter early and looser late, so that daily looking raises no false alarms. "
    "Dashed: where harm would stop the test."
)
SHARES = "Above the dashed line {units} are not split as planned."
RATES = "A ring marks a day whose rate fell out of the ordinary."
MOST = 2  # goals with charts of their own: the primary and the first macro goal
WORDS: dict[str, tuple[str, Tone]] = {
    "data": ("Fix the data", "bad"),
    "sample_ratio": ("Wrong shares", "bad"),
    "harm": ("Harm", "bad"),
    "guardrail": ("Harm", "bad"),
    "harm_so_far": ("Harm so far", "warn"),
    "dip": ("A day fell", "warn"),
    "gap": ("A silent day", "warn"),
}


def section(analysis: Analysis) -> Section:
    """The looks of an analysis."""
    advice = (Paragraph(analysis.monitoring.advice),) if analysis.monitoring else ()
    return Section("ran", HEAD, (*advice, *blocks(analysis)), HEAD, is_result=True)


def blocks(watched: Running, test: str = "") -> Iterator[Block]:
    """Sentences, charts, alarms and the record of a test.

    test: its key, where a page holds several.
    """
    monitoring = watched.monitoring
    if monitoring is None:
        return
    yield from map(Paragraph, told.sentences(watched))
    yield from _lifts(watched, test)
    yield from _rulers(watched, test)
    yield from _alarms(watched, monitoring)
    yield from _record(monitoring)
    for note in watched.experiment.notes:
        yield Item("Noted", "off", note.text, f"{note.date.day} {note.date:%B}")
    if monitoring.path:
        yield Fold("Look by look", (told.look_by_look(watched),), long=True)
    more = (*_evidence(watched, test), *_shares(watched, test), *_rates(watched, test))
    if more:
        yield Fold("Evidence, shares and days", more, medium="page", long=True)


def _lifts(watched: Running, test: str) -> Iterator[Block]:
    names = watched.experiment.names
    for at, goal in enumerate(told.watched_goals(watched)[:MOST]):
        yield _chart(
            test,
            f"lift-{at}",
            ("lift_path", {"goal": goal}),
            f"{names.head(goal)}: the lift at every look",
            LIFTS,
        )


def _rulers(watched: Running, test: str) -> Iterator[Block]:
    names, primary = watched.experiment.names, watched.experiment.primary.name
    for at, pair in enumerate(told.pairs(watched)):
        if pair.micro != primary:
            continue
        asked = {"variant": pair.variant, "micro": pair.micro, "macro": pair.macro}
        title = f"How much of the gain in {names.goal(pair.micro)} reached {names.goal(pair.macro)}"
        if len(watched.experiment.treated) > 1:
            title = f"{title} ({names.variant(pair.variant)})"
        table = told.sets(watched, pair)
        yield _chart(test, f"through-{at}", ("ruler_path", asked), title, RULERS, table)


def _evidence(watched: Running, test: str) -> Iterator[Block]:
    names = watched.experiment.names
    for at, goal in enumerate(told.watched_goals(watched)[:MOST]):
        title = f"{names.head(goal)}: evidence at every look"
        yield _chart(test, f"evidence-{at}", ("evidence", {"goal": goal}), title, BOUNDS)


def _shares(watched: Running, test: str) -> Iterator[Block]:
    if watched.monitoring is not None and watched.monitoring.sample_ratio is not None:
        title = f"Shares of {watched.experiment.names.units}, asked every day"
        reading = SHARES.format(units=watched.experiment.names.units)
        yield _chart(test, "shares", ("shares", {}), title, reading, told.share_path(watched))


def _rates(watched: Running, test: str) -> Iterator[Block]:
    daily = () if watched.monitoring is None else watched.monitoring.daily
    for at, goal in enumerate(dict.fromkeys(one.goal for one in daily if one.days)):
        title = f"{watched.experiment.names.head(goal)} by day of entry"
        asked = ("daily_rate", {"goal": goal})
        yield _chart(test, f"rate-{at}", asked, title, RATES, told.daily(watched, goal))


def _chart(
    test: str,
    name: str,
    drawn: tuple[str, dict[str, str]],
    title: str,
    reading: str,
    table: Table | None = None,
) -> Chart:
    """A small chart. drawn: what draws it, with its choices. Text tells it by sentences."""
    function, choices = drawn
    of = {"test": test} if test else {}
    return Chart(
        name=f"{test}-{name}" if test else name,
        function=function,
        choices=tuple({**of, **choices}.items()),
        title=title,
        reading=reading,
        numbers="Its numbers stand in a table beneath." if table else "See the table of looks.",
        table=table,
        is_told=True,
        broad=False,
    )


def _alarms(watched: Running, monitoring: Monitoring) -> Iterator[Item]:
    """Every alarm, and of those that were asked and are quiet a word each."""
    raised = {alarm.kind for alarm in monitoring.alarms}
    for alarm in monitoring.alarms:
        word, tone = WORDS[alarm.kind]
        yield Item(word, tone, alarm.sentence, fix=alarm.fix)
    if monitoring.harm and not raised & {"harm", "guardrail", "harm_so_far"}:
        names = watched.experiment.names
        goals = dict.fromkeys(names.goal(one.goal) for one in monitoring.harm)
        told = f"No sign on any day that {listed(tuple(goals), 'or')} fell."
        yield Item("No harm", "good", told)
    if monitoring.sample_ratio is not None and "sample_ratio" not in raised:
        yield Item("Shares kept", "good", "Every day the split was as planned.")


def _record(monitoring: Monitoring) -> Iterator[Item]:
    """Whether the looks were written down, and how the plan was changed."""
    for change in monitoring.replans:
        day = f"{change.date.day} {change.date:%B}"
        yield Item("Plan changed", "warn", f"The plan was changed on {day}: {change.reason}.")
    if not monitoring.path:
        return
    if not monitoring.recorded:
        yield Item(
            "Not recorded",
            "open",
            "The plan was not recorded: nobody can tell whether it was changed.",
            fix="Run abmicro monitor while the test runs.",
        )
    elif not monitoring.replans:
        yield Item("Plan kept", "good", "Looks, end and goals are those of the first look.")
