"""Do micro lifts predict macro lifts? One pair of goals over all tests."""

from __future__ import annotations

from dataclasses import replace
from math import expm1
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results import Interval
from abmicro.portfolio.results import (
    ExpectedMacro,
    PairPoint,
    PairRecord,
    ProxyRecord,
    SignRecord,
    TypicalRecord,
)
from abmicro.portfolio.wins import ENOUGH, relative
from abmicro.portfolio.words import Nouns, pair_sentence, typical_sentence
from abmicro.stats.programme import (
    Programme,
    directions,
    expected_macro,
    proxy_quality,
    raw_line,
    shrunken,
    sign_table,
    summary,
    threshold,
    true_sign_agreement,
    typical_step,
)

if TYPE_CHECKING:
    from abmicro.array_types import Floats
    from abmicro.history import PastLifts
    from abmicro.stats.programme import ProgrammePrior


LEAST_STEPS = 3  # variants from which a typical step is told
PARTS = ..., (0, 0, 1), (0, 1, 1)  # micro, both, macro of a covariance
_POINTS = 41  # of the line


def pair_prior(lifts: PastLifts, prior: ProgrammePrior) -> ProgrammePrior:
    """The prior of a pair: of an action beside the path the slope is diluted as its rates say."""
    return prior if on_path(lifts) else replace(prior, slope=prior.slope * _dilution(lifts))


def on_path(lifts: PastLifts) -> bool:
    """Whether nobody reached the macro goal without the micro goal in any control."""
    together = lifts.reached
    return bool((together[:, 0, 1] == together[:, 1, 1]).all())


def _dilution(lifts: PastLifts) -> float:
    """1 less the macro rate without the micro goal over the macro rate, in all controls."""
    units, joint = lifts.units.sum(), lifts.reached.sum(axis=0)
    without = (joint[1, 1] - joint[0, 1]) / (units - joint[0, 0])
    return float(1 - without / (joint[1, 1] / units))


def pair_record(
    lifts: PastLifts, learnt: Programme, nouns: Nouns, units_per_test: float, *, level: float
) -> PairRecord:
    """How the lifts of a micro and a macro goal go together, from one test on."""
    found = summary(learnt, level=level)
    noise = np.median(learnt.noise, axis=0)
    quality = proxy_quality(learnt, _noise_of(lifts, units_per_test))
    raw = raw_line(lifts.lifts)
    told = PairRecord(
        micro=lifts.goals[0],
        macro=lifts.goals[1],
        tests=len(lifts.tests),
        variants=len(lifts.test),
        on_path=on_path(lifts),
        mostly_assumption=len(lifts.tests) < ENOUGH,
        slope=Interval(found.slope, found.slope_low, found.slope_high, level),
        r2=Interval(found.r2, found.r2_low, found.r2_high, level),
        lift_sd=found.lift_sd,
        around_sd=found.around_sd,
        threshold=float(np.expm1(threshold(learnt, noise[0], level=level))),
        true_sign_agreement=true_sign_agreement(learnt),
        raw_slope=float(raw.slope),
        raw_intercept=float(raw.intercept),
        raw_r2=float(raw.r2),
        noise=(float(noise[0]), float(noise[1]), float(noise[2])),
        quality=ProxyRecord(float(quality.micro), float(quality.macro), float(quality.both)),
        signs=_signs(lifts, learnt, level),
        points=tuple(_points(lifts, learnt)),
        line=tuple(_line(learnt, level)),
        sentence="",
    )
    return pair_sentence(told, nouns)


def _noise_of(lifts: PastLifts, units: float) -> Floats:
    """Noise of the lifts of a test of so many units in two variants, from the median control."""
    of_unit = np.median(lifts.control[PARTS] * lifts.units[:, None], axis=0)
    return np.asarray(4 * of_unit / units)


def _signs(lifts: PastLifts, learnt: Programme, level: float) -> SignRecord:
    found = sign_table(learnt.lifts, learnt.noise, alpha=1 - level, level=level)
    ways = directions(learnt.lifts, learnt.noise, alpha=1 - level)
    friends = np.flatnonzero(np.abs(ways[:, 0] - ways[:, 1]) == 2)
    return SignRecord(
        table=tuple(tuple(row) for row in found.counts.tolist()),
        agree=found.agree,
        share=Interval(found.share, found.low, found.high, level),
        chance=found.chance,
        false_friends=tuple(_named(lifts, row) for row in friends.tolist()),
    )


def _named(lifts: PastLifts, row: int) -> str:
    """A treated variant with its test, where there are several of them."""
    test = lifts.tests[lifts.test[row]]
    alone = len(test.experiment.treated) == 1
    return test.experiment.name if alone else f"{test.experiment.name}: {lifts.variants[row]}"


def _points(lifts: PastLifts, learnt: Programme) -> list[PairPoint]:
    columns = np.expm1(np.concatenate([lifts.lifts, shrunken(learnt)], axis=1)).tolist()
    return [
        PairPoint(lifts.tests[lifts.test[row]].key, lifts.variants[row], *figures)
        for row, figures in enumerate(columns)
    ]


def _line(learnt: Programme, level: float) -> list[ExpectedMacro]:
    """The line over the range of the micro lifts as observed."""
    reach = max(float(np.abs(learnt.lifts[:, 0]).max()), 0.01)
    micro = np.linspace(-reach, reach, _POINTS)
    found = expected_macro(learnt, micro, level=level)
    ends = zip(found.mean.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    return [
        ExpectedMacro(expm1(at), relative(*told, level))
        for at, told in zip(micro.tolist(), ends, strict=True)
    ]


def typical_record(lifts: PastLifts, nouns: Nouns, *, level: float) -> TypicalRecord | None:
    """What usually becomes of a micro lift; None beside the path and for fewer than 3 variants."""
    own, shared = (part[PARTS] @ [1, -2, 1] for part in (lifts.treated, lifts.control))
    usable = own > 0
    if usable.sum() < LEAST_STEPS or not on_path(lifts):
        return None
    step, test = (lifts.lifts @ [-1, 1])[usable], lifts.test[usable]
    found = typical_step(step, own[usable], shared[test], test, level=level)
    mean = relative(float(found.mean), float(found.low), float(found.high), level)
    sd = float(np.sqrt(found.variance))
    told = TypicalRecord(lifts.goals[0], lifts.goals[1], len(step), mean, sd, "")
    return typical_sentence(told, nouns)
