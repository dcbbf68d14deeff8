"""The decision for a variant, and its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StageName = Literal["before", "end"]


DecisionName = Literal[
    "ship", "keep_control", "keep_running", "no_detectable_difference", "do_not_trust_yet"
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision for one treated arm, its reasons with their numbers, what would change it.

    because: the reason that decided comes first. stage: `before` the declared end only trust and
    harm speak. results_on: ISO day on which the results can be read, empty where it is not known.
    """

    variant: str
    decision: DecisionName
    because: tuple[str, ...]
    would_change: str
    stage: StageName = "end"
    results_on: str = ""
