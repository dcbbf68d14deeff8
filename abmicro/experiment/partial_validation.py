"""What is left of a definition once its faulty keys are gone.

pydantic judges keys one by one and stops there. To tell *all* problems in one message the rules
between the keys must be asked as well, on whatever is sound; rules that would judge by a faulty
key are left out, so that no fault is told twice in two costumes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from abmicro.experiment.goals.goal import GoalKind
from abmicro.frozen import frozen

_HARMLESS = frozenset(
    {
        *("mde", "baseline", "sd", "lift_by", "phi", "gameable"),
        *("margin", "prior", "direction", "dedupe", "cap", "before", "missing"),
    }
)


@frozen
class Salvage:
    """The sound keys of an experiment, and what is missing from them.

    keys: arguments of an Experiment without the faulty ones.
    faulty: names of goals, each with the keys it lost.
    """

    keys: dict[str, Any]
    faulty: dict[str, set[str]]

    @property
    def unsure(self) -> frozenset[str]:
        """Goals that lost a key by which other rules judge."""
        return frozenset(name for name, lost in self.faulty.items() if lost - _HARMLESS)


def salvage(error: ValidationError, keys: Mapping[str, Any]) -> Salvage:
    """Drop from the keys of an experiment what the error complains of."""
    sound = dict(keys)
    lost: dict[int, set[str]] = {}
    whole: set[str] = set()
    for detail in error.errors(include_url=False, include_context=False):
        first, *inner = detail["loc"]
        if first == "goals" and inner:
            lost.setdefault(int(inner[0]), set()).update(map(str, inner[1:2]))
        elif detail["type"] == "fault" and isinstance(detail["input"], Mapping):
            continue  # a rule of the table's own; its keys are sound
        elif inner and isinstance(inner[0], str) and inner[0] != "shape":
            sound[str(first)] = _without(sound[str(first)], {inner[0]})
        else:
            whole.add(str(first))
    sound = _without(sound, whole)
    goals = dict(enumerate(sound.get("goals", ())))
    faulty = {_name(goals[at]): keys for at, keys in lost.items()}
    for at, keys_lost in lost.items():
        goals[at] = _rest_of_goal(goals[at], keys_lost)
    kept = tuple(goal for goal in goals.values() if goal is not None)
    return Salvage({"name": "?", "variants": (), **sound, "goals": kept}, faulty)


def _rest_of_goal(goal: Any, lost: set[str]) -> dict[str, Any] | None:
    if "name" in lost or not isinstance(goal, Mapping):
        return None
    return {"kind": GoalKind.MILESTONE, **_without(goal, lost)}


def _without(table: Mapping[str, Any], lost: set[str]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in lost}


def _name(goal: Any) -> str:
    return str(goal.get("name", "")) if isinstance(goal, Mapping) else ""
