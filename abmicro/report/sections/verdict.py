"""The verdict on every treated variant: the decision in words, its reasons and three figures."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import Analysis, ComparedWithin, GoalResult, Interval, Verdict
from abmicro.report.blocks import Block, Figure, Note, Panel, Paragraph, Section
from abmicro.report.sections import goals
from abmicro.report.words import DECISIONS

ONE_LOOK = (
    "The experiment declares no end, so this counts as its one final look: the error rates hold "
    "for one look, not for several."
)


def section(analysis: Analysis, *, is_short: bool = False) -> Section:
    """The recommendation, then the headlines.

    is_short: with the first reason only, and what is a caution for several variants once.
    """
    panels = (panel(analysis, verdict, is_short=is_short) for verdict in analysis.verdicts)
    advice = filter(None, [analysis.recommendation.sentence])
    cautions = dict.fromkeys(one for verdict in analysis.verdicts for one in verdict.cautions)
    shared = cautions if is_short else ()
    notes = (*shared, *map(within, analysis.strata), *one_look(analysis))
    blocks: tuple[Block, ...] = (*map(Paragraph, advice), *panels, *map(Note, notes))
    return Section("verdict", "Verdict", blocks, "Verdict", hidden=True)


def panel(analysis: Analysis, verdict: Verdict, *, is_short: bool = False) -> Panel:
    """The headline of one variant: the decision in words, its reasons and three figures."""
    words = DECISIONS[verdict.decision]
    reasons = tuple(one for one in verdict.because if one not in verdict.cautions)
    return Panel(
        subject=verdict.variant,
        against=f"against {analysis.experiment.control.name}",
        decision=_beside_the_best(analysis, verdict) or words.title,
        tone=words.tone,
        because=reasons[:1] if is_short else reasons,
        cautions=() if is_short else verdict.cautions,
        change=("What would change this", verdict.would_change),
        figures=(*_lifts(goals.whole(analysis, verdict.variant)), _duration(analysis)),
    )


def _beside_the_best(analysis: Analysis, verdict: Verdict) -> str:
    """How a variant that ships too stands to the recommended one; empty for that and all others."""
    best = analysis.recommendation
    rival = next((one for one in best.against if one.variant == verdict.variant), None)
    if rival is None:
        return ""
    is_clear = rival.adjusted_p_value < analysis.alpha
    return "Works, second best" if is_clear else f"As good as {best.variant}"


def one_look(analysis: Analysis) -> tuple[str, ...]:
    """What must hold where the definition declares no end; empty with one, and before it."""
    judged = any(verdict.stage == "end" for verdict in analysis.verdicts)
    return (ONE_LOOK,) if judged and analysis.experiment.end is None else ()


def within(one: ComparedWithin) -> str:
    """Within what a variant was compared, and the units that this leaves out."""
    told = (
        f"{one.variant} is compared with the control within {formatting.count(one.strata)} "
        f"{'stratum' if one.strata == 1 else 'strata'}, since their shares of the units differ "
        f"between {' and '.join(one.over)}."
    )
    if not one.left_out.control + one.left_out.treated:
        return f"{told} No unit is left out."
    return (
        f"{told} Left out, in strata without the other: {formatting.count(one.left_out.control)} "
        f"units of the control, {formatting.count(one.left_out.treated)} of {one.variant}."
    )


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
