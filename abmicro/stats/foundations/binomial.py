"""The counts of an arm, and of two arms to be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.choice import anywhere
from abmicro.stats.foundations.validation import Floats, broadcastable, whole

Counts = tuple[Floats, Floats, Floats, Floats]
"""Reached and trials, treated then control."""


@frozen(eq=False)
class Binomial:
    """Units that reached a goal and all units of the arm, as whole numbers.

    reached, trials: numbers or arrays of shapes that broadcast, 0 <= reached <= trials < 2**53.
    Both are kept as read-only floats, which hold such counts exactly.

    Raises ValueError naming argument and value for anything else.

    >>> Binomial(56, 70).trials
    array(70.)
    >>> Binomial([2, 3], 2)
    Traceback (most recent call last):
        ...
    ValueError: reached must not exceed trials, got 3 of 2
    """

    reached: Floats
    trials: Floats

    def __init__(self, reached: ArrayLike, trials: ArrayLike) -> None:
        x, n = whole(reached, "reached"), whole(trials, "trials")
        try:
            excess = x > n
        except ValueError:
            broadcastable(reached=x, trials=n)  # says so
            raise
        if anywhere(excess):
            first, of = (array[excess][0] for array in np.broadcast_arrays(x, n))
            raise ValueError(f"reached must not exceed trials, got {first:.0f} of {of:.0f}")
        self._keep(x, n)

    def at(self, *places: Any) -> Binomial:
        """The counts at places of both arrays, which are of one shape: right without a second look.

        >>> Binomial([56, 70], [70, 70]).at(1)
        Binomial(reached=array(70.), trials=array(70.))
        """
        part = object.__new__(Binomial)
        part._keep(np.asarray(self.reached[places]), np.asarray(self.trials[places]))
        return part

    def _keep(self, reached: Floats, trials: Floats) -> None:
        for name, counts in (("reached", reached), ("trials", trials)):
            counts.setflags(write=False)
            object.__setattr__(self, name, counts)


def two_arms(treated: Binomial, control: Binomial, **choice: NDArray[Any]) -> Counts:
    """The counts of two arms, which must broadcast with each other and with a choice.

    Where all are single they come as numbers, with which numpy reckons several times as quickly as
    with arrays that have no axis.

    >>> two_arms(Binomial(5, 10), Binomial(8, 20), level=np.array([0.9, 0.95]))[3]
    array(20.)
    """
    counts = treated.reached, treated.trials, control.reached, control.trials
    names = "treated.reached", "treated.trials", "control.reached", "control.trials"
    if broadcastable(**dict(zip(names, counts, strict=True)), **choice):
        return counts
    xt, nt, xc, nc = counts
    return xt[()], nt[()], xc[()], nc[()]
