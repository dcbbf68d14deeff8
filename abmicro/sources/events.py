"""The SELECT of the events shape: a row is an event, and attribution makes units of them.

Four steps, each a query over the one before:

    exposures  per unit: first exposure, arms it was shown in (one group holds all other rows)
    judged     per exposed unit: at which step it leaves, or `analysed` and when its windows close
    seen       per unit of the log: its rows, its traits at first exposure, the goals it reached
    told       judged and seen side by side; its GROUP BY is the joint table

The log is read twice and joined once to a table of exposures, never to itself, so the cost is that
of two scans and two aggregations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from abmicro.counts import ANALYSED
from abmicro.counts.cells import Columns
from abmicro.experiment.condition import parse_condition
from abmicro.experiment.model import Experiment, Goal, TimeUnit
from abmicro.sources import clock
from abmicro.sources.labels import columns_of, data_of, rates, recorded_arms, values
from abmicro.sources.sql import choice, first_true, literal, name, nested, select, steps, total

Items = list[tuple[str, str]]


def events_select(experiment: Experiment, relation: str, until: datetime | None) -> str:
    """One row per status, variant, traits, entry day and pattern of goals.

    relation: item of FROM; until: only events before this moment are looked at.
    """
    return _Events(experiment, relation, until).statement()


@dataclass(frozen=True)
class _Events:
    """What the parts of the statement have in common."""

    experiment: Experiment
    relation: str
    until: datetime | None

    # the words of the log

    @cached_property
    def labels(self) -> Columns:
        return columns_of(self.experiment)

    @cached_property
    def unit_of_time(self) -> TimeUnit:
        return data_of(self.experiment).time_unit

    def column(self, role: str) -> str:
        return name(str(getattr(data_of(self.experiment).columns, role)))

    @property
    def time(self) -> str:
        return clock.as_time(self.unit_of_time, str(data_of(self.experiment).columns.time))

    @property
    def in_time(self) -> list[str]:
        """Condition that keeps what happened before `until`, and rows without a time."""
        if self.until is None:
            return []
        before = f"{self.time} < {clock.moment(self.unit_of_time, self.until)}"
        return [f"({before} OR {self.column('time')} IS NULL)"]

    @property
    def exposing(self) -> str:
        """Condition under which a row is an exposure, be it without a variant we know."""
        event = self.experiment.exposure.event
        if event is None:
            return f"{self.column('variant')} IS NOT NULL"
        return self.is_event(event)

    def is_event(self, event: str) -> str:
        return f"CAST({self.column('event')} AS TEXT) = {literal(event)}"

    @property
    def stranger(self) -> int:
        """The position that stands for every variant the experiment does not know."""
        return len(self.experiment.variants)

    @property
    def arm(self) -> str:
        """Position of the arm that a row exposes to; NULL for every other row."""
        variant = f"CAST({self.column('variant')} AS TEXT)"
        known = [
            (f"{variant} = {literal(recorded)}", str(at))
            for at, (recorded, _) in enumerate(recorded_arms(self.experiment))
        ]
        position = first_true([(f"{variant} IS NULL", "NULL"), *known], str(self.stranger))
        return f"CASE WHEN {self.exposing} THEN {position} END"

    @cached_property
    def windows(self) -> tuple[timedelta, ...]:
        """The different windows, shortest first."""
        goals = (*rates(self.experiment), *values(self.experiment))
        return tuple(sorted({goal.window for goal in goals if goal.window is not None}))

    @property
    def asks_for_end(self) -> bool:
        """Whether the data themselves must say up to when they tell of events."""
        return bool(self.windows) and self.until is None

    @property
    def keeps_crossed(self) -> bool:
        return self.experiment.exposure.crossed == "first"

    # the four steps

    def statement(self) -> str:
        queries = [
            ("exposures", self.exposures()),
            ("judged", self.judged()),
            ("seen", self.seen()),
            *self.reaches(),
        ]
        return steps(queries, f"{self.cells()}\nUNION ALL\n{self.timeless()}")

    @property
    def grouped(self) -> str:
        """The unit, as far as exposures are told apart by it.

        Where an event exposes, every other row falls into one group, which is quicker; else most
        logs carry the variant on every row.
        """
        return "u" if self.experiment.exposure.event is None else "CASE WHEN exposing THEN u END"

    def exposures(self) -> str:
        known, stranger = f"arm < {self.stranger}", f"arm = {self.stranger}"
        end = self.experiment.end
        counted = (
            "arm" if end is None else f"CASE WHEN {stranger} OR {self.before(end)} THEN arm END"
        )
        highest = counted
        if self.experiment.exposure.match:
            highest = f"CASE WHEN {known} THEN {counted} END"
        items = [
            (self.grouped, "u"),
            (f"MIN(CASE WHEN {known} THEN t END)", "t0"),
            (f"MIN({counted})", "lowest"),
            (f"MAX({highest})", "highest"),
            ("SUM(CASE WHEN u IS NOT NULL AND t IS NULL THEN 1 ELSE 0 END)", "timeless"),
        ]
        if self.asks_for_end:
            items.append(("MAX(t)", "latest"))
        timed = f"{self.column('time')} IS NOT NULL"
        log = select(
            [
                (self.column("unit"), "u"),
                (self.time, "t"),
                (f"CASE WHEN {timed} THEN {self.arm} END", "arm"),
                (f"{timed} AND {self.exposing}", "exposing"),
            ],
            self.relation,
            where=self.in_time,
        )
        return select(items, nested(log, "log"), group=[self.grouped])

    def judged(self) -> str:
        status = first_true(self.leaving(), literal(ANALYSED))
        same = [(column, column) for column in ("u", "t0", "lowest", "highest")]
        inner = select([*same, (status, "status")], "exposures", where=["u IS NOT NULL"])
        kept = f"CASE WHEN status = {literal(ANALYSED)} THEN t0 END"
        closing = [
            (clock.later(self.unit_of_time, kept, window), f"close{at}")
            for at, window in enumerate(self.windows)
        ]
        arm = ("CASE WHEN lowest = highest THEN lowest END", "arm")
        columns = [("u", "u"), ("status", "status"), arm, (kept, "t0"), *closing]
        return select(columns, nested(inner, "exposed"))

    def leaving(self) -> Iterator[tuple[str, str]]:
        """Conditions under which an exposed unit leaves, in the order in which they are asked."""
        match, stranger = self.experiment.exposure.match, self.stranger
        others = f"t0 IS NULL AND lowest = {stranger}" if match else f"highest = {stranger}"
        yield others, "'unknown_variant'"
        no_event = self.experiment.exposure.event is None
        yield "t0 IS NULL", "'no_exposure'" if no_event else "'no_variant'"
        if self.experiment.start is not None:
            yield f"t0 < {self.midnight(self.experiment.start)}", "'outside'"
        if self.experiment.end is not None:
            yield f"t0 >= {self.midnight(self.experiment.end)}", "'outside'"
        if not self.keeps_crossed:
            yield "lowest <> highest", "'crossed'"
        if self.windows:
            end = "(SELECT MAX(latest) FROM exposures)"
            if self.until is not None:
                end = clock.moment(self.unit_of_time, self.until)
            closes = clock.later(self.unit_of_time, "t0", self.windows[-1])
            yield f"{closes} > {end}", "'immature'"

    def seen(self) -> str:
        at_first = f"e.t = j.t0 AND e.arm < {self.stranger}"
        traits = range(len(self.experiment.segments))
        items: Items = [("e.u", "u"), ("COUNT(*)", "n")]
        items += [(f"MIN(CASE WHEN {at_first} THEN e.s{at} END)", f"s{at}") for at in traits]
        items += self.reached()
        if self.keeps_crossed:
            items += [
                (f"{bound}(CASE WHEN {at_first} THEN e.arm END)", alias)
                for bound, alias in (("MIN", "first_arm"), ("MAX", "other_arm"))
            ]
        source = f"{nested(self.log(), 'e')}\nLEFT JOIN judged AS j ON j.u = e.u"
        return select(items, source, group=["e.u"])

    def log(self) -> str:
        """The rows as the goals see them: h for a hit, v for its value."""
        items = [(self.column("unit"), "u"), (self.time, "t"), (self.arm, "arm")]
        items += [(name(one.column), f"s{at}") for at, one in enumerate(self.experiment.segments)]
        for alias, goal in self.goals():
            items.append((self.hit(goal), f"h{alias}"))
            if goal.value is not None:
                items.append((f"CAST({name(goal.value)} AS DOUBLE)", f"v{alias}"))
        placed = f"({self.column('unit')} IS NULL OR {self.column('time')} IS NOT NULL)"
        return select(items, self.relation, where=[placed, *self.in_time])

    def goals(self) -> Iterator[tuple[str, Goal]]:
        """Every goal the log is asked for, with the ending of its aliases."""
        for at, goal in enumerate(rates(self.experiment)):
            yield f"g{at}", goal
        for at, goal in enumerate(values(self.experiment)):
            yield f"m{at}", goal

    def hit(self, goal: Goal) -> str:
        """Condition under which a row counts for a goal, whenever it happened."""
        condition = self.is_event(goal.event or goal.name)
        if goal.where is not None:
            condition += f" AND ({parse_condition(goal.where).sql('duckdb')})"
        if goal.dedupe is None:
            return condition
        key, order = name(goal.dedupe), self.time
        if goal.value is not None:
            order += f", {name(goal.value)}"
        apart = f"{self.column('unit')}, {key}, CASE WHEN {condition} THEN 1 ELSE 0 END"
        first = f"ROW_NUMBER() OVER (PARTITION BY {apart} ORDER BY {order}) = 1"
        return f"{condition} AND ({key} IS NULL OR {first})"

    def within(self, alias: str, goal: Goal) -> str:
        """Condition under which a hit falls into the goal's window."""
        return " AND ".join([f"e.h{alias}", "e.t >= j.t0", *self.closing(goal)])

    def closing(self, goal: Goal) -> Iterator[str]:
        """Condition that a row comes before the goal's window closes, where it has one."""
        if goal.window is not None:
            yield f"e.t < j.close{self.windows.index(goal.window)}"

    def reached(self) -> Iterator[tuple[str, str]]:
        """Per unit: 0/1 of each rate, total of each value, and whether a value is missing."""
        missing = []
        for alias, goal in self.goals():
            counts = self.within(alias, goal)
            if goal.value is not None:
                missing.append(f"{counts} AND e.v{alias} IS NULL")
            if goal.value is None and goal.at_least is None:
                yield f"MAX(CASE WHEN {counts} THEN 1 ELSE 0 END)", alias
                continue
            what = f"e.v{alias}" if goal.value else "1"
            amount = f"SUM(CASE WHEN {counts} THEN {what} ELSE 0 END)"
            if goal.at_least is not None:
                amount = f"CASE WHEN {amount} >= {goal.at_least!r} THEN 1 ELSE 0 END"
            yield amount, alias
        if missing:
            odd = " OR ".join(f"({one})" for one in missing)
            yield f"MAX(CASE WHEN {odd} THEN 1 ELSE 0 END)", "valueless"
        yield from self.step_times()

    # a strict order: each step at or after the one before

    @cached_property
    def steps(self) -> list[tuple[str, Goal]]:
        """Alias and goal of each step of a strict funnel; empty where order does not matter."""
        if self.experiment.funnel.order != "strict":
            return []
        aliases = {goal.name: (alias, goal) for alias, goal in self.goals()}
        return [aliases[step] for step in self.experiment.funnel.steps]

    def step_times(self) -> Iterator[tuple[str, str]]:
        """When a unit first reached the first step and last reached the last one."""
        if self.steps:
            first, last = self.steps[0], self.steps[-1]
            yield f"MIN(CASE WHEN {self.within(*first)} THEN e.t END)", "reach0"
            yield f"MAX(CASE WHEN {self.within(*last)} THEN e.t END)", "last_reach"

    def reaches(self) -> Iterator[tuple[str, str]]:
        """Per unit, when it first reached a middle step at or after the one before.

        The last step needs no query of its own: it was reached in order exactly when its last
        event is not before the step before it.
        """
        before = "seen AS s"
        for at in range(1, len(self.steps) - 1):
            alias, goal = self.steps[at]
            source = f"{before}\nJOIN {nested(self.log(), 'e')} ON e.u = s.u"
            if goal.window is not None:
                source += "\nJOIN judged AS j ON j.u = s.u"
            items = [("s.u", "u"), ("MIN(e.t)", f"reach{at}")]
            where = [f"e.h{alias}", f"e.t >= s.reach{at - 1}", *self.closing(goal)]
            yield f"step{at}", select(items, source, where=where, group=["s.u"])
            before = f"step{at} AS s"

    def in_order(self) -> Iterator[str]:
        """0/1 of each step in order."""
        last = len(self.steps) - 1
        for at in range(len(self.steps)):
            condition = f"reach{at} IS NOT NULL" if at < last else f"last_reach >= reach{at - 1}"
            yield f"CASE WHEN {condition} THEN 1 ELSE 0 END"

    # the joint table

    def told(self) -> str:
        """Per unit of the log: status, variant, traits, day, pattern and values."""
        late = [("s.u IS NULL", "'no_unit'"), ("j.status IS NULL", "'no_exposure'")]
        if self.keeps_crossed:
            late.append(("first_arm <> other_arm", "'crossed'"))
        if any(goal.value is not None for _, goal in self.goals()):
            late.append((f"j.status = {literal(ANALYSED)} AND valueless = 1", "'no_value'"))
        arms = [
            (str(at), literal(arm)) for at, (_, arm) in enumerate(recorded_arms(self.experiment))
        ]
        told = "COALESCE(j.arm, CASE WHEN first_arm = other_arm THEN first_arm END)"
        arm = told if self.keeps_crossed else "j.arm"
        items: Items = [
            ("s.u", "u"),
            ("n", "n"),
            (first_true(late, "j.status"), "status"),
            (choice(arm, arms), "variant"),
            *((f"s{at}", f"s{at}") for at in range(len(self.experiment.segments))),
            *((f"m{at}", f"m{at}") for at in range(len(self.labels.measures))),
        ]
        if self.unit_of_time is not TimeUnit.ORDER:
            day = clock.local_day(self.experiment, self.unit_of_time, "j.t0")
            items.append((day, "day"))
        items += [(made, f"p{at}") for at, made in enumerate(self.pattern())]
        source = "seen AS s\nLEFT JOIN judged AS j ON j.u = s.u"
        for step, _ in self.reaches():
            source += f"\nLEFT JOIN {step} ON {step}.u = s.u"
        return select(items, source)

    def pattern(self) -> Iterator[str]:
        """The 0/1 columns, in the order of the labels."""
        yield from (alias for alias, goal in self.goals() if not goal.is_value)
        yield from self.in_order()
        if self.keeps_crossed:
            yield "CASE WHEN j.arm IS NULL AND first_arm IS NOT NULL THEN 1 ELSE 0 END"

    def cells(self) -> str:
        """The units that share status, variant, traits, day and pattern."""
        measures = range(len(self.labels.measures))
        traits = [f"s{at}" for at in range(len(self.labels.segments))]
        day = [] if self.unit_of_time is TimeUnit.ORDER else ["day"]
        bits = [f"p{at}" for at in range(len(self.labels.goals))]
        made = [
            "status",
            "variant",
            *(f"CAST({trait} AS TEXT)" for trait in traits),
            *(day or ["NULL"]),
            *bits,
            "COUNT(u)",
            "SUM(n)",
            *(total(f"m{at}") for at in measures),
            *(total(f"m{at} * m{other}") for at in measures for other in measures[at:]),
        ]
        items = list(zip(made, map(name, self.labels.names), strict=True))
        group = ["status", "variant", *traits, *day, *bits]
        return select(items, nested(self.told(), "told"), group=group)

    def timeless(self) -> str:
        """Rows that have a unit and no time."""
        known = {"status": "'no_time'", "units": "0", "rows": "SUM(timeless)"}
        items = [(known.get(label, "NULL"), name(label)) for label in self.labels.names]
        return select(items, "exposures")

    def before(self, day: date) -> str:
        return f"t < {self.midnight(day)}"

    def midnight(self, day: date) -> str:
        return clock.moment(self.unit_of_time, clock.midnight(self.experiment, day))
