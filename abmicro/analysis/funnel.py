"""Where the macro change arises: one `StepResult` per treated arm and step of the funnel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Interval, Pair, StepResult
from abmicro.stats.funnel import Decomposition, decompose

if TYPE_CHECKING:
    from abmicro.analysis.path import Path
    from abmicro.analysis.strata import Strata
    from abmicro.experiment.model import Experiment
    from abmicro.stats.effect import Effect

ADJUSTED = "a count is zero: 1/2 was added to every step and 1 to the units of both arms"

POOLED = "the arms' shares of the units changed, and these rates are not compared within strata"


def step_results(experiment: Experiment, path: Path, strata: Strata) -> tuple[StepResult, ...]:
    """Every step of every treated arm, in the order of the funnel."""
    level = 1 - experiment.analysis.alpha
    found = decompose(path.reached[:1], path.reached[1:], level=level)
    return tuple(
        _step(experiment, path, found, (arm, step), strata)
        for arm in range(len(experiment.treated))
        for step in range(len(path.steps))
    )


def _step(
    experiment: Experiment,
    path: Path,
    found: Decomposition,
    at: tuple[int, int],
    strata: Strata,
) -> StepResult:
    arm, step = at
    level = 1 - experiment.analysis.alpha
    control, treated = path.reached[0], path.reached[arm + 1]

    def interval(effect: Effect) -> Interval:
        return interval_at(effect, at, level)

    return StepResult(
        variant=experiment.treated[arm].name,
        step=path.steps[step],
        units=Pair(int(control[0]), int(treated[0])),
        reached=Pair(int(control[step + 1]), int(treated[step + 1])),
        step_rate=Pair(float(found.control_rates[0, step]), float(found.treated_rates[at])),
        log_lift=float(found.steps.estimate[at]),
        se=float(found.steps.se[at]),
        low=float(found.steps.low[at]),
        high=float(found.steps.high[at]),
        lift=interval(found.steps.lift),
        cumulative=interval(found.cumulative.lift),
        p_value=float(found.steps.p[at]),
        per_1000=interval(found.contributions),
        note="; ".join(_notes(bool(found.adjusted[arm]), strata)),
    )


def _notes(adjusted: bool, strata: Strata) -> Iterator[str]:
    if adjusted:
        yield ADJUSTED
    if strata.over:
        yield POOLED
