"""Which goals a data file seems to hold, and which of them lead to the macro goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from abmicro.counts.row_format import ANALYSED
from abmicro.sources import vocabulary
from abmicro.sources.engines.engine import Engine
from abmicro.sources.sheets.sheet import CountsSheet
from abmicro.sources.sql.fragments import literal, name, nested, select

Goals = dict[str, dict[str, str]]
"""Goal to the keys of its table in the experiment file, micro goals first."""

MOST_EVENTS = 50
MOST_MICRO_GOALS = 8
# A milestone is what hardly any unit with the macro goal lacks; the check of capture asks the same.
LACKING = 0.05
# What hardly any unit lacks, such as a page view, cannot be raised.
COMMON = 0.99


def of_units(engine: Engine, sample: str, truths: Sequence[str], numbers: Sequence[str]) -> Goals:
    """Goals of columns that hold 0 and 1, and of those that are called like money.

    Where there are amounts only, having any is the goal that is a rate.
    """
    bits = {column: f"CAST({name(column)} AS INTEGER)" for column in truths}
    goals = _on_the_way(engine, sample, bits, "1")
    values = [column for column in numbers if vocabulary.says(column, vocabulary.VALUE)]
    if values and not goals:
        any_of = {"kind": "macro", "role": "primary", "where": f"{name(values[0])} > 0"}
        goals = {f"any {values[0]}": any_of}
    return goals | {column: {"kind": "macro", "value": column} for column in values}


def of_events(engine: Engine, sample: str, unit: str | None, event: str | None) -> Goals:
    """Goals of the most frequent events, judged by which units have them."""
    if unit is None or event is None:
        return {}
    counted = select([(name(event), "event"), ("COUNT(*)", "times")], sample, group=[name(event)])
    found = engine.rows(f"{counted}\nORDER BY times DESC, event LIMIT {MOST_EVENTS}")
    events = [str(one) for one, _ in found if one is not None]
    wanted = [one for one in events if not vocabulary.says(one, vocabulary.EXPOSURE)]
    bits = {one: f"e{at}" for at, one in enumerate(wanted)}
    has = [
        (f"MAX(CASE WHEN {name(event)} = {literal(one)} THEN 1 ELSE 0 END)", alias)
        for one, alias in bits.items()
    ]
    by_unit = select([(name(unit), "unit"), *has], sample, group=[name(unit)])
    return _on_the_way(engine, nested(by_unit, "by_unit"), bits, "1")


def amounts_of_events(
    engine: Engine, sample: str, event: str | None, goals: Goals, numbers: Sequence[str]
) -> Goals:
    """Goals of amounts that a log may have: of columns called like money, for the owner to choose.

    Each is of the macro goal's event where that has amounts, else of the event that has most.
    """
    found: Goals = {}
    macro = next((goal for goal, keys in goals.items() if keys["kind"] == "macro"), "")
    paid = [one for one in numbers if vocabulary.says(one, vocabulary.VALUE) and one not in goals]
    for column in paid if event is not None else ():
        items = [(f"CAST({name(str(event))} AS TEXT)", "event"), (f"COUNT({name(column)})", "held")]
        counted = select(items, sample, group=[items[0][0]])
        rows = engine.rows(f"{counted}\nORDER BY held DESC, event LIMIT {MOST_EVENTS}")
        held = [str(one) for one, amounts in rows if one is not None and amounts]
        if held:
            of = macro if macro in held else held[0]
            found[column] = {"kind": "macro", "event": of, "value": column}
    return found


def of_joint(engine: Engine, sample: str, columns: Sequence[str]) -> Goals:
    """Goals of a joint table."""
    cells = select([("*", "*")], sample, where=[f"status = {literal(ANALYSED)}"])
    bits = {column.removeprefix("goal__"): name(column) for column in columns}
    return _on_the_way(engine, nested(cells, "cells"), bits, name("units"))


def of_sheet(sheet: CountsSheet) -> Goals:
    """Goals of a sheet of counts; milestones are those that no row has fewer of than the next."""
    held = zip(*(row[1:] for row in sheet.counts), strict=True)
    columns = dict(zip(sheet.goals, held, strict=True))
    totals = {goal: sum(column) for goal, column in columns.items()}
    macro = _macro(totals)
    path = [macro]
    for goal in sorted(totals, key=lambda one: totals[one]):
        above = zip(columns[goal], columns[path[-1]], strict=True)
        if goal != macro and all(more >= less for more, less in above):
            path.append(goal)
    actions = [one for one in totals if one not in path]
    return _tables(macro, path[:0:-1], actions, most=len(totals))


def _on_the_way(engine: Engine, relation: str, bits: Mapping[str, str], weight: str) -> Goals:
    """Goals that some and not nearly all units reach, sorted by what buyers have before."""
    if not bits:
        return {}
    reached = [(f"SUM({weight} * {bit})", f"s{at}") for at, bit in enumerate(bits.values())]
    (row,) = engine.rows(select([(f"SUM({weight})", "units"), *reached], relation))
    units = row[0] or 0
    totals = {
        goal: total
        for goal, total in zip(bits, row[1:], strict=True)
        if total and total < COMMON * units
    }
    if not totals:
        return {}
    macro = _macro(totals)
    both = [
        (f"SUM({weight} * {bits[macro]} * {bits[goal]})", f"b{at}")
        for at, goal in enumerate(totals)
    ]
    (row,) = engine.rows(select(both, relation))
    shared = dict(zip(totals, row, strict=True))
    micro = sorted((one for one in totals if one != macro), key=lambda one: -totals[one])
    path = [one for one in micro if shared[one] >= (1 - LACKING) * totals[macro]]
    return _tables(macro, path, [one for one in micro if one not in path])


def _macro(totals: Mapping[str, float]) -> str:
    """The goal that is called like one that pays, else the rarest."""
    named = vocabulary.best(totals, vocabulary.MACRO, whole=False)
    return named or min(totals, key=lambda goal: (totals[goal], goal))


def _tables(
    macro: str,
    milestones: Sequence[str],
    actions: Sequence[str],
    most: int = MOST_MICRO_GOALS,
) -> Goals:
    kinds = [(goal, "milestone") for goal in milestones] + [(goal, "action") for goal in actions]
    micro = {goal: {"kind": kind} for goal, kind in kinds[:most]}
    return micro | {macro: {"kind": "macro"}}
