"""What happened to one goal, in people: the phrases of which every sentence about it is made.

It lies below `analysis` and `report`, so that reasons, tables and pages say the same thing in the
same words. Of amounts the mean per unit is told, of rates people where the variants are alike in
size, else the share.
"""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

from abmicro import formatting

if TYPE_CHECKING:
    from abmicro.analysis.results import CarryThrough, GoalResult, Interval
    from abmicro.experiment.naming.names import Names

TENFOLD = 10.0  # a lift of so much says that nothing is known
ALIKE = 0.02  # variants whose units differ by less are compared by their counts

BROUGHT = (
    "Per 1,000 {units}, {extra} extra {micro} usually bring {usual}. Here they came with {here} "
    "({span})."
)
COST = (
    "Per 1,000 {units}, {extra} fewer {micro} usually cost {usual}. Here the change was {here} "
    "({span})."
)
NOTHING_TO_FOLLOW = "No clear change in {micro}, so there is nothing to follow to {macro}."
LOOKS_DISAGREE = "The looks disagree about {macro}: the effect changed during the test."
"""What becomes of micro goals, wherever it is told."""


def went(row: GoalResult, names: Names) -> str:
    """Which way a goal went, by its verb where it has one: "More visitors clicked"."""
    rises = row.difference.estimate > 0
    if row.is_value or row.per is not None or row.goal not in names.verbs:
        return f"{names.head(row.goal)} {'rose' if rises else 'fell'}"
    return names.more(row.goal) if rises else names.fewer(row.goal)


def is_counted(row: GoalResult) -> bool:
    """Whether people say more than shares: of variants of nearly the same size.

    Of as many in both the shares say which of them is the larger part.
    """
    units, reached = row.units, row.reached
    gap = abs(units.treated - units.control)
    if reached is None or gap > ALIKE * max(units.control, 1):
        return False
    return not gap or reached.treated != reached.control


def figures(row: GoalResult, names: Names) -> tuple[str, str]:
    """A goal in the control and in the variant: people, else a share or a mean."""
    if row.reached is not None and is_counted(row):
        return formatting.count(row.reached.control), formatting.count(row.reached.treated)
    return amount(row, row.rate.control, names), amount(row, row.rate.treated, names)


def amount(row: GoalResult, value: float, names: Names) -> str:
    """A rate of a goal, or a mean, as a price where its currency is known."""
    if not row.is_value:
        return formatting.rate(value)
    in_money = names.currency and not isnan(value)
    return formatting.price(value, names.currency) if in_money else formatting.mean(value)


def instead(row: GoalResult, names: Names) -> str:
    """How much of a goal there was, and in the control: "3,894 instead of 2,262"."""
    control, treated = figures(row, names)
    return f"{treated} in both" if treated == control else f"{treated} instead of {control}"


def change(lift: Interval) -> str:
    """A change with its range; empty where there is none.

    >>> from abmicro.analysis.results import Interval
    >>> change(Interval(0.721, 0.64, 0.805, 0.95))
    'up 72% (64% to 80%)'
    """
    if not isfinite(lift.estimate) or isnan(lift.low):
        return ""
    size = formatting.percent(abs(lift.estimate), width=lift.high - lift.low).lstrip("+")
    way = "up" if lift.estimate > 0 else "down"
    told = f"{way} {size}" if size.strip("0.%") else "no change"
    return f"{told} ({formatting.span(lift, formatting.percent)})"


def brought(found: CarryThrough, names: Names, *, is_value: bool) -> str:
    """What the extra or lost micro goals usually bring or cost, and what they came with.

    is_value: whether the macro goal is an amount.
    """
    extra, here, usual = (
        found.extra_micro_per_1000,
        found.extra_macro_per_1000,
        found.usual_macro_per_1000 or found.extra_macro_per_1000,
    )
    currency = names.currency if is_value else ""

    def shown(value: float) -> str:
        width = here.high - here.low
        if currency:
            return formatting.money(value, currency, width=width).removeprefix("+")
        return formatting.volume(value, width=width).removeprefix("+")

    noun = "" if currency else f" {'of ' if is_value else ''}{names.goal(found.macro)}"
    size = formatting.volume(abs(extra.estimate), width=extra.high - extra.low)
    return (COST if found.micro_lift.estimate < 0 else BROUGHT).format(
        units=names.units,
        micro=names.goal(found.micro),
        extra=size.removeprefix("+").removesuffix(".0"),
        usual=f"{shown(abs(usual.estimate))}{noun}",
        here=shown(here.estimate),
        span=f"{shown(here.low)} to {shown(here.high)}",
    )


def losses(row: GoalResult, shipped: float, kept: float, names: Names) -> tuple[str, str]:
    """What shipping and what keeping the control risk on average: "1.0 orders" and "3.6".

    Of an amount a price is told where its currency is known.
    """
    if row.is_value and names.currency:
        return _price(shipped, names.currency), _price(kept, names.currency)
    risked, other = formatting.cost(shipped), formatting.cost(kept)
    noun = f"{'of ' if row.is_value else ''}{names.goal(row.goal)}"
    return f"{'1.0' if risked == '1' else risked} {noun}", other


def _price(loss: float, currency: str) -> str:
    return formatting.money(float(f"{loss:.2g}"), currency).removeprefix("+")


def asked_share(threshold: float) -> str:
    """The share of an expected change that counts as carried, in words.

    >>> asked_share(0.5), asked_share(0.4), asked_share(1.0)
    ('half', '40%', '100%')
    """
    return "half" if threshold == 0.5 else f"{100 * threshold:.3g}%"


def finding(row: GoalResult, names: Names) -> str:
    """A goal that moved: "More visitors clicked: 600 instead of 500, up 20% (7% to 34%)"."""
    return f"{went(row, names)}: {numbers(row, names)}"


def numbers(row: GoalResult, names: Names, lift: Interval | None = None) -> str:
    """Counts, then the change: "600 instead of 500, up 20% (7% to 34%)".

    lift: in place of the row's own, such as that of a guardrail.
    """
    return ", ".join(filter(None, (instead(row, names), change(lift or row.lift))))


def may_be(row: GoalResult, names: Names) -> str:
    """The range of a goal that is open: "Orders may have fallen by 13% or risen by 21%"."""
    head = names.head(row.goal)
    if not has_lift(row):
        return f"{head}: {instead(row, names)}"
    low, high = row.lift.low, row.lift.high
    if low <= -1 and high >= TENFOLD:
        return f"{head}: these data cannot say"
    sizes = (formatting.percent(abs(end), width=high - low).lstrip("+") for end in (low, high))
    down, up = sizes
    if low < 0 < high:
        down = down if low > -1 else "any amount"
        up = up if high < TENFOLD else "any amount"
        return f"{head} may have fallen by {down} or risen by {up}"
    way, small, large = ("risen", down, up) if low >= 0 else ("fallen", up, down)
    return f"{head} may have {way} by {small} to {large}"


def has_lift(row: GoalResult) -> bool:
    """Whether the change can be told as a share of the control."""
    return isfinite(row.lift.estimate) and not isnan(row.lift.low)


def listed(names: tuple[str, ...], last: str = "and") -> str:
    """Names in a row.

    >>> listed(("a", "b", "c")), listed(("a", "b"), "or")
    ('a, b and c', 'a or b')
    """
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
