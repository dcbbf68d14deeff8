"""The walk from a definition and one log to the goals worth watching."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.errors import AbmicroError, Problem
from abmicro.goal_choice.fitness import flags, reasons
from abmicro.goal_choice.links import links
from abmicro.goal_choice.log import GoalLog, goal_log, place_of
from abmicro.goal_choice.results import CandidateGoal, GoalChoice, GoalLink
from abmicro.goal_choice.words import AGAINST, headline, notes
from abmicro.goal_choice.worth import Worth, learnt, structure, worth
from abmicro.marginals.marginals import Marginals
from abmicro.planning.traffic import inflow_of

if TYPE_CHECKING:
    from abmicro.counts import Histograms, JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.experiment.naming.names import Names
    from abmicro.history import History


def choose_goals(
    experiment: Experiment,
    counts: JointCounts,
    history: History | None = None,
    *,
    histograms: Histograms | None = None,
    units: float | None = None,
    acts: str | None = None,
    control_only: bool = False,
    folder: str | Path = ".",
) -> GoalChoice:
    """Which goals of a definition tell most of what changes do to the macro goal.

    counts: one log without a test, or those of a test; all variants count together, or the control
        alone (`control_only`).
    history: past tests. From 30 on that have all goals, how lifts go together is learnt from them;
        goals that it retired are left out.
    histograms: of the same log of events, for goals that fire twice.
    units: of all variants of one later test; None: the weekly units times the weeks of the plan,
        else those of a usual past test, else those of the log.
    acts: the step of the path where changes will act; None for anywhere.
    folder: where a traffic file that the definition names lies.

    Raises DefinitionError for a step that is not on the path, and without a macro goal;
    CountsError where nobody reached it; AbmicroError for units that are not above 0.

    >>> from abmicro import Experiment, JointCounts
    >>> experiment = Experiment(
    ...     name="Shop",
    ...     variants=["control", "sticky"],
    ...     goals={"cart": {"kind": "milestone"}, "order": {"kind": "macro"}},
    ... )
    >>> path = [[10_000, 1_200, 300], [10_000, 1_250, 310]]
    >>> counts = JointCounts.of_path(("control", "sticky"), ("cart", "order"), path)
    >>> found = choose_goals(experiment, counts, units=5_000)
    >>> found.chosen, round(found.score_of_set), round(found["order"].score)
    (('order', 'cart'), 12, 10)
    """
    from abmicro import __version__

    marginals, names = Marginals.of(experiment, counts), experiment.names
    log = goal_log(experiment, marginals, histograms, control_only=control_only)
    weekly = _weekly(experiment, marginals, Path(folder))
    past = history.without(experiment, counts) if history is not None else None
    total, source = _units(experiment, log, weekly, units, past)
    per_arm = total / max(len(experiment.variants), 2)
    unfit = reasons(log, names, per_arm, past.settings.retired if past is not None else {})
    found = links(log, names, experiment.analysis.confidence)
    lifts = None if past is None else past.lifts(_told(log, unfit), experiment)
    assumed, tests = structure(log, found, place_of(log, acts)), len(lifts.tests) if lifts else 0
    omega = learnt(log, assumed, lifts) if lifts else assumed
    known = worth(log, omega, per_arm, tuple(not reason for reason in unfit))
    macro, chosen = log.goals[log.macro].name, [log.goals[at].name for at in known.best.chosen]
    score, alone = known.score_of_set, float(known.quality[log.macro])
    gains = (known.orders(score**0.5), known.orders(alone), known.orders(1.0))
    steps = [goal.name for goal in log.goals[: log.steps]]
    return GoalChoice(
        experiment=experiment,
        version=__version__,
        headline=headline(names, chosen, macro, (100 * score, 100 * alone**2)),
        units_per_arm=per_arm,
        units_from=source,
        acts=acts,
        tests=tests,
        macro=macro,
        goals=tuple(_ranked(_goals(log, names, known, found, unfit, per_arm, weekly))),
        chosen=tuple(chosen),
        weights=tuple(known.best.weights.tolist()),
        score_of_set=100 * score,
        orders_per_30=gains[0],
        orders_by_macro=gains[1],
        orders_by_truth=gains[2],
        notes=tuple(notes(names, macro, steps, acts, len(chosen), gains, tests)),
    )


def _told(log: GoalLog, unfit: tuple[str, ...]) -> list[str]:
    """Names of the goals that can be chosen, and of the macro goal."""
    known = zip(log.goals, unfit, strict=True)
    return [goal.name for at, (goal, why) in enumerate(known) if not why or at == log.macro]


def _weekly(experiment: Experiment, marginals: Marginals, folder: Path) -> float:
    """Units of a usual week; NaN where neither definition nor log tells."""
    inflow = inflow_of(experiment, marginals, folder)
    return sum(inflow.week) if inflow.is_known else nan


def _units(
    experiment: Experiment,
    log: GoalLog,
    weekly: float,
    given: float | None,
    past: History | None,
) -> tuple[float, str]:
    """Units of all variants of one test, and where the number comes from."""
    if given is not None:
        if not given > 0:
            hint = "say how many visitors one test has in all its variants, e.g. 5000"
            raise AbmicroError(Problem("units", f"{given:g} units are no test", "E632", hint))
        return float(given), "as given"
    if isnan(weekly) and past is not None and past.tests:
        return past.usual_units, "a usual past test"
    if isnan(weekly):
        return float(log.units.sum()), "as many as this log has"
    weeks = experiment.plan.weeks
    return weekly * weeks, f"{formatting.weeks(weeks)} of {experiment.names.of_units(weekly)}"


def _goals(
    log: GoalLog,
    names: Names,
    known: Worth,
    found: tuple[GoalLink | None, ...],
    unfit: tuple[str, ...],
    per_arm: float,
    weekly: float,
) -> Iterator[CandidateGoal]:
    rates, macro = log.rates.tolist(), names.goal(log.goals[log.macro].name)
    for at, goal in enumerate(log.goals):
        quality = float(known.quality[at])
        against = AGAINST.format(macro=macro) if quality <= 0 else ""
        yield CandidateGoal(
            goal=goal.name,
            kind=goal.kind.value,
            role=goal.role.value,
            rate=rates[at],
            conversions=rates[at] * per_arm,
            per_week=rates[at] * weekly,
            quality=quality,
            score=100 * quality**2,
            orders_per_30=known.orders(quality),
            association=found[at],
            flags=tuple(flags(log, names, at)),
            excluded=unfit[at] or against,
        )


def _ranked(goals: Iterator[CandidateGoal]) -> list[CandidateGoal]:
    """Best first; those that cannot be chosen last, and without a rank."""
    return sorted(goals, key=lambda one: (bool(one.excluded), -one.quality))
