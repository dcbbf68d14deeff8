"""When a test is looked at while it runs, and what each look may spend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, WithJsonSchema

from abmicro.errors import Problem
from abmicro.experiment.calendar import DAY, longest_window
from abmicro.experiment.data.mapping import Shape
from abmicro.experiment.field_types import (
    Day,
    Duration,
    Fraction,
    Positive,
    Prose,
    as_day,
    duration_text,
)
from abmicro.experiment.strict_model import StrictModel, fault, shown

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment

PROVEN_AT_LOOKS = ("none", "bonferroni", "holm")
_WEEK = timedelta(days=7)
_LOOKS = 'write "daily", "weekly" or a list of days, e.g. [2026-10-25, 2026-11-01]'
_RATE = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}


def as_looks(value: Any) -> Any:
    """`daily`, `weekly`, or a tuple of days.

    >>> as_looks("daily"), as_looks(["2026-10-25"])
    ('daily', (datetime.date(2026, 10, 25),))
    """
    if value in ("daily", "weekly"):
        return value
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise fault(Problem("", f"{shown(value)} is not a plan of looks", "E013", _LOOKS))
    return tuple(as_day(day) for day in value)


def as_share(value: Any) -> Any:
    """A number from 0 up to 1; 0 switches off what it belongs to.

    >>> as_share(0), as_share(0.01)
    (0.0, 0.01)
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value < 1:
        what = f"{shown(value)} is not a number from 0 up to 1"
        raise fault(
            Problem("", what, "E014", "write a fraction, e.g. 0.01 for 1 %, or 0 for never")
        )
    return float(value)


_DAYS = {"type": "array", "items": {"type": "string", "format": "date"}, "minItems": 1}
Looks = Annotated[
    Literal["daily", "weekly"] | tuple[date, ...],
    BeforeValidator(as_looks),
    WithJsonSchema({"oneOf": [{"enum": ["daily", "weekly"]}, _DAYS]}),
]
Rate = Annotated[float, BeforeValidator(as_share), WithJsonSchema(_RATE)]


class MonitoringSettings(StrictModel):
    """How a test is looked at while it runs; without the table it is read once, at its end.

    mode: `fixed` (one reading at the end), `group_sequential` (looks that share alpha), or
        `anytime` (every day, for tests without a planned end).
    looks: `daily`, `weekly`, or the last days of data of the looks. The last mature day is always
        one.
    first_look: full days of entry before the first look; default `decision.minimum_runtime`, else
        7d.
    spending: how alpha is shared out, `obrien_fleming` (little early) or `pocock` (evenly).
    units: planned units in all variants, for `anytime`; default those of the plan.
    harm_alpha: chance of a false alarm of harm over the whole run; 0 for no alarm.
    futility: advice to give up where the chance of success falls below; 0 for never.
    sample_ratio_alpha: chance of a false alarm about the shares of units over the whole run.
    paused: days known to be without traffic.

    >>> MonitoringSettings(mode="group_sequential", first_look="14d").first_look.days
    14
    """

    toml_table: ClassVar[str] = "monitoring"

    mode: Literal["fixed", "group_sequential", "anytime"] = "fixed"
    looks: Looks = "daily"
    first_look: Duration | None = None
    spending: Literal["obrien_fleming", "pocock"] = "obrien_fleming"
    units: Positive | None = None
    harm_alpha: Rate = 0.01
    futility: Rate = 0.10
    sample_ratio_alpha: Fraction = 0.001
    paused: tuple[Day, ...] = ()


class CalendarNote(StrictModel):
    """Something that happened on a day: a release, a campaign, an outage.

    date: the day, as a date or ISO text.
    text: what happened, as charts and the record tell it.

    >>> CalendarNote(date="2026-10-12", text="checkout redesigned").text
    'checkout redesigned'
    """

    toml_table: ClassVar[str] = "experiment.notes"

    date: Day
    text: Prose


def window_days(experiment: Experiment) -> int:
    """How many days the goals take to settle, delay and window; 0 where all do at once."""
    return longest_window(experiment) // DAY


def first_look_days(experiment: Experiment) -> int:
    """Full days of entry that must be mature before the first look."""
    asked = experiment.monitoring.first_look or experiment.decision.minimum_runtime or _WEEK
    return ceil(asked / DAY)


def planned_looks(experiment: Experiment, start: date | None = None) -> tuple[date, ...]:
    """The last days of data of the planned looks, the final one last; none without an end.

    start: the first day of entry, where the definition does not say it.
    """
    first, end, plan = experiment.start or start, experiment.end, experiment.monitoring
    if first is None or end is None or plan.mode != "group_sequential":
        return ()
    wait = window_days(experiment)
    final = end - DAY + timedelta(days=wait)
    earliest = first + timedelta(days=first_look_days(experiment) - 1 + wait)
    if isinstance(plan.looks, tuple):
        return tuple(dict.fromkeys([*(day for day in plan.looks if earliest <= day), final]))
    step = 1 if plan.looks == "daily" else 7
    days = (final - earliest).days
    before = (earliest + timedelta(days=day) for day in range(0, max(days, 0), step))
    return (*before, final)


def correction_of(experiment: Experiment) -> str:
    """The correction of a definition; Holm's in place of one without a proof at stopping times.

    Only `none`, `bonferroni` and `holm` keep their promise where a test stops on what it sees.
    """
    asked = experiment.analysis.correction
    watched = experiment.monitoring.mode != "fixed"
    return "holm" if watched and asked not in PROVEN_AT_LOOKS else asked


def check_monitoring(experiment: Experiment) -> Iterator[Problem]:
    """Looks need an end, stand in order, and wait for whole windows."""
    plan = experiment.monitoring
    yield from _check_keys(plan)
    if plan.mode == "fixed":
        return
    if plan.mode == "group_sequential" and experiment.end is None:
        hint = 'set it, or mode = "anytime"'
        yield Problem("monitoring", "monitoring needs experiment.end", "E070", hint)
    yield from _check_first_look(experiment)
    yield from _check_looks(experiment)
    yield from _check_windows(experiment)
    yield from _check_paused(experiment)


def _check_keys(plan: MonitoringSettings) -> Iterator[Problem]:
    """Keys that a mode does not read."""
    unread = {
        "fixed": ("looks", "first_look", "spending", "units", "futility"),
        "group_sequential": ("units",),
        "anytime": ("looks", "spending", "futility"),
    }[plan.mode]
    for name in unread:
        if name in plan.model_fields_set:
            hint = f'drop it, or set mode = "{_MODE_OF.get(name, "group_sequential")}"'
            yield Problem(f"monitoring.{name}", f"says nothing in mode {plan.mode}", "E071", hint)


_MODE_OF = {"units": "anytime"}


def _check_first_look(experiment: Experiment) -> Iterator[Problem]:
    asked, least = experiment.monitoring.first_look, experiment.decision.minimum_runtime
    if asked is not None and least is not None and asked < least:
        what = f"{duration_text(asked)} is shorter than decision.minimum_runtime"
        hint = f'write "{duration_text(least)}" or more'
        yield Problem("monitoring.first_look", what, "E072", hint)
    start, end = experiment.start, experiment.end
    if start and end and timedelta(days=first_look_days(experiment)) > end - start:
        what = f"the test takes {(end - start).days} days, the first look needs more"
        yield Problem("monitoring.first_look", what, "E072", "shorten it, or move experiment.end")


def _check_looks(experiment: Experiment) -> Iterator[Problem]:
    looks = experiment.monitoring.looks
    if not isinstance(looks, tuple):
        return
    for place, (before, day) in enumerate(pairwise(looks), 2):
        if day <= before:
            where = f"monitoring.looks[{place}]"
            what = f"{day} is not after {before}"
            yield Problem(where, what, "E073", "write the days in their order, each once")
    start, end = experiment.start, experiment.end
    if start is None or end is None:
        return
    wait = window_days(experiment)
    first = start + timedelta(days=first_look_days(experiment) - 1 + wait)
    final = end - DAY + timedelta(days=wait)
    for place, day in enumerate(looks, 1):
        if not first <= day <= final:
            where = f"monitoring.looks[{place}]"
            what = f"{day} is not between the first possible look, {first}, and the last, {final}"
            yield Problem(where, what, "E074", "a look bears its last day of data")


def _check_windows(experiment: Experiment) -> Iterator[Problem]:
    """Goals that decide on events need a window, or no day is ever mature."""
    if experiment.data is None or experiment.data.shape is not Shape.EVENTS:
        return
    deciding = {*experiment.funnel.steps[-1:], experiment.primary.name}
    for goal in experiment.goals:
        decides = goal.name in deciding or goal.role == "guardrail"
        if decides and goal.window is None and not goal.is_derived:
            where = f"goals.{goal.name}.window"
            what = f"{goal.name} decides, and looks judge a unit once its window has closed"
            yield Problem(where, what, "E075", 'write how long a unit may take, e.g. "7d"')


def _check_paused(experiment: Experiment) -> Iterator[Problem]:
    start, end = experiment.start, experiment.end
    for place, day in enumerate(experiment.monitoring.paused, 1):
        if (start and day < start) or (end and day >= end):
            where, what = f"monitoring.paused[{place}]", f"{day} is no day of the experiment"
            yield Problem(where, what, "E076", "name days from experiment.start to its end")
