"""The rules between the parts of an experiment.

Each rule is a generator that yields the problems it finds, `where` being the dotted path in the
file. Goals in `unsure` have been refused already: their kind and role are not known, so no rule
judges by them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import fsum

from abmicro.errors import Problem, suggest
from abmicro.experiment.data.mapping import Data, Exposure, Shape, TimeUnit
from abmicro.experiment.field_types import duration_text
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.goals.goal import Goal, GoalKind, GoalRole
from abmicro.experiment.goals.goal_rules import kind_of, no_rate
from abmicro.experiment.goals.prior import Prior
from abmicro.experiment.variants import Segment, Variant, too_few


def check_variants(variants: Sequence[Variant]) -> Iterator[Problem]:
    """Variants of different names whose shares add up; one alone is traffic without a test."""
    if not variants:
        yield too_few(variants)
    yield from _named_twice("variants", (variant.name for variant in variants), str)
    total = fsum(variant.share for variant in variants)
    if variants and abs(total - 1) > 1e-9:
        what = f"the shares add up to {total:.10g}, not to 1"
        yield Problem("variants.allocation", what, "E021", "write fractions, e.g. 0.5 for 50 %")


def check_exposure(
    exposure: Exposure, variants: Sequence[Variant], data: Data | None
) -> Iterator[Problem]:
    """Every recorded value means one variant, and only events tell of an exposure."""
    yield from _match(exposure, [variant.name for variant in variants])
    if exposure.assignment is not None and exposure.event is None:
        what = "tells the variant, and no event starts the clock"
        hint = 'write event = "the one that exposes a unit" in [exposure], or drop assignment'
        yield Problem("exposure.assignment", what, "E053", hint)
    if data is not None and data.shape in {Shape.UNITS, Shape.COUNTS}:
        for name in ("event", "where", "assignment", "crossed"):
            if name in exposure.model_fields_set:
                what = f"the rows of the {data.shape} shape are no events"
                hint = "write it in [data]" if name == "where" else f"drop {name}"
                yield Problem(f"exposure.{name}", what, "E061", hint)


def _match(exposure: Exposure, arms: list[str]) -> Iterator[Problem]:
    """Recorded values of variants that there are, each of one."""
    for arm in dict(exposure.match):
        if arms and arm not in arms:
            where = dotted("exposure", "match", arm)
            yield Problem(where, f"{arm!r} is not a variant", "E024", suggest(arm, arms))
    listed = {arm for arm, _ in exposure.match}
    own = [(arm, arm) for arm in dict.fromkeys(arms) if arm not in listed]
    for value, times in Counter(value for _, value in (*exposure.match, *own)).items():
        if times > 1:
            what = f"{value!r} is recorded for more than one variant"
            yield Problem("exposure.match", what, "E025", "give each variant a value of its own")


def check_goals(goals: Sequence[Goal], unsure: Collection[str]) -> Iterator[Problem]:
    """At least one goal, names that no database confuses, exactly one primary goal."""
    if not goals and not unsure:
        hint = 'add one, e.g. [goals.add_to_cart] kind = "milestone"'
        yield Problem("goals", "an experiment has at least one goal", "E011", hint)
        return
    yield from _named_twice("goals", (goal.name for goal in goals), str.casefold)
    for goal in goals:
        for label in (goal.uncapped, goal.past):
            if label in {other.name for other in goals}:
                what = f"is what the joint table calls a part of {goal.name!r}"
                yield Problem(dotted("goals", label), what, "E019", "choose another name")
    primary = [goal.name for goal in goals if goal.role is GoalRole.PRIMARY]
    if len(primary) > 1:
        what = f"only one goal can be primary, not {', '.join(primary)}"
        hint = 'keep one and make the others role = "secondary"'
        yield Problem(dotted("goals", primary[1], "role"), what, "E030", hint)
    if not primary and not unsure:
        hint = 'write role = "primary" at the goal that decides'
        yield Problem("goals", "every goal has a role and none is primary", "E030", hint)


def check_funnel(
    steps: Sequence[str], goals: Sequence[Goal], unsure: Collection[str]
) -> Iterator[Problem]:
    """Different milestones, then a macro goal; all of them rates."""
    if len(steps) == 1:
        what = "a funnel leads from at least one milestone to a macro goal"
        yield Problem("funnel.steps", what, "E042", "add a step, or drop steps for the default")
    yield from _named_twice("funnel.steps", steps, str)
    known = {goal.name: goal for goal in goals}
    for place, step in enumerate(steps):
        if step in unsure:
            continue
        if step not in known:
            hint = suggest(step, list(known))
            yield Problem("funnel.steps", f"{step!r} is not a goal", "E036", hint)
        else:
            yield from _step(known[step], last=place == len(steps) - 1)


def check_order(
    order: str, steps: Sequence[str], goals: Iterable[Goal], data: Data | None
) -> Iterator[Problem]:
    """A strict order needs rows with a time, and steps that have one."""
    if order != "strict":
        return
    if data is not None and data.shape in {Shape.UNITS, Shape.COUNTS}:
        what = f"the {data.shape} shape does not tell in which order steps were reached"
        yield Problem("funnel.order", what, "E043", 'write order = "any"')
    for goal in goals:
        if goal.name in steps and (goal.is_derived or goal.at_least is not None):
            what = f"{goal.name!r} is not one event, so it has no place in a strict order"
            yield Problem("funnel.steps", what, "E043", 'write order = "any" or drop the step')


def check_windows(
    goals: Sequence[Goal], steps: Sequence[str], unsure: Collection[str]
) -> Iterator[Problem]:
    """Who reaches a micro goal in time has at least as long to reach the macro goal."""
    sure = [
        goal
        for goal in goals
        if goal.name not in unsure and not goal.is_derived and not goal.is_ratio
    ]
    for macro in (goal for goal in sure if not goal.is_micro):
        for micro in (goal for goal in sure if goal.is_micro):
            yield from _shorter(macro, micro, both_in_funnel={macro.name, micro.name} <= set(steps))


def check_clock(
    goals: Iterable[Goal], days: dict[str, object], data: Data | None
) -> Iterator[Problem]:
    """Windows and days need a clock.

    days: dotted path to the value of every key that speaks of days.
    """
    if data is None or data.time_unit is not TimeUnit.ORDER:
        return
    spans = {
        dotted("goals", goal.name, key): getattr(goal, key)
        for goal in goals
        for key in ("window", "delay")
    }
    spans |= {
        dotted("goals", goal.name, "before"): goal.before.window for goal in goals if goal.before
    }
    for where, value in (spans | days).items():
        if value is not None:
            what = 'time_unit = "order" has no clock to measure it with'
            yield Problem(where, what, "E051", "drop it, or name a column with times")


def check_calendar(start: date | None, end: date | None) -> Iterator[Problem]:
    """The start lies before the end."""
    if start is not None and end is not None and start >= end:
        what = f"{end} is not after the start {start}"
        hint = "the end is the first day that does not count"
        yield Problem("experiment.end", what, "E052", hint)


def check_segments(segments: Iterable[Segment]) -> Iterator[Problem]:
    """Names that no database confuses."""
    yield from _named_twice("segments", (segment.name for segment in segments), str.casefold)


def check_priors(shared: Prior, goals: Iterable[Goal]) -> Iterator[Problem]:
    """What tells of one rate stands at its goal, and a goal with a prior is a rate."""
    for name in ("baseline", "past"):
        if getattr(shared, name):
            what = "tells of the rate of one goal and would stand for all of them"
            hint = "write it at the goal: [goals.NAME] prior"
            yield Problem(f"analysis.prior.{name}", what, "E081", hint)
    for goal in goals:
        if goal.prior is not None and not goal.is_rate:
            what = f"{goal.name!r} {kind_of(goal)}, and the prior is one of rates"
            yield Problem(dotted("goals", goal.name, "prior"), what, "E035", "drop it")


def check_plan(
    goals: Sequence[Goal], steps: Sequence[str], unsure: Collection[str]
) -> Iterator[Problem]:
    """Who reaches a step of the funnel has reached the one before, so planned rates fall."""
    known = {goal.name: goal.baseline for goal in goals if goal.name not in unsure}
    path = [(step, known[step]) for step in steps if known.get(step) is not None]
    for (before, above), (step, rate) in pairwise(path):
        if above is not None and rate is not None and rate > above:
            what = f"{rate:g} is more than the {above:g} of {before!r}, which comes before it"
            hint = "write shares of all exposed units, not of those who came so far"
            yield Problem(dotted("goals", step, "baseline"), what, "E090", hint)


def check_power(power: float, alpha: float) -> Iterator[Problem]:
    """A test finds an effect more often than it errs."""
    if power <= alpha:
        what = f"{power:g} is not above alpha, {alpha:g}: such a test finds effects by chance only"
        yield Problem("plan.power", what, "E092", "write 0.8 for 80 %")


def check_likely(require: str, start: date | None) -> Iterator[Problem]:
    """What rests on past tests counts those that were added before the start."""
    if require == "likely" and start is None:
        what = "likely counts past tests that were added before the start, which is not given"
        yield Problem("decision.require", what, "E093", "write start in [experiment]")


def _shorter(macro: Goal, micro: Goal, *, both_in_funnel: bool) -> Iterator[Problem]:
    if macro.closes is None:
        return
    watched = duration_text(macro.closes)
    if micro.closes is not None and micro.closes > macro.closes:
        what = f"{watched} is shorter than the {duration_text(micro.closes)} of {micro.name!r}"
        hint = "a late micro conversion needs the time to carry through"
        yield Problem(dotted("goals", macro.name, "window"), what, "E050", hint)
    elif micro.closes is None and both_in_funnel:
        what = f"is open, while {macro.name!r} is watched for {watched} only"
        hint = f'write window = "{watched}" here too'
        yield Problem(dotted("goals", micro.name, "window"), what, "E050", hint)


def _step(goal: Goal, *, last: bool) -> Iterator[Problem]:
    if not goal.is_rate:
        yield Problem("funnel.steps", no_rate(goal), "E035", "use the rate beside it")
    if last and goal.kind is not GoalKind.MACRO:
        what = f"ends in {goal.name!r}, a goal of kind {goal.kind}"
        yield Problem("funnel.steps", what, "E040", "put the macro goal last")
    if not last and goal.kind is not GoalKind.MILESTONE:
        what = f"{goal.name!r} is a goal of kind {goal.kind}; only the last step is not a milestone"
        hint = 'drop the step, or write kind = "milestone" if nobody can avoid it'
        yield Problem("funnel.steps", what, "E041", hint)


def _named_twice(where: str, names: Iterable[str], same: Callable[[str], str]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in names:
        if same(name) in seen:
            earlier = seen[same(name)]
            differ = "" if earlier == name else f", also as {earlier!r}"
            yield Problem(where, f"{name!r} stands twice{differ}", "E018", "rename or drop one")
        seen[same(name)] = name
