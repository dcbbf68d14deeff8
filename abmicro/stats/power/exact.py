"""Power of the tests of two rates by enumeration: what the formulas of `designs` approach.

For every likely number of control conversions one search finds the fewest treated conversions with
which the test finds something; power is the probability of as many, averaged over the control's
law. Few units reach the goal in a small test, so power is no smooth function of size: it saws, and
a formula can promise several points too many.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, ndtri

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.numerics import binomial_distribution, hypergeometric
from abmicro.stats.foundations.numerics.integer_search import first_whole
from abmicro.stats.foundations.validation import Bools, Floats, broadcastable, demand, whole, within
from abmicro.stats.power.designs import pooled
from abmicro.stats.power.power import Findings, Units, rounded_up, units_for, wanted_power

Sides = Literal[1, 2]

FEW = 20.0  # units expected to reach a goal in an arm, or not to, below which formulas err
_ROOM = 2**18  # control counts worked on at once
_WIDEST = 1e9  # variance of conversions up to which their law is enumerated
_MOST = 1e4  # the same for a search of sizes, which enumerates thousands of laws
_SAMPLES = 4000.0  # sizes looked at between 0 and that of the formula


class Finds(Protocol):
    """Whether a test finds the treated arm above the control: one of those below.

    Fisher's two-sided test is none: with one treated conversion more it may cease to find.
    """

    def __call__(
        self, xt: Floats, nt: Floats, xc: Floats, nc: Floats, alpha: Floats, sides: Sides
    ) -> Bools:
        """From some number of treated conversions on, other things equal."""


def score(xt: Floats, nt: Floats, xc: Floats, nc: Floats, alpha: Floats, sides: Sides) -> Bools:
    """What `proportions.score_test` finds, abmicro's default.

    >>> score(*np.array([[12.0, 13.0], [100, 100], [4, 4], [100, 100], [0.05, 0.05]]), sides=2)
    array([ True,  True])
    """
    return _ahead_by(xt, nt, xc, nc, ndtri(alpha / sides) ** 2 / (nt + nc - 1))


def pearson(xt: Floats, nt: Floats, xc: Floats, nc: Floats, alpha: Floats, sides: Sides) -> Bools:
    """What `proportions.pooled_test` finds, the chi-square of textbooks.

    >>> bool(pearson(*np.array([12.0, 100, 4, 100, 0.05]), sides=2))
    True
    """
    return _ahead_by(xt, nt, xc, nc, ndtri(alpha / sides) ** 2 / (nt + nc))


def _ahead_by(xt: Floats, nt: Floats, xc: Floats, nc: Floats, least: Floats) -> Bools:
    """Whether treated is ahead with a squared correlation of arm and goal above the least."""
    ahead, units, total = xt * nc - xc * nt, nt + nc, xt + xc
    return np.asarray((ahead > 0) & (ahead**2 > least * total * (units - total) * nt * nc))


def midp(xt: Floats, nt: Floats, xc: Floats, nc: Floats, alpha: Floats, sides: Sides) -> Bools:
    """What `exact.fisher_midp` finds.

    >>> bool(midp(*np.array([12.0, 100, 4, 100, 0.05]), sides=2))
    True
    """
    _, same, more = hypergeometric.parts(xt, nt, nc, xt + xc)
    return np.asarray((xt * nc > xc * nt) & (more + same / 2 <= alpha / sides))


def exact_findings(
    control: ArrayLike,
    treated: ArrayLike,
    control_units: ArrayLike,
    treated_units: ArrayLike | None = None,
    *,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
    test: Finds = score,
) -> Findings:
    """Probabilities that a test finds the treated arm above the control, and below it, exactly.

    control, treated: true rates in (0, 1). control_units, treated_units: whole, at least 1; treated
        as many as control if None.
    alpha: error rate in (0, 1), below 1/2 if one-sided.
    alternative: a one-sided test finds nothing on the other side: 0 there.
    test: `score`, `pearson` or `midp`; for any other see `enumeration.enumerated_findings`.

    Returns probabilities of the broadcast shape, to about 1e-12. The sum is the power of a
    two-sided test as most tables give it. 2,000 units per arm take milliseconds; time grows with
    the root of the conversions.
    Raises ValueError for arguments out of range and for billions of conversions.

    Source: any textbook; cf. Lydersen, Fagerland and Laake (2009), Statistics in Medicine
    28:1159-1175.

    >>> found = exact_findings(0.01, 0.03, 500)
    >>> round(float(found.above), 4), round(float(found.below), 7)
    (0.6374, 1.03e-05)
    """
    p, q = within(control, "control", 0, 1), within(treated, "treated", 0, 1)
    nc = _sized(control_units, "control_units")
    nt = nc if treated_units is None else _sized(treated_units, "treated_units")
    sides, (looks_up, looks_down) = _sides(alternative)
    error = within(alpha, "alpha", 0, sides / 2)
    broadcastable(control=p, treated=q, control_units=nc, treated_units=nt, alpha=error)
    for name, units, rate in (("control_units", nc, p), ("treated_units", nt, q)):
        wide = np.asarray(units * rate * (1 - rate))
        demand(wide <= _WIDEST, units, name, "are too many to enumerate; see power.findings")
    cells = _Cells(*np.broadcast_arrays(p, q, nc, nt, error))
    nowhere = np.zeros(cells.p.shape)[()]
    return Findings(
        _ahead(cells, sides, test) if looks_up else nowhere,
        _ahead(cells.exchanged, sides, test) if looks_down else nowhere,
    )


class _Cells(NamedTuple):
    """True rates of two arms, their units, and the error rate, of one shape."""

    p: Floats
    q: Floats
    nc: Floats
    nt: Floats
    alpha: Floats

    @property
    def exchanged(self) -> _Cells:
        """With the arms exchanged."""
        return _Cells(self.q, self.p, self.nt, self.nc, self.alpha)


def _sized(units: ArrayLike, name: str) -> Floats:
    sizes = whole(units, name)
    demand(sizes >= 1, sizes, name, "must be at least 1")
    return sizes


def _sides(alternative: Alternative) -> tuple[Sides, tuple[bool, bool]]:
    """How many sides share alpha, and whether the test looks above and below."""
    looks: dict[str, tuple[Sides, tuple[bool, bool]]] = {
        "two-sided": (2, (True, True)),
        "greater": (1, (True, False)),
        "less": (1, (False, True)),
    }
    if alternative not in looks:
        raise ValueError(f"alternative must be one of {', '.join(looks)}, got {alternative!r}")
    return looks[alternative]


def _ahead(cells: _Cells, sides: Sides, test: Finds) -> Floats:
    """Probability of finding the second arm above the first."""
    flat = _Cells(*(each.ravel() for each in cells))
    spread = float(np.sqrt(flat.nc * flat.p * (1 - flat.p)).max(initial=0))
    half = binomial_distribution.half_width(spread)
    size = max(_ROOM // (2 * half + 1), 1)
    blocks = [slice(at, at + size) for at in range(0, max(flat.p.size, 1), size)]
    columns = (_Cells(*(each[block, None] for each in flat)) for block in blocks)
    found = [_block(column, half, sides, test) for column in columns]
    return np.asarray(np.concatenate(found).reshape(cells.p.shape))[()]


def _block(cells: _Cells, half: int, sides: Sides, test: Finds) -> Floats:
    """The same for cells (G, 1), each with the likely counts of its first arm along a row."""
    p, q, nc, nt, alpha = cells
    middle = np.floor(nc * p)
    first = np.maximum(middle - half, 0)
    width = int((np.minimum(middle + half, nc) - first).max(initial=0)) + 1
    counts = first + np.arange(width)
    law = np.exp(binomial_distribution.log_pmf(counts, nc, p))  # 0 beyond the units
    counts = np.minimum(counts, nc)
    low, none = np.broadcast_arrays(np.floor(counts * (nt / nc)), nt + 1)
    least = first_whole(lambda x: test(x, nt, counts, nc, alpha, sides), low, none)
    inside = least <= nt
    some = np.where(inside, np.maximum(least, 1), 1)
    beyond = np.where(inside, betainc(some, nt - some + 1, q), 0)
    return np.asarray((law * beyond).sum(axis=1))


def exact_units(
    control: ArrayLike,
    treated: ArrayLike,
    ratio: ArrayLike = 1.0,
    *,
    power: ArrayLike = 0.8,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
    test: Finds = score,
) -> Units:
    """Units from which the power of a test, enumerated, never falls below the wanted one.

    control, treated: true rates in (0, 1). ratio: treated units for each control unit, rounded up.
    power: in (0, 1), above alpha; of a finding in the direction of the effect.
    alpha, alternative, test: as `exact_findings`.

    Returns units of control and treated, of the broadcast shape; infinite where the rates are equal
    or a one-sided test looks on the other side. Smaller sizes may have the power too: it saws. Of
    control units above 4,000 not every number is looked at, so that there power may fall short by
    1e-4 for a few sizes; above 32 million the size is good to seven digits. Each cell is searched
    on its own: tenths of a second for tiny rates, more with more conversions, where the formulas
    serve as well.
    Raises ValueError for arguments out of range, and where an arm expects 10,000 conversions.

    Source: Chernick and Liu (2002), The American Statistician 56:149-155, on the saw.

    >>> float(exact_units(0.01, 0.04).control), float(units_for(pooled(0.01, 0.04)).control)
    (394.0, 424.0)
    """
    p, q = within(control, "control", 0, 1), within(treated, "treated", 0, 1)
    k, sides = within(ratio, "ratio", 0, np.inf), _sides(alternative)[0]
    wanted, error = wanted_power(power, alpha), within(alpha, "alpha", 0, sides / 2)
    broadcastable(control=p, treated=q, ratio=k, power=wanted, alpha=error)
    design = pooled(p, q, k)
    guess = units_for(design, power=wanted, alpha=error, alternative=alternative).exact
    exact = np.empty(guess.shape)
    cells = np.broadcast_arrays(p, q, k, wanted, error)
    for cell in np.ndindex(exact.shape):
        saw = _Saw(sides, test, *(float(each[cell]) for each in cells))
        exact[cell] = saw.stays_from(float(guess[cell]))
    return rounded_up(exact, k)


@frozen
class _Saw:
    """The power of a test as a function of the control units."""

    sides: Sides
    test: Finds
    p: float
    q: float
    ratio: float
    wanted: float
    alpha: float

    def stays_from(self, guess: float) -> float:
        """The smallest control units from which power stays at the wanted level."""
        if np.isinf(guess):
            return guess
        fewest = guess * min(self.p * (1 - self.p), self.ratio * self.q * (1 - self.q))
        if fewest > _MOST:
            raise ValueError(
                f"control and treated take some {guess:,.0f} control units, too many to enumerate; "
                "power.units_for serves as well"
            )
        stride = max(np.floor(guess / _SAMPLES), 1.0)
        reach = max(guess * min(1 / np.sqrt(fewest), 0.5), 1.0)
        low, high = max(np.floor(guess - reach), 1.0), np.ceil(guess + reach)
        while True:
            last = self._last_short(np.arange(low, high, stride))
            if last == 0 and low > 1:
                low = max(np.floor(low - reach), 1.0)
            elif last > high - reach / 2:
                high = np.ceil(high + reach)
            else:
                break
        fine = max(stride // _SAMPLES, 1.0)
        last = max(last, self._last_short(last + np.arange(1, stride, fine)))
        return float(last + fine)

    def _last_short(self, sizes: Floats) -> float:
        """The last of the sizes that has too little power; 0 if none."""
        treated = rounded_up(sizes, self.ratio).treated
        given = (self.p, self.q, sizes, treated, self.alpha)
        cells = _Cells(*np.broadcast_arrays(*given))
        power = _ahead(cells if self.q > self.p else cells.exchanged, self.sides, self.test)
        return float(sizes[power < self.wanted].max(initial=0))


def units_for_rates(
    control: ArrayLike,
    treated: ArrayLike,
    ratio: ArrayLike = 1.0,
    *,
    power: ArrayLike = 0.8,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
) -> Units:
    """Units of abmicro's default test: by formula where it is good to a point of power, else exact.

    Arguments, errors and edge cases as `exact_units`.

    Returns units of control and treated, of the broadcast shape: those of `pooled`, but those of
    `exact_units` where an arm expects fewer than 20 units that reach the goal, or that do not.
    There the formula is off by up to five points of power, usually asking for too many units.

    >>> found = units_for_rates([0.10, 0.01], [0.12, 0.04])
    >>> found.control
    array([3841.,  394.])
    """
    p, q = within(control, "control", 0, 1), within(treated, "treated", 0, 1)
    design = pooled(p, q, ratio)
    units = units_for(design, power=power, alpha=alpha, alternative=alternative)
    rarer = np.minimum(units.control * np.minimum(p, 1 - p), units.treated * np.minimum(q, 1 - q))
    few = rarer < FEW
    if not few.any():
        return units
    cells = (p, q, design.ratio, np.asarray(power), np.asarray(alpha))
    p, q, k, wanted, error = (np.broadcast_to(each, few.shape)[few] for each in cells)
    exact = np.array(units.exact)
    exact[few] = exact_units(p, q, k, power=wanted, alpha=error, alternative=alternative).exact
    return rounded_up(exact, design.ratio)
