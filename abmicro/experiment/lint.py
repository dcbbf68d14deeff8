"""Warnings about a definition that is sound: what its reader should know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from abmicro.errors import Problem
from abmicro.experiment.field_types import duration_text
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.model import Experiment
from abmicro.experiment.monitoring import correction_of

_WEEK = timedelta(weeks=1)
_MOST_MICRO_GOALS = 10


def warnings(experiment: Experiment) -> tuple[Problem, ...]:
    """Everything about an experiment that is allowed and seldom meant.

    Returns problems with codes W001 to W006, empty where there is nothing to say. The runtime is
    the time from start to end; without both nothing is said about it.

    >>> goals = {"cart": {"kind": "milestone"}}
    >>> experiment = Experiment(name="x", variants=["a", "b"], goals=goals)
    >>> [problem.code for problem in warnings(experiment)]
    ['W001']
    """
    return (
        *_check_goals(experiment),
        *_check_runtime(experiment),
        *_check_correction(experiment),
    )


def _check_goals(experiment: Experiment) -> Iterator[Problem]:
    if not experiment.macros:
        what = "no macro goal, so nobody can tell whether a micro gain carries through"
        yield Problem("goals", what, "W001", 'add the goal that pays, kind = "macro"')
    micro = sum(goal.is_micro for goal in experiment.goals)
    if micro > _MOST_MICRO_GOALS:
        what = f"{micro} micro goals; every one more makes each harder to prove"
        yield Problem("goals", what, "W004", "keep the 5 to 10 that lead to the macro goal")


def _check_runtime(experiment: Experiment) -> Iterator[Problem]:
    if experiment.start is None or experiment.end is None:
        return
    runtime = experiment.end - experiment.start
    if runtime % _WEEK:
        what = f"{duration_text(runtime)} are not whole weeks, so some weekdays count more often"
        weeks = -(-runtime // _WEEK)
        hint = f"end on {experiment.start + weeks * _WEEK}"
        yield Problem("experiment.end", what, "W002", hint)
    longest = max(experiment.goals, key=lambda goal: goal.settles or timedelta(0))
    if longest.settles is not None and runtime < longest.settles:
        what = (
            f"{duration_text(longest.settles)} are longer than the runtime of "
            f"{duration_text(runtime)}, so no unit is watched to the end"
        )
        where = dotted("goals", longest.name, "window")
        yield Problem(where, what, "W003", "run longer or shorten the window")
    minimum = experiment.decision.minimum_runtime
    if minimum is not None and runtime < minimum:
        what = f"{duration_text(minimum)} are longer than the runtime of {duration_text(runtime)}"
        where = "decision.minimum_runtime"
        yield Problem(where, what, "W005", "no verdict would ever be given; run longer")


def _check_correction(experiment: Experiment) -> Iterator[Problem]:
    asked = experiment.analysis.correction
    if correction_of(experiment) != asked:
        what = f"{asked} is not proven for tests that stop on what they see; looks use holm"
        yield Problem("analysis.correction", what, "W006", 'write correction = "holm"')
