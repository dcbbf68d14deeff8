"""The walk from a joint table to an `Analysis`: checks, effects, ruler, verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from abmicro.analysis.bayes.priors import prior_checks
from abmicro.analysis.bayes.view import bayes
from abmicro.analysis.carry_through.planned_pair import PairPlans
from abmicro.analysis.carry_through.ruler import carry_through
from abmicro.analysis.funnel.steps import step_results
from abmicro.analysis.goals.compared_within import compared_within
from abmicro.analysis.goals.effective_size import size_checks
from abmicro.analysis.goals.goal_results import all_goals
from abmicro.analysis.goals.interactions import interactions
from abmicro.analysis.goals.stratified_metrics import NO_POSTERIOR
from abmicro.analysis.goals.uncompared import uncompared
from abmicro.analysis.goals.volume import volumes
from abmicro.analysis.over_time.cumulative_lift import find_days
from abmicro.analysis.over_time.time_to_goal import timings
from abmicro.analysis.over_time.trend import Trends, find_trends
from abmicro.analysis.power.detectable import claims, detectable_lifts
from abmicro.analysis.power.planned_tests import Plans, planned_tests
from abmicro.analysis.results import (
    Absent,
    Analysis,
    Bayes,
    CarryThrough,
    Check,
    ExpertMeasure,
    GoalResult,
    MacroWithHistory,
    Mended,
    Provenance,
)
from abmicro.analysis.traffic.behind_checks import traffic_behind
from abmicro.analysis.trust.checks import checks
from abmicro.analysis.trust.funnel_order import funnel_order
from abmicro.analysis.trust.instrumentation import find_faults
from abmicro.analysis.trust.ledger import ledger_lines
from abmicro.analysis.verdict.case import Case
from abmicro.analysis.verdict.gates import verdicts
from abmicro.analysis.verdict.horizon import complete_until, course, horizon
from abmicro.analysis.verdict.needs import Resources
from abmicro.analysis.verdict.recommendation import recommend
from abmicro.analysis.with_history.likely import usable
from abmicro.errors import CountsError, Problem
from abmicro.marginals.marginals import Marginals

if TYPE_CHECKING:
    from datetime import date

    from abmicro.analysis.monitoring.looks_record import LooksRecord
    from abmicro.analysis.monitoring.watch import Watch
    from abmicro.analysis.results import Monitoring, Verdict
    from abmicro.counts import Histograms, JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.history import History
    from abmicro.marginals.strata import Strata


class _Given(NamedTuple):
    """What the stages walk over.

    judged, units: the experiment at the level of its last look, and the units it judged; where no
    looks are planned, as they are. watch: the looks so far.
    """

    experiment: Experiment
    counts: JointCounts
    histograms: Histograms | None
    marginals: Marginals
    as_of: date | None
    past: History | None
    judged: Experiment
    units: Marginals
    watch: Watch | None = None

    @property
    def pooled(self) -> bool:
        """Whether the variants are compared over all units at once."""
        return not self.units.strata.over


class _Found(NamedTuple):
    """What the verdicts are made of, with what is planned of goals and pairs."""

    checks: tuple[Check, ...]
    goals: tuple[GoalResult, ...]
    carried: tuple[CarryThrough, ...]
    trends: Trends
    mended: tuple[Mended, ...]
    past: tuple[MacroWithHistory, ...]
    plans: Plans
    pair_plans: PairPlans


def analyze(
    experiment: Experiment,
    counts: JointCounts,
    histograms: Histograms | None = None,
    *,
    expert: bool = False,
    as_of: date | None = None,
    looks: LooksRecord | None = None,
    history: History | None = None,
) -> Analysis:
    """Everything the joint table of an experiment says about it.

    histograms: when goals were reached and how their events came, for timing and more checks.
    expert: also the measures of mediation and surrogacy, which are easily misread.
    as_of: the data are complete until this day began. Default: as the counts tell; where they have
        no days, today, so that the stage of such a test depends on the day it is analysed.
    looks: those that were written down, where a definition plans looks.
    history: past tests, for the macro lift with what they say. It stands beside the verdict, unless
        the definition asks for it.

    Raises DefinitionError where there is but one variant, where no past test has micro and macro
    goal (E618) or the decision rests on past tests and they are too few (E093), CountsError
    where a table speaks of other variants, lacks a goal or knows of later days than `as_of`.

    >>> from abmicro import Experiment, Goal, JointCounts
    >>> experiment = Experiment(
    ...     name="Sticky button",
    ...     variants=("control", "sticky"),
    ...     goals=(Goal(name="cart", kind="milestone"), Goal(name="order", kind="macro")),
    ... )
    >>> counts = JointCounts.of_path(
    ...     ("control", "sticky"),
    ...     ("cart", "order"),
    ...     [[100_000, 12_000, 2_950], [100_000, 13_200, 3_105]],
    ... )
    >>> analysis = analyze(experiment, counts)
    >>> analysis.verdicts[0].decision, analysis.carry_through[0].label
    ('ship', 'partly_carried')
    """
    past = usable(experiment, history)
    return walk(
        experiment, counts, histograms, expert=expert, as_of=as_of, looks=looks, history=past
    )


def walk(
    experiment: Experiment,
    counts: JointCounts,
    histograms: Histograms | None = None,
    *,
    expert: bool = False,
    as_of: date | None = None,
    looks: LooksRecord | None = None,
    history: History | None = None,
    added_up: Marginals | None = None,
) -> Analysis:
    """The same with the past as it is; without one, a decision that rests on it stays open.

    added_up: the parts of the counts, where more is known than the one table tells.
    """
    experiment.require_comparison()
    _same_variants(experiment, counts.variants)
    if histograms is not None:
        _same_variants(experiment, histograms.variants)
    marginals = added_up or Marginals.of(experiment, counts)
    past = None if history is None else history.without(experiment, counts)
    known = experiment, counts, histograms, marginals, as_of, past
    if experiment.monitoring.mode == "fixed":
        given = _Given(*known, experiment, marginals)
    else:
        from abmicro.analysis.monitoring.watch import Watch  # the mathematics of looks

        until = complete_until(experiment, marginals, as_of)
        watch = Watch.of(experiment, marginals, until, looks, histograms)
        given = _Given(*known, watch.judged, watch.judged_units, watch)
    return _beside(_decided(given, _found(given)), given, expert=expert)


def _found(given: _Given) -> _Found:
    """The stages that verdicts rest on, at the level of the last look; its labels stand."""
    experiment, marginals, watch = given.judged, given.units, given.watch
    exposed, histograms = given.marginals.exposed, given.histograms
    faults = find_faults(experiment, marginals.patterns, exposed, histograms, pooled=given.pooled)
    trends = find_trends(experiment, marginals.patterns)
    goals = all_goals(experiment, marginals)
    found = _checks(experiment, marginals, goals, (*faults.checks, *trends.checks), histograms)
    plans = planned_tests(given.experiment, marginals.goal_totals, goals)
    labels = watch.labels if watch else None
    carried, pair_plans = carry_through(
        experiment, marginals, found, plans, labels, planned=given.experiment
    )
    told = _told_by_the_past(given, goals, carried)
    found = watch.among(found) if watch else found
    return _Found(found, goals, carried, trends, faults.mended, told, plans, pair_plans)


def _told_by_the_past(
    given: _Given, goals: tuple[GoalResult, ...], carried: tuple[CarryThrough, ...]
) -> tuple[MacroWithHistory, ...]:
    if given.past is None:
        return ()
    from abmicro.analysis.with_history.panel import with_history  # the model of many tests

    return with_history(given.judged, given.units, goals, carried, given.past)


def _monitored(given: _Given, decided: tuple[Verdict, ...]) -> Monitoring | None:
    if given.watch is None:
        return None
    from abmicro.analysis.monitoring.monitor import monitoring_of

    return monitoring_of(given.watch, decided)


def _decided(given: _Given, found: _Found) -> Analysis:
    """The verdicts, with what they rest on."""
    marginals, planned = given.units, given.experiment
    seen = detectable_lifts(planned, found.plans, marginals.units)
    resources = Resources.of(planned, marginals, found.plans, seen)
    cases = _cases(given, found, resources)
    decided, believed = verdicts(cases), _believed(given, found.goals)
    return Analysis(
        experiment=given.experiment,
        provenance=_provenance(given.experiment, given.counts, given.marginals),
        checks=found.checks,
        ledger=ledger_lines(given.marginals.ledger, given.experiment.names),
        goals=found.goals,
        funnel=step_results(given.judged, marginals),
        carry_through=found.carried,
        verdicts=decided,
        bayes=believed,
        mended=found.mended,
        weeks=found.trends.weeks,
        trends=found.trends.trends,
        detectable=seen,
        claims=tuple(claims(given.judged, found.carried, found.pair_plans, marginals.units)),
        recommendation=recommend(given.judged, marginals, cases, decided, believed.standings),
        monitoring=_monitored(given, decided),
        with_history=found.past,
    )


def _beside(analysis: Analysis, given: _Given, *, expert: bool) -> Analysis:
    """The analysis with the panels that no verdict rests on."""
    experiment, marginals, goals = given.judged, given.units, analysis.goals
    within, meant = marginals.strata, given.experiment
    return replace(
        analysis,
        uncompared=tuple(uncompared(experiment, marginals.uncompared)),
        volumes=tuple(volumes(experiment, goals)),
        strata=tuple(compared_within(experiment, marginals)),
        interactions=() if within.over_time else interactions(experiment, marginals.goal_totals),
        absent=(
            *_absent(marginals, analysis.carry_through),
            *_within_strata(within, expert=expert),
            *_without_history(given.past, analysis.with_history),
        ),
        expert=_expert(experiment, marginals) if expert and given.pooled else (),
        timing=timings(experiment, given.histograms, pooled=given.pooled),
        days=find_days(experiment, marginals, goals),
        course=course(meant, given.marginals, given.as_of),
        traffic=traffic_behind(meant, given.marginals, given.histograms, analysis.checks),
    )


def _believed(given: _Given, goals: tuple[GoalResult, ...]) -> Bayes:
    """The posteriors; none where strata keep the variants apart."""
    if not given.pooled:
        return Bayes()
    marginals = given.units
    return bayes(
        given.judged, marginals.goal_totals, goals, marginals.days_run, planned=given.experiment
    )


def _checks(
    experiment: Experiment,
    marginals: Marginals,
    goals: tuple[GoalResult, ...],
    of_stages: tuple[Check, ...],
    histograms: Histograms | None,
) -> tuple[Check, ...]:
    """Every check; of_stages: those that instrumentation and the weeks of entry have made."""
    return (
        *checks(experiment, marginals, histograms),
        *funnel_order(experiment, marginals),
        *of_stages,
        *prior_checks(experiment, marginals.goal_totals),
        *size_checks(experiment, goals),
    )


def _expert(experiment: Experiment, marginals: Marginals) -> tuple[ExpertMeasure, ...]:
    from abmicro.analysis.mediation.measures import expert_measures

    return expert_measures(experiment, marginals)


def _absent(marginals: Marginals, carried: tuple[CarryThrough, ...]) -> Iterator[Absent]:
    """Why there is no funnel, where no goal has a ruler no carry-through, and goals without one."""
    reason = marginals.why_no_funnel
    if reason and not carried:
        yield Absent("carry_through", reason)
    if reason:
        yield Absent("funnel", reason)
    for name, why in marginals.not_followed.items():
        yield Absent(f"carry_through.{name}", why)


def _within_strata(strata: Strata, *, expert: bool) -> Iterator[Absent]:
    """What is left out where pooled figures would mix the season or a segment into the effect."""
    if strata.over:
        yield Absent("bayes", NO_POSTERIOR)
    if strata.over and expert:
        yield Absent(
            "expert", "the variants are compared within strata, and these measures pool them"
        )
    if strata.over_time:
        yield Absent("interactions", "the variants' shares changed over time")


def _without_history(past: History | None, told: tuple[MacroWithHistory, ...]) -> Iterator[Absent]:
    """Why past tests say nothing, where they were asked."""
    if past is not None and not told:
        yield Absent(
            "with_history",
            "no micro goal is followed to a macro goal that anybody reaches, or a failed check "
            "withholds it",
        )


def _same_variants(experiment: Experiment, found: tuple[str, ...]) -> None:
    meant = tuple(variant.name for variant in experiment.variants)
    if found != meant:
        what = f"the counts are of {', '.join(found)}, the experiment of {', '.join(meant)}"
        hint = "take the counts that were collected for this experiment, control first"
        raise CountsError(Problem("counts.variants", what, "E404", hint))


def _cases(given: _Given, found: _Found, resources: Resources) -> tuple[Case, ...]:
    """What is known about every treated variant."""
    experiment, watch = given.judged, given.watch
    stage = watch.horizon if watch else horizon(experiment, given.units, found.checks, given.as_of)
    primary, cases = experiment.primary.name, []
    for variant in (arm.name for arm in experiment.treated):
        own = tuple(row for row in found.goals if row.variant == variant and row.segment is None)
        trends = tuple(trend for trend in found.trends.trends if trend.variant == variant)
        pairs = (pair for pair in found.carried if (pair.variant, pair.micro) == (variant, primary))
        carry = next(pairs, None)
        known = found.checks, own, carry, stage, resources, trends
        standing = watch.standing(variant) if watch else None
        past = next((one for one in found.past if one.variant == variant), None)
        cases.append(Case(experiment, variant, *known, standing, past))
    return tuple(cases)


def _provenance(experiment: Experiment, counts: JointCounts, marginals: Marginals) -> Provenance:
    import platform

    import numpy
    import scipy

    from abmicro import __version__
    from abmicro.experiment.file.toml import definition_hash

    origin = counts.origin
    return Provenance(
        abmicro=__version__,
        python=platform.python_version(),
        numpy=numpy.__version__,
        scipy=scipy.__version__,
        engine=origin.engine if origin else "",
        started="",
        definition_sha256=definition_hash(experiment),
        query_sha256=origin.query_sha256 if origin else "",
        rows_read=counts.rows_read or None,
        units=marginals.units,
        days=marginals.days_run,
        notes=origin.notes if origin else (),
    )
