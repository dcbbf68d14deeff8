"""The rule that asks for past tests: which of them may count, and whether there are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.errors import DefinitionError, Problem

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.history import History

LEAST = 10


def usable(experiment: Experiment, history: History | None) -> History | None:
    """The past that may be used: all of it, but before the start where the verdict rests on it.

    Raises DefinitionError where the verdict rests on it and fewer than ten tests were added before
    the experiment began, or none is given (E093).
    """
    if experiment.decision.require != "likely":
        return history
    before = None
    if history is not None and experiment.start is not None:
        before = history.added_before(experiment.start)
    if before is None or len(before.tests) < LEAST:
        held = "none is given" if before is None else f"there are {len(before.tests)}"
        what = f"likely needs {LEAST} past tests, added before {experiment.start}, and {held}"
        hint = 'name their folder with --history, or write require = "macro_up"'
        raise DefinitionError(Problem("decision.require", what, "E093", hint))
    return before
