"""What the changes that went live gained together, as observed and once the noise is off."""

from __future__ import annotations

from math import expm1
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results import Interval
from abmicro.portfolio.results import GainRecord, GainStep
from abmicro.portfolio.wins import relative
from abmicro.portfolio.words import Nouns, gain_sentence
from abmicro.stats.foundations.effect import critical
from abmicro.stats.programme import gain

if TYPE_CHECKING:
    from abmicro.history import PastLifts
    from abmicro.stats.programme import LiftGuess, Programme

MOST_STEPS = 12  # at which the gains so far are told


def gain_record(
    lifts: PastLifts, learnt: Programme, nouns: Nouns, *, level: float
) -> GainRecord | None:
    """Gains of the shipped variants, of winners where it is not known; None where there is none."""
    chosen, assumed = _chosen(lifts, level)
    if not chosen:
        return None
    rate = float(lifts.reached[:, 1, 1].sum() / lifts.units.sum())
    sizes = np.unique(np.linspace(1, len(chosen), MOST_STEPS).round().astype(int)).tolist()
    steps = tuple(_step(lifts, learnt, chosen[:size], level) for size in sizes)
    last = steps[-1]
    kept, size = last.kept, 1000 * rate
    found = GainRecord(
        macro=lifts.goals[1],
        micro=lifts.goals[0],
        changes=len(chosen),
        assumed=assumed,
        claimed=last.claimed,
        kept=kept,
        claimed_per_1000=size * last.claimed,
        kept_per_1000=Interval(size * kept.estimate, size * kept.low, size * kept.high, level),
        steps=steps,
        sentence="",
    )
    return gain_sentence(found, nouns)


def _step(lifts: PastLifts, learnt: Programme, chosen: list[int], level: float) -> GainStep:
    """The gains of these variants together."""
    found = gain(learnt, chosen, level=level)
    test = lifts.tests[lifts.test[chosen[-1]]]
    day = test.experiment.start or test.added
    return GainStep(test.key, day, expm1(found.claimed), _kept(found.kept, level))


def _kept(guess: LiftGuess, level: float) -> Interval:
    return relative(float(guess.mean), float(guess.low), float(guess.high), level)


def _chosen(lifts: PastLifts, level: float) -> tuple[list[int], bool]:
    """Rows of the variants that went live, by day, and whether any was only taken for one."""
    z = lifts.lifts[:, 1] / np.sqrt(lifts.noise[:, 1, 1])
    chosen, assumed = [], False
    for at, test in enumerate(lifts.tests):
        rows = np.flatnonzero(lifts.test == at)
        if test.shipped is not None:
            chosen += [row for row in rows.tolist() if lifts.variants[row] == test.shipped]
        elif z[best := rows[z[rows].argmax()]] > critical(level):
            chosen.append(int(best))
            assumed = True
    return chosen, assumed
