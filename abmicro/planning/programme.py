"""What many tests such as this one gain, however little a single one can prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.results import ProgrammeGain
from abmicro.design.allocation import shares
from abmicro.design.programme_gain import ENOUGH_TESTS, programme_gain
from abmicro.stats.programme import typical_programme

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.history import History
    from abmicro.planning.context import Outlook
    from abmicro.stats.programme import Programme


def programme(outlook: Outlook, history: History | None = None) -> ProgrammeGain | None:
    """What thirty tests of the weeks allowed gain, by what it takes to ship.

    history: past tests. From `ENOUGH_TESTS` of the own site on that have both goals, how changes
        move them is learnt; before, and of other sites, it is assumed.

    None without traffic, and where no micro goal is known beside a macro goal that units reach.
    """
    pairs, macro = outlook.past.pairs, outlook.past.macro
    primary = outlook.experiment.primary.name
    micro = primary if primary in pairs else next(iter(pairs), None)
    if micro is None or macro is None or not outlook.inflow.is_known or outlook.units < 1:
        return None
    rates = pairs[micro]
    control, treated = [outlook.units * share for share in shares(outlook.experiment).values()][:2]
    parts = 1 / rates.micro, rates.both / (rates.micro * rates.macro), 1 / rates.macro
    noise = [(part - 1) * (1 / control + 1 / treated) for part in parts]
    changes, tests = _changes(outlook.experiment, micro, macro, history)
    names, pair = outlook.experiment.names, (micro, macro)
    return ProgrammeGain(**programme_gain(changes, noise, rates.macro, names, pair, past=tests))


def _changes(
    experiment: Experiment, micro: str, macro: str, history: History | None
) -> tuple[Programme, int]:
    """How far changes move both goals, and how many past tests say so; 0 where it is assumed."""
    if history is None or not {micro, macro} <= set(experiment.funnel.steps):
        return typical_programme(), 0
    lifts = history.lifts((micro, macro), experiment)
    if lifts.strangers(experiment.site) or len(lifts.tests) < ENOUGH_TESTS:
        return typical_programme(), 0
    return lifts.learn(history.settings.prior.programme), len(lifts.tests)
