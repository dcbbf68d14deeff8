"""What a chart shows, in a sentence that carries its numbers, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Iterable

from abmicro import formatting
from abmicro.analysis.results import Analysis, CarryThrough
from abmicro.report.sections import goals
from abmicro.report.words import label_words


def ruler(analysis: Analysis, variant: str) -> str:
    """Finding and pass-through of every micro goal of one arm."""
    return _listed(
        f"{goals.path(one)}: {label_words(one).title.lower()}, "
        f"pass-through {goals.share(one.pass_through)}"
        for one in goals.of_variant(analysis.carry_through, variant)
    )


def plane(one: CarryThrough) -> str:
    """Both lifts of one carry-through."""
    return (
        f"{one.micro} {formatting.lift(one.micro_lift)}, {one.macro} "
        f"{formatting.lift(one.macro_lift)}, "
        f"expected {formatting.lift(one.expected_macro_lift)}."
    )


def funnel(analysis: Analysis) -> str:
    """Share of exposed units at every step, by variant."""
    return _listed(
        f"{step.step}, {step.variant}: {formatting.rate(goals.per_unit(step).treated)} against "
        f"{formatting.rate(goals.per_unit(step).control)}, lift {formatting.lift(step.cumulative)}"
        for step in analysis.funnel
    )


def waterfall(analysis: Analysis, variant: str) -> str:
    """Extra macro conversions per 1,000 units at every step of one arm."""
    return _listed(
        f"{step.step} {formatting.change(step.per_1000)}"
        for step in goals.of_variant(analysis.funnel, variant)
    )


def forest(analysis: Analysis, variant: str) -> str:
    """The lift of every goal of one arm."""
    rows = goals.whole(analysis, variant)
    return _listed(f"{goals.named(row)} {formatting.lift(row.lift)}" for row in rows)


def _listed(parts: Iterable[str]) -> str:
    return "; ".join(parts) + "."
