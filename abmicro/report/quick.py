"""The answer to `abmicro quick`: a table, sentences and rulers in plain ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, isnan
from textwrap import wrap

from abmicro import formatting, phrases
from abmicro.analysis.results import Analysis, GoalResult, Interval, Pair
from abmicro.report.blocks import Column, Table
from abmicro.report.render.text import WIDTH, plain
from abmicro.report.sections import goals, rulers
from abmicro.report.words import label_words, one_line

FIGURES = ("Adjusted p", "Chance to win")
OF_SEVERAL = FIGURES[:1]  # where a column names the goal
SHORT = ("Adj. p",)  # in its place, to leave room for that column
FINDINGS = {
    "up": "{treated} does better than {control}{of}: {change}, at {level} confidence.",
    "down": "{treated} does worse than {control}{of}: {change}, at {level} confidence.",
    "unclear": "Not clear whether {treated} does better than {control}{of}: {change}, at {level} "
    "confidence.",
}
SHARES = "If other shares were planned, name them: --shares 90/10."


def render(analysis: Analysis) -> str:
    """Every goal of every treated variant beside the control, and for a path whether it carried."""
    lines = [*plain(_table(analysis))]
    for text in _sentences(analysis):
        lines += wrap(one_line(text), WIDTH)
    primary = analysis.experiment.primary.name
    for one in (one for one in analysis.carry_through if one.micro == primary):
        title = (
            f"{one.variant}, {goals.path(one, analysis.experiment.names)}: {label_words(one).title}"
        )
        lines += ["", title, *rulers.draw(one)]
        lines += wrap(one_line(one.sentence), WIDTH)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _sentences(analysis: Analysis) -> Iterator[str]:
    """What the units say of themselves where they are not as planned, then the findings."""
    for check in analysis.checks:
        if check.status in {"warn", "fail"} and check.name == "sample_ratio":
            yield f"{label(check.status)}: {check.sentence} {check.fix} {SHARES}"
    control = analysis.experiment.control.name
    for row in analysis.goals:
        several = len(analysis.experiment.goals) > 1
        of = f" in {analysis.experiment.names.goal(row.goal)}" if several else ""
        yield sentence(row, control, of=of)


def label(status: str) -> str:
    """The word before a check."""
    return "Do not trust this" if status == "fail" else "Look"


def sentence(row: GoalResult, control: str, *, of: str = "") -> str:
    """The finding in words: better, worse or not settled, with the lift and its interval.

    of: the goal, where there are several. Where there is no finite lift, since the control has no
    conversion, the difference is told.
    """
    return FINDINGS[way(row.difference)].format(
        treated=row.variant,
        control=control,
        of=of,
        change=phrases.change(row.lift) if _has_lift(row) else _change(row),
        level=formatting.level(row.lift.level),
    )


def _has_lift(row: GoalResult) -> bool:
    return all(map(isfinite, (row.lift.low, row.lift.high)))


def _change(row: GoalResult) -> str:
    if _has_lift(row):
        return f"lift {formatting.lift(row.lift)}"
    return f"difference {formatting.difference(row.difference)}"


def _table(analysis: Analysis) -> Table:
    """Counts and rates of both variants, then the change; a lift only where it is finite."""
    several = len(analysis.experiment.goals) > 1
    names, figures_of = analysis.experiment.names, OF_SEVERAL if several else FIGURES
    heads = ("Variant", *(["Goal"] if several else []))
    told = SHORT if several else FIGURES
    rows = []
    for row in analysis.goals:
        known = goals.goals(analysis, row.variant)
        cells = known.pick("Goal", *figures_of).rows
        goal = names.head(row.goal)
        figures = next(one[1:] for one in cells if one[0] in (goal, f"{goal} (macro)"))
        counted = (_counted(row, "control"), _counted(row, "treated"))
        change = _change(row).removeprefix("lift ").removeprefix("difference ")
        named = [goal] if several else []
        rows.append((row.variant, *named, *counted, change, *figures))
    columns = (
        *(Column(head, numeric=False) for head in heads),
        *(Column(head) for head in ("Control reached", "Reached", "Lift", *told)),
    )
    return Table(columns, tuple(rows))


def _counted(row: GoalResult, variant: str) -> str:
    """How many reached it, and the rate."""

    def of(pair: Pair | None) -> float:
        return float("nan") if pair is None else float(getattr(pair, variant))

    return f"{formatting.count(of(row.reached))} ({formatting.rate(of(row.rate))})"


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
