"""What is written down at every look, so that nobody can change the plan unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from abmicro.analysis.results import LookResult, MonitoringAlarm
from abmicro.experiment.model import GoalKind
from abmicro.experiment.monitoring import window_days
from abmicro.frozen import frozen
from abmicro.stats.sequential import Kept

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.experiment.naming.names import Names
    from abmicro.marginals.daily_counts import DailyCounts

REPLANNED = ("end", "looks", "units")
"""What may be changed before the final look, with a reason; all else makes a new test."""
MOVED = 0.01  # share by which the units of a past look may still move, by rows that come late


@frozen
class RecordedLook:
    """A look as it was when it was made.

    units: by variant. critical: None where it was too early. plan: what decides, at that time.
    reason: why the plan was changed before this look; empty where it was not. caps: what amounts
    were capped at, by goal.
    """

    look: int
    day: str
    entry_day: str
    clock: float
    information: float
    critical: float | None
    spent: float
    units: dict[str, int]
    plan: dict[str, Any]
    plan_sha256: str
    labels: dict[str, str]
    reason: str = ""
    caps: dict[str, float | None] = field(default_factory=dict)

    def line(self) -> str:
        """The look as a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


@frozen
class LooksRecord:
    """The looks that were written down, oldest first. reason: why the plan is changed now."""

    looks: tuple[RecordedLook, ...] = ()
    reason: str = ""

    def changed(self, experiment: Experiment) -> dict[str, tuple[Any, Any]]:
        """Keys of the plan that are not as at the last look: what they were and what they are."""
        if not self.looks:
            return {}
        before, now = self.looks[-1].plan, plan_of(experiment)
        return {
            name: (before.get(name), now.get(name))
            for name in sorted({*before, *now})
            if before.get(name) != now.get(name)
        }

    @property
    def days(self) -> tuple[date, ...]:
        """The days of the looks."""
        return tuple(date.fromisoformat(look.day) for look in self.looks)

    def kept(self) -> Kept:
        """Critical values that a changed plan keeps; none where the plan is as it was."""
        if not self.replans and not self.reason:
            return Kept((), ())
        return Kept(
            tuple(float("inf") if look.critical is None else look.critical for look in self.looks),
            tuple(look.spent for look in self.looks),
        )

    def moved_counts(self, found: DailyCounts, names: Names) -> Iterator[MonitoringAlarm]:
        """An alarm where the units of a past look are not what they were."""
        for look in self.looks:
            entered = np.array([day.isoformat() <= look.entry_day for day in found.days])
            units = found.units[:, entered].sum(axis=-1).tolist()
            for (variant, before), now in zip(look.units.items(), units, strict=False):
                if abs(now - before) > MOVED * before:
                    yield MonitoringAlarm(
                        kind="data",
                        severity="stop",
                        sentence=f"{names.variant(variant)} had {names.of_units(before)} at look "
                        f"{look.look} and has {now:,.0f} of the same days now.",
                        fix="Find out what changed in the data of those days; load them again.",
                        variant=variant,
                        day=date.fromisoformat(look.day),
                        figure=float(now),
                        threshold=float(before),
                    )
                    return

    @property
    def replans(self) -> tuple[tuple[str, str], ...]:
        """Day of the look and reason of every change of the plan."""
        return tuple((look.day, look.reason) for look in self.looks if look.reason)


def plan_of(experiment: Experiment) -> dict[str, Any]:
    """What the promise of the looks rests on, as plain values."""
    monitoring = experiment.monitoring.model_dump(mode="json")
    shares = {variant.name: variant.share for variant in experiment.variants}
    ramp = [[phase.since.isoformat(), dict(phase.allocation)] for phase in experiment.ramp]
    deciding = [
        goal
        for goal in experiment.goals
        if goal.kind is GoalKind.MACRO or goal.role in ("primary", "guardrail")
    ]
    return {
        **{f"monitoring.{name}": value for name, value in monitoring.items()},
        "start": None if experiment.start is None else experiment.start.isoformat(),
        "end": None if experiment.end is None else experiment.end.isoformat(),
        "alpha": experiment.analysis.alpha,
        "correction": experiment.analysis.correction,
        "carry_threshold": experiment.analysis.carry_threshold,
        "variants": {"shares": shares, "ramp": ramp},
        "window": window_days(experiment),
        **{f"goals.{goal.name}": _goal(goal.model_dump(mode="json")) for goal in deciding},
    }


def _goal(keys: Mapping[str, Any]) -> dict[str, Any]:
    """What decides of a goal."""
    read = (
        *("kind", "role", "direction", "margin", "mde", "window", "event", "column", "where"),
        *("cap", "before", "missing"),
    )
    return {name: keys[name] for name in read if keys.get(name) is not None}


def plan_hash(plan: Mapping[str, Any]) -> str:
    """A plan in 16 letters."""
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_replan(keys: Sequence[str]) -> bool:
    """Whether only such keys were changed as a running test may change, with a reason."""
    return all(key.removeprefix("monitoring.") in REPLANNED for key in keys)


def new_looks(
    record: LooksRecord,
    experiment: Experiment,
    looks: Sequence[LookResult],
    found: DailyCounts,
    caps: Mapping[str, float | None],
) -> tuple[RecordedLook, ...]:
    """The looks that are not written down yet, as they are to be; the first bears the reason."""
    plan = plan_of(experiment)
    names = [variant.name for variant in experiment.variants]
    answers: list[RecordedLook] = []
    for look in looks:
        if look.day.isoformat() in {one.day for one in record.looks}:
            continue
        entered = np.array([day <= look.entry_day for day in found.days])
        units = found.units[:, entered].sum(axis=-1).astype(int).tolist()
        answers.append(
            RecordedLook(
                look=look.look,
                day=look.day.isoformat(),
                entry_day=look.entry_day.isoformat(),
                clock=look.clock,
                information=look.information,
                critical=None if np.isinf(look.critical) else look.critical,
                spent=look.alpha_spent,
                units=dict(zip(names, units, strict=True)),
                plan=plan,
                plan_sha256=plan_hash(plan),
                labels={
                    f"{one.variant}: {one.micro} to {one.macro}": one.settled for one in look.carry
                },
                reason="" if answers else record.reason,
                caps=dict(caps),
            )
        )
    return tuple(answers)
