"""A goal: something a unit can reach (a rate) or add to (a value), and the rules one goal keeps.

A goal may also be counted per session, or per event of another goal, instead of per unit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import StrictBool, ValidationInfo, WithJsonSchema, model_validator

from abmicro.errors import DefinitionError, Problem
from abmicro.experiment.data.row_condition import parse_condition
from abmicro.experiment.field_types import (
    NAME_SCHEMA,
    Duration,
    Filled,
    Fraction,
    Name,
    Positive,
    Prose,
    Text,
    duration_text,
)
from abmicro.experiment.goals.amount_keys import AmountLabels, Before, Cap, amount_rules
from abmicro.experiment.goals.goal_expression import Expression, parse_expression
from abmicro.experiment.goals.planned_keys import correlation_rules, planning_rules
from abmicro.experiment.goals.prior import PriorChoice
from abmicro.experiment.strict_model import StrictModel, fault

SESSION = "session"
"""What `per` says for sessions; any other text names a goal or, of units, a column."""


class GoalKind(StrEnum):
    """Where a goal stands: on the path to the macro goal, beside it, or the macro goal itself."""

    MILESTONE = "milestone"
    ACTION = "action"
    MACRO = "macro"


class GoalRole(StrEnum):
    """What a goal is asked to decide."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GUARDRAIL = "guardrail"
    EXPLORATORY = "exploratory"


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"


class Goal(AmountLabels, StrictModel):
    """Something a unit can reach (a rate) or add to (a value, analysed as a mean per unit).

    With `per` it is a share of sessions, or so many events for each event of another goal, and a
    value is a mean per session or event. Chance is still between units.

    name: as reports show it; any text of one line.
    kind: `milestone` (on the path to the macro goal), `action` (beside it) or `macro`.
    role: `primary`, `secondary` (default), `guardrail` or `exploratory`.
    event: recorded name of the event (events; default the goal's own name).
    column: the 0/1 column (units) or the count column (counts; default the goal's own name).
    where: a row condition that an event or a unit must meet, e.g. page LIKE '%/pricing%'.
    value: the column whose total per unit is the goal.
    at_least, aggregate: reached by at least so many events (`count`, the default) or by so large
        a `sum` of `value` (events).
    exactly: with `per = "session"`, reached by exactly so many events of the session (events).
    per: `session`, or a goal whose events in the window of this one are counted (events); a column
        of counts, `column` or `value` being set against it (units).
    dedupe: a column of which repeated values count once (events).
    only: the variants that alone have this goal, such as the clicks on a new button. It is shown
        and followed there, and never tested against the control, which has no such thing.
    when: an expression over other goals instead of data of its own, e.g. add_to_cart and not
        purchase.
    window: how long after the first exposure the goal counts, a whole number and w, d, h, m or s,
        e.g. "7d"; None: until the end of the data.
    delay: how long after the first exposure the goal begins to count; the window starts there, so
        that delay = "3d" and window = "1d" ask who comes back on the fourth day.
    direction: which way is good, `up` (default) or `down`.
    cap: the most that a unit counts, e.g. 500; or "99%", the smallest amount that at least so many
        of the positive ones of all variants do not exceed.
    before: a value from before the exposure, what it predicts being taken off: "28d", the same
        measure in that time (events), or { column = "spent_before" } (units).
    missing: what an empty amount means: `zero`, or `leave_out` the unit; default refused.
    margin: largest relative loss a guardrail accepts, a fraction.
    mde: smallest relative lift worth finding, a fraction.
    requires: the goal without which this one cannot happen, such as the view of a button; a unit
        that reached this one only is a fault of recording.
    prior: of this rate; None: that of `analysis`.
    baseline: the control's rate as it is known before the test, for planning; of a value its mean.
    sd: of a value, for planning: standard deviation over units, those without a value counted as 0.
    lift_by: of a value, for planning: by larger `amounts` or more `buyers`; None: the costlier.
    phi: of an action, for planning: the correlation, over units, of reaching it and the macro goal.
    gameable: whether a variant can raise it without intent; None: where its event is named after a
        view, scroll, click, play or hover.
    label: what people read in place of the name, a plural noun: "orders"; default made of the name.
    verb: what a unit did that reached it: "ordered"; sentences do without where it is not given.

    Raises DefinitionError with every rule the goal breaks.

    >>> goal = Goal(name="cart", kind="milestone", window="7d")
    >>> goal.window, goal.role.value, goal.is_value
    (datetime.timedelta(days=7), 'secondary', False)
    >>> Goal(name="returns", kind="action", role="guardrail")
    Traceback (most recent call last):
        ...
    abmicro.errors.DefinitionError: goals.returns.margin: a guardrail needs a margin \
(the largest loss you accept, e.g. 0.005) (E031); add margin = 0.005
    """

    toml_table: ClassVar[str] = "goals"
    heading: ClassVar[frozenset[str]] = frozenset({"name"})

    name: Name
    kind: GoalKind
    role: GoalRole = GoalRole.SECONDARY
    event: Text | None = None
    column: Text | None = None
    where: Annotated[Prose, Filled] | None = None
    value: Text | None = None
    aggregate: Literal["count", "sum"] | None = None
    at_least: Positive | None = None
    exactly: Positive | None = None
    per: Text | None = None
    dedupe: Text | None = None
    only: tuple[Name, ...] = ()
    when: Annotated[str, Filled] | None = None
    window: Duration | None = None
    delay: Duration | None = None
    direction: Direction = Direction.UP
    cap: Cap | None = None
    before: Before | None = None
    missing: Literal["zero", "leave_out"] | None = None
    margin: Fraction | None = None
    mde: Fraction | None = None
    requires: Annotated[str, WithJsonSchema(NAME_SCHEMA)] | None = None
    prior: PriorChoice | None = None
    baseline: Positive | None = None
    sd: Positive | None = None
    lift_by: Literal["amounts", "buyers"] | None = None
    phi: Fraction | None = None
    gameable: StrictBool | None = None
    label: Text | None = None
    verb: Text | None = None

    @property
    def sign(self) -> int:
        """1 where the goal should rise, -1 where it should fall.

        >>> Goal(name="returns", kind="action", direction="down").sign
        -1
        """
        return 1 if self.direction is Direction.UP else -1

    @property
    def is_value(self) -> bool:
        """Whether the goal is a mean amount rather than a rate."""
        return self.value is not None and self.at_least is None

    @property
    def is_ratio(self) -> bool:
        """Whether the goal is counted per session or event rather than per unit."""
        return self.per is not None

    @property
    def is_rate(self) -> bool:
        """Whether the goal is something a unit reaches or not."""
        return not self.is_value and not self.is_ratio

    @property
    def base(self) -> str:
        """What the joint table calls the sessions or events that the goal is counted per.

        >>> Goal(name="bounce", kind="action", per="session", window="7d").base
        'per session in 7d'
        """
        within = "" if self.window is None else f" in {duration_text(self.window)}"
        since = "" if self.delay is None else f" from {duration_text(self.delay)}"
        return f"per {self.per}{within}{since}"

    @property
    def closes(self) -> timedelta | None:
        """How long after its exposure a unit may still reach the goal; None: until the data end.

        >>> Goal(name="back", kind="action", delay="3d", window="1d").closes.days
        4
        """
        return None if self.window is None else self.window + (self.delay or timedelta())

    @property
    def settles(self) -> timedelta | None:
        """How long after its exposure a unit can be judged; None: at once."""
        return self.closes or self.delay

    @property
    def is_derived(self) -> bool:
        """Whether the goal is an expression over other goals."""
        return self.when is not None

    @property
    def expression(self) -> Expression | None:
        """The parsed `when`; None for a goal with data of its own."""
        return None if self.when is None else parse_expression(self.when)

    @property
    def is_compared(self) -> bool:
        """Whether every variant has the goal, so that it may be compared between them."""
        return not self.only

    @property
    def is_micro(self) -> bool:
        """Whether the goal comes before or beside the macro goal."""
        return self.kind is not GoalKind.MACRO

    @model_validator(mode="after")
    def _keep_the_rules(self, info: ValidationInfo) -> Self:
        if info.context is None and (problems := tuple(broken_rules(self))):
            raise fault(*problems)
        return self


def broken_rules(goal: Goal, *, lost: Collection[str] = ()) -> Iterator[Problem]:
    """The rules of its own that a goal breaks; `where` is the key.

    lost: keys that were refused already; a rule that judges by one of them is not asked.
    """
    rules: tuple[tuple[set[str], Callable[[Goal], Iterator[Problem]]], ...] = (
        ({"role", "margin"}, _margin),
        ({"value", "aggregate", "at_least"}, _threshold),
        ({"value", "at_least", "exactly", "per"}, _exact),
        ({"kind", "at_least", "exactly", "per"}, _counted_per),
        ({"when"}, _derived),
        ({"where", "when"}, _texts),
        (
            {"value", "at_least", "per", "baseline", "sd", "lift_by", "mde", "direction"},
            planning_rules,
        ),
        ({"kind", "phi", "per"}, correlation_rules),
        ({"only", "kind", "role", "value", "at_least", "per"}, _of_some_variants),
        ({"value", "at_least", "per", "when", "cap", "before", "missing"}, amount_rules),
    )
    for keys, rule in rules:
        if keys.isdisjoint(lost):
            yield from rule(goal)


def _margin(goal: Goal) -> Iterator[Problem]:
    guards = goal.role is GoalRole.GUARDRAIL
    if guards and goal.margin is None:
        what = "a guardrail needs a margin (the largest loss you accept, e.g. 0.005)"
        yield Problem("margin", what, "E031", "add margin = 0.005")
    if not guards and goal.margin is not None:
        what = f"a {goal.role} goal has no margin; only a guardrail has"
        yield Problem("margin", what, "E032", 'drop it or write role = "guardrail"')


def _threshold(goal: Goal) -> Iterator[Problem]:
    if goal.aggregate and goal.at_least is None:
        hint = "a value goal is a total already; drop aggregate" if goal.value else "add at_least"
        what = "says how to add up to at_least, which is missing"
        yield Problem("aggregate", what, "E034", hint)
    if goal.aggregate == "sum" and goal.value is None:
        yield Problem("value", "a sum needs the column it adds up", "E034", "add value")
    if goal.aggregate != "sum" and goal.at_least is not None:
        if goal.value is not None:
            hint = 'write aggregate = "sum", or drop value to count events'
            yield Problem("aggregate", "at_least of a value needs to know how to add", "E034", hint)
        if goal.at_least % 1:
            what = f"{goal.at_least:g} events cannot be counted; at_least is a whole number here"
            yield Problem("at_least", what, "E034", "write a whole number")


def _exact(goal: Goal) -> Iterator[Problem]:
    if goal.exactly is None:
        return
    if goal.exactly % 1:
        what = f"{goal.exactly:g} events cannot be counted; exactly is a whole number"
        yield Problem("exactly", what, "E034", "write a whole number")
    for name in ("at_least", "value"):
        if getattr(goal, name) is not None:
            what = "counts the events of a session, and nothing else"
            yield Problem("exactly", what, "E034", f"drop {name} or exactly")
    if goal.per is None:
        what = "asks of a session, and the goal is counted per unit"
        yield Problem("exactly", what, "E045", f'write per = "{SESSION}", or use at_least')


def _counted_per(goal: Goal) -> Iterator[Problem]:
    if goal.per is None:
        return
    if goal.kind is GoalKind.MILESTONE:
        what = f"a milestone is passed by units, and this goal is counted per {goal.per}"
        yield Problem("kind", what, "E045", 'write kind = "action", or drop per')
    if goal.per == goal.name:
        yield Problem("per", "a goal cannot be counted per itself", "E045", "name another goal")
    for name in ("at_least", "exactly"):
        if goal.per != SESSION and getattr(goal, name) is not None:
            what = f"asks of a session or a unit, and the goal is counted per {goal.per}"
            yield Problem(name, what, "E045", f'drop it, or write per = "{SESSION}"')


def _derived(goal: Goal) -> Iterator[Problem]:
    own = (
        *("event", "column", "where", "value", "aggregate", "at_least", "exactly", "per"),
        *("dedupe", "window", "delay"),
    )
    if goal.is_derived:
        for name in own:
            if getattr(goal, name) is not None:
                what = "a goal with `when` is made of other goals and has no data of its own"
                yield Problem(name, what, "E033", f"drop {name} or when")


_COMPARED_ROLES = (GoalRole.PRIMARY, GoalRole.GUARDRAIL)


def _of_some_variants(goal: Goal) -> Iterator[Problem]:
    """A goal that the control lacks decides nothing, and nothing about it is planned."""
    if goal.is_compared:
        return
    lacks = f"the control lacks it (it exists in {', '.join(goal.only)} only)"
    if goal.kind is not GoalKind.ACTION:
        hint = 'write kind = "action", and another goal that all variants have on the way'
        yield Problem("kind", f"no {goal.kind} can be compared where {lacks}", "E047", hint)
    if goal.role in _COMPARED_ROLES:
        what = f"no {goal.role} goal can be judged where {lacks}"
        yield Problem("role", what, "E047", 'drop it, or write role = "secondary"')
    if not goal.is_rate:
        what = "is no share of units, and only such goals are shown by themselves"
        yield Problem("only", what, "E047", "drop value or per, or let all variants have the goal")
    for name in ("mde", "baseline", "phi", "prior"):
        if getattr(goal, name) is not None:
            yield Problem(name, f"nothing is tested where {lacks}", "E047", "drop it")


def _texts(goal: Goal) -> Iterator[Problem]:
    for name, text, parse in (
        ("where", goal.where, parse_condition),
        ("when", goal.when, parse_expression),
    ):
        if text is not None:
            try:
                parse(text)
            except DefinitionError as error:
                yield from (Problem(name, one.what, one.code, one.hint) for one in error.problems)
