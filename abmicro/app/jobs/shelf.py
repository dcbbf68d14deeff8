"""All tests of a folder: how running ones stand today, what finished ones found, all together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from math import isfinite
from pathlib import Path

from abmicro import formatting
from abmicro.analysis.analyze import analyze
from abmicro.analysis.monitoring.looks_file import read_looks
from abmicro.analysis.monitoring.running import monitor
from abmicro.analysis.results import Analysis, Interval
from abmicro.app.jobs.today import today_of
from abmicro.app.runs.worker import Tell, quiet
from abmicro.app.shelf import HISTORY, Shelved, opened, shelved
from abmicro.counts import JointCounts
from abmicro.errors import AbmicroError, Problem
from abmicro.experiment.model import Experiment
from abmicro.frozen import frozen
from abmicro.history import History, PastTest, finished_test
from abmicro.portfolio.results import Portfolio
from abmicro.portfolio.review_history import review_history
from abmicro.report.words import DECISIONS, Tone, typeset

WAITING = ("keep_running",)
ICONS: dict[Tone, str] = {"good": "✓", "bad": "✕", "open": "?", "warn": "!", "off": "–"}
STATES: dict[str, tuple[Tone, str, str]] = {
    "fix_data": ("warn", "!", "Mend the data"),
    "stop_harm": ("bad", "!", "Stop it"),
    "ready": ("good", "✓", "Ready"),
    "little_hope": ("open", "?", "Little hope"),
    "running": ("open", "…", "Let it run"),
    "waiting": ("open", "…", "Let it run"),
    "finished": ("off", "–", "Finished"),
}
URGENT = tuple(STATES)


@frozen
class RunningLine:
    """A test that runs. done: share of its days, None without an end. told: today's line."""

    file: str
    name: str
    dates: str
    done: float | None
    day: str
    pill: tuple[Tone, str, str]
    told: str
    urgency: int


@frozen
class FinishedVariant:
    """A variant of a finished test: both lifts and the decision."""

    file: str
    name: str
    pair: str
    micro: Interval | None
    macro: Interval | None
    pill: tuple[Tone, str, str]


@frozen
class TestShelf:
    """What a folder holds. files: tables of all tests that lie in the folder of the run.

    tests: those that are finished, of the history, too; 0 where these could not be put together.
    """

    running: tuple[RunningLine, ...]
    finished: tuple[FinishedVariant, ...]
    unread: tuple[tuple[str, Problem], ...]
    portfolio: str
    headline: str
    files: tuple[str, ...]
    tests: int


def shelf(folder: Path, tell: Tell, root: str, stamp: str) -> TestShelf:  # noqa: ARG001
    """Read the tests of a folder; `stamp` changes when one of them does.

    Nothing is written there: looks are written down by the command line alone.
    """
    running: list[RunningLine] = []
    finished: list[FinishedVariant] = []
    past: list[PastTest] = []
    unread: list[tuple[str, Problem]] = []
    found = list(shelved(Path(root)))
    for at, one in enumerate(found, 1):
        tell(f"Reading test {at} of {len(found)}")
        try:
            with quiet():
                _read(Path(root), one, running, finished, past)
        except AbmicroError as error:
            unread.append((one.name, error.problems[0]))
    tell("Putting them together")
    history = History()
    try:
        history = _together(Path(root) / HISTORY, past)
    except AbmicroError as error:
        unread += ((f"{HISTORY}/{one.where.partition(': ')[0]}", one) for one in error.problems)
    portfolio = _reviewed(history)
    files = _write(folder, portfolio) if portfolio is not None else ()
    return TestShelf(
        running=tuple(sorted(running, key=lambda one: one.urgency)),
        finished=tuple(finished),
        unread=tuple(unread),
        portfolio=_drawn(portfolio),
        headline=portfolio.headline if portfolio is not None else "",
        files=files,
        tests=len(history.tests),
    )


def _read(
    root: Path,
    one: Shelved,
    running: list[RunningLine],
    finished: list[FinishedVariant],
    past: list[PastTest],
) -> None:
    """Put one test where it belongs."""
    experiment, counts = opened(root, one)
    looks = read_looks(one.file, experiment)
    analysis = analyze(experiment, counts, looks=looks)
    if all(verdict.stage == "end" for verdict in analysis.verdicts):
        finished.extend(_finished(one, analysis, counts))
        with suppress(AbmicroError):
            past.append(finished_test(analysis, counts))
        return
    with suppress(AbmicroError):
        found = monitor(experiment, counts, looks=looks)
        newest = max(filter(None, counts.periods), default=None)
        told = today_of(experiment, found, newest, date.today())
        running.append(_line(one, experiment, STATES[found.state], told, URGENT.index(found.state)))
        return
    running.append(_by_verdict(one, analysis))


def _line(
    one: Shelved, experiment: Experiment, pill: tuple[Tone, str, str], told: str, urgency: int
) -> RunningLine:
    today = date.today()
    return RunningLine(
        file=one.name,
        name=experiment.name,
        dates=_dates(experiment),
        done=_done(experiment, today),
        day=_day(experiment, today),
        pill=pill,
        told=typeset(told),
        urgency=urgency,
    )


def _by_verdict(one: Shelved, analysis: Analysis) -> RunningLine:
    """A running test without days of entry: what its verdict says."""
    verdict, experiment = analysis.verdicts[0], analysis.experiment
    words = DECISIONS[verdict.decision]
    pill = words.tone, ICONS[words.tone], words.title
    return _line(one, experiment, pill, next(iter(verdict.because), ""), len(URGENT))


def _dates(experiment: Experiment) -> str:
    start, end = experiment.start, experiment.end
    told = [f"{day.day} {day:%b %Y}" for day in (start, end) if day is not None]
    return " to ".join(told)


def _done(experiment: Experiment, today: date) -> float | None:
    if experiment.start is None or experiment.end is None:
        return None
    days = (experiment.end - experiment.start).days
    return min(max((today - experiment.start).days / days, 0), 1)


def _day(experiment: Experiment, today: date) -> str:
    if experiment.start is None or experiment.end is None:
        return ""
    days = (experiment.end - experiment.start).days
    return f"day {min(max((today - experiment.start).days + 1, 0), days)} of {days}"


def _finished(one: Shelved, analysis: Analysis, counts: JointCounts) -> Iterator[FinishedVariant]:
    experiment, names = analysis.experiment, analysis.experiment.names
    several = len(analysis.verdicts) > 1
    for verdict in analysis.verdicts:
        words = DECISIONS[verdict.decision]
        pairs = [row for row in analysis.carry_through if row.variant == verdict.variant]
        pair = next((row for row in pairs if row.micro == experiment.primary.name), None)
        lift = next(
            row.lift
            for row in analysis.goals
            if row.variant == verdict.variant and row.goal == experiment.primary.name
        )
        told = names.goal(experiment.primary.name)
        if pair is not None:
            told = f"{told} to {names.goal(pair.macro)}"
        units = formatting.count(float(counts.units.sum()))
        yield FinishedVariant(
            file=one.name,
            name=f"{experiment.name}: {names.variant(verdict.variant)}"
            if several
            else experiment.name,
            pair=f"{told}, {units}",
            micro=_known(lift),
            macro=None if pair is None else _known(pair.macro_lift),
            pill=(words.tone, ICONS[words.tone], words.title),
        )


def _known(lift: Interval) -> Interval | None:
    return lift if isfinite(lift.estimate) else None


def _together(folder: Path, past: Sequence[PastTest]) -> History:
    """All finished tests: those of the history, by its settings, and the others of the folder."""
    kept = History.load(folder) if folder.is_dir() else History()
    known = {test.key for test in kept.tests}
    others = {test.key: test for test in past if test.key not in known}
    return History(tests=(*kept.tests, *others.values()), settings=kept.settings)


def _reviewed(history: History) -> Portfolio | None:
    """What all tests say; None where they say nothing."""
    with suppress(AbmicroError):
        return review_history(history) if history.tests else None
    return None


def _drawn(portfolio: Portfolio | None) -> str:
    if portfolio is None:
        return ""
    from abmicro.report.portfolio import document
    from abmicro.report.portfolio.charts import draw
    from abmicro.report.render.html_page import sections

    return sections(document.of(portfolio), draw)


def _write(folder: Path, portfolio: Portfolio) -> tuple[str, ...]:
    """The tables of all tests; a workbook where its writer is installed."""
    files = []
    for form in ("csv", "html", "xlsx"):
        with suppress(AbmicroError):
            content = portfolio.render_file(form)
            path = folder / f"tests.{form}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            files.append(path.name)
    return tuple(files)
