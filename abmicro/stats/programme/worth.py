"""What a programme of tests gains at some traffic, by what it takes for a change to ship."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.validation import Floats, demand
from abmicro.stats.programme.guesses import qualities
from abmicro.stats.programme.model import Programme
from abmicro.stats.programme.value import programme_value

_LEAST = 1e-9  # of what a macro estimate leaves open


class ProgrammeWorth(NamedTuple):
    """Extra macro conversions that a programme leaves behind, each of the batch shape.

    together: where a change ships once micro and macro together expect a gain; waiting: once the
    macro gain is significant; truth: where every gain ships and nothing else.
    losers: share of the changes that ship together and are no gains. proof: chance that a gain of
    the usual size is significant.
    """

    together: Floats
    waiting: Floats
    truth: Floats
    losers: Floats
    proof: Floats


def typical_programme() -> Programme:
    """Changes that move the micro goal by about 5 %, of which 0.7 follow, give or take 3 %.

    >>> print(np.sqrt(typical_programme().omega[2]).round(4))
    [0.0461]
    """
    s, slope, t = (np.array([one]) for one in (0.05, 0.7, 0.03))
    nothing = np.zeros((0, 2)), np.zeros((0, 3))
    return Programme(np.ones(1), s, t, slope, np.zeros((2, 1)), np.zeros((3, 1)), *nothing)


def programme_worth(
    learnt: Programme,
    noise: ArrayLike,
    rate: ArrayLike,
    *,
    tests: int = 30,
    per: float = 100_000,
    level: float = 0.95,
) -> ProgrammeWorth:
    """What so many tests leave behind, of which each has this noise.

    learnt: how true lifts are spread; what is not known of it is averaged over. Changes are taken
        to be neither gain nor loss on average: what the average brings is no merit of testing.
    noise: (..., 3) of both estimates, treated and control together. rate: of the macro goal without
        the changes, in (0, 1), of a shape that broadcasts with the rest of noise.
    per: later units among which the extra conversions are counted. level: of significance.

    Gains are taken to add up on the log scale, and to last.

    Source: the orthant probability of Sheppard (1899) for losers: 1/2 - asin(quality) / pi.

    >>> found = programme_worth(typical_programme(), [0.0059, 0.0059, 0.0259], 0.03)
    >>> print(*(one.round(-1) for one in found[:3]), *(one.round(2) for one in found[3:]))
    790.0 80.0 2210.0 0.36 0.05
    """
    share = np.asarray(rate, dtype=np.float64)
    demand(np.asarray((share > 0) & (share < 1)), share, "rate", "must lie between 0 and 1")
    w, spread = learnt.weights, np.sqrt(learnt.omega[2])
    _, macro, both = qualities(learnt.omega, noise)
    beyond = float(critical(level))
    needed = beyond * np.sqrt(1 - macro**2)
    values = (
        programme_value(both, 0.0, spread),
        macro * spread * _density(needed),
        programme_value(1.0, 0.0, spread),
    )
    together, waiting, truth = (
        share * per * np.expm1(tests * (w * value).sum(axis=-1)) for value in values
    )
    losers = 0.5 - (w * np.arcsin(both)).sum(axis=-1) / np.pi
    usual = macro / np.sqrt(np.maximum(1 - macro**2, _LEAST))  # in standard errors
    proof = (w * ndtr(usual - beyond)).sum(axis=-1)
    return ProgrammeWorth(together, waiting, truth, losers, proof)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
