"""Caps of amounts in SQL: what a larger one counts as, given or found among the positive ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from abmicro.counts.row_format import Columns
from abmicro.experiment.goals.amount_keys import basis_points
from abmicro.experiment.model import Experiment, Goal
from abmicro.sources.sql.columns import capped, columns_of
from abmicro.sources.sql.fragments import nested, select


def capping(
    experiment: Experiment,
    labels: Columns,
    relation: str,
    counts: Sequence[str],
    kept: Iterable[str],
) -> Iterator[tuple[str, str]]:
    """Named queries that find caps and, the last one, `held`: a row per unit with capped amounts.

    relation: a query with a row per unit, its measures as m0 and on; counts: conditions that a
    unit counts; kept: its other columns. Column c0 and on of `held` are the caps. A value from
    before that is the same measure is capped alike.
    """
    goals = capped(experiment)
    caps = {goal.name: _given(goal) or f"cap{at}.cap" for at, goal in enumerate(goals)}
    amounts = {f"m{at}": f"m{at}" for at in range(len(labels.measures))}
    for at, goal in enumerate(goals):
        alias = f"m{labels.measures.index(goal.name)}"
        amounts[alias] = _held(alias, caps[goal.name])
        if goal.before is not None and goal.before.window is not None:
            past = f"m{labels.measures.index(goal.past)}"
            amounts[past] = _held(past, caps[goal.name])
        if _given(goal) is None:
            yield f"cap{at}", _found(goal, alias, relation, counts)
    sought = [f"cap{at}" for at, goal in enumerate(goals) if _given(goal) is None]
    items = [
        *((column, column) for column in kept),
        *((amount, alias) for alias, amount in amounts.items()),
        *((cap, f"c{at}") for at, cap in enumerate(caps.values())),
    ]
    yield "held", select(items, "\nCROSS JOIN ".join([relation, *sought]))


def not_excluded(experiment: Experiment, bits: str) -> Iterator[str]:
    """Condition that no rule leaves a unit out; bits: how the aliases of its pattern begin."""
    rule = experiment.exposure.exclude
    if rule is not None:
        yield f"{bits}{columns_of(experiment).goals.index(rule.label)} = 0"


def told_caps(experiment: Experiment) -> list[str]:
    """The caps in a grouped query over `held`, in the order of their columns."""
    return [f"MIN(c{at})" for at in range(len(capped(experiment)))]


def _given(goal: Goal) -> str | None:
    """The cap as a literal where the definition says the amount; None where it is to be found.

    >>> _given(Goal(name="spend", kind="macro", value="spend", cap=500))
    'CAST(500.0 AS DOUBLE)'
    """
    return None if isinstance(goal.cap, str) else f"CAST({goal.cap!r} AS DOUBLE)"


def _found(goal: Goal, amount: str, relation: str, counts: Sequence[str]) -> str:
    """A SELECT of the smallest amount that so many of the positive ones do not exceed.

    Sums of a unit carry noise beyond the ninth place, hence a cap has nine.
    """
    ranked = select(
        [
            (amount, "amount"),
            (f"ROW_NUMBER() OVER (ORDER BY {amount})", "place"),
            ("COUNT(*) OVER ()", "amounts"),
        ],
        relation,
        where=[*counts, f"{amount} > 0"],
    )
    enough = f"place * 10000 >= amounts * {basis_points(str(goal.cap))}"
    least = "CAST(CAST(MIN(amount) AS DECIMAL(38, 9)) AS DOUBLE)"
    return select([(least, "cap")], nested(ranked, "ranked"), where=[enough])


def _held(amount: str, cap: str) -> str:
    """An amount that is at most its cap; all of it where nothing was found.

    >>> _held("m0", "cap0.cap")
    'CASE WHEN m0 > cap0.cap THEN cap0.cap ELSE m0 END'
    """
    return f"CASE WHEN {amount} > {cap} THEN {cap} ELSE {amount} END"
