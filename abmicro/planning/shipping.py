"""What shipping takes: every gate of the verdict at once, in the same data."""

from __future__ import annotations

from math import inf, isclose, isnan, nan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.design.shipping import planned_shipping
from abmicro.planning.results import Shipping, ShippingGate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.design.planned_test import PlannedTest
    from abmicro.planning.context import Outlook


def ship(outlook: Outlook) -> Shipping | None:
    """Size, time and power of all gates together; None without a planned lift of the primary."""
    tests = {test.goal.name: test for test in outlook.tests}
    found = planned_shipping(outlook.experiment, tests, outlook.past.correlations)
    if found is None:
        return None
    size = outlook.size(found.units())
    return Shipping(
        gates=tuple(_gate(outlook, test) for test in found.gates),
        size=size,
        fits=outlook.fits(size),
        power=float(found.power_at(outlook.units)) if outlook.inflow.is_known else nan,
        costliest=found.costliest.goal.name,
        missing=found.missing,
    )


def _gate(outlook: Outlook, test: PlannedTest) -> ShippingGate:
    power = float(test.power_at(outlook.units)) if outlook.inflow.is_known else nan
    return ShippingGate(test.goal.name, test.asks, test.effect, test.alpha, power)


def sentence(outlook: Outlook, found: Shipping | None) -> str:
    """What the verdict asks besides the primary goal, and what all of it takes; else empty."""
    if found is None or (len(found.gates) == 1 and not found.missing):
        return ""
    first, *others = found.gates
    asked = (
        *(_asked(outlook, first, gate) for gate in others),
        *(f"{outlook.experiment.names.goal(one)}, not known" for one in found.missing),
    )
    name = outlook.experiment.names.goal
    head = f"The verdict asks for more than {name(first.goal)}: {'; '.join(asked)}."
    return " ".join((head, *_told(outlook, found)))


def _asked(outlook: Outlook, first: ShippingGate, gate: ShippingGate) -> str:
    goal = outlook.experiment.names.goal(gate.goal)
    if gate.asks == "no_loss":
        return f"{goal} within the margin"
    rates = outlook.past.pairs.get(first.goal)
    whole = rates is not None and isclose(gate.lift, rates.dilution * first.lift)
    return f"{formatting.percent(gate.lift)} in {goal} too" + ", all of the gain" * whole


def _told(outlook: Outlook, found: Shipping) -> Iterator[str]:
    wanted, weeks = formatting.level(outlook.experiment.plan.power), found.size.weeks
    names = outlook.experiment.names
    takes = f"{formatting.count(found.size.total)} {names.units} in all"
    if weeks == inf:
        takes += ", more than ever come"
    elif not isnan(weeks):
        takes = f"{formatting.weeks(weeks)} ({takes})"
    most = f"; most for {names.goal(found.costliest)}" if len(found.gates) > 1 else ""
    known = " that is known" if found.missing else ""
    yield f"All{known} at once, with {wanted} power, takes {takes}{most}."
    if not isnan(found.power):
        chance = formatting.probability(found.power)
        yield f"In {formatting.weeks(outlook.weeks)} the chance to ship is {chance}."
