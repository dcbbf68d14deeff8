"""The SELECT of the histograms: when units reached each goal, how often, in which order.

It shares the attribution of the joint table. Three queries come after it, each over the one before:

    marked   the rows that say something: first exposures, and hits inside a window
    reached  per unit: what it was at first exposure; per goal f, when it was reached, n, how many
             events it had, and b, whether two of them came close together
    told     per unit and goal: the bin of every figure, x0 the first of `FIGURES`; its GROUP BY is
             the table of histograms

so the log is read three times, as for the joint table, and nothing of a unit leaves the statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

from abmicro.counts import ANALYSED, FIGURES
from abmicro.experiment.model import Experiment, Goal
from abmicro.sources.sql import time
from abmicro.sources.sql.attribution import Attribution, place
from abmicro.sources.sql.columns import rates
from abmicro.sources.sql.fragments import (
    Items,
    choice,
    flag,
    literal,
    name,
    nested,
    select,
    steps,
    whole,
)

HOUR = 3600
BURST = timedelta(seconds=2)
DWELL = timedelta(seconds=1)
SLACK = timedelta(seconds=2)
"""How much earlier than the step before a step must be for the order to be impossible."""


def histograms_select(
    experiment: Experiment, relation: str, until: datetime | None, now: datetime | None = None
) -> str:
    """One row per variant, traits, goal, figure and bin; see `abmicro.counts.histograms`.

    relation: item of FROM; until: only events before this moment are looked at; now: rows dated
    later are set aside.
    """
    return _Histograms(experiment, relation, until, now).statement()


class _Histograms(Attribution):
    """The statement of the histograms. Goals are known by their place among the rates."""

    followed = (ANALYSED, "immature")

    @property
    def asks_for_end(self) -> bool:
        """Whether the data must say up to when they tell: units are followed until then."""
        return self.until is None

    def goals(self) -> Iterator[tuple[str, Goal]]:
        """The goals a unit reaches or not."""
        return ((str(at), goal) for at, goal in enumerate(rates(self.experiment)))

    @cached_property
    def place(self) -> dict[str, str]:
        """Where each goal stands."""
        return {goal.name: at for at, goal in self.goals()}

    @cached_property
    def macro(self) -> str | None:
        """The macro goal that matters: the end of the funnel, else the first."""
        macros = (goal.name for _, goal in self.goals() if not goal.is_micro)
        ranked = (*self.experiment.funnel.steps[-1:], *macros)
        return next((self.place[goal] for goal in ranked if goal in self.place), None)

    def statement(self) -> str:
        """The whole SELECT."""
        queries = [
            *self.exposures(),
            ("judged", self.judged((self.end, "cut"))),
            ("marked", self.marked()),
            ("reached", self.reached()),
            ("told", self.told()),
        ]
        return steps(queries, self.cells())

    @property
    def traits(self) -> list[str]:
        """The columns of what a unit was at its first exposure."""
        variants = ["first_arm", "other_arm"] if self.keeps_crossed else []
        return [*variants, *(f"s{at}" for at in range(len(self.experiment.segments)))]

    def marked(self) -> str:
        """Per row: the hits of each goal, and what they add where a goal asks for so much."""
        items: Items = [("e.u", "u"), ("e.t", "t")]
        for trait in self.traits:
            of_arm = trait.endswith("arm")
            told, held = (self.tells_arm, "arm") if of_arm else (self.is_first, trait)
            items.append((f"CASE WHEN {told} THEN e.{held} END", trait))
        hits = {at: self.within(at, goal) for at, goal in self.goals()}
        for at, goal in self.goals():
            items.append((f"CASE WHEN {hits[at]} THEN e.t END", f"hit{at}"))
            if goal.at_least is not None:
                amount = self.amount(at, goal)
                items.append((f"CASE WHEN {hits[at]} THEN {amount} END", f"add{at}"))
        first = dict.fromkeys((self.is_first, self.tells_arm))
        says = " OR ".join(f"({one})" for one in (*first, *hits.values()))
        source = f"{nested(self.log(), 'e')}\nJOIN judged AS j ON j.u = e.u"
        return select(items, source, where=["j.t0 IS NOT NULL", f"({says})"])

    def reached(self) -> str:
        """Per unit: f, n and b of each goal."""
        paced: Items = [(column, column) for column in ("u", *self.traits)]
        items: Items = [("u", "u")]
        for trait in self.traits:
            items.append((f"{'MAX' if trait == 'other_arm' else 'MIN'}({trait})", trait))
        for at, goal in self.goals():
            paced += self.pace(at, goal)
            items += self.summary(at, goal)
        return select(items, nested(select(paced, "marked"), "paced"), group=["u"])

    def pace(self, at: str, goal: Goal) -> Items:
        """Beside each hit the last hit before it and, where it matters, the sum so far."""
        hit, add = f"hit{at}", f"add{at}"
        items = [(hit, hit), (f"MAX({hit}) OVER ({_over('t')} AND 1 PRECEDING)", f"last{at}")]
        if goal.at_least is not None:
            so_far = f"SUM({add}) OVER ({_over('t', add)} AND CURRENT ROW)"
            items += [(add, add), (so_far, f"sum{at}")]
        return items

    def summary(self, at: str, goal: Goal) -> Items:
        """f, n and b of a goal.

        What asks for so much is reached with the hit that gets there, if all of them together do.
        """
        hit, first = f"hit{at}", f"MIN(hit{at})"
        if goal.at_least is not None:
            enough = f">= {goal.at_least!r}"
            first = f"MIN(CASE WHEN sum{at} {enough} THEN {hit} END)"
            first = f"CASE WHEN SUM(add{at}) {enough} THEN {first} END"
        near = flag(f"{hit} <= {self.later(f'last{at}', BURST)}")
        return [
            (first, f"f{at}"),
            (f"CAST(COUNT({hit}) AS BIGINT)", f"n{at}"),
            (f"MAX({near})", f"b{at}"),
        ]

    def told(self) -> str:
        """Per unit and goal: the bin of each figure, NULL where the unit has none."""
        columns = ["arm", *self.levels, "g", "macro"]
        items: Items = [(column, column) for column in columns]
        items.append((flag("f IS NULL"), "unreached"))
        items += [(bin_, f"x{at}") for at, bin_ in self.bins()]
        return select(items, nested(self.each(), "made"), where=["arm IS NOT NULL"])

    def each(self) -> str:
        """Per unit and goal: what the bins are made of."""
        goals = list(self.goals())
        close = _of_goal((at, self.after(goal.closes)) for at, goal in goals if goal.closes)
        made = {
            "arm": self.told_arm("j.arm"),
            "g": "g",
            "closed": flag(f"j.step = {place(ANALYSED)}"),
            "t0": "j.t0",
            "stop": f"CASE WHEN {close} <= cut THEN {close} ELSE cut END",
            "macro": "0" if self.macro is None else flag(f"f{self.macro} IS NOT NULL"),
            "f": _of_goal((at, f"f{at}") for at, _ in goals),
            "n": _of_goal((at, f"n{at}") for at, _ in goals),
            "b": _of_goal((at, f"b{at}") for at, _ in goals),
            "step_before": _of_goal(self.steps_before()),
            "macro_at": _of_goal(self.to_macro()),
        }
        items: Items = [(level, level) for level in self.levels]
        items += [(expression, alias) for alias, expression in made.items()]
        each = "\nUNION ALL\n".join(f"SELECT {at} AS g" for at, _ in goals)
        source = f"reached AS r\nJOIN judged AS j ON j.u = r.u\nCROSS JOIN {nested(each, 'goals')}"
        rule = self.experiment.exposure.exclude
        kept = [] if rule is None else [f"r.n{self.place[rule.of]} <= {rule.more_than:.0f}"]
        return select(items, source, where=kept)

    @property
    def levels(self) -> list[str]:
        """The columns of the traits."""
        return [f"s{at}" for at in range(len(self.experiment.segments))]

    def steps_before(self) -> Iterator[tuple[str, str]]:
        """Place of each later step of the funnel, and when the step before it was reached."""
        steps = [self.place[step] for step in self.experiment.funnel.steps if step in self.place]
        return ((at, f"f{before}") for before, at in pairwise(steps))

    def to_macro(self) -> Iterator[tuple[str, str]]:
        """Place of each micro goal, and when the macro goal was reached."""
        if self.macro is not None:
            yield from ((at, f"f{self.macro}") for at, goal in self.goals() if goal.is_micro)

    def bins(self) -> Iterator[tuple[int, str]]:
        """Place of each figure among `FIGURES`, and its bin."""
        lag = self.hours("f", since="t0")
        early = f"{self.later('f', SLACK)} < step_before"
        made = {
            "lag": lag,
            "mature_lag": f"CASE WHEN closed = 1 THEN {lag} END",
            "open": self.hours("stop", since="t0"),
            "events": "n",
            "burst": "b",
            "dwell": flag(f"f <= {self.later('t0', DWELL)}"),
            "hour": self.hours("f"),
            "day": time.day_number(self.experiment, self.unit_of_time, "f"),
        }
        if [*self.steps_before()]:
            made["early"] = f"CASE WHEN step_before IS NOT NULL THEN {flag(early)} END"
        if [*self.to_macro()]:
            passed = self.hours("macro_at", since="f")
            made["to_macro"] = f"CASE WHEN closed = 1 AND macro_at >= f THEN {passed} END"
        return ((at, made[figure]) for at, figure in enumerate(FIGURES) if figure in made)

    def cells(self) -> str:
        """The units that share variant, traits, goal, figure and bin."""
        figures = [(str(at), literal(figure)) for at, figure in enumerate(FIGURES)]
        goals = [(at, literal(goal.name)) for at, goal in self.goals()]
        made = {
            "variant": self.arm_name("arm"),
            **{f"segment__{one.name}": f"CAST(s{at} AS TEXT)"
               for at, one in enumerate(self.experiment.segments)},
            "goal": choice("g", goals),
            "figure": choice("k", figures),
            "bin": "bin",
            "units": "COUNT(*)",
            "macro": "SUM(macro)",
        }  # fmt: skip
        group = ["arm", *self.levels, "g", "k", "bin"]
        items = [(expression, name(label)) for label, expression in made.items()]
        return select(
            items, nested(self.figures(), "figures"), where=["bin IS NOT NULL"], group=group
        )

    def figures(self) -> str:
        """Per unit, goal and figure: the bin. One figure tells of units without the goal."""
        bins = list(self.bins())
        without = list(FIGURES).index("open")
        each = "\nUNION ALL\n".join(
            f"SELECT {at} AS k, {int(at == without)} AS of_unreached" for at, _ in bins
        )
        columns = [*("arm", "g", "k", "macro"), *self.levels]
        items: Items = [(column, column) for column in columns]
        items.append((choice("k", ((str(at), f"x{at}") for at, _ in bins)), "bin"))
        return select(items, f"told\nJOIN {nested(each, 'kinds')} ON of_unreached = unreached")

    def hours(self, what: str, since: str | None = None) -> str:
        """Whole hours of a time since another, or since 1970."""
        seconds = time.seconds(self.unit_of_time, what)
        if since is not None:
            seconds = f"({seconds} - {time.seconds(self.unit_of_time, since)})"
        return whole(seconds, HOUR)

    def later(self, what: str, by: timedelta) -> str:
        """A time some seconds later."""
        return time.later(self.unit_of_time, what, by)


def _of_goal(pairs: Iterable[tuple[str, str]]) -> str:
    """What belongs to a goal by its place; NULL for any other."""
    known = list(pairs)
    return choice("g", known) if known else "NULL"


def _over(*order: str) -> str:
    """A window over the rows of a unit from its first, in order, which never is of nothing."""
    first = ", ".join(f"{column} NULLS FIRST" for column in order)
    return f"PARTITION BY u ORDER BY {first} ROWS BETWEEN UNBOUNDED PRECEDING"
