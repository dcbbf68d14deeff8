"""Tests to click from the first second on: real ones that ship, and two that were made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from random import Random

from abmicro.app.runs.desk import Desk, Upload
from abmicro.app.shell.packed import pack
from abmicro.frozen import frozen

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


@frozen
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


@cache
def of_files() -> tuple[Example, ...]:
    """Examples for the page of files."""
    return (
        Example("Shop, four weeks of events", "made up", "/file/example/shop"),
        Example("E-mail to 64,000", "a real test", "/file/example/hillstrom"),
    )


def upload(desk: Desk, name: str) -> Upload | None:
    """An example as if its file had been chosen; None where there is none of that name."""
    from importlib import resources

    if name == "shop":
        return desk.keep("shop-events.csv", BytesIO(shop_events().encode()))
    if name == "hillstrom":
        file = resources.files("abmicro.datasets") / "hillstrom" / "counts.csv"
        return desk.keep("e-mail-to-64000.csv", BytesIO(file.read_bytes()))
    return None


@cache
def shop_events() -> str:
    """The log of a shop: 6,000 visitors of two pages in four weeks, drawn from fixed numbers."""
    draw = Random(11).random  # noqa: S311 - no secret
    lines = ["time,visitor,event,variant,device"]
    begin = datetime(2026, 9, 7, tzinfo=UTC)
    for visitor in range(6000):
        arm = "Sticky button" if draw() < 0.5 else "Today's page"
        device = "phone" if draw() < 0.6 else "desktop"
        at = begin + timedelta(days=28 * draw())
        for event, chance in _steps(arm):
            lines.append(f"{at:%Y-%m-%d %H:%M:%S},v{visitor},{event},{arm},{device}")
            at += timedelta(minutes=1 + 90 * draw())
            if draw() > chance:
                break
    return "\n".join(lines) + "\n"


def _steps(arm: str) -> tuple[tuple[str, float], ...]:
    """What visitors do, and the chance that they go on from there."""
    basket = 0.16 if arm == "Sticky button" else 0.12
    return ("view_item", basket), ("add_to_cart", 0.46), ("begin_checkout", 0.54), ("purchase", 0)


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
