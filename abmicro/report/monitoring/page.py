"""Running tests as one HTML page: all in a table, then each with its looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure

from abmicro import __version__
from abmicro.analysis.results import Monitoring
from abmicro.report.blocks import (
    Block,
    Column,
    Document,
    LabelledSentence,
    Note,
    Section,
    Table,
)
from abmicro.report.charts import registry
from abmicro.report.monitoring import section
from abmicro.report.monitoring.told import Running
from abmicro.report.render.html_page import page
from abmicro.report.words import Words

STATES = {
    "fix_data": Words("Fix the data", "Its data are wrong: nothing it says holds.", "bad"),
    "stop_harm": Words("Stop: harm", "A variant does harm.", "bad"),
    "finished": Words("Finished", "Its final look is done.", "off"),
    "ready": Words("Ready to stop", "What it was to decide is decided.", "good"),
    "little_hope": Words("Little hope", "Hardly any chance is left of a clear result.", "warn"),
    "running": Words("Running", "It is not over, and nothing is wrong.", "open"),
    "waiting": Words("Waiting", "It has had no look yet.", "open"),
}


def html(tests: Sequence[Running], overlaps: Sequence[str] = ()) -> str:
    """The page; every name is escaped, it holds no script and asks for nothing.

    tests: the worst first. overlaps: sentences about tests that share their units.
    """
    named = dict(zip(_keys(tests), tests, strict=True))
    several = len(named) != 1
    sections = [Section("all", "All tests", tuple(_all(named, overlaps)), "All tests")]
    return page(
        Document(
            title="Running tests" if several else tests[0].experiment.name,
            subtitle="",
            facts=f"{len(named)} tests, the worst first" if several else "",
            sections=(*(sections if several else ()), *map(_section, named, named.values())),
            footer=f"abmicro {__version__}",
            skip="Skip to the tests",
            kind="watch",
            source=named,
        ),
        _draw,
    )


def _draw(name: str, tests: dict[str, Running], test: str, **choices: object) -> Figure:
    """A chart of one of the tests."""
    return registry.draw(name, tests[test], **choices)  # type: ignore[arg-type]


def _keys(tests: Sequence[Running]) -> Iterator[str]:
    """The key of each test, with a number where several have the same."""
    seen: dict[str, int] = {}
    for test in tests:
        key = test.experiment.key
        seen[key] = seen.get(key, 0) + 1
        yield key if seen[key] == 1 else f"{key}-{seen[key]}"


def _monitored(test: Running) -> Monitoring:
    if test.monitoring is None:
        raise ValueError(f"{test.experiment.key} has not been monitored")
    return test.monitoring


def _all(tests: dict[str, Running], overlaps: Sequence[str]) -> Iterator[Block]:
    heads = ("Test", "State", "To do", "Look")
    columns = (*(Column(head, False) for head in heads), Column("Days left"))
    rows = tuple(_row(key, _monitored(test)) for key, test in tests.items())
    if rows:
        yield Table(columns, rows, label="All tests")
    yield from map(Note, overlaps)
    if not rows:
        yield Note("Nothing new.")


def _row(key: str, found: Monitoring) -> tuple[str, ...]:
    planned = f" of {found.looks_planned}" if found.looks_planned else ""
    left = "" if found.days_left is None else str(found.days_left)
    return key, STATES[found.state].title, found.advice, f"{found.look}{planned}", left


def _section(key: str, test: Running) -> Section:
    found, words = _monitored(test), STATES[_monitored(test).state]
    head = LabelledSentence(words.title, words.tone, test.experiment.name, found.advice)
    told = tuple(section.blocks(test, key))
    return Section(f"test-{key}", test.experiment.name, (head, *told), key)
