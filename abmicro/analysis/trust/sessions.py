"""Do the hits of goals per session say in which session they fell, in every variant alike?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.goals.metric_kinds import pair_moments
from abmicro.analysis.results import Check, Status
from abmicro.marginals.amount_parts import RatioTotals
from abmicro.stats.means.delta_method import clustered_difference

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.session_hits import SessionHits
    from abmicro.stats.means.bivariate_moments import PairMoments

# The bar of the sample ratio: a false alarm stops a sound test.
FAIL = 0.001
# What is left out of a rate is worth a word above this share, and more than half of it is the rate.
MUCH, MOST = 0.05, 0.5


def sessionless(experiment: Experiment, found: SessionHits | None) -> Iterator[Check]:
    """One check where hits of goals per session carry no session id."""
    if found is None:
        return
    p, lost, hits = _p(found), found.totals.y, found.totals.x
    share = float(lost.sum() / hits.sum())
    status: Status = "fail" if p < FAIL or share > MOST else "warn" if share > MUCH else "pass"
    told = ", ".join(
        f"{formatting.rate(float(none / every)) if every else 'none'} in {variant.name}"
        for none, every, variant in zip(lost, hits, experiment.variants, strict=True)
    )
    yield Check(
        name="sessions",
        status=status,
        figure=p,
        threshold=FAIL,
        sentence=f"{formatting.count(float(lost.sum()))} hits of goals per session carry "
        "no session id "
        f"and count for none ({told}; p of the variants' difference {formatting.p_equals(p)}).",
        fix=""
        if status == "pass"
        else "Send the session id with every event, or name another column of sessions.",
    )


def _p(found: SessionHits) -> float:
    """The smallest p of a variant's share against the control's, times the variants; units are
    the sample. 1 where no share can be told apart.
    """

    def moments(variants: slice) -> PairMoments:
        return pair_moments(
            found.units[variants], RatioTotals(*(part[variants] for part in found.totals))
        )

    p = clustered_difference(moments(slice(1, None)), moments(slice(0, 1))).p
    return min(1.0, float(np.nan_to_num(p, nan=1.0).min()) * len(p))
