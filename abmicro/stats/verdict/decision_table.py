"""The decision on a treated arm: the first row of one table whose condition holds.

The table reads states, never numbers: whether the primary goal, the macro goal and the guardrails
are better, worse or open at the level of their stage. Every combination has exactly one decision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

WORSE, OPEN, BETTER = -1, 0, 1
"""States of a goal in its good direction; of guardrails: harmed, open, all held."""
NO_MACRO = 2
"""State of the macro goal where there is none beside the primary goal."""
NOT_ASKED = 2
"""State of what past tests say where the decision does not rest on them."""


class Gates(NamedTuple):
    """What is known of treated arms at the level of their stage; arrays that broadcast.

    trusted: no check failed. ended: the end of the test is reached; before it the states are those
        of the stricter level of early harm.
    primary: BETTER, WORSE or OPEN. inside: its interval lies within the lift worth finding.
    macro: of the goal that must follow, or NO_MACRO. others: the worst of the other macro goals.
    guardrails: the worst of them against their margins; BETTER where there is none.
    lost: the gain did not arrive, and a macro gain worth having is ruled out.
    fading: the last weeks of entry show no gain any more. required: to ship the macro must be up.
    likely: BETTER where the macro is likely up by past tests and this one together, else OPEN;
        NOT_ASKED where the decision rests on this test alone. Else it ships on this only.
    """

    trusted: ArrayLike
    ended: ArrayLike
    primary: ArrayLike
    inside: ArrayLike
    macro: ArrayLike
    others: ArrayLike
    guardrails: ArrayLike
    lost: ArrayLike
    fading: ArrayLike
    required: ArrayLike
    likely: ArrayLike = NOT_ASKED


class Decided(NamedTuple):
    """Decision and the reason that decided, of the shape to which the states broadcast."""

    decision: NDArray[np.str_]
    reason: NDArray[np.str_]


ROWS = (
    ("do_not_trust_yet", "check_failed"),
    ("keep_control", "primary_worse"),
    ("keep_control", "macro_worse"),
    ("keep_control", "guardrail_harmed"),
    ("keep_running", "before_end"),
    ("keep_control", "gain_lost"),
    ("ship", "all_passed"),
    ("ship", "likely_up"),
    ("too_small", "gain_small"),
    ("no_detectable_difference", "no_gain"),
    ("unsettled", "macro_open"),
    ("unsettled", "guardrail_open"),
    ("unsettled", "not_likely"),
    ("unsettled", "gain_fading"),
    ("unsettled", "macro_alone"),
    ("unsettled", "primary_open"),
)
"""Decision and reason of every row of the table, the first that holds decides."""

DECISIONS = tuple(dict.fromkeys(decision for decision, _ in ROWS))
REASONS = tuple(reason for _, reason in ROWS)

_DECISION, _REASON = (np.array(column) for column in zip(*ROWS, strict=True))


def decide(gates: Gates) -> Decided:
    """The decision for as many treated arms, tests or simulations as one likes.

    gates: the states, of shapes that broadcast. Raises ValueError where they do not, and for a
    state that is none of those named above.

    Of rows that share a decision the first names the reason: harm in the primary goal before harm
    in a macro before a broken margin; what keeps a better primary from shipping: macro, guardrail,
    fading.

    Source: design note "verdict", section 4.

    >>> gates = Gates(
    ...     trusted=True, ended=True, primary=BETTER, inside=False, macro=[BETTER, OPEN, OPEN],
    ...     others=OPEN, guardrails=BETTER, lost=[False, False, True], fading=False, required=True,
    ... )  # fmt: skip
    >>> decide(gates).decision.tolist(), decide(gates).reason.tolist()[1:]
    (['ship', 'unsettled', 'keep_control'], ['macro_open', 'gain_lost'])
    """
    trusted, ended, inside, lost, fading, required = (
        np.asarray(truth, dtype=bool)
        for truth in (
            *(gates.trusted, gates.ended, gates.inside, gates.lost, gates.fading, gates.required),
        )
    )
    primary, macro, others, guardrails, history = (
        _states(name, getattr(gates, name))
        for name in ("primary", "macro", "others", "guardrails", "likely")
    )
    better, macro_open, held = primary == BETTER, macro == OPEN, guardrails == BETTER
    alone, likely = history == NOT_ASKED, history == BETTER
    followed = (macro == BETTER) | (macro == NO_MACRO) | ~required
    conditions = (
        ~trusted,
        primary == WORSE,
        (macro == WORSE) | (others == WORSE),
        guardrails == WORSE,
        ~ended,
        better & macro_open & lost,
        better & held & followed & ~fading & alone,
        held & likely,
        better & inside & macro_open & required,
        ~better & inside & (macro != BETTER),
        better & macro_open & required & alone,
        ((better & alone) | likely) & ~held,
        ~alone,
        better,
        macro == BETTER,
        np.True_,
    )
    first = np.argmax(np.stack(np.broadcast_arrays(*conditions)), axis=0)
    return Decided(np.asarray(_DECISION[first]), np.asarray(_REASON[first]))


def _states(name: str, given: ArrayLike) -> NDArray[np.int8]:
    """Three states, for the macro and past tests four, as small integers."""
    states = np.asarray(given)
    more = {"macro": NO_MACRO, "likely": NOT_ASKED}
    known = (WORSE, OPEN, BETTER, *([more[name]] if name in more else []))
    if not np.logical_or.reduce([states == one for one in known]).all():
        raise ValueError(f"{name} must be one of {known}, got {np.unique(states).tolist()}")
    return states.astype(np.int8)
