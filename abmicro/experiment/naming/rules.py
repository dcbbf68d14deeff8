"""The rules that labels, words and money of a definition keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from abmicro.errors import Problem
from abmicro.experiment.field_types import said
from abmicro.experiment.file.toml_text import dotted

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment


def check_naming(experiment: Experiment) -> Iterator[Problem]:
    """Labels that say something and stand once; money with its currency."""
    variants = [(one.name, one.label) for one in experiment.variants]
    for name, label in variants:
        yield from _says_something(dotted("variants", "labels", name), label)
    if any(label for _, label in variants):
        yield from _stand_twice("variants.labels", (label or name for name, label in variants))
    yield from _stand_twice("goals", (goal.label for goal in experiment.goals if goal.label))
    if experiment.decision.order_value is not None and experiment.decision.currency is None:
        hint = 'add currency = "EUR", or that in which you count'
        yield Problem("decision.currency", "is missing", "E083", hint)


def _says_something(where: str, label: str) -> Iterator[Problem]:
    """What is wrong with a label; one that is left out is the name."""
    if not label:
        return
    try:
        said(label)
    except PydanticCustomError as error:
        problems: tuple[Problem, ...] = (error.context or {})["problems"]
        yield from (replace(problem, where=where) for problem in problems)


def _stand_twice(where: str, labels: Iterable[str]) -> Iterator[Problem]:
    for label, times in Counter(label.casefold() for label in labels).items():
        if times > 1:
            what = f"the label {label!r} stands {times} times"
            yield Problem(where, what, "E085", "give each a label of its own")
