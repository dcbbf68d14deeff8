"""All that a decision to ship asks for, as one test: its units, its power, its costliest goal.

A variant ships where the primary goal and, as the definition requires, the macro goal are better
and every guardrail is held, all in the same data. The power of each is that of its planned test;
that of all is the joint power under their correlations (design note "verdict", section 6).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import inf, log, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from abmicro.design.families import macro_that_ships
from abmicro.design.planned_test import moved
from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.power.joint import joint_power, path_correlation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from abmicro.array_types import Floats
    from abmicro.design.planned_test import PlannedTest
    from abmicro.experiment.model import Experiment

    Correlations = Mapping[frozenset[str], float]


WIDTH = 1e-7  # of the bracket of units: what is left is less than a unit


@frozen(eq=False)
class PlannedShipping:
    """The tests that must all find what they look for.

    gates: the primary goal first. correlation: of their statistics, each turned so that more is
    better, (gates, gates). missing: goals that are asked for too and of which nothing is known.
    """

    gates: tuple[PlannedTest, ...]
    correlation: Floats
    missing: tuple[str, ...] = ()

    @property
    def wanted(self) -> float:
        """The wanted power."""
        return self.gates[0].power

    @property
    def costliest(self) -> PlannedTest:
        """The test that takes the most units by itself."""
        return max(self.gates, key=lambda gate: gate.units())

    def power_at(self, units: ArrayLike) -> Floats:
        """Probability that all find it with so many units in all variants."""
        powers = [gate.power_at(units) for gate in self.gates]
        return joint_power(np.stack(np.broadcast_arrays(*powers), axis=-1), self.correlation)

    def units(self) -> float:
        """Units in all variants from which all find it with that power; infinite where none do.

        Sought from those of the costliest test up to those at which the chances of each to miss
        add up to what all together may.
        """
        least = self.costliest.units()
        if len(self.gates) == 1 or least == inf:
            return least
        each = 1 - (1 - self.wanted) / len(self.gates)
        most = max(replace(gate, power=each).units() for gate in self.gates)

        def height(size: Floats, _: Floats) -> Floats:
            found = np.atleast_1d(self.power_at(np.exp(size)))
            return np.asarray(ndtri(found) - ndtri(self.wanted))

        ends = (np.array([log(end)]) for end in (least, most))
        control = float(np.exp(root(height, *ends, width=WIDTH)[0])) * self.gates[0].control_share
        return self.gates[0].in_all(control)


def planned_shipping(
    experiment: Experiment, tests: Mapping[str, PlannedTest], correlations: Correlations
) -> PlannedShipping | None:
    """What shipping asks for where the planned lift of the primary goal is true.

    The macro goal then moves as it would if all of the gain arrived, or by its own planned lift
    where that is smaller; guardrails do not change.
    tests: the planned test of every goal of which a baseline is known. correlations: over units, by
    pair of goal names; a pair that is not known counts as 0.

    None where the primary goal has no planned lift or baseline, and where past tests decide.
    """
    if experiment.decision.require == "likely":
        return None
    primary = tests.get(experiment.primary.name)
    if primary is None or not primary.is_possible:
        return None
    asked: dict[str, PlannedTest | None] = {
        goal.name: tests.get(goal.name) for goal in experiment.goals if goal.margin is not None
    }
    gates = [primary]
    macro = macro_that_ships(experiment)
    if macro is not None and experiment.decision.require == "macro_up":
        up = _up(experiment, primary, tests.get(macro.name), correlations)
        if up is None:
            asked[macro.name] = None
        else:
            gates.append(up)
    gates += [test for test in asked.values() if test is not None]
    missing = tuple(name for name, test in asked.items() if test is None)
    return PlannedShipping(tuple(gates), _together(experiment, gates, correlations), missing)


def _up(
    experiment: Experiment,
    primary: PlannedTest,
    macro: PlannedTest | None,
    correlations: Correlations,
) -> PlannedTest | None:
    """The macro goal better by its own row; None where nothing is known of it or its lift."""
    if macro is None:
        return None
    goal = macro.goal
    phi = correlations.get(frozenset((primary.goal.name, goal.name)))
    own = [] if goal.mde is None else [goal.sign * goal.mde]
    all_of_it = [] if phi is None else [primary.effect * _dilution(primary, macro, phi)]
    lift = min((*own, *all_of_it), key=abs, default=nan)
    up = moved(experiment, macro, lift)
    return up if up.is_possible and lift * goal.sign > 0 else None


def _dilution(micro: PlannedTest, macro: PlannedTest, phi: float) -> float:
    """The part of a micro lift that one expects of the macro goal, by their correlation."""
    rate = macro.mean
    spread = sqrt((1 - rate) / rate) if macro.variation is None else macro.variation
    return phi * spread * sqrt(micro.mean / (1 - micro.mean))


def _together(
    experiment: Experiment, gates: list[PlannedTest], correlations: Correlations
) -> Floats:
    """Correlations of the tests' statistics: on a path of both variants, else that of the goals."""
    found, steps = np.eye(len(gates)), experiment.funnel.steps
    for (row, one), (column, other) in combinations(enumerate(gates), 2):
        names = frozenset((one.goal.name, other.goal.name))
        if one.question == other.question == "change" and names <= set(steps):
            rho = _on_path(one, other)
        else:
            rho = 1.0 if len(names) == 1 else correlations.get(names, 0.0)
        found[row, column] = found[column, row] = rho * one.sign * other.sign
    return _possible(found)


def _on_path(micro: PlannedTest, macro: PlannedTest) -> float:
    rates = [(test.mean, test.mean * (1 + test.effect)) for test in (micro, macro)]
    return float(path_correlation(rates[0], rates[1], micro.ratio))


def _possible(correlation: Floats) -> Floats:
    """The same where it can be; correlations known one by one may not fit together."""
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= 0:
        return correlation
    near = (vectors * np.maximum(values, 0)) @ vectors.T
    scale = np.sqrt(np.diag(near))
    return np.asarray(near / np.outer(scale, scale))
