"""Sheets with a column for each variant and count: variants become rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import product

from abmicro.sources import vocabulary
from abmicro.sources.sheets.comparisons import is_comparison
from abmicro.sources.sheets.double_counts import is_total_like
from abmicro.sources.sheets.grid import VARIANT, Grid, tells_metrics

_CUT = re.compile(r"[\s_:|/\u2013-]+[(\[]?|[(\[]|(?<=[a-z0-9])(?=[A-Z])")
_PARTS = re.compile(
    "|".join(vocabulary.DEVICES) + r"|web|app|new|neu|returning|known|"
    r"organic|paid|direct|email|men|women|male|female|weekday|weekend",
    re.IGNORECASE,
)
"""Names that part the units, if all are such."""


def without_variants_across(grid: Grid) -> Grid:
    """The grid with a row for each variant, where columns are called by count and variant.

    What the columns of visitors are called beside that word is the variants.

    >>> names = ("test", "visitors_a", "visitors_b", "orders_a", "orders_b")
    >>> grid = without_variants_across(Grid(names, (("Button", "90", "95", "7", "9"),)))
    >>> grid.names
    ('test', 'variant', 'visitors', 'orders')
    >>> grid.rows
    (('Button', 'a', '90', '7'), ('Button', 'b', '95', '9'))
    """
    if any(vocabulary.best([name], vocabulary.VARIANT[: vocabulary.SURE]) for name in grid.names):
        return grid
    for last in (True, False):
        for variants in _variants(grid.names, last):
            made = spread(grid, _places(grid.names, variants, last))
            if made is not None:
                return made
    return grid


def spread(grid: Grid, places: Mapping[tuple[str, str], int]) -> Grid | None:
    """The grid with a row for each variant; None where columns do not tell each count of each.

    places: count and variant to the place of the column that holds it.
    """
    compared = _compared([variant for _, variant in places])
    held = {pair: at for pair, at in places.items() if pair[1] not in compared}
    counts = list(dict.fromkeys(count for count, _ in held))
    variants = list(dict.fromkeys(variant for _, variant in held))
    whole = set(held) == set(product(counts, variants))
    if not (whole and tells_metrics(counts) and min(len(counts), len(variants)) > 1):
        return None
    others = _beside(grid, places.values())
    of_each = [grid.only(held[count, one] for count in counts).rows for one in variants]
    rows = tuple(
        (*told, one, *cells)
        for told, *of_row in zip(others.rows, *of_each, strict=True)
        for one, cells in zip(variants, of_row, strict=True)
        if any(cell != "" for cell in cells)
    )
    notes = [f"turned: variants stood across ({', '.join(variants)})"]
    notes += [f"compared, set aside: {', '.join(compared)}"] * bool(compared)
    return replace(grid, names=(*others.names, VARIANT, *counts), rows=rows).noting(*notes)


def _beside(grid: Grid, places: Collection[int]) -> Grid:
    """The grid without the columns at some places, and without columns that only say "total"."""
    rest = (place for place in range(len(grid.names)) if place not in places)
    return grid.only(at for at in rest if not all(is_total_like(str(c)) for c in grid.column(at)))


def _compared(variants: Collection[str]) -> list[str]:
    """Those that are called comparisons of others; none where fewer than two would be left."""
    named = dict.fromkeys(variants)
    found = [one for one in named if is_comparison(one, {two.casefold() for two in named})]
    return found if len(named) - len(found) > 1 else []


def _variants(names: Collection[str], last: bool) -> Iterator[list[str]]:
    """Sets of names that may be the variants, those beside the shortest word for visitors first.

    last: the variant stands behind the count.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for count, variant in _pairs(name, last):
            if tells_metrics([count]) and not tells_metrics([variant]):
                found[count.casefold()].append(variant)
    for _, variants in sorted(found.items(), key=lambda one: len(one[0])):
        if len(variants) > 1 and not all(map(_PARTS.fullmatch, variants)):
            yield variants


def _places(
    names: Collection[str], variants: Collection[str], last: bool
) -> dict[tuple[str, str], int]:
    """Count and variant to the place of the column that is called by both."""
    found = {}
    for at, name in enumerate(names):
        pairs = [pair for pair in _pairs(name, last) if pair[1] in variants]
        if pairs:
            found[max(pairs, key=lambda pair: len(pair[1]))] = at
    return found


def _pairs(name: str, last: bool) -> Iterator[tuple[str, str]]:
    """What a name may be made of: count and variant, whatever parts them."""
    for cut in _CUT.finditer(name):
        parts = name[: cut.start()], _closed(name[cut.end() :])
        if all(parts):
            yield parts if last else parts[::-1]


def _closed(text: str) -> str:
    """A text without the bracket at its end that was opened before it."""
    for opening, closing in ("()", "[]"):
        if text.endswith(closing) and text.count(closing) > text.count(opening):
            return text[:-1]
    return text
