"""Binomial probabilities to the last digits, and a law on the numbers around its centre."""

from __future__ import annotations

import numpy as np

from abmicro.stats.foundations.goodness_of_fit import deviance
from abmicro.stats.foundations.numerics.beta_distribution import stirling_rest
from abmicro.stats.foundations.numerics.choice import choose
from abmicro.stats.foundations.validation import Floats


def log_pmf(x: Floats, n: Floats, p: Floats) -> Floats:
    """Log of the probability of x among n at rate p in (0, 1); -inf for x outside 0..n.

    No large terms cancel: n = 1e9 keeps as many digits as n = 10.

    Source: Loader (2000), "Fast and accurate computation of binomial probabilities".

    >>> bool(np.isclose(np.exp(log_pmf(np.array(3.0), np.array(5.0), np.array(0.5))), 10 / 32))
    True
    """
    y = n - x
    inside = (x > 0) & (y > 0)
    a, b = choose(inside, x, 1.0), choose(inside, y, 1.0)
    rest = stirling_rest(a + b) - stirling_rest(a) - stirling_rest(b)
    spread = np.log((a + b) / (2 * np.pi * a * b)) / 2
    of_a, of_b = (a + b) * p, (a + b) * (1 - p)
    middle = rest + spread - deviance(a, of_a, a - of_a) - deviance(b, of_b, b - of_b)
    ends = choose(x == 0, n * np.log1p(-p), choose(y == 0, n * np.log(p), -np.inf))
    return choose(inside, middle, ends)


def around(at_centre: Floats, down: Floats, up: Floats) -> Floats:
    """Probabilities of the numbers around a centre, from the ratios of neighbours.

    at_centre: probability there, (R,). down, up: (R, J) ratios of each number's probability to that
    of the number one nearer to the centre, on either side; 0 ends the law.

    Returns (R, 2 J + 1).
    """
    one = np.ones((len(at_centre), 1))
    steps = (np.cumprod(down, axis=1)[:, ::-1], one, np.cumprod(up, axis=1))
    return at_centre[:, None] * np.concatenate(steps, axis=1)


def half_width(spread: float, depth: float = 0.0) -> int:
    """How far from the mean of a sum of trials its law is worth following.

    spread: standard deviation. depth: standard errors at which a tail is asked for.
    Beyond lies less than 1e-16 of what lies beyond `depth` (Bernstein's inequality).
    """
    reach = depth**2 + 75
    return int(np.ceil(np.sqrt(reach) * spread + reach / 6)) + 2


def windows(n: Floats | float, p: Floats, half: int) -> tuple[Floats, Floats]:
    """First number (R,) and probabilities (R, 2 half + 1) of binomial laws around their modes.

    n: trials, (R,) or one for all. p: rates in (0, 1), (R,).
    """
    mode, steps = np.floor((n + 1) * p), np.arange(half)
    below, above = mode[:, None] - steps, mode[:, None] + steps
    of, odds = np.broadcast_to(n, p.shape)[:, None], (p / (1 - p))[:, None]
    down = np.maximum(below, 0) / ((of - below + 1) * odds)
    up = np.maximum(of - above, 0) * odds / (above + 1)
    return mode - half, around(np.exp(log_pmf(mode, np.asarray(n), p)), down, up)
