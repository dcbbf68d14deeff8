"""Tests to click from the first second on: real ones that ship, and two that were made up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from abmicro.app.packed import pack

MADE_UP = {
    "Sticky order button": (
        "variant\tvisitors\tclicks\tcheckouts\torders\n"
        "Today's page\t11,980\t3,726\t919\t326\n"
        "Sticky button\t12,020\t4,219\t996\t336"
    ),
    "Quote form, 600 visitors": (
        "variant\tvisitors\tform starts\tleads\nToday's form\t300\t31\t3\nShorter form\t300\t47\t6"
    ),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A test to click. name: on the button. told: what kind of test it is. address: of its page."""

    name: str
    told: str
    address: str


@cache
def of_counts() -> tuple[Example, ...]:
    """Examples for the page of counts."""
    real = Example("E-mail to 64,000", "a real test", _address(_hillstrom()))
    made = (Example(name, "made up", _address(text)) for name, text in MADE_UP.items())
    return (*made, real)


def _address(paste: str) -> str:
    return f"/counts?s={pack({'paste': paste})}#answer"


def _hillstrom() -> str:
    """The shipped e-mail test as a sheet of counts."""
    from abmicro import datasets

    _, counts = datasets.load("hillstrom")
    units = counts.units.sum(axis=(1, 2, 3)).tolist()
    visits = counts.reached("visit").sum(axis=(1, 2)).tolist()
    orders = counts.reached("conversion").sum(axis=(1, 2)).tolist()
    rows = zip(counts.variants, units, visits, orders, strict=True)
    head = "variant\tcustomers\tvisits\torders"
    return "\n".join([head, *("\t".join(map(str, row)) for row in rows)])
