"""What a history leaves in doubt, in a sentence for every page that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.stats.programme import chance_of_ups

if TYPE_CHECKING:
    from abmicro.history.lifts import PastLifts

_ENOUGH = 8
_UNLIKELY = 0.005


def only_winners(lifts: PastLifts) -> str:
    """Whether so many lifts of the first goal went up that losers may not have been recorded.

    Judged by the first treated variant of each test; empty where there is no ground for it.
    """
    first = np.unique(lifts.test, return_index=True)[1]
    tests, ups = len(first), int((lifts.lifts[first, 0] > 0).sum())
    if tests < _ENOUGH or chance_of_ups(tests, ups) >= _UNLIKELY:
        return ""
    told = f"All {tests}" if ups == tests else f"{ups} of {tests}"
    return f"{told} recorded tests went up. If losers were not recorded, this is too rosy."
