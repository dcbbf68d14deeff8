"""`abmicro quick`: counts on the command line, straight to an answer."""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import TYPE_CHECKING

from abmicro.cli.output import misuse

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis

ARM = re.compile(r"([0-9][0-9_,']*)\s*/\s*([0-9][0-9_,']*)")
MOST_UNITS = 10**12
HINT = "write REACHED/UNITS for every arm, control first: abmicro quick 500/10000 560/10000"


def comparison(arms: tuple[str, ...], level: float) -> Analysis:
    """The analysis of one goal in two or more arms given as `reached/units`, control first.

    level: two-sided confidence level, between 0.5 and 1. Raises AbmicroError for anything else.
    """
    from abmicro.analysis.analyze import analyze
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import AnalysisSettings, Experiment, Goal

    if not 2 <= len(arms) <= len(ascii_uppercase):
        raise misuse("quick", f"2 to {len(ascii_uppercase)} arms are wanted, not {len(arms)}", HINT)
    if not 0.5 < level < 1:
        raise misuse("--level", f"{level} is not between 0.5 and 1", "write 0.95 for 95 %")
    read = [_arm(text) for text in arms]
    names = tuple(ascii_uppercase[: len(arms)])
    total = sum(units for _, units in read)
    experiment = Experiment(
        name=f"quick comparison of {' and '.join(arms)}",
        variants={name: units / total for name, (_, units) in zip(names, read, strict=True)},
        goals=(Goal(name="conversion", kind="macro", role="primary"),),
        analysis=AnalysisSettings(alpha=round(1 - level, 12)),
    )
    counts = JointCounts.of_path(names, ("conversion",), [[units, hit] for hit, units in read])
    return analyze(experiment, counts)


def _arm(text: str) -> tuple[int, int]:
    found = ARM.fullmatch(text.strip())
    if found is None:
        raise misuse("quick", f"{text!r} is not REACHED/UNITS", HINT)
    reached, units = (int(re.sub(r"[_,']", "", part)) for part in found.groups())
    if not 0 < units <= MOST_UNITS:
        raise misuse("quick", f"{text!r}: an arm has 1 to {MOST_UNITS:,} units", HINT)
    if reached > units:
        what = f"{text!r}: more units reached the goal than there are"
        raise misuse("quick", what, "the smaller number stands first")
    return reached, units
