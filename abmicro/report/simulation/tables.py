"""The tables of a simulation: cells of text that every rendering shows alike."""

from __future__ import annotations

from math import isnan

from abmicro import formatting
from abmicro.report.blocks import Column, Table
from abmicro.report.words import LABELS
from abmicro.simulation.results import SimulatedTruth, Simulation

HEADS = {
    "ship": "Ship it",
    "keep_control": "Keep control",
    "too_small": "Too small",
    "no_detectable_difference": "No difference",
    "unsettled": "Not settled",
}


def shuffled_goals(found: Simulation) -> Table:
    """Every goal in tests in which nothing differs."""
    names = found.experiment.names
    alpha = formatting.level(found.experiment.analysis.alpha)
    rows = (
        (names.head(one.goal), formatting.share(one.below_alpha), formatting.share(one.claimed))
        for one in found.shuffled.goals
    )
    heads = (f"p below {alpha}", "Called a winner or loser")
    return Table((Column("Goal", False), *map(Column, heads)), tuple(rows), "Nothing differs")


def truths(found: Simulation, times: float) -> Table:
    """What is decided under each truth, at so many times the units."""
    kept = [one for one in found.truths if one.times == times]
    decisions = [name for name in HEADS if any(name in one.decisions for one in found.truths)]
    lifted = ["Gain kept", found.experiment.names.head(found.macro)] if found.macro else []
    gained = ["Gained", "Missed"] if found.macro else []
    said = [HEADS[name] for name in decisions]
    first = found.experiment.names.head(found.primary)
    heads = (*lifted, *said, "Wrong claims", "Wrongly ruled out", *gained)
    return Table(
        (Column(first, False), *map(Column, heads)),
        tuple(_row(one, decisions, with_macro=bool(found.macro)) for one in kept),
        label=f"What is decided, at {times:g} times the size",
        brief=(first, *lifted, *said, "Wrong claims", *gained[:1]),
    )


def _row(one: SimulatedTruth, decisions: list[str], *, with_macro: bool) -> tuple[str, ...]:
    arrives = formatting.level(one.pass_through) if one.micro_lift else "-"
    return (
        lift(one.micro_lift),
        *((arrives, lift(one.macro_lift)) if with_macro else ()),
        *(formatting.level(one.decisions.get(name, 0.0)) for name in decisions),
        formatting.level(one.wrong_claims.estimate),
        formatting.level(one.wrongly_ruled_out.estimate),
        *((gain(one.orders_per_1000), gain(one.regret)) if with_macro else ()),
    )


def lift(value: float) -> str:
    """A true lift.

    >>> lift(0.1), lift(-0.025), lift(1e-17)
    ('+10%', '-2.5%', '0%')
    """
    if isnan(value):
        return "-"
    if abs(value) < 1e-9:
        return "0%"
    return ("-" if value < 0 else "+") + formatting.asked(value)


def gain(value: float) -> str:
    """Conversions per 1,000."""
    return "0" if abs(value) < 1e-9 else formatting.amount(value, width=0.2)


def labels(found: Simulation, times: float) -> Table:
    """What the carry-through label says under each truth."""
    kept = [one for one in found.truths if one.times == times and one.micro_lift]
    known = [name for name in LABELS if any(name in one.labels for one in kept)]
    heads = ("Of it kept", *(LABELS[name].title for name in known))
    columns = (Column("Lift", False), *map(Column, heads))
    rows = (
        (
            lift(one.micro_lift),
            formatting.level(one.pass_through),
            *(formatting.level(one.labels.get(name, 0.0)) for name in known),
        )
        for one in kept
    )
    return Table(columns, tuple(rows), label=f"Labels, at {times:g} times the size")


def modes(found: Simulation) -> Table:
    """Ways of reading the same tests."""
    words = {"fixed": "Once", "group_sequential": "Planned looks", "peeking": "Peeking daily"}
    rows = (
        (
            words[one.mode],
            f"{one.looks}",
            formatting.share(one.false_claims),
            formatting.share(one.found),
            formatting.level(round(one.used, 2)),
        )
        for one in found.modes
    )
    heads = ("Looks", "False claims", "Found if real", "Share used")
    return Table((Column("Read", False), *map(Column, heads)), tuple(rows), "Ways of reading")
