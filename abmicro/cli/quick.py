"""`abmicro quick`: counts on the command line, straight to an answer."""

from __future__ import annotations

import re
from string import ascii_uppercase
from typing import TYPE_CHECKING

from abmicro.cli.output import misuse

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis

ARM = re.compile(r"([0-9][0-9_,'.]*)\s*/\s*([0-9][0-9_,'.]*)")
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
    _refuse_two_ways(arms)
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
    reached, units = (_count(part) for part in found.groups())
    if reached is None or units is None:
        raise misuse("quick", f"{text!r} is not REACHED/UNITS", HINT)
    if not 0 < units <= MOST_UNITS:
        raise misuse("quick", f"{text!r}: an arm has 1 to {MOST_UNITS:,} units", HINT)
    if reached > units:
        what = f"{text!r}: more units reached the goal than there are"
        raise misuse("quick", what, "the smaller number stands first")
    return reached, units


def _refuse_two_ways(arms: tuple[str, ...]) -> None:
    """Raise where a dot may part thousands or decimals: 20.000 is 20 or 20,000."""
    from abmicro.sources.text.numerals import Doubt, numerals

    parts = (part.strip() for text in arms for part in text.split("/"))
    doubt = numerals((), [part for part in parts if "." in part])
    if isinstance(doubt, Doubt):
        raise misuse("quick", doubt.what, "write whole numbers without dots, e.g. 20000")


def _count(text: str) -> int | None:
    """A count with or without signs between thousands; None where it is no whole number."""
    from abmicro.sources.text.numerals import Numerals

    digits = text.replace("_", "")
    sign = next((one for one in ",'." if one in digits), "")
    value = Numerals("." if sign == "," else ",", sign).value(digits)
    return int(value) if value is not None and value % 1 == 0 else None
