"""What many tests such as this one gain, however little a single one can prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.results import ProgrammeGain
from abmicro.design.allocation import shares
from abmicro.design.programme_gain import PER, TESTS, gain_in_words
from abmicro.stats.programme import programme_worth, typical_programme

if TYPE_CHECKING:
    from abmicro.planning.context import Outlook


def programme(outlook: Outlook) -> ProgrammeGain | None:
    """What thirty tests of the weeks allowed gain, by what it takes to ship.

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
    found = programme_worth(typical_programme(), noise, rates.macro, tests=TESTS, per=PER)
    figures = {name: float(value) for name, value in found._asdict().items()}
    told = gain_in_words(found, outlook.experiment.names, micro, macro, past=0)
    return ProgrammeGain(tests=TESTS, per=PER, sentences=told, **figures)
