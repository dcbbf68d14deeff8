"""What was meant: an experiment, its variants, goals, guardrails and the data they are measured by.

Every class is a frozen pydantic model of tuples, so an `Experiment` is hashable and two are equal
exactly when their TOML says the same. The keys of the TOML file and the fields here bear the same
names, and both ways of writing an experiment are refused with the same `DefinitionError`, which
holds every problem at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Annotated, Any, Self

from pydantic import (
    ConfigDict,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from abmicro.errors import DefinitionError, Problem
from abmicro.experiment import rules
from abmicro.experiment.bounds import MOST_PROBLEMS, oversized
from abmicro.experiment.data.derived_columns import Field, Form, Identity
from abmicro.experiment.data.mapping import (
    Assignment,
    Data,
    DataColumns,
    Exposure,
    Shape,
    TimeUnit,
)
from abmicro.experiment.data.presets import find_preset
from abmicro.experiment.exclusion_rules import check_exclusion
from abmicro.experiment.field_types import Day, Name, Prose, Text, TimeZone, ordered_step
from abmicro.experiment.file.document import HEAD, document
from abmicro.experiment.file.toml_text import dotted, render
from abmicro.experiment.goals import goal_rules
from abmicro.experiment.goals.goal import Direction, Goal, GoalKind, GoalRole, broken_rules
from abmicro.experiment.goals.only import check_only
from abmicro.experiment.goals.prior import Prior
from abmicro.experiment.monitoring import CalendarNote, MonitoringSettings, check_monitoring
from abmicro.experiment.naming.names import Names
from abmicro.experiment.naming.rules import check_naming
from abmicro.experiment.partial_validation import Salvage, salvage
from abmicro.experiment.plan_settings import PlanSettings
from abmicro.experiment.ramp import Phase, check_ramp
from abmicro.experiment.settings import (
    AnalysisSettings,
    DecisionSettings,
    Funnel,
    ReportSettings,
)
from abmicro.experiment.shorthand import plain
from abmicro.experiment.strict_model import StrictModel, fault, join, problems_of, shown
from abmicro.experiment.variants import Segment, Variant, check_variant_column, too_few

__all__ = [
    "AnalysisSettings",
    "Assignment",
    "CalendarNote",
    "Data",
    "DataColumns",
    "DecisionSettings",
    "Direction",
    "Experiment",
    "Exposure",
    "Field",
    "Form",
    "Funnel",
    "Goal",
    "GoalKind",
    "GoalRole",
    "Identity",
    "MonitoringSettings",
    "Phase",
    "PlanSettings",
    "Prior",
    "ReportSettings",
    "Segment",
    "Shape",
    "TimeUnit",
    "Variant",
    "ordered_step",
]

_KEY = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class Experiment(StrictModel):
    """A whole experiment; the first variant is the control.

    name: what reports call it.
    key: short name for files; default: made from the name.
    hypothesis: what was expected, and why.
    start: first day of the experiment, as a date or ISO text, e.g. 2026-10-05.
    end: first day after the experiment, as a date or ISO text.
    timezone: of these days, e.g. Europe/Oslo.
    site: whose visitors these are, e.g. shop.example; past tests of other sites count for less.
    unit_name: the word for a unit on every page.
    unit_name_plural: its plural, where an s is not enough.
    variants: names (equal shares), name to share, or `Variant`s. One alone holds everybody: traffic
        without a test, which `health` reads and nothing else does.
    ramp: phases from whose first day on the variants have other shares; in the order of their days.
    data: shape, source and columns; may be left out where counts are given later.
    exposure: which event exposes a unit and which recorded value means which variant.
    goals: `Goal`s, or name to keys.
    funnel: steps; default the milestones in order, then the first macro goal.
    segments: name to column (or to the keys of `Segment`), or column names.
    analysis, decision, plan, monitoring, report: see their classes.
    notes: what happened on which day, for charts and the record.

    A first goal without a role becomes primary where none is: a milestone, else an action, else a
    macro goal. The default funnel is of goals that units reach and that are not derived.

    Raises DefinitionError with every problem at once, each with its path in the file.

    >>> experiment = Experiment(
    ...     name="Sticky button",
    ...     variants=["control", "sticky"],
    ...     goals={"cart": {"kind": "milestone"}, "order": {"kind": "macro"}},
    ... )
    >>> experiment.key, experiment.primary.name, experiment.funnel.steps
    ('sticky-button', 'cart', ('cart', 'order'))
    >>> Experiment(name="Half", variants={"a": 0.5}, goals={"cart": {"kind": "mileston"}})
    Traceback (most recent call last):
        ...
    abmicro.errors.DefinitionError: goals.cart.kind: 'mileston' is not one of milestone, action, \
macro (E012); did you mean 'milestone'?
    variants.allocation: the shares add up to 0.5, not to 1 (E021); write fractions, e.g. 0.5 for \
50 %
    """

    model_config = ConfigDict(validate_default=True)

    name: Name
    key: Annotated[str, WithJsonSchema({"type": "string", "pattern": _KEY})] = ""
    hypothesis: Prose = ""
    start: Day | None = None
    end: Day | None = None
    timezone: TimeZone = "UTC"
    site: Prose = ""
    unit_name: Text = "visitor"
    unit_name_plural: Text | None = None
    variants: tuple[Variant, ...]
    ramp: tuple[Phase, ...] = ()
    data: Data | None = None
    exposure: Exposure = Exposure()
    goals: tuple[Goal, ...]
    funnel: Funnel = Funnel()
    segments: tuple[Segment, ...] = ()
    analysis: AnalysisSettings = AnalysisSettings()
    decision: DecisionSettings = DecisionSettings()
    plan: PlanSettings = PlanSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    report: ReportSettings = ReportSettings()
    notes: tuple[CalendarNote, ...] = ()

    @classmethod
    def arranged(cls, keys: dict[str, Any]) -> dict[str, Any]:
        """Names, mappings and lists as lists of named tables."""
        if large := oversized(keys):
            raise DefinitionError(*large)
        return plain(keys)

    @classmethod
    def explain(cls, error: ValidationError, keys: Mapping[str, Any]) -> tuple[Problem, ...]:
        """What is wrong with single keys, then what is wrong between those that are sound."""
        first = problems_of(cls, error, keys)
        if not any(detail["loc"] for detail in error.errors(include_url=False)):
            return first
        saved = salvage(error, keys)
        try:
            cls.model_validate(saved.keys, context=saved)
        except ValidationError as more:
            told = {problem.where for problem in first}
            second = problems_of(cls, more, saved.keys)
            return (*first, *(problem for problem in second if problem.where not in told))
        return first

    @classmethod
    def place(cls, keys: Mapping[str, Any], first: str) -> str:  # noqa: ARG003
        """The table of the file that holds a field."""
        if first == "ramp":
            return "variants"
        is_table = first in cls.model_fields and first not in HEAD
        return "" if is_table or not first else "experiment"

    @property
    def control(self) -> Variant:
        """The variant every other variant is compared with."""
        return self.variants[0]

    @property
    def treated(self) -> tuple[Variant, ...]:
        """All variants but the control."""
        return self.variants[1:]

    @cached_property
    def primary(self) -> Goal:
        """The one goal the decision turns on."""
        return next(goal for goal in self.goals if goal.role is GoalRole.PRIMARY)

    @property
    def macros(self) -> tuple[Goal, ...]:
        """The macro goals in the order of the file."""
        return tuple(goal for goal in self.goals if goal.kind is GoalKind.MACRO)

    @cached_property
    def compared(self) -> tuple[Goal, ...]:
        """The goals that every variant has, in the order of the file."""
        return tuple(goal for goal in self.goals if goal.is_compared)

    @property
    def known_before(self) -> tuple[str, ...]:
        """Names of the segments that no variant can change."""
        return tuple(segment.name for segment in self.segments if segment.known_before)

    def require_comparison(self) -> None:
        """DefinitionError where there is but one variant, so that nothing can be compared."""
        if len(self.variants) < 2:
            raise DefinitionError(too_few(self.variants))

    @cached_property
    def names(self) -> Names:
        """What people read in place of the names of goals, variants and units."""
        return Names.of(self)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other parts, which are not checked; it finds its words and goals anew."""
        made = super().model_copy(update=update, deep=deep)
        for kept in ("names", "primary", "compared"):
            vars(made).pop(kept, None)
        return made

    def require_data(self) -> Data:
        """What the experiment says of its data; DefinitionError where it says nothing."""
        if self.data is None:
            hint = "add [data] with shape and source, or analyse saved counts"
            raise DefinitionError(Problem("data", "the experiment names no data", "E060", hint))
        return self.data

    def goal(self, name: str) -> Goal:
        """The goal of that name; KeyError where there is none."""
        for goal in self.goals:
            if goal.name == name:
                return goal
        raise KeyError(name)

    def __str__(self) -> str:
        return render(document(self))

    @field_validator("key", mode="after")
    @classmethod
    def _usable_key(cls, key: str, info: ValidationInfo) -> str:
        if not key:
            return slug(info.data.get("name", ""))
        if not re.fullmatch(_KEY, key):
            what = f"{shown(key)} cannot be part of a file name"
            hint = f"write letters, digits, dots and dashes, e.g. {slug(key)}"
            raise fault(Problem("", what, "E017", hint))
        return key

    @field_validator("data", mode="after")
    @classmethod
    def _of_everybody(cls, data: Data | None, info: ValidationInfo) -> Data | None:
        """One variant holds everybody, whatever a preset or the usual name of a column says."""
        if data is None or len(info.data.get("variants", ())) != 1 or not data.guesses_variant:
            return data
        columns = data.columns.model_copy(update={"variant": None})
        return data.model_copy(update={"columns": columns})

    @field_validator("exposure", mode="after")
    @classmethod
    def _with_usual_event(cls, exposure: Exposure, info: ValidationInfo) -> Exposure:
        event = _usual_event(info.data.get("data"))
        if len(info.data.get("variants", ())) == 1:
            return exposure
        if exposure.event is not None or event is None:
            return exposure
        return exposure.model_copy(update={"event": event})

    @field_validator("goals", mode="after")
    @classmethod
    def _with_primary(cls, goals: tuple[Goal, ...]) -> tuple[Goal, ...]:
        if any(goal.role is GoalRole.PRIMARY for goal in goals):
            return goals
        free = [goal for goal in goals if "role" not in goal.model_fields_set and goal.is_compared]
        chosen = next((one for kind in GoalKind for one in free if one.kind is kind), None)
        update = {"role": GoalRole.PRIMARY}
        return tuple(one.model_copy(update=update) if one is chosen else one for one in goals)

    @field_validator("funnel", mode="after")
    @classmethod
    def _with_steps(cls, funnel: Funnel, info: ValidationInfo) -> Funnel:
        if funnel.steps:
            return funnel
        return funnel.model_copy(update={"steps": default_steps(info.data.get("goals", ()))})

    @model_validator(mode="after")
    def _keep_the_rules(self, info: ValidationInfo) -> Self:
        if problems := tuple(islice(_problems(self, info.context), MOST_PROBLEMS + 1)):
            raise fault(*problems)
        return self


def slug(name: str) -> str:
    """A short name for files: plain lower-case letters and digits joined by dashes.

    >>> slug("Größerer Knopf (v2)"), slug("!")
    ('grosserer-knopf-v2', 'experiment')
    """
    plain = name.casefold()
    if not plain.isascii():
        from unicodedata import normalize

        plain = normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain)) or "experiment"


def default_steps(goals: Iterable[Goal]) -> tuple[str, ...]:
    """The milestones in the order given, then the first macro goal; empty without both."""
    rates = [goal for goal in goals if goal.is_rate and not goal.is_derived and goal.is_compared]
    milestones = [goal.name for goal in rates if goal.kind is GoalKind.MILESTONE]
    macros = [goal.name for goal in rates if goal.kind is GoalKind.MACRO]
    return (*milestones, macros[0]) if milestones and macros else ()


def _usual_event(data: Data | None) -> str | None:
    """The event that exposes in a preset; None without one."""
    preset = find_preset(data.model_dump(include={"shape", "preset"})) if data else None
    return preset.event if preset else None


def _problems(experiment: Experiment, saved: Salvage | None) -> Iterator[Problem]:
    """Every rule between the parts; `saved` is given where parts were refused already."""
    unsure = saved.unsure if saved else frozenset[str]()
    goals, data, steps = experiment.goals, experiment.data, experiment.funnel.steps
    for name, lost in saved.faulty.items() if saved else ():
        for goal in (goal for goal in goals if goal.name == name):
            for problem in broken_rules(goal, lost=lost):
                where = join(dotted("goals", name), problem.where)
                yield Problem(where, problem.what, problem.code, problem.hint)
    if experiment.variants or not saved:
        yield from rules.check_variants(experiment.variants)
    calendar = experiment.start, experiment.end
    yield from check_ramp(experiment.ramp, experiment.variants, calendar, data)
    yield from check_variant_column(experiment.variants, data)
    yield from rules.check_exposure(experiment.exposure, experiment.variants, data)
    yield from check_exclusion(experiment.exposure.exclude, goals, data, unsure)
    yield from rules.check_goals(goals, unsure)
    yield from goal_rules.check_derived(goals, steps, data, unsure)
    yield from goal_rules.check_requirements(goals, unsure)
    yield from check_only(goals, experiment.variants)
    yield from goal_rules.check_shape(goals, data)
    yield from goal_rules.check_ratios(goals, data, unsure)
    yield from rules.check_funnel(steps, goals, unsure)
    yield from rules.check_order(experiment.funnel.order, steps, goals, data)
    yield from rules.check_windows(goals, steps, unsure)
    yield from rules.check_calendar(experiment.start, experiment.end)
    yield from rules.check_clock(goals, _days(experiment), data)
    yield from rules.check_segments(experiment.segments)
    yield from rules.check_plan(goals, steps, unsure)
    yield from rules.check_power(experiment.plan.power, experiment.analysis.alpha)
    yield from rules.check_likely(experiment.decision.require, experiment.start)
    yield from rules.check_priors(experiment.analysis.prior, goals)
    yield from check_monitoring(experiment)
    yield from check_naming(experiment)


def _days(experiment: Experiment) -> dict[str, object]:
    return {
        "experiment.start": experiment.start,
        "experiment.end": experiment.end,
        "decision.minimum_runtime": experiment.decision.minimum_runtime,
        "variants.ramp": experiment.ramp or None,
    }
