"""`abmicro plan`: what a test will be able to say, from a file, from history or from flags only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from abmicro.cli.output import misuse
from abmicro.errors import AbmicroError, DefinitionError, Problem

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.planning.results import Plan

OVERRIDES = ("traffic", "weeks", "power")
FLAGS = {
    "baseline": "--baseline",
    "sd": "--sd",
    "mde": "--lift",
    "traffic": "--traffic",
    "weeks": "--weeks",
    "power": "--power",
    "alpha": "--alpha",
}
HINTS = {
    "--baseline": "write the rate before the test as a fraction, e.g. 0.03",
    "--macro": "write the rate of the macro goal before the test, e.g. 0.01",
    "--lift": "write the smallest relative lift worth finding, e.g. 0.1 for +10 %",
}
EXAMPLE = "abmicro plan --baseline 0.03 --lift 0.1 --traffic 900/day"


def plan_of(file: Path | None, counts_file: Path | None, flags: dict[str, Any]) -> Plan:
    """The plan of an experiment file, in which some flags may be overridden, or of flags only.

    flags: baseline, sd, lift, macro, arms, alpha, traffic, weeks, power; None where not given.
    """
    from abmicro.planning.plan import plan

    given = {name: value for name, value in flags.items() if value is not None}
    if file is None:
        return plan(_of_flags(given, counts_file))
    from abmicro.cli.steps import counts_of, experiment_of

    experiment = _overridden(experiment_of(file), given)
    counts = None if counts_file is None else counts_of(experiment, file, counts_file, None)
    return plan(experiment, counts, folder=file.parent)


def _overridden(experiment: Experiment, given: dict[str, Any]) -> Experiment:
    """The experiment with traffic, weeks or power of the command line."""
    from abmicro.experiment.model import Experiment

    for name in given:
        if name not in OVERRIDES:
            raise misuse(f"--{name}", "stands in the experiment file", f"change it there: {name}")
    if not given:
        return experiment
    keys = {name: getattr(experiment, name) for name in type(experiment).model_fields}
    planned = experiment.plan.model_dump(exclude_unset=True) | given
    try:
        return Experiment(**keys | {"plan": planned})
    except DefinitionError as error:
        raise _of_flag(error) from None


def _of_flags(given: dict[str, Any], counts_file: Path | None) -> Experiment:
    """The experiment that flags alone describe."""
    from abmicro.experiment.model import Experiment

    if counts_file is not None:
        raise misuse("--counts", "needs an experiment file", "abmicro plan FILE --counts ...")
    if {"sd", "macro"} <= given.keys():
        raise misuse("--sd", "is of a mean value, and --macro of a rate", "give one of them")
    for name in ("baseline", "traffic"):
        if name not in given:
            raise misuse("plan", f"--{name} is missing, or an experiment file", EXAMPLE)
    arms = given.get("arms", 2)
    if not 2 <= arms <= len(ascii_uppercase):
        raise misuse("--arms", f"{arms} is not 2 to {len(ascii_uppercase)}, control included", "")
    try:
        return Experiment(
            name=" ".join(f"--{name} {value}" for name, value in given.items()),
            variants=list(ascii_uppercase[:arms]),
            goals=_goals(given),
            analysis={"alpha": given["alpha"]} if "alpha" in given else {},
            plan={name: given[name] for name in OVERRIDES if name in given},
        )
    except DefinitionError as error:
        raise _of_flag(error) from None


def _goals(given: dict[str, Any]) -> dict[str, Any]:
    """A rate, a mean value, or a micro goal on the way to a macro goal."""
    lift = given.get("lift")
    goal = {"baseline": given["baseline"], "direction": "down" if (lift or 0) < 0 else "up"}
    goal |= {} if lift is None else {"mde": abs(lift)}
    if "macro" in given:
        macro = {"kind": "macro", "baseline": given["macro"]}
        return {"micro": {"kind": "milestone", **goal}, "macro": macro}
    if "sd" in given:
        return {"value": {"kind": "macro", "value": "value", "sd": given["sd"], **goal}}
    return {"conversion": {"kind": "macro", **goal}}


def _of_flag(error: DefinitionError) -> AbmicroError:
    """The same problems, told of flags rather than of keys."""
    told = ((one, _flag(one)) for one in error.problems)
    return AbmicroError(
        *(replace(one, where=flag, hint=one.hint or HINTS.get(flag, "")) for one, flag in told)
    )


def _flag(problem: Problem) -> str:
    *_, goal, key = ("", *problem.where.split("."))
    return "--macro" if goal == "macro" else FLAGS.get(key, problem.where)
