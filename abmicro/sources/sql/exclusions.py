"""Rows of units and counts that are left out: unknown variants, days outside the test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from abmicro.experiment.model import Experiment
from abmicro.sources.sql.columns import recorded_arms
from abmicro.sources.sql.fragments import choice, condition, flag, literal, nested, select
from abmicro.sources.sql.time import outside_days


def meant(experiment: Experiment, relation: str) -> str:
    """An item of FROM with the rows that `data.where` keeps; the same one without it."""
    where = experiment.require_data().where
    if where is None:
        return relation
    return nested(select([("*", "*")], relation, where=[condition(where)]), "meant")


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


def kept(experiment: Experiment) -> str | None:
    """1 for rows that `data.where` keeps, 0 for all others; None where it keeps all."""
    where = experiment.require_data().where
    return None if where is None else flag(condition(where))


def arm(experiment: Experiment, variant: str) -> str:
    """The variant a recorded variant stands for; the recorded one itself where it is none."""
    variants = [(literal(recorded), literal(name)) for recorded, name in recorded_arms(experiment)]
    return f"COALESCE({choice(variant, variants)}, {variant})"
