"""Units of several persons, which the table of identity cannot tell apart."""

from __future__ import annotations

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.engines.engine import Source
from abmicro.sources.sql.fragments import name
from abmicro.sources.validation.duplicates import units_with_several


def refuse_shared_units(experiment: Experiment, source: Source) -> None:
    """Raise SourceError that names some units of several persons.

    With `shared = "apart"` such a unit stays a unit of its own, and nothing is asked.
    """
    identity = experiment.require_data().identity
    if identity is None or source.persons is None or identity.shared == "apart":
        return
    counted = f"COUNT(DISTINCT {name(identity.person)})"
    found, total = units_with_several(counted, source.persons, identity.unit, source.engine)
    if found:
        named = ", ".join(f"{unit} ({persons})" for unit, persons in found)
        what = f"{total:,} units are of several persons: {named}"
        hint = 'write shared = "apart" to let each stay a unit of its own'
        raise SourceError(Problem("data.identity", what, "E314", hint))
