"""Which fault a combination of findings points to, in words.

A single finding may have several causes; together with what the goals did it often has one.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Literal

from abmicro.analysis.results import Check
from abmicro.analysis.trust.instrumentation.finding import Finding
from abmicro.frozen import frozen
from abmicro.stats.carry_through.pass_through import joint
from abmicro.stats.foundations.cells import JointCells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.trust.instrumentation.finding import Mark
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.pattern_counts import PatternCounts
    from abmicro.stats.foundations.log_ratio import LogLift


@frozen
class Signature:
    """What must be found of a micro goal, which way it moved, and what it looks like then."""

    marks: tuple[Mark, ...]
    way: Literal["rose", "fell"]
    words: str


STAYED = "without a clear change in {macro}"
TABLE = (
    Signature(
        ("lost_in_control",),
        "rose",
        "the control loses more of {micro} than the variant: a tag that the variant mended.",
    ),
    Signature(
        ("over_firing",), "rose", "more of {micro} came without what it requires: over-firing."
    ),
    Signature(
        ("bots", "dwell"),
        "rose",
        "more did what no person does: bots that the variant draws, or a script that fires "
        "{micro}.",
    ),
    Signature(
        ("gap_in_control",),
        "rose",
        "the control lacks {micro} for a while: a release that broke its tag.",
    ),
    Signature(
        ("lost_in_treated",),
        "fell",
        "the variant loses more of {micro} than the control: a tag that the variant broke.",
    ),
    Signature(
        ("gap_in_treated",),
        "fell",
        "the variant lacks {micro} for a while: a release that broke its tag.",
    ),
    Signature(
        ("lost_tag",), "fell", "{macro} per {micro} rose by as much: a tag that the variant lost."
    ),
)
FIX = "Confirm it at the tag before the change is believed, and before it is explained."


def signatures(
    experiment: Experiment, recorded: PatternCounts, found: tuple[Finding, ...]
) -> Iterator[Finding]:
    """One check per micro goal and variant whose findings and lifts fit a row of the table."""
    names = experiment.names
    marked = [one for one in found if one.marks and recorded.is_followed(one.goal)]
    for goal in dict.fromkeys(one.goal for one in marked):
        cells = recorded.cells(goal, recorded.by_level[:, 0])
        lifts = joint(
            JointCells(cells[1:]), JointCells(cells[:1]), level=experiment.analysis.confidence
        )
        for arm, variant in enumerate(experiment.treated):
            marks = {m for one in marked if one.goal == goal for v, m in one.marks if v == arm}
            way = _way(lifts.micro, arm)
            fits = [one for one in TABLE if one.way == way and not marks.isdisjoint(one.marks)]
            if fits and not _way(lifts.macro, arm):
                told = f"{{variant}}: {{micro}} {way} {STAYED}, and {fits[0].words}"
                sentence = told.format(
                    variant=names.variant(variant.name),
                    micro=names.goal(goal),
                    macro=names.goal(str(recorded.macro)),
                )
                yield Finding(Check(f"signature.{goal}", "warn", nan, nan, sentence, FIX))


def _way(lift: LogLift, arm: int) -> str:
    """Which way a lift went beyond doubt; empty where it may be either."""
    return "rose" if lift.low[arm] > 0 else "fell" if lift.high[arm] < 0 else ""
