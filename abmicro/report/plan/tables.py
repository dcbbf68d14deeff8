"""The tables of a plan: cells of text that every rendering shows alike."""

from __future__ import annotations

from math import isnan

from abmicro import formatting
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.phrases import asked_share
from abmicro.planning.results import (
    GoalPlan,
    PairPlan,
    Plan,
    PlannedStatement,
    Promise,
    Shipping,
    Size,
    Wait,
    Week,
)
from abmicro.report.blocks import Column, Table
from abmicro.report.plan.words import CLAIMS
from abmicro.report.words import NOTHING, planned_lift

GATE_HEADS = ("Planned", "Level", "Power")


def goals(plan: Plan) -> Table:
    """Every goal: what its planned lift takes, and what the allowed weeks find."""
    heads = (
        *("Baseline", "Planned", "Level", "In all", "Per variant", "Time"),
        *("Power", "Smallest found"),
    )
    columns = (Column("Goal", False), Column("Asks", False), *map(Column, heads))
    table = Table(columns, tuple(_goal_row(plan, one) for one in plan.goals))
    return (
        table
        if plan.has_traffic
        else table.without("Time").without("Power").without("Smallest found")
    )


def _goal_row(plan: Plan, one: GoalPlan) -> tuple[str, ...]:
    show = formatting.mean if one.is_value else formatting.rate
    return (
        _named(plan, one),
        "any change" if one.asks == "change" else "no loss beyond",
        show(one.baseline),
        planned_lift(one.lift),
        formatting.level(one.alpha),
        *cost(one.size),
        chance(one.power),
        lift(one.detectable),
    )


def gates(plan: Plan, ship: Shipping) -> Table:
    """What shipping asks for, each with its power by itself."""
    columns = (Column("Goal", False), Column("Asks", False), *map(Column, GATE_HEADS))
    rows = (
        (
            plan.experiment.names.head(one.goal),
            "better" if one.asks == "change" else "no loss beyond",
            lift(one.lift),
            formatting.level(one.alpha),
            chance(one.power),
        )
        for one in ship.gates
    )
    return Table(columns, tuple(rows))


def _named(plan: Plan, one: GoalPlan) -> str:
    """The name of a goal with what sets it apart."""
    per = f"per {one.per}" if one.per else ""
    marks = (mark for mark in (one.kind, one.role, per) if mark in {"macro", "guardrail", per})
    told = ", ".join(filter(None, marks))
    goal = plan.experiment.names.head(one.goal)
    return f"{goal} ({told})" if told else goal


def chance(value: float) -> str:
    """A probability, or nothing."""
    return NOTHING if isnan(value) else formatting.probability(value)


def cost(size: Size | None) -> tuple[str, str, str]:
    """How many in all and per variant, time."""
    if size is None:
        return NOTHING, NOTHING, NOTHING
    return units(size.total), per_arm(size), formatting.weeks(size.weeks)


def units(value: float) -> str:
    """A whole number; in words where no number would do.

    >>> units(25578.0), units(float("inf"))
    ('25,578', 'no number')
    """
    return "no number" if value == float("inf") else formatting.count(value)


def per_arm(size: Size) -> str:
    """How many of each variant in the order of the variants, once where they are equal."""
    counts = list(dict.fromkeys(units(variant.units) for variant in size.arms))
    return (
        counts[0] if len(counts) == 1 else " / ".join(units(variant.units) for variant in size.arms)
    )


def lift(value: float) -> str:
    """A lift with three digits that count: the size of a test goes with its square.

    >>> lift(0.09045), lift(-0.1284), lift(float("nan"))
    ('+9.04%', '-12.8%', '-')
    """
    return NOTHING if isnan(value) else formatting.percent(value, width=abs(value) / 10)


def claims(plan: Plan, micro: str) -> Table:
    """What each statement about one micro goal and the macro goal costs."""
    heads = ("Macro change", "In all", "Per variant", "Time", "Times", "Level")
    columns = (
        Column("Statement", False),
        Column("Gain kept", False),
        *map(Column, heads),
    )
    rows = (
        (
            statement(plan, one),
            arrives(one),
            lift(one.macro_lift) if one.macro_lift else "none",
            *cost(one.size),
            formatting.decimal(one.times),
            formatting.level(one.alpha),
        )
        for one in plan.claims
        if one.micro == micro
    )
    table = Table(columns, tuple(rows))
    return table if plan.has_traffic else table.without("Time")


def statement(plan: Plan, one: PlannedStatement) -> str:
    """A statement in words."""
    share = asked_share(plan.experiment.analysis.carry_threshold)
    names = plan.experiment.names
    told = CLAIMS[one.claim].format(
        micro=names.goal(one.micro), macro=names.goal(one.macro), share=share
    )
    return sentence_case(told)


def claimed(plan: Plan, one: PlannedStatement) -> str:
    """What a statement is about."""
    name = plan.experiment.names.goal
    moved = {"micro_moved": one.micro, "macro_up": one.macro}
    goal = moved.get(one.claim)
    return f"what share reached {name(one.macro)}" if goal is None else f"{name(goal)} moved"


def arrives(one: PlannedStatement) -> str:
    """The pass-through under which a statement is found."""
    if isnan(one.pass_through):
        return "any"
    share = asked_share(one.pass_through)
    return {0.0: "none", 0.5: share, 1.0: "all"}.get(one.pass_through, share)


def pairs(plan: Plan) -> Table:
    """How each micro goal stands to the macro goal."""
    heads = ("Correlation", "Passed on", "Times as many", "Wrong way", "At any size")
    columns = (Column("Micro goal", False), Column("Macro goal", False), *map(Column, heads))
    return Table(columns, tuple(_pair_row(plan, one) for one in plan.pairs))


def _pair_row(plan: Plan, one: PairPlan) -> tuple[str, ...]:
    return (
        plan.experiment.names.head(one.micro),
        plan.experiment.names.head(one.macro),
        formatting.decimal(one.phi),
        formatting.rate(one.dilution),
        formatting.decimal(one.speed),
        chance(one.sign_error),
        formatting.probability(one.floor),
    )


def weeks(plan: Plan, goal: str) -> Table:
    """What one goal can tell, week by week."""
    heads = ("In all", "Smallest found", "Power", "95% certain")
    rows = (_week_row(one) for one in plan.weeks if one.goal == goal)
    return Table((Column("After", False), *map(Column, heads)), tuple(rows))


def _week_row(one: Week) -> tuple[str, ...]:
    return (
        formatting.weeks(one.week),
        formatting.count(one.units),
        lift(one.detectable),
        chance(one.power),
        chance(one.sure),
    )


def promises(plan: Plan) -> Table:
    """What a finding will be worth."""
    heads = ("Power", "Exaggeration", "Wrong way", "Chance of a gain", "Safe after")
    columns = (Column("Goal", False), Column("Ends after", False), *map(Column, heads))
    return Table(columns, tuple(_promise_row(plan, one) for one in plan.promises))


def _promise_row(plan: Plan, one: Promise) -> tuple[str, ...]:
    return (
        plan.experiment.names.head(one.goal),
        formatting.weeks(one.weeks),
        formatting.probability(one.power),
        f"{formatting.decimal(one.exaggeration)} times",
        formatting.probability(one.wrong_sign),
        formatting.probability(one.assurance),
        units(one.safe.total),
    )


def wins(plan: Plan) -> Table:
    """Significant gains in ten tests like this one, by the share of tests with a real effect."""
    heads = ("If real", "Wins in ten", "Of them real", "Win is none")
    columns = (Column("Goal", False), *map(Column, heads))
    rows = (
        (
            plan.experiment.names.head(one.goal),
            formatting.level(risk.true_share),
            formatting.decimal(risk.wins),
            formatting.decimal(risk.true),
            formatting.probability(risk.false_positive),
        )
        for one in plan.promises
        for risk in one.risks
    )
    return Table(columns, tuple(rows))


def waiting(plan: Plan) -> Table:
    """What deciding after so many weeks costs on average."""
    heads = ("In all", "Worse variant taken", "Cost of waiting", "Cost of errors", "Together")
    rows = tuple(_wait_row(one) for one in plan.waiting)
    return Table((Column("Decide after", False), *map(Column, heads)), rows)


def _wait_row(one: Wait) -> tuple[str, ...]:
    return (
        formatting.weeks(one.weeks),
        formatting.count(one.units),
        formatting.probability(one.wrong),
        formatting.rate(one.waiting),
        formatting.rate(one.error),
        formatting.rate(one.regret),
    )


def equal_arms(plan: Plan) -> bool:
    """Whether every variant gets as many units as every other."""
    shares = [variant.share for variant in plan.experiment.variants]
    return max(shares) - min(shares) < 1e-9


def fitted(plan: Plan, table: Table) -> Table:
    """A table with the size of a variant where one number says it; else notes tell it."""
    return table if equal_arms(plan) else table.without("Per variant")
