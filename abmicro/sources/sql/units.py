"""The SELECT of the units shape: a row is a unit, so one GROUP BY says all.

Where several rows of a unit add up, another GROUP BY makes units of them first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from abmicro.counts import ANALYSED
from abmicro.experiment.data.row_condition import parse_condition
from abmicro.experiment.model import Experiment, Goal
from abmicro.sources.cell_words import FALSE, TRUE
from abmicro.sources.sql.caps import capping, not_excluded, told_caps
from abmicro.sources.sql.columns import (
    added,
    columns_of,
    rates,
    recorded_arms,
    recorded_variant,
)
from abmicro.sources.sql.exclusions import arm, kept, leaving
from abmicro.sources.sql.fragments import (
    Items,
    choice,
    first_true,
    flag,
    literal,
    name,
    nested,
    select,
    steps,
    total,
)

SEVERAL = "(several)"
"""The level of a trait in which rows of one unit differ."""
PAST = ".before.column"
"""How the key of a value from before ends."""


def units_select(experiment: Experiment, relation: str, until: datetime | None) -> str:
    """One row per variant, traits, day and pattern of goals, with its units and totals.

    Goal columns pass as they are, so that anything but 0 and 1 comes out as a cell of its own and
    can be refused by name; a missing value of a value goal is a status of its own.
    relation: item of FROM; until: only units of days before this moment's are looked at.
    """
    labels, adds_up = columns_of(experiment), experiment.require_data().repeats is not None
    if adds_up:
        items, rows = _add_up(experiment, relation, until)
    else:
        items = _of_rows(experiment)
        rows = select(items, relation)
    group = [alias for _, alias in items if alias != "n" and not alias.startswith("m")]
    totals = [("COUNT(*)", "units"), *([("SUM(n)", "n")] if adds_up else [])]
    totals += _totals(len(labels.measures))
    columns = [*((alias, alias) for alias in group), *totals]
    if not labels.capped:
        cells = select(columns, nested(rows, "data"), group=group)
        return select(_outer(experiment, until), nested(cells, "cells"))
    counts = [
        f"{_status(experiment, until)} = {literal(ANALYSED)}",
        *not_excluded(experiment, "g"),
    ]
    others = [alias for _, alias in items if not alias.startswith("m")]
    caps = capping(experiment, labels, "data", counts, others)
    columns += [(told, f"c{at}") for at, told in enumerate(told_caps(experiment))]
    cells = select(columns, "held", group=group)
    last = select(_outer(experiment, until), nested(cells, "cells"))
    return steps([("data", rows), *caps], last)


def _of_rows(experiment: Experiment) -> Items:
    """What a row says: expression and alias."""
    unit = experiment.require_data().columns.unit
    items = [*_keys(experiment), *_amounts(experiment)]
    for alias, columns in _lacking(experiment):
        missing = " OR ".join(f"{name(column)} IS NULL" for column in columns)
        items.append((flag(missing), alias))
    if unit is not None:
        items.append((flag(f"{name(unit)} IS NOT NULL"), "named"))
    if (looked_at := kept(experiment)) is not None:
        items.append((looked_at, "kept"))
    return items


def _amounts(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """The measures; one from before that is empty is nothing, as is an amount that may be so."""
    zero = {key for goal in experiment.goals if goal.missing == "zero" for key in _keys_of(goal)}
    for at, (key, column) in enumerate(added(experiment)):
        amount = f"CAST({name(column)} AS DOUBLE)"
        filled = key in zero or key.endswith(PAST)
        yield (f"COALESCE({amount}, 0)" if filled else amount), f"m{at}"


def _lacking(experiment: Experiment) -> Iterator[tuple[str, list[str]]]:
    """Columns that must not be empty: those that are refused, then those that leave units out."""
    columns = dict(added(experiment))
    for alias, rule in (("valueless", None), ("emptied", "leave_out")):
        keys = (key for goal in experiment.goals if goal.missing == rule for key in _keys_of(goal))
        if asked := list(dict.fromkeys(columns[key] for key in keys if key in columns)):
            yield alias, asked


def _keys_of(goal: Goal) -> tuple[str, ...]:
    """The keys of the amounts that a goal adds up."""
    return tuple(f"goals.{goal.name}.{key}" for key in ("value", "column", "per"))


def _keys(experiment: Experiment) -> Items:
    """What tells cells apart: expression and alias."""
    columns = experiment.require_data().columns
    keys = [(recorded_variant(experiment), "variant")]
    keys += [(name(one.column), f"s{at}") for at, one in enumerate(experiment.segments)]
    if columns.period is not None:
        keys.append((f"CAST({name(columns.period)} AS DATE)", "period"))
    goals, rule = [_goal(goal) for goal in rates(experiment)], experiment.exposure.exclude
    if rule is not None:
        goals.append(f"CASE WHEN {name(rule.of)} > {rule.more_than:.0f} THEN 1 ELSE 0 END")
    return keys + [(goal, f"g{at}") for at, goal in enumerate(goals)]


def _add_up(experiment: Experiment, relation: str, until: datetime | None) -> tuple[Items, str]:
    """Columns and query of one row per unit.

    A goal is reached with one row, amounts add up and the first day counts. Of values from before,
    which rows only repeat, the largest counts. Two variants cross a unit, and of a trait that
    differs only that is known. relation, until: as in `units_select`.
    """
    rows = _of_rows(experiment)
    own = [alias for _, alias in rows if alias in ("named", "kept")]
    items = [*_of_unit(experiment, rows), *zip(own, own, strict=True)]
    items += [(flag("MIN(arm) <> MAX(arm)"), "crossed"), ("COUNT(*)", "n")]
    columns, rule = experiment.require_data().columns, experiment.exposure.exclude
    variants = ((literal(value), literal(named)) for value, named in recorded_arms(experiment))
    arm = choice(recorded_variant(experiment), variants)
    told = [(name(str(columns.unit)), "u"), (arm, "arm"), *rows]
    if rule is not None:
        told.append((f"CAST({name(rule.of)} AS DOUBLE)", "many"))
    on_time = [_before(columns.period, until)] if columns.period and until else []
    looked_at = select(told, relation, where=on_time)
    return items, select(items, nested(looked_at, "rows_of"), group=["u", *own])


def _of_unit(experiment: Experiment, rows: Items) -> Items:
    """What the rows of a unit say together: expression and alias."""
    recorded = ", ".join(literal(value) for value, _ in recorded_arms(experiment))
    stranger = f"CASE WHEN variant NOT IN ({recorded}) THEN variant END"
    made = {
        "variant": f"COALESCE(MIN({stranger}), MIN(variant))",
        "period": "MIN(period)",
        "valueless": "MAX(valueless)",
        "emptied": "MAX(emptied)",
    }
    items: Items = [(made[alias], alias) for _, alias in rows if alias in made]
    items += [(_one_level(alias), alias) for _, alias in rows if alias.startswith("s")]
    items += [(_reached(alias), alias) for _, alias in rows if alias.startswith("g")]
    if (rule := experiment.exposure.exclude) is not None:  # the last goal, of the rows together
        items[-1] = (flag(f"SUM(many) > {rule.more_than:.0f}"), items[-1][1])
    for at, (key, _) in enumerate(added(experiment)):
        together = f"MAX(m{at})" if key.endswith(PAST) else f"CAST({total(f'm{at}')} AS DOUBLE)"
        items.append((together, f"m{at}"))
    return items


def _before(period: str, until: datetime) -> str:
    day = f"CAST({name(period)} AS DATE)"
    return f"({day} < CAST({literal(until.date().isoformat())} AS DATE) OR {day} IS NULL)"


def _one_level(trait: str) -> str:
    level = f"CAST({trait} AS TEXT)"
    return f"CASE WHEN MIN({level}) <> MAX({level}) THEN {literal(SEVERAL)} ELSE MIN({level}) END"


def _reached(goal: str) -> str:
    """1 where a row says so, NULL where none does and one says nothing, else 0.

    A row that says neither 0 nor 1 is passed on, to be refused by name.
    """
    said = f"NULLIF(TRIM(LOWER(CAST({goal} AS TEXT))), '')"
    yes, no = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
    odd = f"MAX(CASE WHEN {said} NOT IN ({yes}, {no}) THEN CAST({goal} AS TEXT) END)"
    cases = [
        (f"MAX({flag(f'{said} IN ({yes})')}) = 1", "'1'"),
        (f"COUNT({said}) < COUNT(*)", "NULL"),
    ]
    return f"COALESCE({odd}, {first_true(cases, literal('0'))})"


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


def _status(experiment: Experiment, until: datetime | None) -> str:
    """What becomes of a unit, or of the units of a cell."""
    data = experiment.require_data()
    cases = [("kept = 0", "'filtered'")] if kept(experiment) is not None else []
    cases += [("named = 0", "'no_unit'")] if data.columns.unit is not None else []
    cases += leaving(experiment, "variant", data.columns.period and "period", until)
    cases += [] if data.repeats is None else [("crossed = 1", "'crossed'")]
    status = {"valueless": "'no_value'", "emptied": "'empty_value'"}
    cases += [(f"{alias} = 1", status[alias]) for alias, _ in _lacking(experiment)]
    return first_true(cases, literal(ANALYSED))


def _outer(experiment: Experiment, until: datetime | None) -> Items:
    """The columns of the joint table over the grouped cells."""
    labels, data = columns_of(experiment), experiment.require_data()
    named, filtered = data.columns.unit is not None, kept(experiment) is not None
    crossed = [] if data.repeats is None else [("crossed = 1", "NULL")]
    made = [
        _status(experiment, until),
        first_true(crossed, arm(experiment, "variant")),
        *(f"CAST(s{at} AS TEXT)" for at in range(len(labels.segments))),
        "NULL" if data.columns.period is None else "period",
        *(f"g{at}" for at in range(len(labels.goals))),
        " * ".join(["units", *["named"] * named, *["kept"] * filtered]),
        "units" if data.repeats is None else "n",
        *(alias for _, alias in _totals(len(labels.measures))),
        *(f"c{at}" for at in range(len(labels.capped))),
        "NULL",
    ]
    return list(zip(made, map(name, labels.names), strict=True))
