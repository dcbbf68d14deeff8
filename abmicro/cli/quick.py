"""`abmicro quick`: counts on the command line, straight to an answer."""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis

ARM = re.compile(r"^([\d_,']+)\s*/\s*([\d_,']+)$")


def comparison(arms: tuple[str, ...], level: float) -> Analysis:
    """The analysis of one goal in two or more arms given as `reached/units`, control first."""
    from abmicro.analysis.analyze import analyze
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal, Options

    if len(arms) < 2:
        raise click.UsageError(
            "two arms at least, control first: abmicro quick 500/10000 560/10000"
        )
    if len(arms) > len(ascii_uppercase):
        raise click.UsageError(f"at most {len(ascii_uppercase)} arms")
    if not 0.5 < level < 1:
        raise click.UsageError(f"--level must lie between 0.5 and 1, not {level}")
    read = [_arm(text) for text in arms]
    names = tuple(ascii_uppercase[: len(arms)])
    total = sum(units for _, units in read)
    experiment = Experiment(
        name=f"quick comparison of {' and '.join(arms)}",
        variants={name: units / total for name, (_, units) in zip(names, read, strict=True)},
        goals=(Goal(name="conversion", kind="macro", role="primary"),),
        analysis=Options(alpha=1 - level),
    )
    counts = JointCounts.of_path(names, ("conversion",), [[units, hit] for hit, units in read])
    return analyze(experiment, counts)


def _arm(text: str) -> tuple[int, int]:
    found = ARM.match(text.strip())
    if found is None:
        raise click.UsageError(f"{text!r} is not REACHED/UNITS, for example 500/10000")
    reached, units = (int(re.sub(r"[_,']", "", part)) for part in found.groups())
    if units == 0:
        raise click.UsageError(f"{text!r}: an arm without units cannot be compared")
    if reached > units:
        raise click.UsageError(f"{text!r}: more units reached the goal than there are")
    return reached, units
