"""The tables of a portfolio: cells of text that every rendering shows alike."""

from __future__ import annotations

from math import isnan

from abmicro import formatting
from abmicro.analysis.results import Interval
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.portfolio.results import GoalRecord, PairRecord, Portfolio, VariantLift
from abmicro.report.blocks import Column, Table
from abmicro.report.words import DECISIONS, NOTHING

SHIPPED = {True: "yes", False: "no", None: NOTHING}
WAYS = ("up", "not clear", "down")


def goals(portfolio: Portfolio) -> Table:
    """Wins of macro goals and of those that were primary."""
    heads = ("Tests", "Won", "Lost", "Won by chance", "Flukes at most", "Average change")
    columns = (Column("Goal", False), *map(Column, heads))
    return Table(
        columns, tuple(_goal(portfolio, one) for one in portfolio.goals), "Wins, goal by goal"
    )


def _goal(portfolio: Portfolio, one: GoalRecord) -> tuple[str, ...]:
    return (
        head(portfolio, one.goal),
        *map(formatting.count, (one.tests, one.wins, one.losses)),
        formatting.decimal(one.expected_by_chance),
        share(one.chance_share_at_most),
        NOTHING if one.mean is None else formatting.lift(one.mean),
    )


def tests(portfolio: Portfolio) -> Table:
    """Every test, one variant of each: both lifts, what the macro keeps, what was decided."""
    micro, macro = (
        head(portfolio, portfolio.micro or "micro goal"),
        head(portfolio, portfolio.macro),
    )
    columns = (
        *(Column("Test", False), Column("Day", False), Column("Variant", False)),
        *(Column(micro), Column(macro), Column(f"{macro}, noise taken off")),
        *(Column("Decision", False), Column("Live", False)),
    )
    brief = ("Test", "Day", micro, macro, f"{macro}, noise taken off")
    return Table(columns, tuple(map(_test, counted(portfolio))), "Tests by day", brief)


def counted(portfolio: Portfolio) -> list[tuple[VariantLift | None, VariantLift]]:
    """The variant that stands for each test: its micro lift, if it has one, and its macro lift."""
    lifts = [one for one in portfolio.lifts if one.counted]
    micro = {one.test: one for one in lifts if one.goal == portfolio.micro}
    return [(micro.get(one.test), one) for one in lifts if one.goal == portfolio.macro]


def _test(pair: tuple[VariantLift | None, VariantLift]) -> tuple[str, ...]:
    micro, macro = pair
    return (
        macro.name,
        macro.day.isoformat(),
        macro.variant,
        lift(micro.lift if micro else None),
        lift(macro.lift),
        lift(macro.kept),
        DECISIONS[macro.decision].title if macro.decision in DECISIONS else NOTHING,
        SHIPPED[macro.shipped],
    )


def gains(portfolio: Portfolio) -> Table:
    """Gains so far, change by change."""
    columns = (Column("Up to", False), Column("Day", False), Column("Claimed"), Column("Kept"))
    steps = portfolio.gain.steps if portfolio.gain else ()
    rows = (
        (one.test, one.day.isoformat(), formatting.percent(one.claimed), lift(one.kept))
        for one in steps
    )
    return Table(columns, tuple(rows), "Gains claimed and kept")


def points(portfolio: Portfolio, pair: PairRecord) -> Table:
    """Every treated variant: both lifts as observed, and once the noise is off."""
    micro, macro = head(portfolio, pair.micro), head(portfolio, pair.macro)
    heads = (micro, macro, f"{micro}, noise off", f"{macro}, noise off")
    columns = (Column("Test", False), Column("Variant", False), *map(Column, heads))
    rows = (
        (
            one.test,
            one.variant,
            *map(formatting.percent, (one.micro, one.macro, one.micro_kept, one.macro_kept)),
        )
        for one in pair.points
    )
    return Table(columns, tuple(rows), "Lifts before and after")


def signs(portfolio: Portfolio, pair: PairRecord) -> Table:
    """Variants by which way both goals went."""
    micro, macro = head(portfolio, pair.micro), head(portfolio, pair.macro)
    heads = (f"{macro} {way}" for way in WAYS)
    columns = (Column(micro, False), *map(Column, heads))
    rows = zip(WAYS, pair.signs.table, strict=True)
    cells = ((f"{micro} {way}", *map(formatting.count, row)) for way, row in rows)
    return Table(columns, tuple(cells), "Which way both goals went")


def qualities(portfolio: Portfolio) -> Table:
    """What each micro goal tells of the macro goal in a test of the usual size."""
    heads = ("Tests", "It tells", "The macro alone", "Both", "Same sign", "Slope")
    columns = (Column("Goal", False), *map(Column, heads))
    rows = (
        (
            head(portfolio, one.micro),
            formatting.count(one.tests),
            *(told(part) for part in (one.quality.micro, one.quality.macro, one.quality.both)),
            share(one.true_sign_agreement),
            interval(one.slope),
        )
        for one in portfolio.pairs
    )
    return Table(columns, tuple(rows), "Goals by what they tell")


def head(portfolio: Portfolio, goal: str) -> str:
    """A goal at the beginning of a row: "Orders"."""
    return sentence_case(portfolio.noun(goal))


def lift(one: Interval | None) -> str:
    """A lift with its interval, or nothing."""
    return NOTHING if one is None else formatting.lift(one)


def interval(one: Interval) -> str:
    """A ratio with its interval."""
    ends = (
        formatting.ratio(end, width=one.high - one.low) for end in (one.estimate, one.low, one.high)
    )
    return "{} ({} to {})".format(*ends)


def told(quality: float) -> str:
    """How much of what changes really do a goal of a quality tells, in parts of 100.

    >>> told(0.5), told(-0.3)
    ('25', 'misleads')
    """
    if isnan(quality):
        return NOTHING
    return "misleads" if quality < 0 else f"{100 * quality**2:.0f}"


def share(value: float) -> str:
    """A share in whole percent, or nothing."""
    return NOTHING if isnan(value) else f"{100 * value:.0f}%"
