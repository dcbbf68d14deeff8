"""Attribution: who was exposed when and to what, and which rows count for a unit.

What every statement over an event log shares. Three queries come first:

    ends       of the whole log: its last moment, and how many rows are set aside
    exposures  per exposed unit: first exposure, variants it was shown in
    judged     per exposed unit: the step at which it leaves, or when its windows close

(where another event than the exposure tells the variant, `assigned` comes before them: per unit its
first assignment and its variants)

and `log` gives the rows as the goals see them, to be joined to what was judged: the log is never
joined to itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import ClassVar

from abmicro.counts import ANALYSED, STEPS
from abmicro.counts.row_format import IMMATURE
from abmicro.experiment.model import Goal
from abmicro.sources.sql import time as clock
from abmicro.sources.sql.columns import (
    amount_of_row,
    rates,
    ratios,
    values,
)
from abmicro.sources.sql.fragments import (
    Items,
    choice,
    condition,
    first_true,
    literal,
    name,
    nested,
    select,
)
from abmicro.sources.sql.log_words import LogWords

STATUSES = (ANALYSED, *STEPS)
"""What a unit can become; a statement tells them apart by their places, which take less room."""


def place(status: str) -> str:
    """The place of a status.

    >>> place("analysed")
    '0'
    """
    return str(STATUSES.index(status))


class Attribution(LogWords):
    """Who is exposed when and to what, and which rows count for a goal."""

    followed: ClassVar[tuple[str, ...]] = (ANALYSED,)
    """The statuses of units whose goals are looked at."""

    @cached_property
    def spans(self) -> tuple[timedelta, ...]:
        """How long after an exposure goals begin to count and windows close, shortest first."""
        goals = (*rates(self.experiment), *values(self.experiment), *ratios(self.experiment))
        ends = {end for goal in goals for end in (goal.delay, goal.closes) if end is not None}
        return tuple(sorted(ends))

    @property
    def asks_for_end(self) -> bool:
        """Whether the data themselves must say up to when they tell of events."""
        return bool(self.spans) and self.until is None

    @property
    def keeps_crossed(self) -> bool:
        """Whether units seen in two variants stay in their first."""
        return self.experiment.exposure.crossed == "first"

    # exposure

    def ends(self) -> str:
        """Up to when the log tells of events, if that is asked, and how many rows are set aside."""
        log: Items = [
            (self.of_kept(self.column("unit")), "u"),
            (self.of_kept(self.time), "t"),
        ]
        items = [(_times("u IS NOT NULL AND t IS NULL"), "timeless")]
        if self.asks_for_end:
            items.append((f"MAX({self.past})", "latest"))
        if self.last_at is not None:
            items.append((_times(f"u IS NOT NULL AND t > {self.last_at}"), "future"))
        if self.kept is not None:
            log.append((f"CASE WHEN {self.kept} THEN 1 END", "kept"))
            items.append((_times("kept IS NULL"), "filtered"))
        return select(items, nested(select(log, self.relation, where=self.in_time), "log"))

    def exposures(self) -> Iterator[tuple[str, str]]:
        """Name and query of what tells the exposures; see the head of this module."""
        yield "ends", self.ends()
        if self.assignment is None:
            yield "exposures", self.first_told("t0")
            return
        yield "assigned", self.first_told("assigned")
        items = [(self.column("unit"), "u"), (self.time, "t")]
        exposing = nested(select(items, self.relation, where=self.of_units(self.exposing)), "e")
        same = [(f"MIN(a.{one})", one) for one in ("assigned", "lowest", "highest")]
        first = ("MIN(CASE WHEN e.t >= a.assigned THEN e.t END)", "t0")
        source = f"assigned AS a\nLEFT JOIN {exposing} ON e.u = a.u"
        yield "exposures", select([("a.u", "u"), first, *same], source, group=["a.u"])

    def first_told(self, moment: str) -> str:
        """Per unit when it was first told a variant we know, called `moment`, and its variants."""
        known, stranger = f"arm < {self.stranger}", f"arm = {self.stranger}"
        end = self.experiment.end
        counted = (
            "arm" if end is None else f"CASE WHEN {stranger} OR {self.before(end)} THEN arm END"
        )
        highest = counted
        if self.experiment.exposure.match:
            highest = f"CASE WHEN {known} THEN {counted} END"
        items = [
            ("u", "u"),
            (f"MIN(CASE WHEN {known} THEN t END)", moment),
            (f"MIN({counted})", "lowest"),
            (f"MAX({highest})", "highest"),
        ]
        of_arms = self.exposing
        if self.assignment is not None:
            of_arms = f"({self.telling} OR {self.exposing})"
        told = [(self.column("unit"), "u"), (self.time, "t"), (self.arm, "arm")]
        log = select(told, self.relation, where=self.of_units(of_arms))
        return select(items, nested(log, "log"), group=["u"])

    def of_units(self, condition: str) -> list[str]:
        """Conditions that a row of a unit is not set aside, and the one given."""
        return [f"{self.column('unit')} IS NOT NULL", self.placed, condition, *self.in_time]

    def judged(self, *also: tuple[str, str]) -> str:
        """Step, variant, first exposure and what follows it of each exposed unit, and `also`."""
        leaving = ((condition, place(status)) for condition, status in self.leaving())
        same = [(column, column) for column in ("u", "t0", "lowest", "highest", *self.assigned)]
        step = (first_true(leaving, place(ANALYSED)), "step")
        inner = select([*same, step], "exposures")
        kept = f"CASE WHEN step IN ({', '.join(map(place, self.followed))}) THEN t0 END"
        placed = f"CASE WHEN step IN ({place(ANALYSED)}, {place(IMMATURE)}) THEN t0 END"
        following = [
            (clock.later(self.unit_of_time, kept, span), f"after{at}")
            for at, span in enumerate(self.spans)
        ]
        variant = ("CASE WHEN lowest = highest THEN lowest END", "arm")
        columns = [
            ("u", "u"),
            ("step", "step"),
            variant,
            (kept, "t0"),
            (placed, "entered"),
            *((column, column) for column in self.assigned),
            *following,
            *also,
        ]
        return select(columns, nested(inner, "exposed"))

    @property
    def assigned(self) -> tuple[str, ...]:
        """The column of the first assignment, where there are assignments."""
        return () if self.assignment is None else ("assigned",)

    def leaving(self) -> Iterator[tuple[str, str]]:
        """Conditions under which an exposed unit leaves, as they are asked, and its status then."""
        match, stranger = self.experiment.exposure.match, self.stranger
        first = "assigned" if self.assigned else "t0"
        others = f"{first} IS NULL AND lowest = {stranger}" if match else f"highest = {stranger}"
        yield others, "unknown_variant"
        no_event = self.experiment.exposure.event is None
        yield f"{first} IS NULL", "no_exposure" if no_event else "no_variant"
        if self.assigned:
            yield "t0 IS NULL", "no_exposure"
        if self.experiment.start is not None:
            yield f"t0 < {self.midnight(self.experiment.start)}", "outside"
        if self.experiment.end is not None:
            yield f"t0 >= {self.midnight(self.experiment.end)}", "outside"
        if not self.keeps_crossed:
            yield "lowest <> highest", "crossed"
        if self.spans:
            closes = clock.later(self.unit_of_time, "t0", self.spans[-1])
            yield f"{closes} > {self.end}", IMMATURE

    @property
    def end(self) -> str:
        """Up to when the data tell of events."""
        if self.until is None:
            return "(SELECT latest FROM ends)"
        until = self.until if self.now is None else min(self.until, self.now)
        return clock.moment(self.unit_of_time, until)

    @property
    def is_first(self) -> str:
        """Condition that a row e is the first exposure of the unit that was judged as j."""
        return "e.t = j.entered AND e.exposing" if self.assigned else self.tells_arm

    @property
    def tells_arm(self) -> str:
        """Condition that a row e first tells the variant of the unit that was judged as j."""
        told = "j.entered IS NOT NULL AND e.t = j.assigned" if self.assigned else "e.t = j.entered"
        return f"{told} AND e.arm < {self.stranger}"

    def told_arm(self, judged: str) -> str:
        """Position of the variant a unit counts for; NULL for a stranger, and for two at first."""
        arm = judged
        if self.keeps_crossed:
            arm = f"COALESCE({judged}, CASE WHEN first_arm = other_arm THEN first_arm END)"
        return f"NULLIF({arm}, {self.stranger})"

    def arm_name(self, position: str) -> str:
        """The name of the variant at a position."""
        variants = enumerate(self.experiment.variants)
        return choice(position, ((str(at), literal(variant.name)) for at, variant in variants))

    # the rows

    def log(self, *also: tuple[str, str]) -> str:
        """The rows as the goals see them: h for a hit, v for its value; and `also`.

        A row that is set aside belongs to no unit and has no c. (It is not left out, since DuckDB
        expects a condition to leave a fifth of the rows, and would hold all of them in memory.)
        """
        unit = self.column("unit")
        counted = " AND ".join([f"({unit} IS NULL OR {self.timed})", *self.looked_at])
        items = [
            (f"CASE WHEN {self.placed} THEN {unit} END", "u"),
            (f"CASE WHEN {counted} THEN 1 END", "c"),
            (self.time, "t"),
            (self.arm, "arm"),
        ]
        items += [(self.exposing, "exposing")] if self.assigned else []
        items += [(name(one.column), f"s{at}") for at, one in enumerate(self.experiment.segments)]
        for alias, goal in self.goals():
            items.append((self.hit(goal), f"h{alias}"))
            if goal.value is not None:
                items.append((amount_of_row(goal), f"v{alias}"))
        return select([*items, *also], self.relation, where=self.in_time)

    @property
    def placed(self) -> str:
        """Condition that a row is not set aside."""
        return " AND ".join([self.timed, *self.looked_at])

    @property
    def looked_at(self) -> list[str]:
        """Condition that a row is looked at, where not all are."""
        return [] if self.kept is None else [self.kept]

    def goals(self) -> Iterator[tuple[str, Goal]]:
        """Every goal the log is asked for, with the ending of its aliases."""
        for at, goal in enumerate(rates(self.experiment)):
            yield f"g{at}", goal
        for at, goal in enumerate((*values(self.experiment), *ratios(self.experiment))):
            yield f"m{at}", goal

    def hit(self, goal: Goal) -> str:
        """Condition under which a row counts for a goal, whenever it happened."""
        hit = self.is_event(goal.event or goal.name)
        if goal.where is not None:
            hit += f" AND {condition(goal.where)}"
        if goal.dedupe is None:
            return hit
        hit = f"{self.placed} AND {hit}"
        key, order = name(goal.dedupe), self.time
        if goal.value is not None:
            order += f", {name(goal.value)}"
        apart = f"{self.column('unit')}, {key}, CASE WHEN {hit} THEN 1 ELSE 0 END"
        first = f"ROW_NUMBER() OVER (PARTITION BY {apart} ORDER BY {order}) = 1"
        return f"{hit} AND ({key} IS NULL OR {first})"

    def within(self, alias: str, goal: Goal) -> str:
        """Condition under which a hit falls into the goal's window."""
        return f"e.h{alias} AND {self.inside(goal)}"

    def inside(self, goal: Goal) -> str:
        """Condition that a row falls into a goal's window."""
        return " AND ".join(self.watched(goal))

    def amount(self, alias: str, goal: Goal) -> str:
        """What a hit adds to a goal that asks for so many, or for so much."""
        return "1" if goal.value is None else f"CAST(e.v{alias} AS DECIMAL(38, 9))"

    def watched(self, goal: Goal) -> Iterator[str]:
        """Conditions that a row comes when the goal counts, and before its window closes."""
        yield "e.t >= " + ("j.t0" if goal.delay is None else self.after(goal.delay))
        if goal.closes is not None:
            yield f"e.t < {self.after(goal.closes)}"

    def after(self, span: timedelta) -> str:
        """The moment so long after the exposure of the unit that was judged as j."""
        return f"j.after{self.spans.index(span)}"


def _times(condition: str) -> str:
    """In how many rows a condition holds."""
    return f"COUNT(CASE WHEN {condition} THEN 1 END)"
