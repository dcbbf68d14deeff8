"""What is to be done with a treated arm, from the states of its goals.

The first row of the table of decisions that holds, for one test or thousands of simulated ones
    decide, Gates, Decided, DECISIONS, REASONS, WORSE, OPEN, BETTER, NO_MACRO,
    NOT_ASKED
The states that it reads, from tests and intervals
    goal_state, guard_state, early_state, early_guard_state, best_end, lies_inside, gain_lost
What either choice costs on average if it is the wrong one
    expected_losses, Losses
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "decision_table": "Gates Decided decide DECISIONS REASONS WORSE OPEN BETTER NO_MACRO NOT_ASKED",
    "states": """
        goal_state guard_state early_state early_guard_state best_end lies_inside gain_lost
    """,
    "expected_loss": "Losses expected_losses",
}

if TYPE_CHECKING:
    from abmicro.stats.verdict.decision_table import (
        BETTER as BETTER,
        DECISIONS as DECISIONS,
        NO_MACRO as NO_MACRO,
        NOT_ASKED as NOT_ASKED,
        OPEN as OPEN,
        REASONS as REASONS,
        WORSE as WORSE,
        Decided as Decided,
        Gates as Gates,
        decide as decide,
    )
    from abmicro.stats.verdict.expected_loss import (
        Losses as Losses,
        expected_losses as expected_losses,
    )
    from abmicro.stats.verdict.states import (
        best_end as best_end,
        early_guard_state as early_guard_state,
        early_state as early_state,
        gain_lost as gain_lost,
        goal_state as goal_state,
        guard_state as guard_state,
        lies_inside as lies_inside,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
