"""Within what each variant was compared with the control, and which units that leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from abmicro.analysis.results import ComparedWithin, Pair

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals


def compared_within(experiment: Experiment, marginals: Marginals) -> Iterator[ComparedWithin]:
    """One row per treated variant; none where the variants are compared over all units."""
    if not marginals.strata.over:
        return
    control, *treated = marginals.units_by_stratum
    for variant, units in zip(experiment.treated, treated, strict=True):
        kept = (control > 0) & (units > 0)
        yield ComparedWithin(
            variant=variant.name,
            over=marginals.strata.over,
            strata=int(kept.sum()),
            left_out=Pair(int(control[~kept].sum()), int(units[~kept].sum())),
        )
