"""The hits of goals per session, and those of them that say no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.counts import NO_SESSION, SESSION_HITS
from abmicro.frozen import frozen
from abmicro.marginals.amount_parts import RatioTotals

if TYPE_CHECKING:
    from abmicro.array_types import Integers
    from abmicro.counts import JointCounts


@frozen(eq=False)
class SessionHits:
    """Units (V,) and totals over them: y, hits without a session, and x, all hits (V,)."""

    units: Integers
    totals: RatioTotals


def session_hits(counts: JointCounts) -> SessionHits | None:
    """The hits of every variant; None where all of them say their session."""
    if NO_SESSION not in counts.measures:
        return None
    y, x = (counts.measures.index(label) for label in (NO_SESSION, SESSION_HITS))
    sums, products = counts.sums.sum(axis=(1, 2, 3)), counts.products.sum(axis=(1, 2, 3))
    if not sums[:, y].any():
        return None
    squares = (products[:, y, y], products[:, x, x], products[:, y, x])
    return SessionHits(
        counts.units.sum(axis=(1, 2, 3)), RatioTotals(sums[:, y], sums[:, x], *squares)
    )
