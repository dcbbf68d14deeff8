"""Shares of suspicious units among others: do the variants differ by more than chance and floor?"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check, Level, Status
from abmicro.analysis.trust.instrumentation.finding import ALPHA, EVENTS_FLOOR, Mark, nothing_yet
from abmicro.frozen import frozen
from abmicro.stats.exact.fisher_tests import fisher
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.multiplicity import stepwise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Experiment

    Marks = tuple[tuple[int, Mark], ...]


@frozen
class Sort:
    """How one sort of suspicious units is told of.

    event: what is wrong with the units; none: that there are none;
    both may name {goal}, {other} and {units}, the words for them, and what they are called in the
    definition, {goal_key} and {other_key}.
    differs: the status where the variants differ by at least `floor`, the difference of two shares.
    much: the share of all variants together from which on they are worth that status anyway; NaN
    where no share is.
    some: the status where there are such units and nothing more; fixes: what to do, by status.
    among: which of the two names the units come from that are looked at.
    """

    name: str
    event: str
    none: str
    fixes: Mapping[Status, str]
    floor: float = EVENTS_FLOOR
    differs: Status = "warn"
    much: float = nan
    some: Status = "pass"
    among: str = "goal"


@frozen(eq=False)
class Shares:
    """Suspicious units among others, (V, L, G): variants, levels (the first is all), goals."""

    some: Integers
    of: Integers


@frozen(eq=False)
class Judged:
    """Shares with p of equal shares, Holm over everything, and treated minus control: (A, L, G)."""

    shares: Shares
    p: Floats
    gap: Floats

    def differs(self, floor: float) -> NDArray[np.bool_]:
        """Where a variant differs from the control by more than chance and floor."""
        return np.asarray((self.p < ALPHA) & (np.abs(self.gap) >= floor))

    def marks(self, at: int, floor: float, less: Mark | None, more: Mark | None) -> Marks:
        """What to call the variants whose share of one goal is clearly less or more, anywhere."""
        gap = np.where(self.differs(floor), self.gap, 0)[:, :, at]
        widest = np.take_along_axis(gap, np.argmax(np.abs(gap), axis=1)[:, None], axis=1)[:, 0]
        called = ((variant, less if way < 0 else more) for variant, way in enumerate(widest) if way)
        return tuple((variant, mark) for variant, mark in called if mark)


def judge(shares: Shares) -> Judged:
    """Fisher's test of every treated variant against the control, at every level and goal."""
    some, of = np.broadcast_arrays(shares.some, shares.of)
    p = np.ones((len(some) - 1, *some.shape[1:]))
    if (asked := some.any(axis=0)).any():
        x, n = some[:, asked], of[:, asked]
        found = fisher(Binomial(x[1:], n[1:]), Binomial(x[:1], n[:1]))
        p[:, asked] = np.nan_to_num(found, nan=1.0)
        p = stepwise.holm(p.ravel()).reshape(p.shape)
    share = some / np.maximum(of, 1)
    return Judged(Shares(some, of), p, share[1:] - share[:1])


def check_of(
    experiment: Experiment,
    sort: Sort,
    judged: Judged,
    levels: tuple[Level | None, ...],
    at: int,
    **names: str,
) -> Check:
    """The check of one goal, at position `at`; `names` fill the sentences."""
    total, whole = (int(n[:, 0, at].sum()) for n in (judged.shares.some, judged.shares.of))
    if not whole:
        why = f"nobody has reached {experiment.names.goal(names[sort.among])}"
        return nothing_yet(f"{sort.name}.{names['goal']}", why, sort.much)
    share = total / whole
    words = in_words(experiment, names)
    differs = judged.differs(sort.floor)[:, :, at].any()
    status: Status = "pass"
    if differs or share > sort.much:
        status = sort.differs
    elif total:
        status = sort.some
    return Check(
        name=f"{sort.name}.{names['goal']}",
        status=status,
        figure=share,
        threshold=sort.much,
        sentence=_sentence(experiment, sort, judged, levels, at, words)
        if total
        else sort.none.format(**words),
        fix=sort.fixes.get(status, "").format(**words),
    )


def in_words(experiment: Experiment, names: Mapping[str, str]) -> dict[str, str]:
    """What fills a sentence about a goal and another: the words for both, and their names."""
    words = experiment.names
    keys = {f"{one}_key": names[one] for one in ("goal", "other") if one in names}
    told = {one: words.goal(names[one]) for one in ("goal", "other") if one in names}
    return {**names, **keys, **told, "units": words.units}


def _sentence(
    experiment: Experiment,
    sort: Sort,
    judged: Judged,
    levels: tuple[Level | None, ...],
    at: int,
    words: Mapping[str, str],
) -> str:
    """How many there are, in which variant, and where the variants differ most clearly."""
    some, of = judged.shares.some[:, :, at], judged.shares.of[:, :, at]
    differs, p = judged.differs(sort.floor)[:, :, at], judged.p[:, :, at]
    clearest = np.where(differs, p, 2.0) if differs.any() else p
    level = int(np.argmin(clearest.min(axis=0)))
    told = (
        f"{formatting.count(float(some[:, 0].sum()))} of {formatting.count(float(of[:, 0].sum()))} "
        f"{sort.event.format(**words)} ({_by_arm(experiment, some[:, 0], of[:, 0])}); "
        f"difference between variants: p {formatting.p_equals(float(clearest.min()))}"
    )
    where = levels[level]
    if where is not None and differs.any():
        variants = _by_arm(experiment, some[:, level], of[:, level])
        told += f", clearest where {where.segment} is {where.level} ({variants})"
    return f"{told}."


def _by_arm(experiment: Experiment, some: Integers, of: Integers) -> str:
    return ", ".join(
        f"{formatting.count(float(part))} of {formatting.count(float(whole))} in "
        f"{experiment.names.variant(variant.name)}"
        for part, whole, variant in zip(some, of, experiment.variants, strict=True)
    )
