"""How large a definition may be, so that reading one of a stranger costs what its size costs.

The bounds lie far beyond what a person writes: what is over them is refused by name, before any
rule is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from abmicro.errors import Problem
from abmicro.experiment.file.toml_text import dotted

MOST_BYTES = 1 << 18
MOST_PROBLEMS = 50
DEEPEST = 8
MOST_ENTRIES = 1_000
LONGEST_NAME = 500
LONGEST_TEXT = 10_000
LONGEST_CONDITIONS = 20_000  # letters of all row conditions


def oversized(keys: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What of nested tables, lists and texts is over a bound; of many problems the first.

    >>> [problem.where for problem in oversized({"experiment": {"name": "x" * 20_000}})]
    ['experiment.name']
    """
    letters = sum(_conditions(keys, DEEPEST))
    found = list(islice(_in_table(keys, ()), MOST_PROBLEMS))
    if not found and letters > LONGEST_CONDITIONS:
        what = f"row conditions of {letters:,} letters; at most {LONGEST_CONDITIONS:,} are read"
        return (Problem("goals", what, "E028", "say in fewer words what counts"),)
    return tuple(found)


def _in_table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Problem]:
    if len(path) > DEEPEST:
        yield Problem(dotted(*path[:2]), f"is nested deeper than {DEEPEST}", "E028", _SHORTER)
        return
    yield from _too_many(len(table), path)
    for name, value in islice(table.items(), MOST_ENTRIES):
        if len(name) > LONGEST_NAME:
            what = f"holds a name of {len(name):,} letters; at most {LONGEST_NAME} are read"
            yield Problem(dotted(*path), what, "E028", _SHORTER)
        else:
            yield from _in_value(value, (*path, name))


def _in_value(value: Any, path: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        what = f"has {len(value):,} letters; at most {LONGEST_TEXT:,} are read"
        yield Problem(dotted(*path), what, "E028", _SHORTER)
    elif isinstance(value, Mapping):
        yield from _in_table(value, path)
    elif isinstance(value, (list, tuple)):
        yield from _too_many(len(value), path)
        for one in value[:MOST_ENTRIES]:
            yield from _in_value(one, path)


def _too_many(entries: int, path: tuple[str, ...]) -> Iterator[Problem]:
    if entries > MOST_ENTRIES:
        what = f"has {entries:,} entries; at most {MOST_ENTRIES:,} are read"
        yield Problem(dotted(*path), what, "E029", "keep those that the test is about")


def _conditions(value: Any, deepest: int) -> Iterator[int]:
    """The letters of every row condition."""
    if isinstance(value, Mapping):
        text = value.get("where")
        yield len(text) if isinstance(text, str) else 0
        if deepest:
            for one in value.values():
                yield from _conditions(one, deepest - 1)


_SHORTER = "write it shorter"
