"""All findings about how events were recorded, in the order in which a report tells them."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from abmicro.analysis.results import Check, Mended
from abmicro.analysis.trust.instrumentation.capture_rate import captured
from abmicro.analysis.trust.instrumentation.diagnosis import signatures
from abmicro.analysis.trust.instrumentation.finding import Finding
from abmicro.analysis.trust.instrumentation.firing import fired_oddly, over_firing
from abmicro.analysis.trust.instrumentation.lost_tags import tags
from abmicro.analysis.trust.instrumentation.outages import short_days, silences
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.exposed_units import ExposedUnits
    from abmicro.marginals.pattern_counts import PatternCounts


@frozen
class Faults:
    """Checks of the recording, and lifts without the faults that some of them found."""

    checks: tuple[Check, ...]
    mended: tuple[Mended, ...]


def find_faults(
    experiment: Experiment,
    recorded: PatternCounts,
    exposed: ExposedUnits,
    histograms: Histograms | None,
    *,
    pooled: bool,
) -> Faults:
    """Everything that is wrong with the recording, as far as counts can tell.

    exposed: all units that the histograms tell of, be their windows closed or not.
    pooled: whether variants may be compared over all units; else there are no mended lifts, and no
    signatures, which rest on such lifts.
    """
    found = tuple(_found(experiment, recorded, exposed, histograms, pooled=pooled))
    if not pooled:
        return Faults(tuple(one.check for one in found), ())
    found += tuple(signatures(experiment, recorded, found))
    return Faults(
        tuple(one.check for one in found), tuple(row for one in found for row in one.mended)
    )


def _found(
    experiment: Experiment,
    recorded: PatternCounts,
    exposed: ExposedUnits,
    histograms: Histograms | None,
    *,
    pooled: bool,
) -> Iterator[Finding]:
    yield from captured(experiment, recorded)
    yield from over_firing(experiment, recorded)
    yield from short_days(experiment, recorded, pooled=pooled)
    yield from tags(experiment, recorded)
    if histograms is None:
        told = "Double firing, wrong order, silent hours and bots need histograms of the events."
        fix = "Analyse event data, or give the histograms collected beside the counts."
        yield Finding(Check("events", "skipped", nan, nan, told, fix))
    else:
        yield from silences(experiment, recorded, exposed, histograms)
        yield from fired_oddly(experiment, recorded, histograms)
