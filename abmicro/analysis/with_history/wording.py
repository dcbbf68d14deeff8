"""The panel of past tests in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from abmicro import formatting

if TYPE_CHECKING:
    from abmicro.analysis.results import MacroWithHistory
    from abmicro.experiment.naming.names import Names
    from abmicro.history import PastLifts

FAR = 2.0  # standard deviations from which a test does not look like the earlier ones
HALF = 0.5
ON_AVERAGE = (
    "This is right on average over tests like the past ones and no promise for one test. Faults of "
    "tracking pass straight through."
)


def sentence(found: MacroWithHistory, names: Names) -> str:
    """What is thought of the macro goal with all that is known."""
    best, tests = found.best, f"{found.tests} past test{'s' * (found.tests != 1)}"
    by = f"By {tests} and this one together" if found.tests else "By assumption and this test"
    extra, macro = best.orders_per_1000, names.goal(found.macro)
    size = formatting.volume(abs(extra.estimate), width=extra.high - extra.low).lstrip("+")
    way = "fewer" if extra.estimate < 0 else "extra"
    span = formatting.span(extra, formatting.volume)
    return (
        f"{by}, {names.variant(found.variant)} brings {size} {way} {macro} per 1,000 "
        f"{names.units} ({span}). The chance that {macro} rose is "
        f"{formatting.probability(best.probability_up)}."
    )


def notes(found: MacroWithHistory, lifts: PastLifts, site: str) -> Iterator[str]:
    """What stands in doubt, whose tests these are, and what a guess of this kind is worth."""
    if not found.tests:
        yield "There is no past test to learn from, so this rests on assumptions."
    if found.trust < HALF or abs(found.conflict) > FAR:
        moved = ""
        if found.trust < HALF:
            moved = f": {1 - found.trust:.0%} of the weight moved to its own data"
        off = f"{found.conflict:+.1f}"
        yield f"This test does not look like your earlier ones (z = {off}){moved}."
    elsewhere = lifts.strangers(site)
    if elsewhere:
        yield f"This borrows from {elsewhere} test{'s' * (elsewhere != 1)} of other sites."
    if lifts.warning:
        yield lifts.warning
    unsaid = sum(test.says_no_window for test in lifts.tests)
    if unsaid:
        yield (
            f"{unsaid} imported test{'s' * (unsaid != 1)} without a window count as having that "
            f"of this test."
        )
    yield ON_AVERAGE
