"""The SELECT of the counts shape: a row holds totals, and the nested funnel makes patterns of them.

The steps of the funnel are nested, so the units that stopped at a step are the difference of two
totals; every other goal stands apart. Rows are not added up here, so that a row that contradicts
itself can be named; the joint table adds them.
"""

from __future__ import annotations

from datetime import datetime

from abmicro.counts import ANALYSED
from abmicro.counts.row_format import Columns
from abmicro.experiment.model import Experiment
from abmicro.sources.sql.columns import columns_of, rates, recorded_variant, squares, values
from abmicro.sources.sql.exclusions import arm, kept, leaving
from abmicro.sources.sql.fragments import Items, first_true, literal, name, select, steps


def totals_select(experiment: Experiment, relation: str, until: datetime | None) -> str:
    """One row per row of the data and pattern of the funnel, then the totals apart.

    relation: item of FROM; until: only days before this moment's are looked at.
    """
    labels = columns_of(experiment)
    parts = [_pattern(labels, at) for at in range(len(labels.goals) + 1)]
    parts += [_apart(labels)] if labels.apart else []
    joined = "\nUNION ALL\n".join([*parts, _left_out(labels)])
    return steps([("totals", totals_rows(experiment, relation, until))], joined)


def totals_rows(experiment: Experiment, relation: str, until: datetime | None) -> str:
    """The rows of the data under short names.

    status, variant, period, n0 units, s0 .. traits, n1 .. steps, a0, q0 .. totals and squares of
    the goals apart.
    """
    labels = columns_of(experiment)
    columns = experiment.require_data().columns
    variant = recorded_variant(experiment)
    day = f"CAST({name(columns.period)} AS DATE)" if columns.period else "NULL"
    column = {goal.name: goal.column or goal.name for goal in rates(experiment)}
    column |= {goal.name: str(goal.value) for goal in values(experiment)}
    square = column | {goal.name: squares(goal) for goal in values(experiment)}
    looked_at = kept(experiment)
    cases = [] if looked_at is None else [(f"{looked_at} = 0", "'filtered'")]
    cases += leaving(experiment, variant, columns.period and day, until)
    status = first_true(cases, literal(ANALYSED))
    items: Items = [
        (status, "status"),
        (arm(experiment, variant), "variant"),
        (day, "period"),
        (name(str(columns.units)), "n0"),
    ]
    traits = [segment.column for segment in experiment.segments]
    items += [(f"CAST({name(trait)} AS TEXT)", f"s{at}") for at, trait in enumerate(traits)]
    items += [(name(column[step]), f"n{at}") for at, step in enumerate(labels.goals, 1)]
    for at, goal in enumerate(labels.apart):
        items += [(name(column[goal]), f"a{at}"), (name(square[goal]), f"q{at}")]
    return select(items, relation)


def _pattern(labels: Columns, reached: int) -> str:
    """Units that passed so many steps and not the next."""
    bits = [str(int(at < reached)) for at in range(len(labels.goals))]
    last = reached == len(labels.goals)
    units = f"n{reached}" if last else f"n{reached} - n{reached + 1}"
    apart = ["NULL"] * (2 * len(labels.apart))
    return _part(labels, [*bits, units, str(int(reached == 0)), *apart])


def _apart(labels: Columns) -> str:
    """Totals of the goals outside the funnel."""
    apart = [f"{kind}{at}" for at in range(len(labels.apart)) for kind in "aq"]
    return _part(labels, [*["NULL"] * len(labels.goals), "NULL", "0", *apart])


def _part(labels: Columns, made: list[str]) -> str:
    traits = [f"s{at}" for at in range(len(labels.segments))]
    columns = ["status", "variant", *traits, "period", *made, "NULL"]
    items = list(zip(columns, map(name, labels.names), strict=True))
    return select(items, "totals", where=[f"status = {literal(ANALYSED)}"])


def _left_out(labels: Columns) -> str:
    """Units of rows that are not analysed."""
    units = "SUM(CASE WHEN status = 'filtered' THEN 0 ELSE n0 END)"
    made = {"status": "status", "variant": "variant", "units": units, "rows": "COUNT(*)"}
    items = [(made.get(label, "NULL"), name(label)) for label in labels.names]
    where = [f"status <> {literal(ANALYSED)}"]
    return select(items, "totals", where=where, group=["status", "variant"])
