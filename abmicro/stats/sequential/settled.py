"""Carry-through labels that stand: what all looks together say of a pass-through."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.carry_through.label import place_label
from abmicro.stats.foundations.validation import Floats, within

UNSTABLE = "unstable"


class Settled(NamedTuple):
    """After each look (..., K): the label that stands, the set it is read from, and since when.

    since: the look, counted from 0, with which the present label began.
    """

    label: NDArray[np.str_]
    low: Floats
    high: Floats
    since: NDArray[np.int64]


def settle(
    labels: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    sign: ArrayLike,
    *,
    threshold: ArrayLike = 0.5,
    macro: ArrayLike | None = None,
) -> Settled:
    """The label of the common part of the sets of all looks so far.

    labels: of each look alone, (..., K). low, high: the look's set of the pass-through, NaN where
        the look has none. sign: 1 where the micro goal was found up, -1 down, 0 where neither.
    threshold: the share that counts as carried.
    macro: 1 where the macro goal's own row says that it moved the way of the micro goal, -1 the
        other way, 0 where neither; before the first such row the set is kept from saying so.
        Without it the sets alone tell.

    Each set holds the true value at all looks together with the promised chance, and so does their
    common part: a claim once settled is only sharpened. Where the sets have nothing in common, or
    the micro goal was found up and down, the label is `unstable`. Before any set it is the look's.

    Source: design note "Looking while the test runs", section 4.

    >>> labels = ["inconclusive", "carried_size_open", "inconclusive"]
    >>> found = settle(labels, [-0.5, 0.1, -0.1], [3, 2.4, 1.9], [1, 1, 1])
    >>> found.label.tolist(), found.since.tolist()
    (['inconclusive', 'carried_size_open', 'carried_size_open'], [0, 1, 1])
    """
    lows, highs, signs = np.broadcast_arrays(
        *(np.asarray(each, dtype=np.float64) for each in (low, high, sign))
    )
    given = (signs != 0) & ~np.isnan(lows) & ~np.isnan(highs)
    least = np.fmax.accumulate(np.where(given, lows, np.nan), axis=-1)
    most = np.fmin.accumulate(np.where(given, highs, np.nan), axis=-1)
    up, down = (_ever(given & (signs == way)) for way in (1, -1))
    unstable = (least > most) | (up & down)
    least, most = _as_the_macro_says(least, most, given, macro)
    c = within(threshold, "threshold", 0, 1)
    read = place_label(
        np.ones(given.shape, dtype=np.bool_),
        down,
        np.ones(given.shape, dtype=np.bool_),
        np.add(least > 0, (least > 0) & (least >= c), dtype=np.int8),
        np.add(most < 1, most < c, dtype=np.int8) + ((most < c) & (most < 0)),
    )
    label = np.where(_ever(given), np.where(unstable, UNSTABLE, read), np.asarray(labels))
    return Settled(label, least, most, _since(label))


def _as_the_macro_says(
    low: Floats, high: Floats, given: NDArray[np.bool_], macro: ArrayLike | None
) -> tuple[Floats, Floats]:
    """The sets, kept at 0 until the macro goal's own row has said that it moved."""
    if macro is None:
        return low, high
    moved = np.asarray(macro)
    capped = np.where(_ever(given & (moved == 1)), low, np.minimum(low, 0))
    return capped, np.where(_ever(given & (moved == -1)), high, np.maximum(high, 0))


def _ever(happened: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.logical_or.accumulate(happened, axis=-1)


def _since(label: NDArray[np.str_]) -> NDArray[np.int64]:
    """The look with which the run of the present label began."""
    looks = np.arange(label.shape[-1])
    begins = np.concatenate(
        [np.zeros_like(label[..., :1], dtype=bool), label[..., 1:] != label[..., :-1]], -1
    )
    return np.maximum.accumulate(np.where(begins, looks, 0), axis=-1)
