"""What health says in sentences: people first, then what to do, and never why visits are empty."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting

if TYPE_CHECKING:
    from datetime import date

    from abmicro.analysis.results.traffic import DipPlace, TrafficSource
    from abmicro.analysis.traffic.sources import SourceTable
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.traffic.traffic_counts import TrafficCounts

LOOK = "Look at these visits before you pay for more."
STRONG = "This looks like accidental clicks or machines. " + LOOK
NUMBERS = ("Nothing", "One thing", "Two things", "Three things", "Four things", "Five things")


def source_sentence(
    experiment: Experiment, traffic: TrafficCounts, table: SourceTable, at: int, row: TrafficSource
) -> TrafficSource:
    """The row with its sentence: what its people do beside all others."""
    names, rest = experiment.names, table.units.sum() - table.units[at]
    sentence = f"Of 100 {names.units} {per_100(row.engaged.estimate)} engage"
    if rest:
        sentence += f" (others: {per_100((table.engaged.sum() - table.engaged[at]) / rest)})"
    if traffic.macro is not None and table.engaged[at]:
        others = table.engaged.sum() - table.engaged[at]
        usual = table.engaged[at] * (table.both.sum() - table.both[at]) / max(others, 1)
        sentence += f"; {table.engaged[at]:,.0f} engaged brought {table.both[at]:,.0f} "
        sentence += names.goal(traffic.macro) + (f", {usual:,.0f} would be usual" * bool(others))
    sentence += "."
    if "too_fast" in row.signals:
        share = table.fast[at] / table.fast_of[at]
        sentence += f" {formatting.rate(share)} of goals came within a second of entry."
    if row.signals:
        sentence += f" {STRONG if len(row.signals) > 1 else LOOK}"
    return replace(row, sentence=sentence)


def per_100(rate: float) -> str:
    """People of a hundred, with one decimal below ten.

    >>> per_100(0.306), per_100(0.041), per_100(float("nan"))
    ('31', '4.1', 'n/a')
    """
    if np.isnan(rate):
        return formatting.MISSING
    return f"{100 * rate:.0f}" if rate >= 0.1 else f"{100 * rate:.1f}"


def weekday(day: date) -> str:
    """A day with its weekday.

    >>> from datetime import date
    >>> weekday(date(2026, 10, 6))
    'Tuesday, 6 October'
    """
    return f"{day:%A}, {day.day} {day:%B}"


def dip_sentence(
    what: str, day: date, *, weekly: bool, reached: float, of: str, expected: float
) -> str:
    """How many there were on a day, and how many would have been usual."""
    when = f"Week from {weekday(day)}" if weekly else weekday(day)
    return f"{when}: {reached:,.0f} {what} of {of}, {expected:,.0f} usual."


def places_sentence(places: tuple[DipPlace, ...]) -> str:
    """Where a rate fell and where it did not, by the segment that parts them best."""
    if not places:
        return ""
    fell = [one for one in places if one.fell]
    as_usual = [one.source for one in places if not one.fell]
    told = ", ".join(
        f"{one.source} {one.reached:,.0f} instead of {one.expected:,.0f}" for one in fell
    )
    return f" Only {fell[0].segment} {told}; {', '.join(as_usual)} as usual."


def counted(number: int) -> str:
    """So many things, in words as far as they go.

    >>> counted(0), counted(2), counted(12)
    ('Nothing', 'Two things', '12 things')
    """
    return NUMBERS[number] if number < len(NUMBERS) else f"{number} things"
