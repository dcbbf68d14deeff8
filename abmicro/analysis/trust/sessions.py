"""Do the hits of goals per session say in which session they fell, in every arm alike?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check, Status
from abmicro.counts import NO_SESSION, SESSION_HITS
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.delta_method import clustered_difference
from abmicro.stats.means.welch import Moments

if TYPE_CHECKING:
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

# The bar of the sample ratio: a false alarm stops a sound test.
FAIL = 0.001
# What is left out of a rate is worth a word above this share, and more than half of it is the rate.
MUCH, MOST = 0.05, 0.5


def sessionless(experiment: Experiment, counts: JointCounts) -> Iterator[Check]:
    """One check where hits of goals per session carry no session id."""
    if NO_SESSION not in counts.measures or not counts.moments(NO_SESSION)[1].any():
        return
    p = _p(counts)
    lost, hits = (counts.moments(label)[1].sum(axis=(1, 2)) for label in (NO_SESSION, SESSION_HITS))
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
        f"and count for none ({told}; p of the arms' difference {formatting.p_equals(p)}).",
        fix=""
        if status == "pass"
        else "Send the session id with every event, or name another column of sessions.",
    )


def _p(counts: JointCounts) -> float:
    """The smallest p of a treated arm's share against the control's, times the arms; units are
    the sample. 1 where no share can be told apart.
    """
    y, x = (counts.measures.index(label) for label in (NO_SESSION, SESSION_HITS))
    units = counts.units.sum(axis=(1, 2, 3))
    sums, products = counts.sums.sum(axis=(1, 2, 3)), counts.products.sum(axis=(1, 2, 3))

    def moments(arms: slice) -> PairMoments:
        return PairMoments(
            Moments(units[arms], sums[arms, y], products[arms, y, y]),
            Moments(units[arms], sums[arms, x], products[arms, x, x]),
            products[arms, y, x],
        )

    p = clustered_difference(moments(slice(1, None)), moments(slice(0, 1))).p
    return min(1.0, float(np.nan_to_num(p, nan=1.0).min()) * len(p))
