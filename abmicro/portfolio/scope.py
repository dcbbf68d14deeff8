"""Which goals a portfolio is about."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from abmicro.experiment.model import GoalRole

if TYPE_CHECKING:
    from abmicro.history import History


class Scope(NamedTuple):
    """Goals that units reach, as the history calls them.

    macro: the one of most tests; micro: most often primary, else in most tests; empty without one.
    macros: all macro goals; micros: all others that are not retired; primaries: once primary.
    """

    macro: str
    micro: str
    macros: tuple[str, ...]
    micros: tuple[str, ...]
    primaries: tuple[str, ...]


def scope(history: History) -> Scope:
    """The goals of a history, those of most tests first."""
    settings = history.settings
    macros: Counter[str] = Counter()
    micros: Counter[str] = Counter()
    primaries: Counter[str] = Counter()
    for test in history.tests:
        for goal in (one for one in test.experiment.compared if one.is_rate):
            if (name := settings.goal(goal.name)) not in settings.retired:
                (macros if goal.kind.value == "macro" else micros)[name] += 1
                primaries[name] += goal.role is GoalRole.PRIMARY
    for name in macros.keys() & micros.keys():
        macros[name] += micros.pop(name)
    usual = max(micros, key=lambda name: (primaries[name], micros[name]), default="")
    return Scope(
        macro=next((name for name, _ in macros.most_common(1)), ""),
        micro=usual,
        macros=tuple(name for name, _ in macros.most_common()),
        micros=tuple(name for name, _ in micros.most_common()),
        primaries=tuple(name for name, tests in primaries.most_common() if tests),
    )
