"""The answer to `abmicro quick`: one table and one sentence per treated arm, in plain ASCII."""

from __future__ import annotations

from math import isfinite
from textwrap import wrap

from abmicro import formatting
from abmicro.analysis.results import Analysis, GoalResult
from abmicro.report.blocks import Column, Table
from abmicro.report.render.text import WIDTH, plain
from abmicro.report.sections import goals
from abmicro.report.sections.verdict import way
from abmicro.report.words import one_line

FIGURES = ("Control", "Variant", "Lift", "Adjusted p", "Chance to win", "Expected loss")
FINDINGS = {
    "up": "{treated} is better than {control}: {change} at {level} confidence (p {p}).",
    "down": "{treated} is worse than {control}: {change} at {level} confidence (p {p}).",
    "unclear": "It is not settled whether {treated} is better than {control}: {change} at {level} "
    "confidence (p {p}).",
}


def render(analysis: Analysis) -> str:
    """The primary goal of every treated arm beside the control, without checks and funnel."""
    rows = [row for row in analysis.goals if row.role == "primary" and row.segment is None]
    control = analysis.experiment.control.name
    lines = [*plain(_table(analysis, rows))]
    for row in rows:
        lines += wrap(one_line(sentence(row, control)), WIDTH)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def sentence(row: GoalResult, control: str) -> str:
    """The finding in words: better, worse or not settled, with the lift and its interval.

    Where there is no finite lift, since the control has no conversion, the difference is told.
    """
    ends = (row.lift.low, row.lift.high)
    change = (
        f"lift {formatting.lift(row.lift)}"
        if all(map(isfinite, ends))
        else f"difference {formatting.difference(row.difference)}"
    )
    return FINDINGS[way(row.difference)].format(
        treated=row.variant,
        control=control,
        change=change,
        level=formatting.level(row.lift.level),
        p=formatting.p_equals(row.adjusted_p_value),
    )


def _table(analysis: Analysis, rows: list[GoalResult]) -> Table:
    of_arms = [goals.goals(analysis, row.variant).pick(*FIGURES) for row in rows]
    cells = ((row.variant, *one.rows[0]) for row, one in zip(rows, of_arms, strict=True))
    return Table((Column("Arm", numeric=False), *of_arms[0].columns), tuple(cells))
