"""What a report tells and in which order, before it is dressed as text or Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import (
    Analysis,
    CarryThrough,
    GoalResult,
    Interval,
    StepResult,
    Verdict,
    check_name,
)
from abmicro.report.sections import ascii_ruler, bayes, goals, mediation, over_time, power, segments
from abmicro.report.sections.goals import Table
from abmicro.report.words import DECISIONS, GUARDS, Tone, check_words, label_words


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the three figures of a headline: its name, value and interval, and which way."""

    name: str
    value: str
    interval: str = ""
    way: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """The headline of one treated arm."""

    variant: str
    decision: str
    tone: Tone
    because: tuple[str, ...]
    would_change: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A line with the word it begins with, such as the status of a check."""

    word: str
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing in characters."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in small print."""

    text: str


Block = Heading | Panel | Item | Table | Picture | Note

SHORT = ("Goal", "Role", "Control", "Variant", "Lift", "Level", "Adjusted p")
STEPS = ("Step", "Control", "Variant", "Lift per unit", "Per 1,000 units")
ONE_LOOK = (
    "The experiment declares no end, so this counts as its one final look: the error rates hold "
    "for one look, not for several."
)
LOCATION = (
    "Per 1,000 units says at which step the extra macro conversions arise. Who reaches a step "
    "differs between the variants, so this is a location, not a cause."
)


def of(analysis: Analysis) -> Iterator[Block]:
    """The blocks of a report in reading order."""
    for verdict in analysis.verdicts:
        yield panel(analysis, verdict)
    yield from map(Note, one_look(analysis))
    yield Heading("Can you trust it?")
    yield from checks(analysis)
    yield from _mended(analysis)
    if power.is_flat(analysis):
        yield from _sight(analysis)
    for verdict in analysis.verdicts:
        yield Heading(f"Goals: {verdict.variant}")
        yield goals.goals(analysis, verdict.variant).pick(*SHORT)
        yield from _guardrails(analysis, verdict.variant)
        yield from _remarks(goals.whole(analysis, verdict.variant))
    yield from map(Note, missing_elsewhere(analysis))
    yield Heading("Did the micro gain carry through?")
    for result in analysis.carry_through:
        yield from _carry(result, drawn=result.macro == analysis.carry_through[0].macro)
    yield from map(Note, caveats(analysis))
    yield from map(Note, missing(analysis, "carry_through"))
    yield Heading("Where it went")
    yield from _funnel(analysis)
    yield from _bayes(analysis)
    yield from _over_time(analysis)
    if segments.is_told(analysis):
        yield Heading("Segments")
        yield from map(Note, segments.sentences(analysis))
    if power.is_told(analysis) and not power.is_flat(analysis):
        yield from _sight(analysis)
    yield from _expert(analysis)
    yield Heading("Where to look next")
    yield Item("Pictures", "off", "abmicro report FILE -o report.html")
    yield Item("Counts", "off", "abmicro explain FILE says what became of every row")


def panel(analysis: Analysis, verdict: Verdict) -> Panel:
    """The headline of one arm: the decision in words, its reasons and three figures."""
    words = DECISIONS[verdict.decision]
    return Panel(
        variant=verdict.variant,
        decision=words.title,
        tone=words.tone,
        because=verdict.because,
        would_change=verdict.would_change,
        figures=(*_lifts(goals.whole(analysis, verdict.variant)), _duration(analysis)),
    )


def one_look(analysis: Analysis) -> tuple[str, ...]:
    """What must hold where the definition declares no end; empty with one, and before it."""
    judged = any(verdict.stage == "end" for verdict in analysis.verdicts)
    return (ONE_LOOK,) if judged and analysis.experiment.end is None else ()


def checks(analysis: Analysis) -> Iterator[Item]:
    """One line per check: how it went, its sentence, what to do."""
    for check in analysis.checks:
        words = check_words(check)
        text = f"{check_name(check.name)}: {check.sentence} {check.fix}"
        yield Item(words.title, words.tone, text.rstrip())


def way(interval: Interval) -> str:
    """Up or down where the interval excludes zero, else unclear; empty where there is none.

    >>> way(Interval(0.1, 0.02, 0.18, 0.95)), way(Interval(0.1, -0.02, 0.22, 0.95))
    ('up', 'unclear')
    """
    if isnan(interval.low):
        return ""
    if interval.low > 0:
        return "up"
    return "down" if interval.high < 0 else "unclear"


def _lifts(rows: tuple[GoalResult, ...]) -> Iterator[Figure]:
    """The lifts of the primary goal and of the first other macro goal."""
    primary = [row for row in rows if row.role == "primary"]
    macros = [row for row in rows if row.kind == "macro" and row.role != "primary"]
    rates_first = sorted(macros, key=lambda row: row.is_value)
    for row in (*primary[:1], *rates_first[:1]):
        value, _, interval = formatting.lift(row.lift).partition(" ")
        yield Figure(
            name=goals.named(row, "macro" if row.kind == "macro" else row.role),
            value=value,
            interval=f"{formatting.level(row.lift.level)} interval {interval}",
            way=way(row.lift),
        )


def _duration(analysis: Analysis) -> Figure:
    days, units = analysis.provenance.days, formatting.count(analysis.provenance.units)
    if days is None:
        return Figure("Size", units, "units in all")
    return Figure(
        "Run time", f"{formatting.count(days)} day{'' if days == 1 else 's'}", f"{units} units"
    )


def _guardrails(analysis: Analysis, variant: str) -> Iterator[Item]:
    for row in goals.whole(analysis, variant):
        if (guard := row.noninferiority) is not None:
            words = GUARDS[guard.status]
            lift, level = formatting.lift(guard.lift), formatting.level(guard.lift.level)
            text = f"guardrail {row.goal}: {lift} at {level}, margin {goals.margin(row)}"
            yield Item(words.title, words.tone, text)


def _carry(result: CarryThrough, *, drawn: bool) -> Iterator[Block]:
    words = label_words(result)
    yield Item(words.title, words.tone, f"{result.variant}, {goals.path(result)}")
    if drawn:
        yield Picture(ascii_ruler.draw(result))
    yield Note(result.sentence)
    if told := goals.beliefs(result):
        yield Note(f"Posterior: {'; '.join(f'{name} {chance}' for name, chance in told)}.")


def _funnel(analysis: Analysis) -> Iterator[Block]:
    for verdict in analysis.verdicts:
        if of_arm := goals.of_variant(analysis.funnel, verdict.variant):
            yield Note(f"{verdict.variant}, per exposed unit:")
            yield goals.funnel(analysis, verdict.variant).pick(*STEPS)
            yield from _remarks(of_arm)
    if analysis.funnel:
        yield Note(LOCATION)
    else:
        yield from map(Note, missing(analysis, "funnel", "carry_through"))


def _expert(analysis: Analysis) -> Iterator[Block]:
    if analysis.expert:
        yield Heading("Expert panel")
        yield Note(mediation.CAUTION)
    for pair in mediation.pairs(analysis):
        yield Note(f"{pair.name}:")
        yield from (
            Item(one.title, "off", f"{one.sentence} {one.warning}") for one in pair.measures
        )


def _bayes(analysis: Analysis) -> Iterator[Block]:
    if not analysis.bayes.posteriors:
        return
    yield Heading("Bayesian view")
    for verdict in analysis.verdicts:
        if not (found := bayes.goals(analysis, verdict.variant)).rows:
            continue
        yield Note(f"{verdict.variant}:")
        yield found.pick(*bayes.SHORT)
        yield from map(Note, bayes.sentences(analysis, verdict.variant))
        yield from map(Note, bayes.other_priors(analysis, verdict.variant))
    yield from map(Note, (*bayes.best(analysis), *bayes.priors(analysis)))
    yield Note(bayes.convention(analysis))


def _mended(analysis: Analysis) -> Iterator[Block]:
    yield from map(Note, over_time.mended_in_words(analysis))
    if analysis.mended:
        yield Note(over_time.MENDED)


def _sight(analysis: Analysis) -> Iterator[Block]:
    yield Heading("What could this test see?")
    for verdict in analysis.verdicts:
        yield Note(f"{verdict.variant}:")
        yield power.goals(analysis, verdict.variant).pick(*power.SHORT)
        yield from map(Note, power.notes(analysis, verdict.variant))
        yield from map(Note, power.claims_in_words(analysis, verdict.variant))
    yield Note(f"{power.reading(analysis)} {power.BASIS}")


def _over_time(analysis: Analysis) -> Iterator[Block]:
    if not over_time.is_told(analysis):
        return
    yield Heading("Over time")
    for verdict in analysis.verdicts:
        if (weeks := over_time.weeks(analysis, verdict.variant)).rows:
            yield Note(f"{verdict.variant}, by week of entry:")
            yield weeks
        if (lags := over_time.lags(analysis, verdict.variant)).rows:
            yield Note(f"{verdict.variant}, time since exposure:")
            yield lags.pick(*over_time.SHORT)
        yield from map(Note, over_time.sentences(analysis, verdict.variant))
    if analysis.timing:
        yield Note(over_time.LAGS)


def _remarks(results: Iterable[GoalResult | StepResult]) -> Iterator[Note]:
    for result in results:
        if result.note:
            name = result.goal if isinstance(result, GoalResult) else result.step
            yield Note(f"{name}: {result.note}")


def caveats(analysis: Analysis) -> tuple[str, ...]:
    """What the carry-through findings do not say, and what they rest on, each once."""
    lines = (line for one in analysis.carry_through for line in one.caveat.splitlines())
    return tuple(dict.fromkeys(lines))


def missing(analysis: Analysis, *panels: str) -> Iterator[str]:
    """Why a panel is not shown; of several panels the first that has a reason."""
    reasons = {absent.panel: absent.reason for absent in analysis.absent}
    found = [reasons[panel] for panel in panels if panel in reasons]
    yield from (f"Not shown: {reason.removesuffix('.')}." for reason in found[:1])


def missing_elsewhere(analysis: Analysis) -> Iterator[str]:
    """Why a goal or another part is not shown, apart from carry-through and funnel."""
    for absent in analysis.absent:
        if absent.panel not in ("carry_through", "funnel"):
            yield f"Not shown, {absent.panel}: {absent.reason.removesuffix('.')}."
