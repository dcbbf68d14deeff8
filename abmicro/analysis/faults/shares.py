"""Shares of suspicious units among others: do the arms differ by more than chance and floor?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from abmicro import number
from abmicro.analysis.faults.finding import ALPHA
from abmicro.analysis.results import Check, Level, Status
from abmicro.stats import multiplicity
from abmicro.stats.binomial import Binomial
from abmicro.stats.fisher import fisher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from abmicro.experiment.model import Experiment

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sort:
    """How one sort of suspicious units is told of.

    about: the sort in a heading. event: what is wrong with the units; none: that there are none;
    both may name {goal} and {other}.
    differs: the status where the arms differ by at least `floor`, the difference of two shares.
    much: the share of all arms together from which on they are worth that status anyway.
    some: the status where there are such units and nothing more; fixes: what to do, by status.
    """

    name: str
    about: str
    event: str
    none: str
    floor: float
    differs: Status
    much: float
    some: Status
    fixes: Mapping[Status, str]


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Suspicious units among others, (V, L, G): arms, segment levels (the first is all), goals."""

    some: Integers
    of: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Shares with p of equal shares, Holm over everything, and treated minus control: (A, L, G)."""

    shares: Shares
    p: Floats
    gap: Floats

    def differs(self, floor: float) -> NDArray[np.bool_]:
        """Where an arm differs from the control by more than chance and floor."""
        return np.asarray((self.p < ALPHA) & (np.abs(self.gap) >= floor))


def judge(shares: Shares) -> Judged:
    """Fisher's test of every treated arm against the control, at every level and goal."""
    some, of = np.broadcast_arrays(shares.some, shares.of)
    p = np.ones((len(some) - 1, *some.shape[1:]))
    if (asked := some.any(axis=0)).any():
        arms = some[:, asked], of[:, asked]
        p[:, asked] = np.nan_to_num(
            fisher(*(Binomial(*(arm[one] for arm in arms)) for one in (np.s_[1:], np.s_[:1]))),
            nan=1.0,
        )
    share = some / np.maximum(of, 1)
    adjusted = multiplicity.holm(p.ravel()).reshape(p.shape) if p.size else p
    return Judged(Shares(some, of), adjusted, share[1:] - share[:1])


def check_of(
    experiment: Experiment,
    sort: Sort,
    judged: Judged,
    levels: tuple[Level | None, ...],
    at: int,
    **names: str,
) -> Check:
    """The check of one goal, at position `at`; `names` fill the sentences."""
    some, of = judged.shares.some[:, :, at], judged.shares.of[:, :, at]
    total, whole = int(some[:, 0].sum()), int(of[:, 0].sum())
    share = total / whole if whole else 0.0
    differs = judged.differs(sort.floor)[:, :, at]
    status: Status = "pass"
    if differs.any() or share > sort.much:
        status = sort.differs
    elif total:
        status = sort.some
    sentence = sort.none.format(**names)
    if total:
        p = np.where(differs, judged.p[:, :, at], 2) if differs.any() else judged.p[:, :, at]
        level = int(np.unravel_index(np.argmin(p), p.shape)[1]) if p.size else 0
        sentence = (
            f"{number.count(total)} of {number.count(whole)} {sort.event.format(**names)} "
            f"({_by_arm(experiment, some[:, 0], of[:, 0])}); difference between arms: "
            f"p {number.p_equals(float(p.min(initial=1.0)))}"
        )
        worst = levels[level]
        if worst is not None and differs.any():
            told = _by_arm(experiment, some[:, level], of[:, level])
            sentence += f", clearest where {worst.segment} is {worst.level} ({told})"
        sentence += "."
    fix = sort.fixes.get(status, "").format(**names)
    return Check(f"{sort.name}.{names['goal']}", status, share, sort.much, sentence, fix)


def _by_arm(experiment: Experiment, some: Integers, of: Integers) -> str:
    return ", ".join(
        f"{number.count(float(part))} of {number.count(float(whole))} in {variant.name}"
        for part, whole, variant in zip(some, of, experiment.variants, strict=True)
    )
