"""Rates that stand beside their counts: held against them, and set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations

from abmicro.sources import vocabulary
from abmicro.sources.sheets.columns import Columns, SheetColumn, without
from abmicro.sources.sheets.numbers import is_money, is_rate

RATE = re.compile(
    r"rates?\b|współczynnik|\w(grad|prosent|prosentti|andel)\b|率|poměr|oranı|коэффициент|"
    r"\bratios?\b|quote\b|anteil|taux|tasa|taxa|tasso|percent|prozent|pct|%|\bcvr?\b|"
    r"\bcr\b|\bctr\b|\bконверсия\b|\b(scroll[ _-]?(depth|tiefe)|глубина прокрутки)$",
    re.IGNORECASE,
)
HOW_FAR = re.compile(r"\d ?(%|percent|prozent|pct)", re.IGNORECASE)
FAR = re.compile(
    r"\b(scroll|video|watch|view|read|seen|play|depth|progress|form|click|coupon|voucher|discount|off"
    r"|gescroll|gesehen|gelesen|geklickt|gutschein|rabatt)",
    re.IGNORECASE,
)
"""Names in which a percentage tells how far people came, or what they were offered."""
HUNDRED = Decimal(100)


def without_rates(columns: Columns) -> tuple[Columns, tuple[str, ...]]:
    """The columns that are no rates, and what to say of those that are.

    A rate is written in percent, or is the ratio of two counts to the digits shown. One that
    contradicts its counts is told with both values; the counts stand.
    """
    counts = [one for one in columns if one.is_count and not _is_called_so(one)]
    gone: list[str] = []
    notes: list[str] = []
    for column in columns:
        if not column.is_number or column in counts:
            continue
        of = _ratio(column, counts)
        written = all(is_rate(column.cells[at]) for at in column.filled)
        if of is None and not written and not _is_called_so(column):
            continue
        gone.append(column.name)
        notes += _said(column, of or _meant(column, counts))
    told = [f"rates, set aside: {', '.join(gone)}"] * bool(gone)
    return without(columns, gone), (*told, *notes)


def _is_called_so(column: SheetColumn) -> bool:
    """Whether a column is called a rate and may be one: shares, or up to 100 for percent."""
    possible = all(one is None or 0 <= one <= HUNDRED for one in column.numbers)
    return possible and is_rate_name(column.name)


def is_rate_name(name: str) -> bool:
    """Whether a name is of a rate; a percentage in that of a goal makes it none.

    >>> is_rate_name("Orders in %"), is_rate_name("Scrolled 50%"), is_rate_name("Confidence 95%")
    (True, False, True)
    >>> is_rate_name("Конверсия"), is_rate_name("Конверсии"), is_rate_name("Scroll depth 50%")
    (True, False, False)
    """
    return RATE.search(HOW_FAR.sub("", name) if FAR.search(name) else name) is not None


Pair = tuple[SheetColumn, SheetColumn]


def _ratio(column: SheetColumn, counts: list[SheetColumn]) -> Pair | None:
    """The two counts whose ratio a column is in most of its rows."""
    best = max(permutations(counts, 2), key=lambda pair: _hits(column, *pair), default=None)
    if best is None or is_money(column.cells[column.filled[0]]):
        return None
    return best if 2 * _hits(column, *best) > len(column.filled) else None


def _meant(column: SheetColumn, counts: list[SheetColumn]) -> Pair | None:
    """The goal in whose name a rate is called, over the largest count."""
    words = vocabulary.words(column.name)
    stems = [one for one in counts if vocabulary.words(one.name).removesuffix("s") in words]
    largest = max(counts, key=lambda one: one.total, default=None)
    return (stems[0], largest) if stems and largest and stems[0] is not largest else None


def _hits(column: SheetColumn, part: SheetColumn, whole: SheetColumn) -> int:
    return sum(_fits(column, at, part, whole) for at in column.filled)


def _fits(column: SheetColumn, at: int, part: SheetColumn, whole: SheetColumn) -> bool:
    """Whether a cell is the ratio of two counts, rounded or cut to the digits it shows."""
    shown, above, below = column.numbers[at], part.numbers[at], whole.numbers[at]
    if shown is None or above is None or not below:
        return False
    ratio, step = above / below, Decimal(1).scaleb(-_decimals(column, at))
    percent = is_rate(column.cells[at]) or is_rate_name(column.name)
    scales = [HUNDRED] if is_rate(column.cells[at]) else [Decimal(1), *[HUNDRED] * percent]
    return any(abs(shown - scale * ratio) < step for scale in scales)


def _decimals(column: SheetColumn, at: int) -> int:
    """How many decimals a cell shows."""
    exponent = (column.numbers[at] or Decimal(0)).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _said(column: SheetColumn, of: Pair | None) -> Iterator[str]:
    """The first row in which a rate contradicts its counts."""
    if of is None:
        return
    part, whole = of
    for at in column.filled:
        above, below = part.numbers[at], whole.numbers[at]
        if above is not None and below and not _fits(column, at, part, whole):
            yield (
                f"warning: {column.name} says {column.cells[at]}, and {part.name} / {whole.name} "
                f"= {above:,} / {below:,} is {HUNDRED * above / below:.2f} %"
            )
            return
