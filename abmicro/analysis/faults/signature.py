"""Which fault a combination of findings points to, in words.

A single finding may have several causes; together with what the goals did it often has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from abmicro.analysis.faults.finding import Finding
from abmicro.analysis.results import Check
from abmicro.stats.pass_through import joint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.faults.recorded import Recorded
    from abmicro.experiment.model import Experiment


@dataclass(frozen=True, slots=True)
class Signature:
    """What must be found of a micro goal, which way it moved, and what it looks like then."""

    kinds: tuple[str, ...]
    rose: bool
    absent: tuple[str, ...]
    words: str

    def fits(self, kinds: set[str], *, rose: bool, fell: bool) -> bool:
        """Whether such findings and such a change look like it."""
        asked = not kinds.isdisjoint(self.kinds) and kinds.isdisjoint(self.absent)
        return asked and (rose if self.rose else fell)


FIX = "Confirm it at the tag before the change is believed, and before it is explained."

TABLE = (
    Signature(
        kinds=("over_firing",),
        rose=True,
        absent=("capture",),
        words="{micro} rose and {macro} did not, both arms capture {micro} alike, and it came "
        "without what it requires: over-firing, a tag that sets itself off.",
    ),
    Signature(
        kinds=("capture",),
        rose=True,
        absent=(),
        words="{micro} rose and {macro} did not, while the arms capture {micro} differently: a tag "
        "that the variant mended, which the control still loses.",
    ),
    Signature(
        kinds=("lost_tag",),
        rose=False,
        absent=(),
        words="{micro} fell, {macro} per {micro} rose by as much and {macro} stayed: a lost tag.",
    ),
    Signature(
        kinds=("capture",),
        rose=False,
        absent=("lost_tag",),
        words="{micro} fell and {macro} did not, while the arms capture {micro} differently: a tag "
        "that the variant loses.",
    ),
    Signature(
        kinds=("bots", "dwell"),
        rose=True,
        absent=("over_firing",),
        words="{micro} rose and {macro} did not, and the arms differ in units that no person "
        "makes: bots that the variant draws, or a script that fires {micro}.",
    ),
    Signature(
        kinds=("gaps",),
        rose=False,
        absent=(),
        words="{micro} fell and {macro} did not, and some days lack {micro} in one arm: a release "
        "that broke its tag for a while.",
    ),
)


def signatures(
    experiment: Experiment, recorded: Recorded, found: tuple[Finding, ...]
) -> Iterator[Finding]:
    """One check per micro goal and arm whose findings and lifts fit a row of the table."""
    fired = [one for one in found if one.variants and recorded.is_followed(one.goal)]
    for goal in dict.fromkeys(one.goal for one in fired):
        cells = recorded.cells(goal, recorded.by_level[:, 0])
        lifts = joint(cells[:1], cells[1:], level=1 - experiment.analysis.alpha)
        for arm, variant in enumerate(experiment.treated):
            kinds = {o.kind for o in fired if o.goal == goal and variant.name in o.variants}
            moved = bool(lifts.macro.low[arm] > 0 or lifts.macro.high[arm] < 0)
            rose, fell = bool(lifts.micro.low[arm] > 0), bool(lifts.micro.high[arm] < 0)
            fits = [one for one in TABLE if one.fits(kinds, rose=rose, fell=fell)]
            if fits and not moved:
                words = fits[0].words.format(micro=goal, macro=recorded.macro)
                sentence = f"{variant.name}: {words}"
                yield Finding(Check(f"signature.{goal}", "warn", nan, nan, sentence, FIX))
