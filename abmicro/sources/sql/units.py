"""The SELECT of the units shape: a row is a unit, so one GROUP BY says all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from abmicro.counts import ANALYSED
from abmicro.experiment.data.row_condition import parse_condition
from abmicro.experiment.model import Experiment, Goal
from abmicro.sources.sql.columns import added, columns_of, rates
from abmicro.sources.sql.exclusions import arm, kept, leaving
from abmicro.sources.sql.fragments import first_true, flag, literal, name, nested, select, total


def units_select(experiment: Experiment, relation: str, until: datetime | None) -> str:
    """One row per variant, traits, day and pattern of goals, with its units and totals.

    Goal columns pass as they are, so that anything but 0 and 1 comes out as a cell of its own and
    can be refused by name; a missing value of a value goal is a status of its own.
    relation: item of FROM; until: only units of days before this moment's are looked at.
    """
    keys = _keys(experiment)
    measures = [column for _, column in added(experiment)]
    unit = experiment.require_data().columns.unit
    inner = [*keys, *((f"CAST({name(column)} AS DOUBLE)", f"m{at}")
                      for at, column in enumerate(measures))]  # fmt: skip
    if measures:
        missing = " OR ".join(f"{name(column)} IS NULL" for column in measures)
        inner.append((flag(missing), "valueless"))
    if unit is not None:
        inner.append((flag(f"{name(unit)} IS NOT NULL"), "named"))
    if (looked_at := kept(experiment)) is not None:
        inner.append((looked_at, "kept"))
    group = [alias for _, alias in inner if not alias.startswith("m")]
    totals = [("COUNT(*)", "units"), *_totals(len(measures))]
    cells = select(
        [*((alias, alias) for alias in group), *totals], nested(select(inner, relation), "data"),
        group=group,
    )  # fmt: skip
    return select(_outer(experiment, unit is not None, until), nested(cells, "cells"))


def _keys(experiment: Experiment) -> list[tuple[str, str]]:
    """What tells cells apart: expression and alias."""
    columns = experiment.require_data().columns
    keys = [(f"CAST({name(str(columns.variant))} AS TEXT)", "variant")]
    keys += [(name(one.column), f"s{at}") for at, one in enumerate(experiment.segments)]
    if columns.period is not None:
        keys.append((f"CAST({name(columns.period)} AS DATE)", "period"))
    goals, rule = [_goal(goal) for goal in rates(experiment)], experiment.exposure.exclude
    if rule is not None:
        goals.append(f"CASE WHEN {name(rule.of)} > {rule.more_than:.0f} THEN 1 ELSE 0 END")
    return keys + [(goal, f"g{at}") for at, goal in enumerate(goals)]


def _goal(goal: Goal) -> str:
    """The 0/1 of a goal; NULL where a condition cannot be told, so that nothing is a silent 0."""
    if goal.where is None:
        return name(goal.column or goal.name)
    condition = parse_condition(goal.where).sql("duckdb")
    return f"CASE WHEN {condition} THEN 1 WHEN NOT ({condition}) THEN 0 END"


def _totals(measures: int) -> Iterator[tuple[str, str]]:
    for at in range(measures):
        yield total(f"m{at}"), f"sum{at}"
    for at in range(measures):
        for other in range(at, measures):
            yield total(f"m{at} * m{other}"), f"product{at}_{other}"


def _outer(experiment: Experiment, named: bool, until: datetime | None) -> list[tuple[str, str]]:
    """The columns of the joint table over the grouped cells."""
    labels = columns_of(experiment)
    clock = experiment.require_data().columns.period is not None
    filtered = kept(experiment) is not None
    cases = [("kept = 0", "'filtered'")] if filtered else []
    cases += [("named = 0", "'no_unit'")] if named else []
    cases += leaving(experiment, "variant", "period" if clock else None, until)
    cases += [("valueless = 1", "'no_value'")] if labels.measures else []
    made = [
        first_true(cases, literal(ANALYSED)),
        arm(experiment, "variant"),
        *(f"CAST(s{at} AS TEXT)" for at in range(len(labels.segments))),
        "period" if clock else "NULL",
        *(f"g{at}" for at in range(len(labels.goals))),
        " * ".join(["units", *["named"] * named, *["kept"] * filtered]),
        "units",
        *(alias for _, alias in _totals(len(labels.measures))),
        "NULL",
    ]
    return list(zip(made, map(name, labels.names), strict=True))
