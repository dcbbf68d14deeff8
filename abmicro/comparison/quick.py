"""Counts of a goal, or of a path of goals, in two or more variants: their analysis."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import Analysis
from abmicro.comparison.typed import HINT, ArmCounts, arms_of, refusal
from abmicro.counts import JointCounts
from abmicro.experiment.model import AnalysisSettings, Experiment, Goal

MOST_STEPS = 6
Typed = str | Sequence[int]


def quick(
    *arms: Typed,
    level: float = 0.95,
    shares: Sequence[float] | None = None,
    **named: Typed,
) -> Analysis:
    """The analysis of counts at hand: one goal, or a path from micro to macro goal.

    arms: for each variant `reached/units` as text, or its counts from units on: (units, reached)
        or (units, micro, ..., macro); the control first. named: the same under names of variants.
    level: two-sided confidence level, above 0.5 and below 1.
    shares: the planned share of each variant, in any scale; default equal.

    Raises AbmicroError for counts that cannot be or can be read in two ways, and for another level.

    >>> analysis = quick("500/10000 600/10000")
    >>> round(analysis.goals[0].lift.estimate, 9)
    0.2
    >>> path = quick(A=(12480, 1612, 311), B=(12391, 1799, 322))
    >>> path.carry_through[0].micro, path.carry_through[0].macro
    ('micro', 'macro')
    """
    if not 0.5 < level < 1:
        raise refusal(f"{level} is not between 0.5 and 1", "write 0.95 for 95 %", "--level")
    unnamed = (("", variant) for variant in arms)
    read = arms_of([_text(name, variant) for name, variant in (*unnamed, *named.items())])
    if not 2 <= len(read) <= len(ascii_uppercase):
        raise refusal(f"2 to {len(ascii_uppercase)} variants are wanted, not {len(read)}", HINT)
    names = _names(read)
    goals = _goals(len(read[0].counts) - 1)
    experiment = Experiment(
        name="quick comparison of " + " and ".join(_text(one.name, one.counts) for one in read),
        variants=_shares(names, shares),
        goals=goals,
        analysis=AnalysisSettings(alpha=round(1 - level, 12)),
    )
    steps = [goal.name for goal in goals]
    return analyze(
        experiment, JointCounts.of_path(names, steps, [variant.counts for variant in read])
    )


def _text(name: str, variant: Typed) -> str:
    """A variant as it could be typed."""
    if not isinstance(variant, str):
        counts = [int(one) for one in variant]
        variant = "/".join(map(str, counts if len(counts) > 2 else counts[::-1]))
    return f"{name}={variant}" if name else variant


def _names(read: Sequence[ArmCounts]) -> tuple[str, ...]:
    """The names of the variants; A, B, ... where they have none."""
    names = tuple(variant.name or ascii_uppercase[at] for at, variant in enumerate(read))
    if len(set(names)) < len(names):
        raise refusal(
            f"two variants are called alike: {', '.join(names)}", "give each its own name"
        )
    return names


def _shares(names: Sequence[str], shares: Sequence[float] | None) -> dict[str, float]:
    planned = [1.0] * len(names) if shares is None else list(shares)
    if len(planned) != len(names) or not all(one > 0 for one in planned):
        hint = "give one share for each variant, e.g. --shares 90/10"
        raise refusal(f"{planned} are no shares of {len(names)} variants", hint, "--shares")
    return {name: one / sum(planned) for name, one in zip(names, planned, strict=True)}


def _goals(steps: int) -> tuple[Goal, ...]:
    """A goal, or a path that ends in the macro goal."""
    if steps > MOST_STEPS:
        raise refusal(f"{steps} steps are more than {MOST_STEPS}", "give the ones that matter")
    if steps == 1:
        return (Goal(name="conversion", kind="macro", role="primary"),)
    numbers = [""] if steps == 2 else [f" {at}" for at in range(1, steps)]
    micro = (Goal(name=f"micro{at}", kind="milestone", label=f"micro goals{at}") for at in numbers)
    return (*micro, Goal(name="macro", kind="macro", label="macro goals"))
