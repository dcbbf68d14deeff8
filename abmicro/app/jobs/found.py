"""What a file holds that could be a goal, counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from abmicro.app.runs.worker import Tell, quiet
from abmicro.sources.inspection.candidates import Candidates, candidates_in


def found(
    _: Path,
    tell: Tell,
    path: str,
    data: dict[str, Any],
    exposure: dict[str, Any],
    known: dict[str, Any],
) -> Candidates:
    """Count what people did in a file; arguments as in `candidates_in`."""
    tell("Counting what people did")
    with quiet():
        return candidates_in(path, data, exposure, known)
