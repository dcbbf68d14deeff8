"""The log lifts of goals over the tests of a history, as arrays for `stats.programme`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro.analysis.results import UnusedTest
from abmicro.frozen import frozen
from abmicro.marginals.goal_totals import patterns_reaching
from abmicro.marginals.marginals import Marginals
from abmicro.stats.programme import Programme, chance_of_ups, goal_rates, programme

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.history.past_test import PastTest
    from abmicro.history.settings import HistorySettings
    from abmicro.stats.programme import ProgrammePrior


_ENOUGH, _UNLIKELY = 8, 0.005  # tests, and a chance, that speak of winners only
MOST_TESTS = 1_000  # beyond them older ones tell little, and every page would wait


@frozen(eq=False)
class PastLifts:
    """Log lifts of G goals in K treated arms of T tests.

    tests: (T,) those used. variants, test: (K,) name of each arm and the row of its test.
    lifts: (K, G). treated, control: (K, G, G) and (T, G, G) noise of the log rates of each treated
    arm, and of each control, which the arms of its test share.
    units, reached: (T,) and (T, G, G) units of the controls, and those with both of two goals.
    left_out: tests that are not used.
    """

    goals: tuple[str, ...]
    tests: tuple[PastTest, ...]
    variants: tuple[str, ...]
    test: Integers
    lifts: Floats
    treated: Floats
    control: Floats
    units: Integers
    reached: Integers
    left_out: tuple[UnusedTest, ...]

    @property
    def noise(self) -> Floats:
        """Noise of the lifts, treated arm and control together: (K, G, G)."""
        return np.asarray(self.treated + self.control[self.test])

    @property
    def standing(self) -> NDArray[np.bool_]:
        """Which arms stand for their test, one of each: the shipped one, else the first: (K,)."""
        rows = zip(self.test.tolist(), self.variants, strict=True)
        shipped = [self.tests[row].shipped == variant for row, variant in rows]
        order = np.lexsort((~np.array(shipped, dtype=bool), self.test))
        first = np.unique(self.test[order], return_index=True)[1]
        return np.isin(np.arange(len(self.test)), order[first])

    @property
    def warning(self) -> str:
        """That losers may not have been recorded; empty where there is no ground for it.

        Judged by the first goal in the variant that stands for each test.
        """
        up = self.lifts[self.standing, 0] > 0
        tests, ups = len(up), int(up.sum())
        if tests < _ENOUGH or chance_of_ups(tests, ups) >= _UNLIKELY:
            return ""
        told = f"All {tests}" if ups == tests else f"{ups} of {tests}"
        return f"{told} recorded tests went up. If losers were not recorded, this is too rosy."

    def strangers(self, site: str) -> int:
        """How many tests are known to be of another site than this."""
        return sum(bool(test.site) and test.site != site for test in self.tests)

    def learn(self, prior: ProgrammePrior | None = None) -> Programme:
        """How the lifts of two goals, micro then macro, go together: see `stats.programme`."""
        columns = ..., (0, 0, 1), (0, 1, 1)
        return programme(
            self.lifts, self.treated[columns], self.control[columns], self.test, prior=prior
        )


class _Counted(NamedTuple):
    """Units of V variants in N strata (V, N), and those with both of two goals (V, N, G, G)."""

    units: Integers
    together: Integers


def past_lifts(
    tests: Iterable[PastTest],
    goals: Sequence[str],
    settings: HistorySettings,
    like: Experiment | None,
) -> PastLifts:
    """The lifts of these goals in every test that has all of them as rates.

    goals: names, aliases of which are taken too. like: a test whose windows of these goals the past
    ones must have; None asks for none. An imported goal without a window counts as having it.
    """
    used: list[tuple[PastTest, _Counted]] = []
    left_out: list[UnusedTest] = []
    for test in tests:
        found = _counted(test, goals, settings, like)
        if isinstance(found, str):
            left_out.append(UnusedTest(test.key, found))
        else:
            used.append((test, found))
    older = f"only the latest {MOST_TESTS:,} tests are used"
    left_out += (UnusedTest(test.key, older) for test, _ in used[:-MOST_TESTS])
    return _stacked(tuple(goals), used[-MOST_TESTS:], tuple(left_out))


def _counted(
    test: PastTest, names: Sequence[str], settings: HistorySettings, like: Experiment | None
) -> _Counted | str:
    """The counts of the goals in a test, or why they are not used."""
    if test.failed_checks:
        return f"failed {', '.join(test.failed_checks)}"
    goals = []
    for name in names:
        meant = settings.goal(name)
        if meant in settings.retired:
            return f"{meant} is retired: {settings.retired[meant]}"
        own = [one for one in test.experiment.compared if settings.goal(one.name) == meant]
        if why := _why_not(test, own, name, like):
            return why
        goals.append(own[0])
    found = _together(test, goals)
    if isinstance(found, str):
        return found
    reached = np.diagonal(found.together.sum(axis=1), axis1=-2, axis2=-1)
    if not reached.all():
        variant, at = (int(axis[0]) for axis in np.nonzero(reached == 0))
        return f"nobody reached {goals[at].name} in {test.counts.variants[variant]}"
    return found


def _why_not(test: PastTest, own: Sequence[Goal], name: str, like: Experiment | None) -> str:
    """Why a goal of a test cannot be used; empty where it can."""
    if not own:
        return f"has no goal {name}"
    if len(own) > 1:
        return f"has several goals that mean {name}: {', '.join(goal.name for goal in own)}"
    goal = own[0]
    if not goal.is_rate:
        return f"{goal.name} is no rate"
    if like is None or (test.source == "import" and goal.settles is None):
        return ""
    new = like.goal(name)
    if (goal.window, goal.delay) != (new.window, new.delay):
        return f"{goal.name} has another window"
    return ""


def _together(test: PastTest, goals: Sequence[Goal]) -> _Counted | str:
    """Units with both of two goals, by variant and stratum; a reason where it is not known.

    Milestones and the end of a funnel count as in the funnel: whoever came later has passed.
    """
    marginals = Marginals.of(test.experiment, test.counts)
    apart = test.counts.apart.names
    if len(goals) == 1 and goals[0].name in apart:
        own = marginals.strata.total(test.counts.reached(goals[0].name))
        return _Counted(marginals.units_by_stratum, own[..., None, None])
    if unknown := [goal.name for goal in goals if goal.name in apart]:
        return f"the counts do not say which units reached {', '.join(unknown)} and another goal"
    funnel = marginals.funnel
    steps = dict(zip(funnel.steps, funnel.passed, strict=True)) if funnel else {}
    masks = np.array(
        [
            steps[goal.name]
            if goal.name in steps
            else patterns_reaching(test.experiment, goal.name, test.counts)
            for goal in goals
        ]
    )
    units = marginals.strata.total(test.counts.units)
    both = (masks[:, None] & masks).astype(np.int64)
    return _Counted(marginals.units_by_stratum, np.einsum("vnk,ghk->vngh", units, both))


def _stacked(
    goals: tuple[str, ...],
    used: Sequence[tuple[PastTest, _Counted]],
    left_out: tuple[UnusedTest, ...],
) -> PastLifts:
    """The arrays of the tests that are used."""
    size, lifts, treated, control, rows = len(goals), [], [], [], []
    for row, (_, counted) in enumerate(used):
        of_stratum = counted.units.sum(axis=0) * (counted.units > 0).all(axis=0)
        rates, noise = goal_rates(*counted, of_stratum / of_stratum.sum())
        lifts.append(rates[1:] - rates[0])
        treated.append(noise[1:])
        control.append(noise[0])
        rows += [row] * (len(rates) - 1)
    controls = [counted.units[0].sum() for _, counted in used]
    reached = [counted.together[0].sum(axis=0) for _, counted in used]
    return PastLifts(
        goals=goals,
        tests=tuple(test for test, _ in used),
        variants=tuple(arm.name for test, _ in used for arm in test.experiment.treated),
        test=np.array(rows, dtype=np.int64),
        lifts=np.concatenate([np.zeros((0, size)), *lifts]),
        treated=np.concatenate([np.zeros((0, size, size)), *treated]),
        control=np.array(control, dtype=np.float64).reshape(-1, size, size),
        units=np.array(controls, dtype=np.int64),
        reached=np.array(reached, dtype=np.int64).reshape(-1, size, size),
        left_out=left_out,
    )
