"""What a portfolio tells and in which order, before it is dressed as text or HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from abmicro import formatting
from abmicro.portfolio.results import GainRecord, PairRecord, Portfolio
from abmicro.report.answered import answer_first, answered, rests_on
from abmicro.report.blocks import (
    Alarm,
    Block,
    Chart,
    Document,
    Figure,
    Fold,
    Item,
    Note,
    Panel,
    Paragraph,
    Section,
)
from abmicro.report.portfolio import tables

TITLE = "What past tests say"
FOREST_READING = (
    "A row is a test, the newest on top. Whiskers: what the test alone says. Ring: what is thought "
    "once the noise of all tests is taken off."
)
GAIN_READING = "Upper line: all that was claimed so far. Lower line with band: what is kept of it."
SCATTER_READING = (
    "Rings: what tests showed. Dots: the same once the noise is taken off. Grey: where half of all "
    "tests fall if nothing works. Line with band: the macro lift to expect. Dashed: a plain line "
    "through the rings. It misleads: people who are in both goals make them move together by "
    "chance."
)
QUALITY_READING = "The longer, the more one test of the usual size tells by this goal."


def of(portfolio: Portfolio) -> Document:
    """The document of a portfolio."""
    return answered(portfolio, TITLE, _facts(portfolio), _sections(portfolio))


def _facts(portfolio: Portfolio) -> Iterator[str]:
    yield f"{portfolio.tests} test{'s' * (portfolio.tests != 1)}"
    if portfolio.tests:
        yield f"{portfolio.variants} variants beside a control"
        yield f"{formatting.count(portfolio.units_per_test)} {portfolio.units} in a usual test"
    if len(portfolio.sites) > 1:
        yield f"{len(portfolio.sites)} sites"


def _sections(portfolio: Portfolio) -> Iterator[Section]:
    yield answer_first(*_answer(portfolio))
    if portfolio.goals:
        yield Section("wins", "Wins", tuple(_wins(portfolio)), "Wins")
    if portfolio.gain is not None:
        gains = tuple(_gains(portfolio, portfolio.gain))
        yield Section("gains", "Gains claimed and gains kept", gains, "Gains")
    if portfolio.typical is not None:
        usual = (Paragraph(portfolio.typical.sentence),)
        yield Section("usual", "What usually arrives", usual, "What arrives")
    if (pair := portfolio.pair) is not None:
        head = f"Do {portfolio.noun(pair.micro)} foretell {portfolio.noun(pair.macro)}?"
        yield Section("predict", head, tuple(_predict(portfolio, pair)), "Micro and macro")
    if portfolio.pairs and not portfolio.pairs[0].mostly_assumption:
        yield Section("goals", "Goal by goal", tuple(_qualities(portfolio)), "Goal by goal")
    if out := tuple(_left_out(portfolio)):
        yield Section("left-out", "Left out", out, "Left out")
    if portfolio.notes:
        yield rests_on(*map(Note, portfolio.notes))


def _answer(portfolio: Portfolio) -> Iterator[Block]:
    for warning in portfolio.warnings:
        yield Alarm("Look:", warning)
    macro = next((one for one in portfolio.goals if one.goal == portfolio.macro), None)
    wins = f"{macro.wins} of {macro.tests} won" if macro else "No test yet"
    yield Panel(
        subject=portfolio.noun(portfolio.macro),
        against=f"beside {portfolio.noun(portfolio.micro)}" if portfolio.micro else "",
        decision=wins if portfolio.tests else "No test yet",
        tone="open",
        because=(portfolio.headline,),
        figures=() if portfolio.gain is None else tuple(_figures(portfolio, portfolio.gain)),
    )


def _figures(portfolio: Portfolio, gain: GainRecord) -> Iterator[Figure]:
    unit = f"{portfolio.noun(gain.macro)} per 1,000 {portfolio.units}"
    claimed = formatting.amount(gain.claimed_per_1000)
    yield Figure("Claimed", formatting.percent(gain.claimed), f"{claimed} {unit}")
    kept = gain.kept_per_1000
    estimate, low, high = map(formatting.amount, (kept.estimate, kept.low, kept.high))
    share = formatting.percent(gain.kept.estimate)
    yield Figure("Kept, by all that is known", share, f"{estimate} ({low} to {high}) {unit}")


def _wins(portfolio: Portfolio) -> Iterator[Block]:
    for one in portfolio.goals:
        if one.goal != portfolio.macro:
            yield Paragraph(one.sentence)
    yield tables.goals(portfolio)
    rows = tables.counted(portfolio)
    if not rows:
        return
    table = tables.tests(portfolio)
    told = (f"{row[0]}: {row[3]} and {row[4]}" for row in table.rows)
    micro = portfolio.noun(portfolio.micro) if portfolio.micro else "the micro goal"
    title = f"Lifts of {micro} and {portfolio.noun(portfolio.macro)}"
    yield Chart("forest", "forest", (), title, FOREST_READING, f"{'; '.join(told)}.", table=table)


def _gains(portfolio: Portfolio, gain: GainRecord) -> Iterator[Block]:
    yield Paragraph(gain.sentence)
    table = tables.gains(portfolio)
    told = (f"up to {row[0]} {row[2]} claimed, {row[3]} kept" for row in table.rows)
    title = f"Gains in {portfolio.noun(gain.macro)}, claimed and kept"
    yield Chart("gains-chart", "gains", (), title, GAIN_READING, f"{'; '.join(told)}.", table=table)


def _predict(portfolio: Portfolio, pair: PairRecord) -> Iterator[Block]:
    yield Paragraph(pair.sentence)
    micro, macro = portfolio.noun(pair.micro), portfolio.noun(pair.macro)
    slope = tables.interval(pair.slope)
    numbers = (
        f"Expected of {macro}: {slope} times the lift of {micro}, give or take "
        f"{formatting.percent(pair.around_sd).removeprefix('+')}. A plain line through what tests "
        f"showed has slope {formatting.decimal(pair.raw_slope)}."
    )
    title = f"Lifts of {micro} and {macro}"
    table = replace(tables.points(portfolio, pair), label=title)
    yield Chart("scatter", "scatter", (), title, SCATTER_READING, numbers, table=table, broad=False)
    if pair.mostly_assumption:
        return
    yield tables.signs(portfolio, pair)
    yield Note(_agreement(pair))


def _agreement(pair: PairRecord) -> str:
    signs = pair.signs
    low, high = tables.share(signs.share.low), tables.share(signs.share.high)
    said = (
        f"Both moved the same way in {signs.agree} of {pair.variants} variants, "
        f"{tables.share(signs.share.estimate)} ({low} to {high}). If nothing worked, "
        f"{tables.share(signs.chance)} would, since the same people are counted in both."
    )
    if signs.false_friends:
        names = ", ".join(signs.false_friends)
        said += f" False friends, one clearly up and one clearly down: {names}."
    return said


def _qualities(portfolio: Portfolio) -> Iterator[Block]:
    units, macro = formatting.count(portfolio.units_per_test), portfolio.noun(portfolio.macro)
    yield Paragraph(
        f"What one test of {units} {portfolio.units} tells of what a change really does to "
        f"{macro}, in parts of 100."
    )
    table = tables.qualities(portfolio)
    told = "; ".join(f"{row[0]} {row[2]}" for row in table.rows)
    title = f"What each goal tells of {macro}"
    yield Chart("qualities", "qualities", (), title, QUALITY_READING, f"{told}.", is_told=True)
    yield table


def _left_out(portfolio: Portfolio) -> Iterator[Block]:
    for retired in portfolio.retired:
        yield Item("Retired", "off", f"{retired.why}.", retired.goal)
    out = tuple(Item("Left out", "off", f"{one.why}.", one.test) for one in portfolio.left_out)
    if len(out) > _FEW:
        yield Fold(f"{len(out)} tests", out)
    else:
        yield from out


_FEW = 6
