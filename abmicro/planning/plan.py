"""The walk from a definition, with or without a past, to a `Plan`."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro import number
from abmicro.planning import advice, beliefs, carry
from abmicro.planning.advice import Outlook
from abmicro.planning.arrivals import Inflow, arrivals, inflow_of
from abmicro.planning.goals import curve, goal_plan, unknown, weeks
from abmicro.planning.known import Known, known
from abmicro.planning.results import Plan
from abmicro.planning.subject import subjects

if TYPE_CHECKING:
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment


def plan(
    experiment: Experiment, counts: JointCounts | None = None, *, folder: str | Path = "."
) -> Plan:
    """What a test will be able to say, before it starts.

    counts: of the past, for baselines, for who reaches micro and macro goal alike, and, where the
        definition gives no traffic, for the units that come; None: all this from the definition.
    folder: where a traffic file that the definition names lies.

    Raises DefinitionError where traffic or every baseline is missing or a rate cannot be,
    SourceError for a traffic file that cannot be used.

    >>> from abmicro import Experiment
    >>> experiment = Experiment(
    ...     name="Sticky button",
    ...     variants=["control", "sticky"],
    ...     goals={"cart": {"kind": "milestone", "baseline": 0.12, "mde": 0.1}},
    ...     plan={"traffic": "900/day"},
    ... )
    >>> plan(experiment).headline
    'cart at +10% takes 24,008 units in all arms (12,004 per arm), 4 weeks.'
    """
    from abmicro import __version__

    past = known(experiment, counts)
    inflow = inflow_of(experiment, counts, Path(folder))
    asked = subjects(experiment, past)
    outlook = Outlook(experiment, inflow, asked)
    by_goal = {one.goal.name: goal_plan(experiment, inflow, one) for one in asked}
    moving = [one for one in asked if one.asks == "change" and not isnan(one.lift)]
    pairs = [
        (experiment, inflow, one, past.macro, past.pairs[one.goal.name])
        for one in asked
        if one.asks == "change" and past.macro and one.goal.name in past.pairs
    ]
    return Plan(
        experiment=experiment,
        version=__version__,
        headline=advice.headline(outlook),
        reachable=advice.reachable(outlook),
        arrivals=arrivals(inflow, experiment.plan.weeks),
        goals=tuple(by_goal.get(goal.name) or unknown(goal, past) for goal in experiment.goals),
        pairs=tuple(carry.pair(*one) for one in pairs),
        claims=tuple(
            claim for one in pairs if not isnan(one[2].lift) for claim in carry.claims(*one)
        ),
        weeks=tuple(row for one in asked for row in weeks(inflow, one)),
        curve=tuple(row for one in asked for row in curve(inflow, one, experiment.plan.weeks)),
        promises=tuple(beliefs.promise(experiment, inflow, one) for one in moving),
        waiting=tuple(
            row for one in moving[:1] for row in beliefs.waiting(experiment, inflow, one)
        ),
        options=advice.options(outlook),
        notes=tuple(_notes(experiment, past, inflow)),
    )


def _notes(experiment: Experiment, past: Known, inflow: Inflow) -> Iterator[str]:
    """What the plan takes for granted."""
    options, planned = experiment.analysis, experiment.plan
    yield f"Units that come: {inflow.source}."
    yield f"What is known: {past.sentence}."
    if planned.weeks > advice.LONGEST:
        yield advice.CHURN
    yield (
        f"A finding is a two-sided test at {number.rate(options.alpha)} in all, found with "
        f"{number.rate(planned.power)} probability; correction {options.correction}, at its "
        "strictest step. Guardrails are tested one-sided, without correction."
    )
