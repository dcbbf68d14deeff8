"""Rows of units and counts that are left out: unknown variants, days outside the test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from abmicro.experiment.model import Experiment
from abmicro.sources.sql.columns import recorded_arms
from abmicro.sources.sql.fragments import choice, literal
from abmicro.sources.sql.time import outside_days


def leaving(
    experiment: Experiment, variant: str, day: str | None, until: datetime | None
) -> Iterator[tuple[str, str]]:
    """Conditions and the status they give, in the order in which they are asked.

    variant: expression of the recorded variant as text; day: of the day, None where there is none;
    until: only days before this moment's are looked at.
    """
    known = ", ".join(literal(recorded) for recorded, _ in recorded_arms(experiment))
    yield f"{variant} IS NULL", "'no_variant'"
    yield f"{variant} NOT IN ({known})", "'unknown_variant'"
    if day is not None:
        yield f"{day} IS NULL", "'no_time'"
        for outside in outside_days(experiment, day, until):
            yield outside, "'outside'"


def arm(experiment: Experiment, variant: str) -> str:
    """The arm a recorded variant stands for; the recorded one itself where it is none."""
    arms = [(literal(recorded), literal(name)) for recorded, name in recorded_arms(experiment)]
    return f"COALESCE({choice(variant, arms)}, {variant})"
