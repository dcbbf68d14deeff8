"""`abmicro plan`: what a test will be able to say, from a file, from history or from flags only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import click

from abmicro.cli.options import (
    FILE,
    HERE,
    Command,
    counts_from,
    fraction,
    lift,
    output,
    percentage,
    relative,
)
from abmicro.cli.output import form_of, give_result, misuse, ready
from abmicro.errors import AbmicroError, DefinitionError, Problem

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.planning.results import Plan

OVERRIDES = ("traffic", "weeks", "power")
IN_THE_FILE = {
    "baseline": "baseline of its goal",
    "sd": "sd of its goal",
    "lift": "mde of its goal, e.g. mde = 0.05",
    "macro": "baseline of the macro goal",
    "macro_lift": "mde of the macro goal, e.g. mde = 0.05",
    "arms": "allocation or arms of [variants]",
    "alpha": "alpha of [analysis]",
}
"""Where the file says what a flag would say."""
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
    "--lift": "write the smallest relative lift worth finding, e.g. 10%",
    "--macro-lift": "write the smallest relative lift worth finding, e.g. 5%",
}
EXAMPLE = "abmicro plan --baseline 0.03 --lift 0.1 --traffic 900/day"


def plan_of(
    file: Path | None, counts_file: Path | None, flags: dict[str, Any], history: Path | None = None
) -> Plan:
    """The plan of an experiment file, in which some flags may be overridden, or of flags only.

    flags: baseline, sd, lift, macro, macro_lift, arms, alpha, traffic, weeks, power; None where
        not given.
    """
    from abmicro.planning.plan import plan

    given = {name: value for name, value in flags.items() if value is not None}
    if file is None and history is not None:
        raise misuse("--history", "needs an experiment file", "abmicro plan FILE --history ...")
    if file is None:
        return plan(_of_flags(given, counts_file))
    from abmicro.cli.steps import counts_of, experiment_of, opened

    experiment = _overridden(experiment_of(file), given)
    counts = None if counts_file is None else counts_of(experiment, file, counts_file, None)
    past = None if history is None else opened(history)
    return plan(experiment, counts, history=past, folder=file.parent)


def _overridden(experiment: Experiment, given: dict[str, Any]) -> Experiment:
    """The experiment with traffic, weeks or power of the command line."""
    from abmicro.experiment.model import Experiment

    for name in given:
        if name not in OVERRIDES:
            raise misuse(
                "--variants" if name == "arms" else f"--{name.replace('_', '-')}",
                "stands in the experiment file",
                f"change it there: {IN_THE_FILE[name]}",
            )
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
    if "macro_lift" in given and "macro" not in given:
        raise misuse("--macro-lift", "needs the rate of the macro goal", "add --macro 1%")
    if "baseline" not in given:
        raise misuse("plan", "--baseline is missing, or an experiment file", EXAMPLE)
    if given.keys().isdisjoint({"traffic", "lift", "macro_lift"}):
        raise misuse("plan", "--lift or --traffic is missing", EXAMPLE)
    variants = given.get("arms", 2)
    if not 2 <= variants <= len(ascii_uppercase):
        raise misuse(
            "--variants",
            f"{variants} is not 2 to {len(ascii_uppercase)}, control included",
            "e.g. --variants 3: a control and two others",
        )
    try:
        return Experiment(
            name=" ".join(f"--{name.replace('_', '-')} {value}" for name, value in given.items()),
            variants=list(ascii_uppercase[:variants]),
            goals=_goals(given),
            analysis={"alpha": given["alpha"]} if "alpha" in given else {},
            plan={name: given[name] for name in OVERRIDES if name in given},
        )
    except DefinitionError as error:
        raise _of_flag(error) from None


def _goals(given: dict[str, Any]) -> dict[str, Any]:
    """A rate, a mean value, or a micro goal on the way to a macro goal."""
    goal = _moved(given, "baseline", "lift")
    if "macro" in given:
        macro = _moved(given, "macro", "macro_lift")
        return {
            "micro": {"kind": "milestone", "label": "micro goals", **goal},
            "macro": {"kind": "macro", "label": "macro goals", **macro},
        }
    if "sd" in given:
        return {"value": {"kind": "macro", "value": "value", "sd": given["sd"], **goal}}
    return {"conversion": {"kind": "macro", **goal}}


def _moved(given: dict[str, Any], rate: str, lift: str) -> dict[str, Any]:
    """What is known of a goal, and the lift of it that is worth finding."""
    baseline = given[rate]
    if lift not in given:
        return {"baseline": baseline}
    if isinstance(given[lift], str) and not ("sd" in given or 0 < baseline < 1):
        return {"baseline": baseline}  # which is refused by its name
    if isinstance(given[lift], str) and "sd" in given:
        flag = f"--{lift.replace('_', '-')}"
        raise misuse(flag, f"{given[lift]} is of a rate", HINTS["--lift"])
    change = relative(given[lift], baseline)
    return {"baseline": baseline, "mde": abs(change), "direction": "down" if change < 0 else "up"}


def _of_flag(error: DefinitionError) -> AbmicroError:
    """The same problems, told of flags rather than of keys."""
    told = ((one, _flag(one)) for one in error.problems)
    return AbmicroError(
        *(replace(one, where=flag, hint=one.hint or HINTS.get(flag, "")) for one, flag in told)
    )


def _flag(problem: Problem) -> str:
    *_, goal, key = ("", *problem.where.split("."))
    if goal == "macro":
        return "--macro-lift" if key == "mde" else "--macro"
    return FLAGS.get(key, problem.where)


@click.command(cls=Command)
@click.argument("file", type=FILE, required=False)
@counts_from
@click.option("--baseline", type=fraction, metavar="RATE", help="Rate of the control, e.g. 3%.")
@click.option("--sd", type=float, metavar="SD", help="For a mean: its standard deviation.")
@click.option("--lift", type=lift, metavar="LIFT", help='Lift to find: 10%, or "3 pp" of the rate.')
@click.option("--macro", type=fraction, metavar="RATE", help="Rate of the macro goal it leads to.")
@click.option("--macro-lift", type=lift, metavar="LIFT", help="Lift of the macro goal to find.")
@click.option(
    "--variants",
    "--arms",
    "arms",
    type=int,
    metavar="N",
    help="Variants, the control included; default 2.",
)
@click.option("--alpha", type=percentage, metavar="LEVEL", help="Two-sided level; default 0.05.")
@click.option("--traffic", metavar="UNITS", help="New units, e.g. 900/day, or a .csv of days.")
@click.option("--weeks", type=int, metavar="N", help="Longest that the test may run; default 6.")
@click.option(
    "--power", type=percentage, metavar="CHANCE", help="Chance of a finding; default 0.8."
)
@click.option(
    "--history",
    type=FILE,
    metavar="DIR",
    help="Past tests: what thirty tests like this one gain by what they say.",
)
@click.option("--format", "form", metavar="NAME", help="text, md, html, json; default: as -o says.")
@output()
def plan(
    file: Path | None,
    counts_file: Path | None,
    history: Path | None,
    form: str | None,
    output: str | None,
    **flags: Any,
) -> None:
    """Say before the start what a test will be able to tell, and when.

    From FILE (experiment.toml of this folder where neither it nor --baseline is given), from FILE
    and --counts of the past, or from flags only: --baseline and --lift for units, with --traffic
    for weeks.
    """
    from abmicro.cli.output_check import guard
    from abmicro.planning.results import Plan

    if file is None and flags["baseline"] is None and Path(HERE).is_file():
        file = Path(HERE)
    chosen = form_of(form, output, Plan.FORMATS)
    guard((output,), file, counts=counts_file, traffic=flags["traffic"])
    ready(output)
    planned = plan_of(file, counts_file, flags, history)
    give_result(planned, chosen, output)
