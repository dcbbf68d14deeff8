"""What a simulation tells and in which order, before it is dressed as text or HTML."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro import formatting
from abmicro.report.answered import answer_first, answered, rests_on
from abmicro.report.blocks import Block, Chart, Document, Fold, Note, Panel, Paragraph, Section
from abmicro.report.simulation import tables
from abmicro.report.words import Words
from abmicro.simulation.results import Simulation

KEPT = Words("Keeps its word", "No more false claims than promised.", "good")
NEARLY = Words(
    "Nearly keeps its word",
    "With so few conversions the claims come in steps, which no plain test can cut at the level.",
    "open",
)
BROKEN = Words("Claims too much", "Do not decide on so few conversions.", "bad")
ROOM = 1.15  # times alpha that steps of small counts may add
P_READING = (
    "If nothing differs every bar is as high as any other. Grey: where 99 of 100 bars lie then."
)
DECISIONS_READING = "One bar for each truth: lift of the micro goal, and how much of it arrives."


def of(found: Simulation) -> Document:
    """The document of a simulation."""
    return answered(
        found,
        f"The verdict on trial: {found.experiment.name}",
        _facts(found),
        _sections(found),
        of=found.experiment,
    )


def _facts(found: Simulation) -> Iterator[str]:
    yield f"{found.runs:,} tests in which nothing differs"
    yield f"{len(found.truths)} planted truths"
    yield f"from {found.source}"
    yield f"seed {found.seed}"


def _sections(found: Simulation) -> Iterator[Section]:
    yield answer_first(_panel(found))
    yield Section("shuffled", "If nothing differs", tuple(_shuffled(found)), "If nothing differs")
    yield Section("truths", "If something does", tuple(_truths(found)), "If something does")
    if found.modes:
        yield Section("reading", "When to read", tuple(_modes(found)), "When to read")
    passed = Note(f"Taken as passed: {'; '.join(found.skipped)}.")
    yield rests_on(*map(Note, found.notes), passed)


def _panel(found: Simulation) -> Panel:
    alpha = found.experiment.analysis.alpha
    claimed = next(one for one in found.shuffled.goals if one.goal == found.primary).claimed
    words = KEPT if claimed.low <= alpha else NEARLY if claimed.estimate <= ROOM * alpha else BROKEN
    promised = f"Promised: at most {formatting.level(alpha)}. Found: {formatting.share(claimed)}."
    return Panel(
        subject="If nothing differs",
        against="",
        decision=words.title,
        tone=words.tone,
        because=(found.headline,),
        cautions=(promised, *([words.meaning] if words is not KEPT else [])),
    )


def _shuffled(found: Simulation) -> Iterator[Block]:
    names = found.experiment.names
    yield Paragraph(f"The same {names.units} were {found.shuffled.how}, {found.runs:,} times.")
    yield tables.shuffled_goals(found)
    for at, goal in enumerate(dict.fromkeys(filter(None, (found.primary, found.macro)))):
        bins = next(one for one in found.shuffled.goals if one.goal == goal)
        ends = formatting.rate(min(bins.bins)), formatting.rate(max(bins.bins))
        yield Chart(
            f"p-{at}",
            "p_values",
            (("goal", goal),),
            f"p-values of {names.goal(goal)}",
            P_READING,
            f"{names.head(goal)}: bars from {ends[0]} to {ends[1]}, 5.0% expected of each.",
            broad=False,
        )
    yield Note("p-values of small counts come in steps, so that bars may differ by more than that.")


def _truths(found: Simulation) -> Iterator[Block]:
    times = sorted({one.times for one in found.truths})
    for at, one in enumerate(times):
        units = next(truth.units for truth in found.truths if truth.times == one)
        head = f"With {found.experiment.names.of_units(units)}"
        blocks: list[Block] = [_chart(found, one, at), tables.truths(found, one)]
        if found.macro:
            blocks.append(Fold("What the label says", (tables.labels(found, one),), medium="page"))
        yield Fold(head, tuple(blocks), is_open=at == 0)
    alpha = formatting.level(found.experiment.analysis.alpha)
    half = formatting.level(found.experiment.analysis.alpha / 2)
    yield Note(
        f"Wrong claims ship without a gain or see harm where there is none: at most {alpha} are "
        f"promised. Wrongly ruled out is a lift that is there: at most {half}. Gained, of 1,000 "
        "later ones: what acting on the decision brings. Missed: what the truth would bring "
        "beyond that."
    )


def _chart(found: Simulation, times: float, at: int) -> Chart:
    kept = [one for one in found.truths if one.times == times]
    told = (
        f"{tables.lift(one.micro_lift)}, {formatting.level(one.pass_through)} arrives: shipped "
        f"{formatting.level(one.decisions.get('ship', 0.0))}"
        for one in kept
    )
    return Chart(
        f"decisions-{at}",
        "decisions",
        (("times", f"{times:g}"),),
        f"What is decided, at {times:g} times the size",
        DECISIONS_READING,
        f"{'; '.join(told)}.",
        is_told=True,
        broad=False,
    )


def _modes(found: Simulation) -> Iterator[Block]:
    yield tables.modes(found)
    for one in found.modes:
        yield Note(one.sentence)
