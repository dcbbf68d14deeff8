"""The walk from a definition, with or without a past, to a `Plan`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.experiment.monitoring import correction_of
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.marginals.marginals import Marginals
from abmicro.planning import carry_through, goal_plans, options as advice, risk, shipping
from abmicro.planning.context import Outlook, outlook
from abmicro.planning.looking import looking
from abmicro.planning.programme import programme
from abmicro.planning.results import Arrivals, Plan

if TYPE_CHECKING:
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.history import History


def plan(
    experiment: Experiment,
    counts: JointCounts | None = None,
    *,
    history: History | None = None,
    folder: str | Path = ".",
) -> Plan:
    """What a test will be able to say, before it starts.

    counts: of the past, for baselines, for who reaches micro and macro goal alike, and, where the
        definition gives no traffic, for the units that come; None: all this from the definition.
    history: past tests; from 20 of the own site on they say what thirty tests like this one gain,
        which else is told of usual changes.
    folder: where a traffic file that the definition names lies.

    Without `weeks` the test may run from its start to its end, and six weeks where it has none.

    A definition that plans looks has the units of its findings with looks, and what these cost and
    save.

    Without traffic, in the definition or the past, the plan says how many units every lift takes,
    and nothing of weeks.

    Raises DefinitionError where every baseline, or traffic and lifts are missing, or a rate cannot
    be,
    SourceError for a traffic file that cannot be used.

    >>> from abmicro import Experiment
    >>> experiment = Experiment(
    ...     name="Sticky button",
    ...     variants=["control", "sticky"],
    ...     goals={"cart": {"kind": "milestone", "baseline": 0.12, "mde": 0.1}},
    ...     plan={"traffic": "900/day"},
    ... )
    >>> plan(experiment).headline
    'A change of +10% in carts takes 24,008 visitors in all (12,004 per variant): 4 weeks.'
    """
    from abmicro import __version__

    experiment.require_comparison()
    past = None if counts is None else Marginals.of(experiment, counts)
    seen = outlook(experiment, past, Path(folder))
    timed = seen.inflow.is_known
    ship = shipping.ship(seen)
    goals, claims = tuple(goal_plans.goals(seen)), tuple(carry_through.claims(seen))
    return Plan(
        experiment=seen.experiment,
        version=__version__,
        headline=advice.headline(seen),
        shipping=shipping.sentence(seen, ship),
        ship=ship,
        reachable=advice.reachable(seen),
        arrivals=_arrivals(seen),
        goals=goals,
        pairs=tuple(carry_through.pairs(seen)),
        claims=claims,
        weeks=tuple(goal_plans.weeks(seen)) if timed else (),
        curve=tuple(goal_plans.curves(seen)) if timed else (),
        promises=tuple(risk.promises(seen)) if timed else (),
        waiting=tuple(risk.waiting(seen)) if timed else (),
        options=advice.options(seen),
        notes=tuple(_notes(seen)),
        monitoring=looking(seen, goals, claims),
        programme=programme(seen, history),
    )


def _arrivals(seen: Outlook) -> Arrivals:
    return Arrivals(
        first_week=seen.units_after(1),
        usual_week=sum(seen.inflow.week),
        allowed=seen.units,
        sentence=seen.inflow.source,
        caution=seen.inflow.caution,
    )


def _notes(seen: Outlook) -> Iterator[str]:
    """What the plan takes for granted."""
    options, planned = seen.experiment.analysis, seen.experiment.plan
    correction = correction_of(seen.experiment)
    yield f"{sentence_case(seen.experiment.names.units)} that come: {seen.inflow.source}."
    yield f"What is known: {seen.past.sentence}."
    if planned.weeks > advice.LONGEST:
        yield advice.CHURN
    yield (
        f"A finding is a two-sided test at {formatting.level(options.alpha)} in all, found with "
        f"{formatting.level(planned.power)} probability; correction {correction}, at its "
        "strictest step, and macro goals that decide in one step over the variants. Guardrails are "
        f"tested one-sided at {formatting.level(options.alpha)} each, since all must hold."
    )
