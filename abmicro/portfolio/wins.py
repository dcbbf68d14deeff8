"""One goal over all tests: its lifts, its wins and how many chance would give, its true lifts."""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results import Interval
from abmicro.experiment.model import Direction
from abmicro.portfolio.results import GoalRecord, VariantLift, Way
from abmicro.portfolio.words import Nouns, wins_sentence
from abmicro.stats.foundations.effect import critical
from abmicro.stats.programme import LiftLaw, chance_of_wins, chance_wins, lift_law

if TYPE_CHECKING:
    from abmicro.array_types import Floats
    from abmicro.history import PastLifts


ENOUGH = 5  # tests from which a law of true lifts is told
WAYS: tuple[Way, ...] = ("down", "unclear", "up")


def relative(mean: float, low: float, high: float, level: float) -> Interval:
    """An interval of a log lift as one of the lift."""
    return Interval(expm1(mean), expm1(low), expm1(high), level)


def goal_record(lifts: PastLifts, kind: str, nouns: Nouns, *, alpha: float) -> GoalRecord:
    """Wins and true lifts of a goal; better is up, or down where the tests say so.

    lifts: of one goal.
    """
    at = lifts.standing
    lift, variance = lifts.lifts[at, 0], lifts.noise[at, 0, 0]
    better = _good_way(lifts) * lift / np.sqrt(variance)
    reach = float(critical(1 - alpha))
    tests, wins, losses = len(lift), int((better > reach).sum()), int((better < -reach).sum())
    chance = chance_wins(tests, wins, alpha=alpha)
    law = _law(lift, variance, 1 - alpha)
    mean = None
    if law is not None:
        spread = reach * law.mean_sd
        mean = relative(law.mean, law.mean - spread, law.mean + spread, 1 - alpha)
    found = GoalRecord(
        goal=lifts.goals[0],
        kind=kind,
        tests=tests,
        wins=wins,
        losses=losses,
        expected_by_chance=float(chance.expected),
        chance_share_at_most=float(chance.share_at_most),
        chance_of_so_many=float(chance_of_wins(tests, wins, alpha=alpha)),
        mean=mean,
        sd=nan if law is None else law.sd,
        positive=nan if law is None else law.positive,
        sentence="",
    )
    return wins_sentence(found, nouns)


def variant_lifts(lifts: PastLifts, kind: str, *, alpha: float) -> Iterator[VariantLift]:
    """A row for each treated variant; lifts: of one goal."""
    level = 1 - alpha
    at, sd = lifts.standing, np.sqrt(lifts.noise[:, 0, 0])
    law = _law(lifts.lifts[at, 0], lifts.noise[at, 0, 0], level)
    kept = iter(()) if law is None else zip(*law.lifts[:4], strict=True)
    reach = float(critical(level))
    for row, (mean, spread) in enumerate(zip(lifts.lifts[:, 0].tolist(), sd.tolist(), strict=True)):
        test, variant = lifts.tests[lifts.test[row]], lifts.variants[row]
        shrunk = next(kept, None) if at[row] else None
        yield VariantLift(
            test=test.key,
            name=test.experiment.name,
            site=test.site,
            day=test.experiment.start or test.added,
            variant=variant,
            goal=lifts.goals[0],
            kind=kind,
            lift=relative(mean, mean - reach * spread, mean + reach * spread, level),
            way=WAYS[1 + int(mean > reach * spread) - int(mean < -reach * spread)],
            counted=bool(at[row]),
            kept=None if shrunk is None else relative(shrunk[0], *shrunk[2:], level),
            decision=test.verdicts.get(variant, ""),
            label=test.labels.get(variant, ""),
            shipped=None if test.shipped is None else test.shipped == variant,
        )


def _law(lift: Floats, variance: Floats, level: float) -> LiftLaw | None:
    """The law of true lifts, where the tests are enough to tell of one."""
    return lift_law(lift, variance, level=level) if len(lift) >= ENOUGH else None


def _good_way(lifts: PastLifts) -> int:
    """1 where more of the goal is better, -1 where less is, by the last test."""
    last = lifts.tests[-1].experiment if lifts.tests else None
    known = {goal.name: goal for goal in last.goals} if last is not None else {}
    goal = known.get(lifts.goals[0])
    return -1 if goal is not None and goal.direction is Direction.DOWN else 1
