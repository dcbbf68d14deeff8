"""Numbers of a sheet: what surrounds them, and the grammars in which all of them can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from abmicro.sources.cell_words import NOTHING
from abmicro.sources.sheets.cells import Cell
from abmicro.sources.text.numerals import Numerals, grammars
from abmicro.sources.text.workbook_looks import ShownNumber

SIGNS = re.compile(r"[€$£¥%]|\b(?:EUR|USD|GBP|CHF|NOK|SEK|DKK|kr|pp)\b\.?", re.IGNORECASE)
WITH_RATE = re.compile(r"(?P<count>[^()\[\]%]+)(?:\([^()]*%\s*\)|\[[^\[\]]*%\s*\])")
"""A count with its rate behind it: 1,200 (12.0 %)."""

WORD = re.compile(r"[^\W\d_]{4}")
"""More letters than stand beside a rate: 12.5 % pp."""

POSSIBLE = grammars()


def is_missing(cell: Cell) -> bool:
    """Whether a cell holds nothing, or a word for nothing."""
    return isinstance(cell, str) and cell.lower() in (*NOTHING, "\u2013", "\u2014")


def is_rate(cell: Cell) -> bool:
    """Whether a cell is written or shown in percent, and no name with a percentage in it.

    >>> is_rate("12.5 %"), is_rate("Scrolled 50%")
    (True, False)
    """
    if isinstance(cell, ShownNumber):
        return cell.sign == "%"
    if not isinstance(cell, str) or "%" not in cell:
        return False
    return not WITH_RATE.fullmatch(cell) and not WORD.search(cell)


def is_money(cell: Cell) -> bool:
    """Whether a cell has a sign of money."""
    if isinstance(cell, ShownNumber):
        return cell.sign != "%"
    return isinstance(cell, str) and "%" not in cell and SIGNS.search(cell) is not None


def bare(cell: str) -> str:
    """The number of a cell without what surrounds it.

    >>> bare("12,92 %"), bare("1,200 (12.0%)"), bare("€ 5.40")
    ('12,92', '1,200', '5.40')
    """
    found = WITH_RATE.fullmatch(cell)
    return SIGNS.sub("", found["count"] if found else cell).strip()


def number(cell: Cell, grammar: Numerals) -> Decimal | None:
    """The number of a cell; None where it is none in this grammar."""
    return cell if isinstance(cell, Decimal) else grammar.value(bare(cell))


@lru_cache(maxsize=1 << 14)
def is_number(cell: Cell) -> bool:
    """Whether a cell is a number in some grammar.

    >>> is_number("1.200,5"), is_number("2026-10-05")
    (True, False)
    """
    if isinstance(cell, Decimal):
        return True
    text = bare(cell)
    return any(one.value(text) is not None for one in POSSIBLE)


def readings(cells: Iterable[Cell]) -> Iterator[Numerals]:
    """Grammars that read every number, the plainest of those that read the same numbers.

    >>> [(one.decimal, one.thousands) for one in readings(["20.000", "300"])]
    [('.', ''), (',', '.')]
    """
    texts = sorted({bare(cell) for cell in cells if isinstance(cell, str) and is_number(cell)})
    seen = set()
    for grammar in POSSIBLE:
        values = tuple(map(grammar.value, texts))
        if None not in values and values not in seen:
            seen.add(values)
            yield grammar
