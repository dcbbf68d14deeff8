"""Units that a rule leaves out: how many in each variant, and does the variant change who they are?

The rule selects on what units did after they were exposed. Where it takes more from one variant it
bends every lift, and so does leaving it away: the lifts of all units stand beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from abmicro.analysis.trust.instrumentation.suspicious_units import Shares, Sort, check_of, judge

if TYPE_CHECKING:
    from abmicro.analysis.results import Check
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals

EXCLUDE = Sort(
    name="exclude",
    event="{units} have more than {other} {goal} and are left out",
    none="Nobody has more than {other} {goal}.",
    floor=0.0,
    fixes={
        "warn": "The rule selects on what differs between the variants, so it bends the lifts as "
        "the {units} themselves would: read those of all {units} beside, and find out what in one "
        "variant draws or makes them."
    },
)


def excluded(experiment: Experiment, marginals: Marginals) -> Iterator[Check]:
    """One check where units are left out by a rule."""
    rule = experiment.exposure.exclude
    if rule is None:
        return
    gone = marginals.excluded_by_variant
    of = gone + marginals.exposed.by_day.sum(axis=-1)
    judged = judge(Shares(gone[:, None, None], of[:, None, None]))
    told = {"goal": rule.of, "other": f"{rule.more_than:,.0f}"}
    yield check_of(experiment, EXCLUDE, judged, (None,), 0, **told)
