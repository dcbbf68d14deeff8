"""The SELECT of the histograms: when units reached each goal, how often, in which order.

It shares the attribution of the joint table. These queries come after it:

    traits   per unit that is followed, where there are any: what it was at first exposure
    hits     a hit inside a window: its unit, its goal g, its time
    reached  per unit and goal: f, when it was reached, n, how many hits it had, and b, how many
             of them came close to the one before
    told     units per goal and kind k: kinds are rows of `TOGETHER`, whose first figure has its bin
             in x0; taken apart, these are the table of histograms

so the log is read three times, as for the joint table, and once more for traits; nothing of a unit
leaves the statement. Hits are put in order by unit and goal, without the texts of their rows, and
grouped before figures are taken apart: both cost by the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise, zip_longest

from abmicro.counts import ANALYSED, FIGURES
from abmicro.experiment.model import Experiment, Goal
from abmicro.sources.sql import time
from abmicro.sources.sql.attribution import Attribution, place
from abmicro.sources.sql.columns import rates
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
    whole,
)

HOUR = 3600
BURST = timedelta(seconds=2)
DWELL = timedelta(seconds=1)
SLACK = timedelta(seconds=2)
"""How much earlier than the step before a step must be for the order to be impossible."""

TOGETHER = (
    ("open",),
    ("lag", "mature_lag", "dwell"),
    ("events", "burst", "early"),
    ("hour", "day"),
    ("to_macro",),
)
"""Figures that are counted together: where the first is known, the others take few values."""


def histograms_select(
    experiment: Experiment, relation: str, until: datetime | None, now: datetime | None
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
            *([("traits", self.told_traits())] if self.traits else []),
            ("hits", self.hits()),
            ("reached", self.reached()),
            ("told", self.told()),
        ]
        return steps(queries, self.cells())

    @property
    def traits(self) -> list[str]:
        """The columns of what a unit was at its first exposure."""
        variants = ["first_arm", "other_arm"] if self.keeps_crossed else []
        return [*variants, *self.levels]

    @property
    def levels(self) -> list[str]:
        """The columns of the segments."""
        return [f"s{at}" for at in range(len(self.experiment.segments))]

    @property
    def of_units_judged(self) -> str:
        """The rows of the log beside what their units were judged.

        A query over them states one condition of the row alone, and all others in a CASE: of more
        DuckDB expects to leave so few rows that it would hold these in memory, not the units.
        """
        return f"{nested(self.log(), 'e')}\nJOIN judged AS j ON j.u = e.u"

    def told_traits(self) -> str:
        """Per unit whose goals are looked at: its traits."""
        items = [("e.u", "u")]
        for trait in self.traits:
            of_arm = trait.endswith("arm")
            told, held = (self.tells_arm, "arm") if of_arm else (self.is_first, trait)
            bound = "MAX" if trait == "other_arm" else "MIN"
            items.append((f"{bound}(CASE WHEN {told} THEN e.{held} END)", trait))
        says = " OR ".join(f"({one})" for one in dict.fromkeys((self.is_first, self.tells_arm)))
        tells = "(e.arm IS NOT NULL OR e.exposing)" if self.assigned else "e.arm IS NOT NULL"
        where = [tells, f"{flag(says)} = 1"]
        return select(items, self.of_units_judged, where=where, group=["e.u"])

    def hits(self) -> str:
        """Per hit inside a window: unit, goal g, time, and what it adds where a sum is asked."""
        inside = {at: self.inside(goal) for at, goal in self.goals()}
        items = [("e.u", "u"), ("e.t", "t"), (self.of_hit({at: at for at in inside}), "g")]
        if self.sums:
            items.append(
                (self.of_hit({at: self.amount(at, goal) for at, goal in self.sums}), "adds")
            )
        source = self.of_units_judged
        if len(self.layers) > 1:
            layers = _table("layers", (f"{at} AS layer" for at in range(len(self.layers))))
            source += f"\nCROSS JOIN {layers}"
        hit = " OR ".join(f"e.h{at}" for at in inside)
        return select(items, source, where=[f"({hit})", self.of_hit(inside)])

    @property
    def sums(self) -> list[tuple[str, Goal]]:
        """The goals that ask for so many events, or for so much."""
        return [(at, goal) for at, goal in self.goals() if goal.at_least is not None]

    @cached_property
    def layers(self) -> list[list[str]]:
        """The goals in layers: a row hits at most one of a layer, for their events differ."""
        of_event: dict[str, list[str]] = {}
        for at, goal in self.goals():
            of_event.setdefault(goal.event or goal.name, []).append(at)
        layers = zip_longest(*of_event.values())
        return [[at for at in layer if at is not None] for layer in layers]

    def of_hit(self, made: Mapping[str, str]) -> str:
        """What belongs to the goal of its layer that a row e hits; NULL where it hits none."""
        found = [_of_one({at: made[at] for at in layer if at in made}) for layer in self.layers]
        numbered = ((str(at), one) for at, one in enumerate(found))
        return found[0] if len(found) == 1 else choice("layer", numbered)

    def reached(self) -> str:
        """Per unit: f, n and b of each goal."""
        order = ["t", "adds"] if self.sums else ["t"]
        last = f"MAX(t) OVER ({_over(*order)} 1 PRECEDING AND 1 PRECEDING)"
        near = flag(f"t <= {self.later(last, BURST)}")
        paced: Items = [*((column, column) for column in ("u", "g", *order)), (near, "near")]
        if self.sums:
            so_far = f"SUM(adds) OVER ({_over(*order)} UNBOUNDED PRECEDING AND CURRENT ROW)"
            paced.append((so_far, "so_far"))
        items: Items = [("u", "u")]
        for at, goal in self.goals():
            items += self.summary(at, goal)
        return select(items, nested(select(paced, "hits"), "paced"), group=["u"])

    def summary(self, at: str, goal: Goal) -> Items:
        """f, n and b of a goal.

        What asks for so much is reached with the hit that gets there, if all of them together do.
        """
        first = f"MIN(CASE WHEN g = {at} THEN t END)"
        if goal.at_least is not None:
            enough = f">= {goal.at_least!r}"
            first = f"MIN(CASE WHEN g = {at} AND so_far {enough} THEN t END)"
            first = f"CASE WHEN SUM(CASE WHEN g = {at} THEN adds END) {enough} THEN {first} END"
        return [
            (first, f"f{at}"),
            (f"CAST(COUNT(CASE WHEN g = {at} THEN 1 END) AS BIGINT)", f"n{at}"),
            (f"COUNT(CASE WHEN g = {at} AND near = 1 THEN 1 END)", f"b{at}"),
        ]

    def each(self) -> str:
        """Per unit and goal: what the bins are made of."""
        goals = list(self.goals())
        close = _of_goal((at, self.after(goal.closes)) for at, goal in goals if goal.closes)
        reached = _of_goal((at, f"f{at}") for at, _ in goals)
        made = {
            "arm": self.told_arm("j.arm"),
            "g": "g",
            "closed": flag(f"j.step = {place(ANALYSED)}"),
            "t0": "j.t0",
            "stop": f"CASE WHEN {close} <= cut THEN {close} ELSE cut END",
            "macro": "0" if self.macro is None else flag(f"f{self.macro} IS NOT NULL"),
            "f": reached,
            "unreached": flag(f"{reached} IS NULL"),
            "n": _of_goal((at, f"n{at}") for at, _ in goals),
            "b": _of_goal((at, f"b{at}") for at, _ in goals),
            "step_before": _of_goal(self.steps_before()),
            "macro_at": _of_goal(self.to_macro()),
        }
        items: Items = [(level, level) for level in self.levels]
        items += [(expression, alias) for alias, expression in made.items()]
        each = _table("goals", (f"{at} AS g" for at, _ in goals))
        source = "judged AS j\nLEFT JOIN reached AS r ON r.u = j.u"
        source += "\nJOIN traits ON traits.u = j.u" if self.traits else ""
        kept = ["j.t0 IS NOT NULL"]
        if (rule := self.experiment.exposure.exclude) is not None:
            kept.append(f"COALESCE(r.n{self.place[rule.of]}, 0) <= {rule.more_than:.0f}")
        return select(items, f"{source}\nCROSS JOIN {each}", where=kept)

    def steps_before(self) -> Iterator[tuple[str, str]]:
        """Place of each later step of the funnel, and when the step before it was reached."""
        steps = [self.place[step] for step in self.experiment.funnel.steps if step in self.place]
        return ((at, f"f{before}") for before, at in pairwise(steps))

    def to_macro(self) -> Iterator[tuple[str, str]]:
        """Place of each micro goal, and when the macro goal was reached."""
        if self.macro is not None:
            yield from ((at, f"f{self.macro}") for at, goal in self.goals() if goal.is_micro)

    @cached_property
    def bins(self) -> dict[str, str]:
        """The bin of each figure that can be told."""
        lag = self.hours("f", since="t0")
        made = {
            "lag": lag,
            "mature_lag": f"CASE WHEN closed = 1 THEN {lag} END",
            "open": self.hours("stop", since="t0"),
            "events": "n",
            "burst": flag("b > 0"),
            "dwell": flag(f"f <= {self.later('t0', DWELL)}"),
            "hour": self.hours("f"),
            "day": time.day_number(self.experiment, self.unit_of_time, "f"),
        }
        if [*self.steps_before()]:
            early = flag(f"{self.later('f', SLACK)} < step_before")
            made["early"] = f"CASE WHEN step_before IS NOT NULL THEN {early} END"
        if [*self.to_macro()]:
            passed = self.hours("macro_at", since="f")
            made["to_macro"] = f"CASE WHEN closed = 1 AND macro_at >= f THEN {passed} END"
        return made

    @cached_property
    def together(self) -> list[list[str]]:
        """The figures that are counted together, of those that can be told."""
        found = ([figure for figure in one if figure in self.bins] for one in TOGETHER)
        return [*filter(None, found)]

    def told(self) -> str:
        """Units per goal and kind k: the bins of the figures that are counted together."""
        kinds = _table("kinds", (
            f"{at} AS k, {int('open' in one)} AS of_unreached"
            for at, one in enumerate(self.together)
        ))  # fmt: skip
        same = ["arm", *self.levels, "g", "k"]
        items: Items = [(column, column) for column in (*same, "macro")]
        bins = [f"x{at}" for at in range(max(map(len, self.together)))]
        for at, alias in enumerate(bins):
            kept = ((str(k), one[at]) for k, one in enumerate(self.together) if at < len(one))
            items.append((choice("k", ((k, self.bins[figure]) for k, figure in kept)), alias))
        source = f"{nested(self.each(), 'made')}\nJOIN {kinds} ON of_unreached = unreached"
        binned = nested(select(items, source, where=["arm IS NOT NULL"]), "binned")
        group = [*same, *bins]
        counted = [("COUNT(*)", "units"), ("SUM(macro)", "macro")]
        return select([*((column, column) for column in group), *counted], binned, group=group)

    def cells(self) -> str:
        """The units that share variant, traits, goal, figure and bin."""
        figures = [(str(at), literal(figure)) for at, figure in enumerate(FIGURES)]
        goals = [(at, literal(goal.name)) for at, goal in self.goals()]
        made = {
            "variant": self.arm_name("arm"),
            **{f"segment__{one.name}": f"CAST(s{at} AS TEXT)"
               for at, one in enumerate(self.experiment.segments)},
            "goal": choice("g", goals),
            "figure": choice("y", figures),
            "bin": "bin",
            "units": "CAST(SUM(units) AS BIGINT)",
            "macro": "CAST(SUM(macro) AS BIGINT)",
        }  # fmt: skip
        group = ["arm", *self.levels, "g", "y", "bin"]
        items = [(expression, name(label)) for label, expression in made.items()]
        return select(
            items, nested(self.figures(), "figures"), where=["bin IS NOT NULL"], group=group
        )

    def figures(self) -> str:
        """Per row of `told` and figure y: the bin."""
        at = {
            figure: (k, f"x{column}")
            for k, one in enumerate(self.together)
            for column, figure in enumerate(one)
        }
        known = [(str(y), *at[figure]) for y, figure in enumerate(FIGURES) if figure in at]
        shown = _table("shown", (f"{y} AS y, {k} AS of_kind" for y, k, _ in known))
        columns = ["arm", *self.levels, "g", "y", "units", "macro"]
        items: Items = [(column, column) for column in columns]
        items.append((choice("y", ((y, column) for y, _, column in known)), "bin"))
        return select(items, f"told\nJOIN {shown} ON of_kind = k")

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
    """A window over the hits of a unit and goal, in order, as far as rows that are named next."""
    first = ", ".join(f"{column} NULLS FIRST" for column in order)
    return f"PARTITION BY u, g ORDER BY {first} ROWS BETWEEN"


def _table(alias: str, rows: Iterable[str]) -> str:
    """Rows of constants as an item of FROM."""
    return nested("\nUNION ALL\n".join(f"SELECT {row}" for row in rows), alias)


def _of_one(made: Mapping[str, str]) -> str:
    """What belongs to the only goal that a row e hits, by its place; NULL where it hits none."""
    hits: dict[str, list[str]] = {}
    for at, one in made.items():
        hits.setdefault(one, []).append(f"e.h{at}")
    return first_true(((" OR ".join(hit), one) for one, hit in hits.items()), "NULL")
