"""Names of variants from the values that a log records of several experiments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import takewhile

from abmicro.frozen import frozen
from abmicro.sources import vocabulary

MOST_ARMS = 20
SIGNS = re.compile(r"[-_:/|. ]+")

Recorded = Sequence[tuple[str, str, int]]
"""Experiment (empty where nothing tells it), recorded value and units."""


@frozen
class Arms:
    """The variants of the experiment with most units.

    experiment: what the log calls it; may be empty. recorded: variant to recorded value, control
    first; empty where there are none, or too many. others: the experiments beside it.
    """

    experiment: str = ""
    recorded: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def arms_of(found: Recorded) -> Arms:
    """The variants that values record. Where these hold the experiment too, variants go without it.

    >>> arms_of([("", "CNV-7-A", 60), ("", "CNV-7-B", 58), ("", "CNV-8-A", 9), ("", "CNV-8-B", 8)])
    Arms(experiment='', recorded={'A': 'CNV-7-A', 'B': 'CNV-7-B'}, others=('CNV-8',))
    >>> arms_of([("", "T-1-sticky-header", 60), ("", "T-1-control", 58)]).recorded
    {'control': 'T-1-control', 'sticky-header': 'T-1-sticky-header'}
    >>> arms_of([("", "T-a-on", 9), ("", "T-a-off", 8), ("", "T-b-on", 30)]).others
    ('T-b',)
    """
    units: dict[str, dict[str, int]] = {}
    for experiment, value, count in found:
        units.setdefault(experiment, {})[value] = count
    if not units:
        return Arms()
    first, *rest = sorted(units, key=lambda one: -sum(units[one].values()))
    heads = _experiments(units[first])
    values = {value.removeprefix(heads[0]) or value: value for value in units[first]
              if value.startswith(heads[0])}  # fmt: skip
    named = vocabulary.control_first(values) if len(values) <= MOST_ARMS else ()
    others = (*(SIGNS.sub("-", head).strip("-") for head in heads[1:]), *rest)
    return Arms(first, {variant: values[variant] for variant in named}, others)


def _experiments(values: Mapping[str, int]) -> list[str]:
    """The beginnings that stand for experiments, that of most units first.

    A beginning that starts with another one is part of the same experiment. Where no two values
    share one they are of one experiment, which is what all of them begin with.
    """
    heads = {_beginning(value) for value in values}
    first = {value: min((head for head in heads if value.startswith(head)), key=len)
             for value in values}  # fmt: skip
    size, alike = Counter[str](), Counter(first.values())
    for value, units in values.items():
        size[first[value]] += units
    if max(alike.values()) > 1:
        return sorted(alike, key=lambda head: (alike[head] == 1, -size[head]))
    return [_beginning(_shared(min(values), max(values))) if len(values) > 1 else ""]


def _shared(first: str, last: str) -> str:
    """What two texts, and all between them, begin with."""
    pairs = zip(first, last, strict=False)
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _beginning(value: str) -> str:
    """A value up to its last sign between words."""
    ends = [found.end() for found in SIGNS.finditer(value)]
    return value[: ends[-1]] if ends else ""
