"""The label of a pass-through: on which side of 0, c and 1 both ends of its Fieller set lie.

It is read from signed z-contrasts, which needs no root and no division: the set lies above b
exactly where the macro lift exceeds b times the expected lift significantly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.validation import Bools, Floats, within

NO_SIGNAL = "no_micro_signal"
NO_EXPECTATION = "no_expected_carry"

# Rows: the set's low end at most 0, above 0, at least c. Columns: its high end at least 1, below 1,
# below c, below 0.
_READING = (
    ("inconclusive", "not_fully_carried", "not_carried", "contradicted"),
    ("carried_size_open", "partly_carried", "partly_carried", "partly_carried"),
    ("carried", "carried", "carried", "carried"),
)
_GAINS = tuple(label for row in _READING for label in row)
_PLACES = np.array([*_GAINS, *(f"loss_{gain}" for gain in _GAINS), NO_SIGNAL, NO_EXPECTATION])

LABELS = tuple(dict.fromkeys(_PLACES.tolist()))
"""Every label that counts can get, gains before losses."""


class Logs(NamedTuple):
    """Log lifts with their variances, and the covariance of macro and expected lift.

    Whoever estimates them otherwise (corrected, stratified) reads the label with `label_logs`.
    """

    micro: Floats
    var_micro: Floats
    macro: Floats
    var_macro: Floats
    expected: Floats
    var_expected: Floats
    covariance: Floats


def label_logs(logs: Logs, level: ArrayLike, threshold: ArrayLike) -> NDArray[np.str_]:
    """The label that log lifts bear: gate, benchmark, then the place of both ends of the set.

    logs: of shapes that broadcast; NaN reads as no signal. level: two-sided confidence level in
    (0, 1). threshold: the share c in (0, 1) of the expected lift that counts as carried.

    Source: design note "carry-through", section 1e.

    >>> logs = Logs(*map(np.asarray, (0.1, 1e-4, 0.09, 4e-4, 0.1, 1e-4, 1e-4)))
    >>> str(label_logs(logs, 0.95, 0.5))
    'carried'
    """
    z2 = critical(level) ** 2
    c = within(threshold, "threshold", 0, 1)
    loss = logs.micro < 0
    toward = np.where(loss, -logs.macro, logs.macro)  # the macro's log lift, the micro's way up
    hoped = np.where(loss, -logs.expected, logs.expected)
    contrasts = [toward - share * hoped for share in (0, c, 1)]
    # A contrast against its noise, both squared.
    signed = [contrast * np.abs(contrast) for contrast in contrasts]
    noise = [
        z2 * (logs.var_macro - share * (2 * logs.covariance - share * logs.var_expected))
        for share in (0, c, 1)
    ]
    low = np.add(signed[0] > noise[0], signed[1] >= noise[1], dtype=np.int8)
    below = [s < -n for s, n in zip(signed, noise, strict=True)]
    high = np.add(below[0], below[1], dtype=np.int8) + below[2]
    expects = (hoped > 0) & (hoped**2 > z2 * logs.var_expected)
    return place_label(logs.micro**2 > z2 * logs.var_micro, loss, expects, low, high)


def place_label(
    signal: Bools, loss: Bools, expects: Bools, low: NDArray[np.int8], high: NDArray[np.int8]
) -> NDArray[np.str_]:
    """The label of gate, direction of the micro, benchmark and the places of both ends.

    low: 0 at most 0, 1 above 0, 2 at least c. high: 0 at least 1, 1 below 1, 2 below c, 3 below 0.

    >>> str(place_label(*map(np.asarray, (True, False, True, 1, 0))))
    'carried_size_open'
    """
    place = len(_GAINS) * loss + len(_READING[0]) * low + high
    return np.asarray(_PLACES[np.where(signal, np.where(expects, place, -1), -2)])
