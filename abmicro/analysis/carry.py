"""The ruler: did the gain of each milestone reach the macro goal, in each treated arm?

Several pairs of milestone and arm are judged at the level that bounds the share of false
statements among those made: a Benjamini-Hochberg gate on the micro lifts sets one level for gate
and Fieller set alike (carry-through note 1e; Benjamini and Yekutieli 2005).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from abmicro import number
from abmicro.analysis.results import CarryThrough, Check, Interval, LogLifts, PassThrough
from abmicro.analysis.wording import (
    CARRY,
    CAVEAT,
    MACRO_WITHOUT_MICRO,
    PASS_THROUGH,
    PER_1000,
    SHAKY,
)
from abmicro.stats import multiplicity, pass_through
from abmicro.stats.fieller import Kind

if TYPE_CHECKING:
    from abmicro.analysis.path import Path
    from abmicro.experiment.model import Experiment
    from abmicro.stats.effect import Effect
    from abmicro.stats.pass_through import PathPassThrough

    RulerKind = Literal["interval", "rays", "line"]
    Place = tuple[int, int]

KINDS: dict[Kind, RulerKind] = {Kind.INTERVAL: "interval", Kind.RAYS: "rays", Kind.LINE: "line"}


def carry_through(
    experiment: Experiment, path: Path, checks: tuple[Check, ...]
) -> tuple[CarryThrough, ...]:
    """One finding per treated arm and milestone, against the macro goal that ends the funnel."""
    units, macro = path.reached[:, :1], path.reached[:, -1:]
    milestones = path.reached[:, 1:-1]
    arms = np.stack(np.broadcast_arrays(units, milestones, macro), axis=-1)
    alpha = experiment.analysis.alpha
    gate = pass_through.path(arms[:1], arms[1:]).micro.p
    level = 1 - multiplicity.tested_at(gate.ravel(), alpha=alpha, correction="bh")
    found = pass_through.path(
        arms[:1],
        arms[1:],
        level=level.reshape(gate.shape),
        threshold=experiment.analysis.carry_threshold,
    )
    places = [(arm, step) for arm in range(len(arms) - 1) for step in range(len(path.milestones))]
    faults = [_faults(path, checks, step) for _, step in places]
    return tuple(
        _finding(experiment, path, found, at, float(level.reshape(gate.shape)[at]), fault)
        for at, fault in zip(places, faults, strict=True)
    )


def _faults(path: Path, checks: tuple[Check, ...], step: int) -> tuple[str, ...]:
    """Names of the failed checks that bear on one milestone.

    A runtime that is too short delays the decision but puts no fault into the counts, and the
    capture of another milestone is its own matter.
    """
    others = {f"capture.{name}" for at, name in enumerate(path.milestones) if at != step}
    harmless = others | {"runtime"}
    return tuple(c.name for c in checks if c.status == "fail" and c.name not in harmless)


def _finding(
    experiment: Experiment,
    path: Path,
    found: PathPassThrough,
    at: Place,
    level: float,
    faults: tuple[str, ...],
) -> CarryThrough:
    def interval(effect: Effect) -> Interval:
        ends = (float(effect.estimate[at]), float(effect.low[at]), float(effect.high[at]))
        return Interval(*ends, level)

    ruler = PassThrough(
        estimate=float(found.ratio.estimate[at]),
        kind=KINDS[Kind(int(found.ratio.kind[at]))],
        low=float(found.ratio.low[at]),
        high=float(found.ratio.high[at]),
        level=level,
    )
    micro, macro = path.milestones[at[1]], path.steps[-1]
    label = _label(str(found.label[at]), faults)
    finding = CarryThrough(
        variant=experiment.treated[at[0]].name,
        micro=micro,
        macro=macro,
        label=label,
        threshold=experiment.analysis.carry_threshold,
        micro_lift=interval(found.micro.lift),
        macro_lift=interval(found.macro.lift),
        expected_macro_lift=interval(found.expected.lift),
        dilution=1.0,
        pass_through=ruler,
        log_lifts=LogLifts(
            micro=float(found.micro.estimate[at]),
            macro=float(found.macro.estimate[at]),
            var_micro=float(found.micro.se[at] ** 2),
            var_macro=float(found.macro.se[at] ** 2),
            covariance=float(found.covariance[at]),
        ),
        extra_micro_per_1000=interval(found.extra_micro),
        extra_macro_per_1000=interval(found.extra_macro),
        sentence="",
        caveat=CAVEAT.format(macro=macro) + (SHAKY if found.shaky[at] else ""),
        withheld=faults,
    )
    return replace(finding, sentence=sentence(finding))


def _label(label: str, faults: tuple[str, ...]) -> str:
    """The label the counts give, unless a failed check withholds it."""
    if "maturity" in faults:
        return "immature"
    return "measurement_fault" if faults else label


def sentence(finding: CarryThrough) -> str:
    """The finding in words, with extra conversions and pass-through where they say something."""
    told = CARRY[finding.label].format(
        micro=finding.micro,
        macro=finding.macro,
        share=share(finding.threshold),
        withheld=", ".join(finding.withheld),
    )
    if finding.label == "no_micro_signal" and _excludes_zero(finding.macro_lift):
        lift = number.lift(finding.macro_lift)
        told += MACRO_WITHOUT_MICRO.format(macro=finding.macro, macro_lift=lift)
    if finding.label in ("measurement_fault", "immature"):
        return told
    return told + _numbers(finding)


def _numbers(finding: CarryThrough) -> str:
    ruler = finding.pass_through
    per_1000 = PER_1000.format(
        variant=finding.variant,
        micro=finding.micro,
        macro=finding.macro,
        extra_micro=number.change(finding.extra_micro_per_1000),
        extra_macro=number.change(finding.extra_macro_per_1000),
        level=number.level(finding.extra_micro_per_1000.level),
    )
    return per_1000 + PASS_THROUGH[ruler.kind].format(
        micro=finding.micro,
        estimate=f"{ruler.estimate:.2f}",
        low=f"{ruler.low:.2f}",
        high=f"{ruler.high:.2f}",
    )


def share(threshold: float) -> str:
    """The threshold c in words.

    >>> share(0.5), share(0.75)
    ('half', '75%')
    """
    return "half" if threshold == 0.5 else f"{100 * threshold:.3g}%"


def _excludes_zero(interval: Interval) -> bool:
    return interval.low > 0 or interval.high < 0
