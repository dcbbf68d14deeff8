"""Worlds to draw experiments from: arms of paths, lossy tags, late orders, counts of events.

Every draw has one experiment per row; `size` is how many.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def drawn(rng: np.random.Generator, size: int, units: ArrayLike, *rates: float) -> Counts:
    """An arm of a path (size, 1 + steps): units, then those at each step, of these rates."""
    found = [np.broadcast_to(np.asarray(units), size)]
    for rate, before in zip(rates, (1.0, *rates), strict=False):
        found.append(rng.binomial(found[-1], rate / before))
    return np.stack(found, axis=-1)


def captured(rng: np.random.Generator, size: int, units: int, capture: float) -> Counts:
    """An arm whose tag catches this share: units, recorded micro, macro, macro without a record.

    10 % have the micro goal, 18 % of them the macro.
    """
    kinds = np.array([0.018 * capture, 0.082 * capture, 0.018 * (1 - capture)])
    cells = rng.multinomial(units, [*kinds, 1 - kinds.sum()], size=size)
    micro, macro = cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]
    return np.stack([np.full(size, units), micro, macro, cells[:, 2]], axis=-1)


def closed(arm: Counts) -> Counts:
    """The path of a captured arm once every macro conversion counts as a micro conversion."""
    return np.stack([arm[:, 0], arm[:, 1] + arm[:, 3], arm[:, 2]], axis=-1)


def as_recorded(arm: Counts) -> Counts:
    """Joint cells of a captured arm, which have macro conversions without the micro goal."""
    units, micro, macro, lacking = arm.T
    both = macro - lacking
    return np.stack([both, micro - both, lacking, units - micro - lacking], axis=-1)


def cells_of(path: Counts) -> Counts:
    """Joint cells of a path: no macro conversion without the micro goal."""
    units, micro, macro = path.T
    return np.stack([macro, micro - macro, 0 * macro, units - micro], axis=-1)


def typed(rng: np.random.Generator, size: int, units: int, *types: tuple[float, ...]) -> Counts:
    """An arm of joint cells where each type (share, micro, macro) has both goals independently."""
    cells = sum(share * np.outer([m, 1 - m], [y, 1 - y]).ravel() for share, m, y in types)
    return rng.multinomial(units, cells, size=size)


HOURS = np.arange(14 * 24)
ENTRY = 28 * 24
"""Hours over which units enter evenly; at the end of them the data are cut."""


class Late(NamedTuple):
    """An arm whose micro conversions come at once and whose macro conversions come late.

    cut, mature, complete: units, micro and macro (size, 3): of all units as seen at the cut, of
    those whose window of 14 days has closed by then, and of all when every window has.
    seen, left: macro conversions by hour of lag, and units without one by the hour to which they
    were watched, at the cut; lags: conversions by hour of the units whose window has closed.
    """

    cut: Counts
    mature: Counts
    complete: Counts
    seen: Counts
    left: Counts
    lags: Counts


def late(
    rng: np.random.Generator, size: int, units: int, rates: tuple[float, float], days: float
) -> Late:
    """An arm with these rates and a lag of so many mean days, exponential within the window."""
    micro, macro = rates
    law = np.exp(-HOURS / (24 * days)) - np.exp(-(HOURS + 1) / (24 * days))
    law = macro * law / law.sum()
    hour, closing = 1 / ENTRY, 1 - len(HOURS) / ENTRY
    shares = [
        closing * law,
        hour * (len(HOURS) - 1 - HOURS) * law,  # seen, as the unit was watched for longer
        hour * (macro - np.cumsum(law) + law),  # to come, of units watched so long
        np.full(len(HOURS), hour * (1 - macro)),
        [closing * (1 - macro)],
    ]
    cells = rng.multinomial(units, np.concatenate(shares), size=size)
    lags, seen, awaited, without, never = np.split(cells, np.cumsum([len(HOURS)] * 4), axis=1)
    left = np.roll(awaited + without, -1, axis=1)  # watched for h hours is up to bin h - 1
    left[:, 0] += left[:, -1]
    left[:, -1] = never[:, 0]
    old, young = (
        rng.binomial(rest.sum(axis=1), (micro - macro) / (1 - macro)) for rest in (never, without)
    )
    of_old = lags.sum(axis=1)
    of_seen = of_old + seen.sum(axis=1)
    of_all = of_seen + awaited.sum(axis=1)
    every, baskets = np.full(size, units), old + young + of_all
    return Late(
        cut=np.stack([every, baskets, of_seen], axis=-1),
        mature=np.stack([of_old + never[:, 0], of_old + old, of_old], axis=-1),
        complete=np.stack([every, baskets, of_all], axis=-1),
        seen=lags + seen,
        left=left,
        lags=lags,
    )


REPEATS = np.arange(80)
"""Events of a goal after a unit's first."""
_PEOPLE = stats.nbinom.pmf(REPEATS, 1.2, 0.375)  # two on average
_BOTS = stats.poisson.pmf(REPEATS, 40)


def repeats(rng: np.random.Generator, people: Counts) -> Counts:
    """Histogram (size, N) of the events that people make after their first."""
    return rng.multinomial(people, _PEOPLE / _PEOPLE.sum())


def repeats_of_bots(rng: np.random.Generator, bots: Counts) -> Counts:
    """The same of bots."""
    return rng.multinomial(bots, _BOTS / _BOTS.sum())
