"""The SELECT of the events shape: a row is an event, and attribution makes units of them.

Two queries after those of `attribution`, each over the one before:

    seen  per unit of the log: its rows, what it was judged, its traits at first exposure, the
          goals it reached
    told  what that makes of the unit; its GROUP BY is the joint table

The log is read three times, once for units and times alone, and joined once to a table of
exposures, never to itself. Goals per session ask for one more scan, by unit and session. (One
scan that keeps first and last hit of every goal per unit, and looks again at the units they do not
settle, took half as long again on DuckDB: its one aggregation is too wide.)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from abmicro.counts import ANALYSED, NO_SESSION
from abmicro.counts.row_format import EXCLUDED, IMMATURE, Columns
from abmicro.experiment.data.exclusion import Exclusion
from abmicro.experiment.goals.goal import SESSION
from abmicro.experiment.model import Experiment, Goal, TimeUnit
from abmicro.sources.sql import time
from abmicro.sources.sql.attribution import STATUSES, Attribution, place
from abmicro.sources.sql.caps import capping, not_excluded, told_caps
from abmicro.sources.sql.columns import bases, capped, columns_of
from abmicro.sources.sql.fragments import (
    Items,
    choice,
    first_true,
    literal,
    name,
    nested,
    packed,
    select,
    steps,
    total,
    unpacked,
)

BITS = 30
"""How many goals share a number: as many as an integer of any engine holds."""


def events_select(
    experiment: Experiment, relation: str, until: datetime | None, now: datetime | None
) -> str:
    """One row per status, variant, traits, entry day and pattern of goals.

    relation: item of FROM; until: only events before this moment are looked at; now: rows dated
    later are set aside.
    """
    return _Events(experiment, relation, until, now).statement()


class _Events(Attribution):
    """The statement of the joint table."""

    @cached_property
    def labels(self) -> Columns:
        return columns_of(self.experiment)

    def statement(self) -> str:
        queries = [
            *self.exposures(),
            ("judged", self.judged()),
            ("seen", self.seen()),
            *self.sessions(),
            *self.reaches(),
            *self.capped(),
        ]
        return steps(queries, "\nUNION ALL\n".join([self.cells(), *self.set_aside()]))

    def capped(self) -> Iterator[tuple[str, str]]:
        """Where amounts are capped: every unit as it is, the caps, every unit with its capped ones.

        The amounts of units that are analysed say where a cap lies.
        """
        if self.labels.capped:
            yield "told", self.told()
            counts = [f"step = {place(ANALYSED)}", *not_excluded(self.experiment, "p")]
            yield from capping(self.experiment, self.labels, "told", counts, self.others)

    def seen(self) -> str:
        traits = range(len(self.experiment.segments))
        same = ("step", "arm", "entered")
        items: Items = [("e.u", "u"), ("COUNT(e.c)", "n"), *((f"j.{one}", one) for one in same)]
        items += [(f"MIN(CASE WHEN {self.is_first} THEN e.s{at} END)", f"s{at}") for at in traits]
        items += self.reached()
        if self.keeps_crossed:
            items += [
                (f"{bound}(CASE WHEN {self.tells_arm} THEN e.arm END)", alias)
                for bound, alias in (("MIN", "first_arm"), ("MAX", "other_arm"))
            ]
        if self.rule is not None:
            items.append((self.events_of(self.rule.of), "many"))
        sid = [(self.column("session"), "sid")] if self.of_sessions else []
        source = f"{nested(self.log(*sid), 'e')}\nLEFT JOIN judged AS j ON j.u = e.u"
        return select(items, source, group=["e.u", *(f"j.{one}" for one in same)])

    @cached_property
    def bits(self) -> dict[str, tuple[str, int]]:
        """Where each goal stands that one hit reaches: in which number, and as which bit of it."""
        asked = (alias for alias, goal in self.goals() if _takes_one(goal))
        return {alias: (f"b{at // BITS}", at % BITS) for at, alias in enumerate(asked)}

    def packed(self) -> Iterator[tuple[str, str]]:
        """Per unit: the goals that one hit reaches."""
        hits = [self.within(alias, goal) for alias, goal in self.goals() if alias in self.bits]
        for at in range(0, len(hits), BITS):
            yield packed(hits[at : at + BITS]), f"b{at // BITS}"

    def reached(self) -> Iterator[tuple[str, str]]:
        """Per unit: 0/1 of each rate, total of each value, and whether a value is missing."""
        yield from self.packed()
        for alias, goal in self.goals():
            if goal.per != SESSION and alias not in self.bits:
                yield self.made(alias, goal, self.within(alias, goal)), alias
            if goal.before is not None:
                past = f"m{self.labels.measures.index(goal.past)}"
                yield self.made(alias, goal, self.earlier(alias, goal)), past
        known = {goal.name: alias for alias, goal in self.goals()}
        for alias, goal in self.bases():
            if goal.per != SESSION:
                yield _total(self.within(known[str(goal.per)], goal)), alias
        yield from self.session_hits()
        for flag, goals in self.lacking.items():
            odd = " OR ".join(
                f"({self.within(alias, goal)} AND e.v{alias} IS NULL)" for alias, goal in goals
            )
            yield f"MAX(CASE WHEN {odd} THEN 1 ELSE 0 END)", flag
        yield from self.step_times()

    @cached_property
    def lacking(self) -> dict[str, list[tuple[str, Goal]]]:
        """Goals whose rows must have a value: those that refuse, or leave out, units without."""
        asked = [pair for pair in self.goals() if pair[1].value is not None]
        flags = {"valueless": None, "emptied": "leave_out"}
        found = {
            flag: [pair for pair in asked if pair[1].missing == rule]
            for flag, rule in flags.items()
        }
        return {flag: goals for flag, goals in found.items() if goals}

    def earlier(self, alias: str, goal: Goal) -> str:
        """Condition under which a hit falls into the time before the exposure that counts."""
        since = None if goal.before is None else goal.before.window
        if since is None:
            return "1 = 0"
        begins = f"{time.later(self.unit_of_time, 'e.t', since)} >= j.t0"
        return f"e.h{alias} AND e.t < j.t0 AND {begins}"

    def made(self, alias: str, goal: Goal, counts: str) -> str:
        """What the rows that count, of a unit or a session, make of a goal: 0/1, or a total."""
        if goal.at_least is not None:
            added = _total(counts, self.amount(alias, goal))
            return f"CASE WHEN {added} >= {goal.at_least!r} THEN 1 ELSE 0 END"
        if goal.exactly is not None:
            return f"CASE WHEN {_total(counts)} = {goal.exactly!r} THEN 1 ELSE 0 END"
        if goal.value is not None:
            return _total(counts, f"e.v{alias}")
        if goal.is_ratio and goal.per != SESSION:
            return _total(counts)
        return f"MAX(CASE WHEN {counts} THEN 1 ELSE 0 END)"

    # units that a rule leaves out

    @property
    def rule(self) -> Exclusion | None:
        """Which units are left out for how much they did."""
        return self.experiment.exposure.exclude

    @property
    def too_many(self) -> str:
        """Condition that a unit is one of them."""
        return "" if self.rule is None else f"many > {self.rule.more_than:.0f}"

    def events_of(self, goal: str) -> str:
        """How many events of a goal a unit has, as far as its window has come."""
        alias, counted = next(pair for pair in self.goals() if pair[1].name == goal)
        opens, closes = (
            time.later(self.unit_of_time, "j.entered", span) if span else "j.entered"
            for span in (counted.delay, counted.closes)
        )
        inside = [f"e.h{alias}", f"e.t >= {opens}"]
        if counted.closes is not None:
            inside.append(f"e.t < {closes}")
        return _total(" AND ".join(inside))

    # goals per session or event

    def bases(self) -> Iterator[tuple[str, Goal]]:
        """Alias of all that ratios are counted per, each with a goal that asks for it."""
        for label, goal in bases(self.experiment).items():
            yield f"m{self.labels.measures.index(label)}", goal

    def session_hits(self) -> Iterator[tuple[str, str]]:
        """Per unit: its hits for goals per session without a session, and all of them."""
        if NO_SESSION not in self.labels.measures:
            return
        asked = (pair for pair in self.goals() if pair[1].per == SESSION)
        hit = " OR ".join(f"({self.within(*pair)})" for pair in asked)
        at = self.labels.measures.index(NO_SESSION)
        yield _total(f"({hit}) AND e.sid IS NULL"), f"m{at}"
        yield _total(hit), f"m{at + 1}"

    @cached_property
    def of_sessions(self) -> dict[str, str]:
        """Alias of what is counted by session, and what the rows of a session make of it."""
        asked = (pair for pair in self.goals() if pair[1].per == SESSION)
        made = {alias: self.made(alias, goal, self.within(alias, goal)) for alias, goal in asked}
        for alias, goal in self.bases():
            if goal.per == SESSION:
                made[alias] = f"MAX(CASE WHEN {self.inside(goal)} THEN 1 ELSE 0 END)"
        return made

    @property
    def asks_for_end(self) -> bool:
        """Whether the data must say up to when they tell: the table carries it."""
        return self.until is None

    @property
    def last(self) -> str:
        """Up to when the data tell of events, in a query over the ends."""
        return "latest" if self.until is None else self.end

    def sessions(self) -> Iterator[tuple[str, str]]:
        """Per session, then per unit, what goals per session ask for; no session, no row."""
        if not self.of_sessions:
            return
        log = self.log((self.column("session"), "sid"))
        items = [("e.u", "u"), *((made, alias) for alias, made in self.of_sessions.items())]
        source = f"{nested(log, 'e')}\nJOIN judged AS j ON j.u = e.u"
        where = ["e.sid IS NOT NULL", "e.t >= j.t0"]
        yield "by_session", select(items, source, where=where, group=["e.u", "e.sid"])
        totals = [(f"SUM({alias})", alias) for alias in self.of_sessions]
        yield "sessions", select([("u", "u"), *totals], "by_session", group=["u"])

    def measures(self) -> Iterator[tuple[str, str]]:
        """The totals of a unit; those by session are 0 without one."""
        whole = {goal.uncapped: goal.name for goal in capped(self.experiment)}
        for at, label in enumerate(self.labels.measures):
            alias = f"m{self.labels.measures.index(whole.get(label, label))}"
            yield f"COALESCE({alias}, 0)" if alias in self.of_sessions else alias, f"m{at}"

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
            if goal.settles is not None:
                source += "\nJOIN judged AS j ON j.u = s.u"
            watched = [] if goal.settles is None else self.watched(goal)
            items = [("s.u", "u"), ("MIN(e.t)", f"reach{at}")]
            where = [f"e.h{alias}", f"e.t >= s.reach{at - 1}", *watched]
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
        late = [("s.u IS NULL", "no_unit"), ("s.step IS NULL", "no_exposure")]
        if self.keeps_crossed:
            late.append(("s.entered IS NOT NULL AND first_arm <> other_arm", "crossed"))
        for flag in self.lacking:
            status = "no_value" if flag == "valueless" else "empty_value"
            late.append((f"s.step = {place(ANALYSED)} AND {flag} = 1", status))
        if self.rule is not None:
            late.append((f"s.step = {place(IMMATURE)} AND {self.too_many}", EXCLUDED))
        leaving = ((condition, place(status)) for condition, status in late)
        items: Items = [
            ("s.u", "u"),
            ("n", "n"),
            (first_true(leaving, "s.step"), "step"),
            (self.told_arm("s.arm"), "arm"),
            *((f"s{at}", f"s{at}") for at in range(len(self.experiment.segments))),
            *self.measures(),
        ]
        if self.unit_of_time is not TimeUnit.ORDER:
            day = time.local_day(self.experiment, self.unit_of_time, "s.entered")
            items.append((day, "day"))
        items += [(made, f"p{at}") for at, made in enumerate(self.pattern())]
        source = "seen AS s"
        if self.of_sessions:
            source += "\nLEFT JOIN sessions ON sessions.u = s.u"
        for step, _ in self.reaches():
            source += f"\nLEFT JOIN {step} ON {step}.u = s.u"
        return select(items, source)

    def pattern(self) -> Iterator[str]:
        """The 0/1 columns, in the order of the labels."""
        for alias, goal in self.goals():
            if goal.is_rate:
                yield unpacked(*self.bits[alias]) if alias in self.bits else alias
        yield from self.in_order()
        if self.keeps_crossed:
            yield "CASE WHEN s.arm IS NULL AND first_arm IS NOT NULL THEN 1 ELSE 0 END"
        if self.rule is not None:
            yield f"CASE WHEN {self.too_many} THEN 1 ELSE 0 END"

    @property
    def keys(self) -> tuple[list[str], list[str], list[str]]:
        """What tells cells apart beside step and variant: traits, day and pattern."""
        traits = [f"s{at}" for at in range(len(self.labels.segments))]
        day = [] if self.unit_of_time is TimeUnit.ORDER else ["day"]
        return traits, day, [f"p{at}" for at in range(len(self.labels.goals))]

    @property
    def others(self) -> list[str]:
        """The columns of a unit that its amounts stand beside."""
        traits, day, bits = self.keys
        return ["u", "n", "step", "arm", *traits, *day, *bits]

    def cells(self) -> str:
        """The units that share status, variant, traits, day and pattern."""
        measures = range(len(self.labels.measures))
        traits, day, bits = self.keys
        made = [
            choice("step", ((place(status), literal(status)) for status in STATUSES)),
            self.arm_name("arm"),
            *(f"CAST({trait} AS TEXT)" for trait in traits),
            *(day or ["NULL"]),
            *bits,
            "COUNT(u)",
            "SUM(n)",
            *(total(f"m{at}") for at in measures),
            *(total(f"m{at} * m{other}") for at in measures for other in measures[at:]),
            *told_caps(self.experiment),
            time.no_moment(self.unit_of_time),
        ]
        items = list(zip(made, map(name, self.labels.names), strict=True))
        group = ["step", "arm", *traits, *day, *bits]
        source = "held" if self.labels.capped else nested(self.told(), "told")
        return select(items, source, group=group)

    def set_aside(self) -> Iterator[str]:
        """Rows without a time, or with one to come, or left out; the data's end stands by them."""
        last = "NULL"
        if self.unit_of_time is not TimeUnit.ORDER:
            last = time.told_moment(self.unit_of_time, self.last)
        yield self.apart("no_time", "timeless", last)
        if self.last_at is not None:
            yield self.apart("future", "future", last)
        if self.kept is not None:
            yield self.apart("filtered", "filtered", last)

    def apart(self, step: str, rows: str, last: str) -> str:
        """One row of the joint table for rows that were no unit's."""
        known = {"status": literal(step), "units": "0", "rows": rows, "cut_off": last}
        items = [(known.get(label, "NULL"), name(label)) for label in self.labels.names]
        return select(items, "ends")


def _takes_one(goal: Goal) -> bool:
    """Whether a unit reaches a goal with a single hit, whatever it is worth."""
    return goal.is_rate and goal.at_least is None and goal.exactly is None


def _total(counts: str, amount: str = "1") -> str:
    """The sum of an amount over the rows that count."""
    return f"SUM(CASE WHEN {counts} THEN {amount} ELSE 0 END)"
