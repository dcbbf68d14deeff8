"""Sheets with a row for each test and a column for each variant and count: variants become rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from abmicro.sources import vocabulary
from abmicro.sources.sheets.layout import VARIANT, Grid

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
        places = {at: found for at, name in enumerate(grid.names) if (found := _split(name, last))}
        counts = list(dict.fromkeys(count for count, _ in places.values()))
        variants = list(dict.fromkeys(variant for _, variant in places.values()))
        at = {found: place for place, found in places.items()}
        whole = all((count, one) in at for count in counts for one in variants)
        told = any(vocabulary.says(count, vocabulary.UNITS) for count in counts)
        if whole and told and len(at) == len(places) and min(len(counts), len(variants)) > 1:
            return _turned(grid, counts, variants, at)
    return grid


def _split(name: str, last: bool) -> tuple[str, str] | None:
    """What a column counts, and in which variant; None where its name does not tell both."""
    words = vocabulary.words(name).split(" ")
    for size in (2, 1):
        variant = " ".join(words[-size:] if last else words[:size])
        count = " ".join(words[:-size] if last else words[size:])
        if count and _NAME.fullmatch(variant):
            return count, variant
    return None


def _turned(
    grid: Grid, counts: Sequence[str], variants: Sequence[str], at: dict[tuple[str, str], int]
) -> Grid:
    others = [place for place in range(len(grid.names)) if place not in at.values()]
    rows = tuple(
        (*(row[place] for place in others), one, *(row[at[count, one]] for count in counts))
        for row in grid.rows
        for one in variants
        if any(row[at[count, one]] != "" for count in counts)
    )
    names = (*(grid.names[place] for place in others), VARIANT, *counts)
    note = f"turned: variants stood across ({', '.join(variants)})"
    return replace(grid, names=names, rows=rows).noting(note)
