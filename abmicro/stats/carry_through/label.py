"""The label of a pass-through: on which side of 0, c and 1 both ends of its Fieller set lie.

It is read from signed z-contrasts, which needs no root and no division: the set lies above b
exactly where the macro lift exceeds b times the expected lift significantly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.fieller_sets import FiellerSet, Kind
from abmicro.stats.foundations.validation import Bools, Floats, within

NO_SIGNAL = "no_micro_signal"
NO_EXPECTATION = "no_expected_carry"
AGAINST = "contradicted"

# Rows: the set's low end at most 0, above 0, at least c. Columns: its high end at least 1, below 1,
# below c, below 0.
_READING = (
    ("inconclusive", "not_fully_carried", "not_carried", AGAINST),
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


class OwnTests(NamedTuple):
    """What micro and macro say by tests of their own, judged once for all that read them.

    moved: whether the micro moved. macro: 1 where the macro rose, -1 where it fell, 0 where it is
    open. Arrays of the batch shape.
    """

    moved: ArrayLike
    macro: ArrayLike


class LabelTerms(NamedTuple):
    """At which level and share a label is read, and what the goals' own tests have said of it."""

    level: ArrayLike
    threshold: ArrayLike
    own: OwnTests | None = None


class Landmarks(NamedTuple):
    """Where the macro is seen above 0, above c; below 1, below c, below 0; the micro's way up."""

    above_zero: Bools
    above_c: Bools
    below_one: Bools
    below_c: Bools
    below_zero: Bools


def label_logs(logs: Logs, terms: LabelTerms) -> NDArray[np.str_]:
    """The label that log lifts bear: gate, benchmark, then the place of both ends of the set.

    logs: of shapes that broadcast; NaN reads as no signal. terms: two-sided confidence level in
    (0, 1), and the share c in (0, 1) of the expected lift that counts as carried. With tests of the
    goals' own these are the gate and say whether the macro moved, and the benchmark of a path is
    its gate; the level is that of the other landmarks.

    Source: design notes "carry-through", section 1e, and "verdict", section 2.

    >>> logs = Logs(*map(np.asarray, (0.1, 1e-4, 0.09, 4e-4, 0.1, 1e-4, 1e-4)))
    >>> str(label_logs(logs, LabelTerms(0.95, 0.5)))
    'carried'
    >>> str(label_logs(logs, LabelTerms(0.95, 0.5, OwnTests(moved=True, macro=0))))
    'inconclusive'
    """
    z2 = critical(terms.level) ** 2
    c = within(terms.threshold, "threshold", 0, 1)
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
    below = [s < -n for s, n in zip(signed, noise, strict=True)]
    seen = Landmarks(signed[0] > noise[0], signed[1] >= noise[1], below[2], below[1], below[0])
    signal = logs.micro**2 > z2 * logs.var_micro
    expects = (hoped > 0) & (hoped**2 > z2 * logs.var_expected)
    if terms.own is not None:
        whole = (logs.expected == logs.micro) & (logs.var_expected == logs.var_micro)
        expects = expects | (whole & ~np.isnan(hoped))
    return landmark_label(signal, loss, expects, seen, terms.own)


def landmark_label(
    signal: Bools, loss: Bools, expects: Bools, seen: Landmarks, own: OwnTests | None = None
) -> NDArray[np.str_]:
    """The label of gate, direction of the micro, benchmark and landmarks.

    own: what decides of gate and macro instead. Each landmark counts only behind the one before.

    >>> seen = Landmarks(*map(np.asarray, (True, False, False, False, False)))
    >>> str(landmark_label(*map(np.asarray, (True, False, True)), seen))
    'carried_size_open'
    """
    rose, fell = seen.above_zero, seen.below_zero
    if own is not None:
        signal = np.asarray(own.moved, dtype=bool)
        rose, fell = _toward(own, loss)
    low = rose.astype(np.int8) + (rose & seen.above_c)
    lost = seen.below_one & seen.below_c
    high = seen.below_one.astype(np.int8) + lost + (lost & fell)
    return place_label(signal, loss, expects, low, high)


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


def settled_set(
    ratio: FiellerSet, label: NDArray[np.str_], loss: Bools, own: OwnTests | None
) -> FiellerSet:
    """The set with its ends on that side of 0 on which the macro's own test has put the macro.

    Sets without bounds, and those of pairs of which no share is judged, stay as they are.
    """
    if own is None:
        return ratio
    rose, _ = _toward(own, loss)
    judged = (ratio.kind == Kind.INTERVAL) & (label != NO_SIGNAL) & (label != NO_EXPECTATION)
    against = (label == AGAINST) | (label == f"loss_{AGAINST}")
    above, below = np.nextafter(0, 1), np.nextafter(0, -1)
    low = np.where(rose, np.maximum(ratio.low, above), np.minimum(ratio.low, 0))
    high = np.where(against, np.minimum(ratio.high, below), np.maximum(ratio.high, 0))
    return replace(
        ratio, low=np.where(judged, low, ratio.low), high=np.where(judged, high, ratio.high)
    )


def _toward(own: OwnTests, loss: Bools) -> tuple[Bools, Bools]:
    """Whether the macro moved the micro's way, and against it."""
    macro = np.asarray(own.macro) * np.where(loss, -1, 1)
    return macro > 0, macro < 0
