"""Sheets with a column for each variant and count: variants become rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from abmicro.sources import vocabulary
from abmicro.sources.sheets.grid import VARIANT, Grid

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
    whole = all((count, one) in places for count in counts for one in variants)
    told = any(vocabulary.says(count, vocabulary.UNITS) for count in counts)
    if not (whole and told and min(len(counts), len(variants)) > 1):
        return None
    others = [place for place in range(len(grid.names)) if place not in places.values()]
    rows = tuple(
        (*(row[place] for place in others), one, *(row[places[count, one]] for count in counts))
        for row in grid.rows
        for one in variants
        if any(row[places[count, one]] != "" for count in counts)
    )
    names = (*(grid.names[place] for place in others), VARIANT, *counts)
    note = f"turned: variants stood across ({', '.join(variants)})"
    return replace(grid, names=names, rows=rows).noting(note)


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
