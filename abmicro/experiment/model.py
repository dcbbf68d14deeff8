"""What was meant: an experiment, its variants, goals, guardrails and the data that tell of them.

Every class is a frozen pydantic model of tuples, so an `Experiment` is hashable and two are equal
exactly when their TOML says the same. The keys of the TOML file and the fields here bear the same
names; `toml.py` translates between the two.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class GoalKind(StrEnum):
    """Where a goal stands: on the path to the macro goal, beside it, or the macro goal itself."""

    MILESTONE = "milestone"
    ACTION = "action"
    MACRO = "macro"


class Role(StrEnum):
    """What a goal is asked to decide."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GUARDRAIL = "guardrail"
    EXPLORATORY = "exploratory"


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"


class Shape(StrEnum):
    """What one row of the data is: an event, a unit, a cell of counts, a cell of the joint table."""

    EVENTS = "events"
    UNITS = "units"
    COUNTS = "counts"
    JOINT = "joint"


class TimeUnit(StrEnum):
    """What the time column holds; `order` means a position without a clock."""

    TIMESTAMP = "timestamp"
    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    ORDER = "order"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Variant(_Part):
    """An arm: its name and the share of units it is meant to get."""

    name: str
    share: float


class Goal(_Part):
    """Something a unit can reach (a rate) or add to (a value, analysed as a mean per unit).

    event, where, value, aggregate, at_least, dedupe and window speak of the events shape; column
    (or where, or value) of units and counts; `when` derives the goal from other goals.
    """

    name: str
    kind: GoalKind
    role: Role = Role.SECONDARY
    event: str | None = None
    column: str | None = None
    where: str | None = None
    value: str | None = None
    aggregate: Annotated[str | None, Field(pattern="^(count|sum)$")] = None
    at_least: float | None = None
    dedupe: str | None = None
    when: str | None = None
    window: timedelta | None = None
    direction: Direction = Direction.UP
    margin: float | None = None
    mde: float | None = None

    @property
    def is_value(self) -> bool:
        """Whether the goal is a mean per unit rather than a rate."""
        return self.value is not None and self.at_least is None

    @property
    def is_derived(self) -> bool:
        """Whether the goal is an expression over other goals."""
        return self.when is not None


class Segment(_Part):
    """A trait of the unit at its first exposure: the name used in reports and its column."""

    name: str
    column: str


class Columns(_Part):
    """Which column holds what; None where the data need no such column."""

    unit: str | None = None
    time: str | None = None
    event: str | None = None
    variant: str | None = None
    units: str | None = None
    period: str | None = None


class Data(_Part):
    """Where the data are and what their rows mean."""

    shape: Shape
    source: str | None = None
    table: str | None = None
    preset: str | None = None
    time_unit: TimeUnit = TimeUnit.TIMESTAMP
    columns: Columns = Columns()


class Exposure(_Part):
    """Which event exposes a unit, which recorded value means which arm, what to do with two arms.

    match: pairs of arm name and recorded value; an arm that is not listed is recorded by its name.
    """

    event: str | None = None
    match: tuple[tuple[str, str], ...] = ()
    crossed: Annotated[str, Field(pattern="^(exclude|first)$")] = "exclude"


class Funnel(_Part):
    """Milestones in order and the macro goal they lead to."""

    steps: tuple[str, ...] = ()
    order: Annotated[str, Field(pattern="^(any|strict)$")] = "any"


class Prior(_Part):
    """Beta prior of every rate."""

    a: float = 0.5
    b: float = 0.5


class Options(_Part):
    """Choices of the analysis, frozen before the read-out."""

    alpha: float = 0.05
    correction: Annotated[str, Field(pattern="^(none|holm|hochberg|bh)$")] = "holm"
    carry_threshold: float = 0.5
    prior: Prior = Prior()


class Decision(_Part):
    """What "ship" asks for."""

    require: Annotated[str, Field(pattern="^(macro_up|not_contradicted)$")] = "macro_up"
    minimum_runtime: timedelta | None = None


class Experiment(_Part):
    """A whole experiment: the first variant is the control."""

    name: str
    key: str = ""
    hypothesis: str = ""
    start: date | None = None
    end: date | None = None
    timezone: str = "UTC"
    variants: tuple[Variant, ...]
    data: Data | None = None
    exposure: Exposure = Exposure()
    goals: tuple[Goal, ...]
    funnel: Funnel = Funnel()
    segments: tuple[Segment, ...] = ()
    analysis: Options = Options()
    decision: Decision = Decision()

    @property
    def control(self) -> Variant:
        """The arm every other arm is compared with."""
        return self.variants[0]

    @property
    def treated(self) -> tuple[Variant, ...]:
        """All arms but the control."""
        return self.variants[1:]

    @property
    def primary(self) -> Goal:
        """The one goal the decision turns on."""
        return next(goal for goal in self.goals if goal.role is Role.PRIMARY)

    @property
    def macros(self) -> tuple[Goal, ...]:
        """The macro goals in the order of the file."""
        return tuple(goal for goal in self.goals if goal.kind is GoalKind.MACRO)

    def goal(self, name: str) -> Goal:
        """The goal of that name; KeyError where there is none."""
        for goal in self.goals:
            if goal.name == name:
                return goal
        raise KeyError(name)


def ordered_step(step: str) -> str:
    """Label of the pattern column "this step was reached after the one before" (strict funnels)."""
    return f"{step} in order"
