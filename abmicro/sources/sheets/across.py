"""Sheets with a column for each variant and count: variants become rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product

from abmicro.sources import vocabulary
from abmicro.sources.sheets.grid import VARIANT, Grid, tells_metrics

_NAME = re.compile(
    r"(control|kontrolle|original|baseline|default|ctrl|variant|variante|variation|treatment|test|"
    r"new|neu|challenger|[a-z]|[0-9]{1,2}|(?:variant|variante|variation|version) ?[a-z0-9]{1,2})"
)


def without_variants_across(grid: Grid) -> Grid:
    """The grid with a row for each variant, where columns are called by count and variant.

    >>> names = ("test", "visitors_a", "visitors_b", "orders_a", "orders_b")
    >>> grid = without_variants_across(Grid(names, (("Button", "90", "95", "7", "9"),)))
    >>> grid.names
    ('test', 'variant', 'visitors', 'orders')
    >>> grid.rows
    (('Button', 'a', '90', '7'), ('Button', 'b', '95', '9'))
    """
    for last in (True, False):
        found = [(pair, at) for at, name in enumerate(grid.names) if (pair := _split(name, last))]
        made = spread(grid, dict(found)) if len(dict(found)) == len(found) else None
        if made is not None:
            return made
    return grid


def spread(grid: Grid, places: Mapping[tuple[str, str], int]) -> Grid | None:
    """The grid with a row for each variant; None where columns do not tell each count of each.

    places: count and variant to the place of the column that holds it.
    """
    counts = list(dict.fromkeys(count for count, _ in places))
    variants = list(dict.fromkeys(variant for _, variant in places))
    whole = set(places) == set(product(counts, variants))
    if not (whole and tells_metrics(counts) and min(len(counts), len(variants)) > 1):
        return None
    others = grid.only(place for place in range(len(grid.names)) if place not in places.values())
    of_each = [grid.only(places[count, one] for count in counts).rows for one in variants]
    rows = tuple(
        (*told, one, *cells)
        for told, *of_row in zip(others.rows, *of_each, strict=True)
        for one, cells in zip(variants, of_row, strict=True)
        if any(cell != "" for cell in cells)
    )
    note = f"turned: variants stood across ({', '.join(variants)})"
    return replace(grid, names=(*others.names, VARIANT, *counts), rows=rows).noting(note)


def _split(name: str, last: bool) -> tuple[str, str] | None:
    """What a column counts, and in which variant; None where its name does not tell both."""
    words = vocabulary.words(name).split(" ")
    written = re.findall(r"[^\W_]+", name)
    for size in (2, 1):
        variant = " ".join(words[-size:] if last else words[:size])
        count = " ".join(words[:-size] if last else words[size:])
        if count and _NAME.fullmatch(variant):
            kept = written if len(written) == len(words) else words
            return count, " ".join(kept[-size:] if last else kept[:size])
    return None
