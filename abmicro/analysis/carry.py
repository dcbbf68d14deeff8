"""The ruler: did the gain of each micro goal reach the macro goal, in each treated arm?

Several pairs of micro goal and arm are judged at the level that bounds the share of false
statements among those made: a Benjamini-Hochberg gate on the micro lifts sets one level for gate
and Fieller set alike (carry-through note 1e; Benjamini and Yekutieli 2005).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from abmicro import number
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import CarryThrough, Check, Interval, LogLifts, PassThrough
from abmicro.analysis.wording import (
    ASSOCIATION,
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
    from numpy.typing import NDArray

    from abmicro.analysis.path import Beside, Path
    from abmicro.experiment.model import Experiment
    from abmicro.stats.effect import Effect

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

    RulerKind = Literal["interval", "rays", "line"]
    Place = tuple[int, int]

KINDS: dict[Kind, RulerKind] = {Kind.INTERVAL: "interval", Kind.RAYS: "rays", Kind.LINE: "line"}


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Micro goals with one macro goal: their names, and their pass-through at a level.

    The figures of `found` are (A treated arms, G goals).
    """

    micros: tuple[str, ...]
    macro: str
    caveat: str
    found: Callable[[Floats], pass_through.PassThrough]


def carry_through(
    experiment: Experiment, path: Path | None, beside: Beside | None, checks: tuple[Check, ...]
) -> tuple[CarryThrough, ...]:
    """One finding per treated arm and micro goal: first those on the path, then those beside it."""
    c = experiment.analysis.carry_threshold
    sorts = [*([_on(path, c)] if path else []), *([_off(beside, c)] if beside else [])]
    if not sorts:
        return ()
    gates = [pairs.found(np.asarray(0.95)).micro.p for pairs in sorts]
    together = np.concatenate(gates, axis=-1)
    alpha = experiment.analysis.alpha
    tested = multiplicity.tested_at(together.ravel(), alpha=alpha, correction="bh")
    levels = np.split(1 - tested.reshape(together.shape), [gates[0].shape[-1]], axis=-1)
    findings = [
        _findings(experiment, pairs, level, checks)
        for pairs, level in zip(sorts, levels, strict=False)
    ]
    arms = range(len(experiment.treated))
    return tuple(one for arm in arms for by_arm in findings for one in by_arm[arm])


def _on(path: Path, threshold: float) -> _Pairs:
    """Milestones of the funnel, without which the macro goal at its end is impossible."""
    units, macro = path.reached[:, :1], path.reached[:, -1:]
    arms = np.stack(np.broadcast_arrays(units, path.reached[:, 1:-1], macro), axis=-1)
    found = partial(_at_level, pass_through.path, arms, threshold)
    return _Pairs(path.milestones, path.steps[-1], CAVEAT, found)


def _off(beside: Beside, threshold: float) -> _Pairs:
    """Goals beside the path, whose benchmark is an association."""
    found = partial(_at_level, pass_through.joint, beside.cells, threshold)
    return _Pairs(beside.goals, beside.macro, CAVEAT + ASSOCIATION, found)


def _at_level(
    method: Callable[..., pass_through.PassThrough],
    arms: Integers,
    threshold: float,
    level: Floats,
) -> pass_through.PassThrough:
    return method(arms[:1], arms[1:], level=level, threshold=threshold)


def _findings(
    experiment: Experiment, pairs: _Pairs, level: Floats, checks: tuple[Check, ...]
) -> list[list[CarryThrough]]:
    """Findings per treated arm and micro goal."""
    found = pairs.found(level)
    return [
        [
            _finding(experiment, pairs, found, (arm, at), float(level[arm, at]), checks)
            for at in range(len(pairs.micros))
        ]
        for arm in range(len(experiment.treated))
    ]


def _faults(micro: str, checks: tuple[Check, ...]) -> tuple[str, ...]:
    """Names of the failed checks that bear on a micro goal.

    A runtime that is too short delays the decision but puts no fault into the counts, and the
    capture of another milestone is its own matter.
    """
    return tuple(
        check.name
        for check in checks
        if check.status == "fail"
        and check.name != "runtime"
        and (not check.name.startswith("capture.") or check.name == f"capture.{micro}")
    )


def _finding(
    experiment: Experiment,
    pairs: _Pairs,
    found: pass_through.PassThrough,
    at: Place,
    level: float,
    checks: tuple[Check, ...],
) -> CarryThrough:
    def interval(effect: Effect) -> Interval:
        return interval_at(effect, at, level)

    ratio, micro = found.ratio, pairs.micros[at[1]]
    faults = _faults(micro, checks)
    finding = CarryThrough(
        variant=experiment.treated[at[0]].name,
        micro=micro,
        macro=pairs.macro,
        label=_label(str(found.label[at]), faults),
        threshold=experiment.analysis.carry_threshold,
        micro_lift=interval(found.micro.lift),
        macro_lift=interval(found.macro.lift),
        expected_macro_lift=interval(found.expected.lift),
        dilution=float(found.dilution[at]),
        pass_through=PassThrough(
            estimate=float(ratio.estimate[at]),
            kind=KINDS[Kind(int(ratio.kind[at]))],
            low=float(ratio.low[at]),
            high=float(ratio.high[at]),
            level=level,
        ),
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
        caveat=pairs.caveat.format(micro=micro, macro=pairs.macro)
        + (SHAKY if found.shaky[at] else ""),
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
    if _excludes_zero(finding.macro_lift) and not _excludes_zero(finding.micro_lift):
        lift = number.lift(finding.macro_lift)
        told += MACRO_WITHOUT_MICRO.format(
            micro=finding.micro, macro=finding.macro, macro_lift=lift
        )
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
