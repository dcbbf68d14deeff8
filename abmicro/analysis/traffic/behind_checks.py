"""Where the units of a test come from and which days are odd, where its traffic is in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from abmicro.analysis.results import Check, TrafficBehind

if TYPE_CHECKING:
    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals

EXPLAINED = {
    *("sample_ratio", "crossed", "reversal"),
    *("silence", "gaps", "days", "tags"),
    *("capture", "bots", "dwell", "over_firing"),
}
"""Checks that fail where a source or a day is not like the others."""


def traffic_behind(
    experiment: Experiment,
    marginals: Marginals,
    histograms: Histograms | None,
    checks: Sequence[Check],
) -> TrafficBehind | None:
    """Sources and odd days of all variants together, as `health` finds them.

    None where every check of the traffic passed, or nobody is judged.
    """
    named = tuple(_in_doubt(checks))
    if not named or not marginals.units:
        return None
    from abmicro.analysis.traffic.days import day_findings, whole_until
    from abmicro.analysis.traffic.sources import SourceIntervals, source_tables, traffic_sources

    traffic, rates = marginals.traffic, SourceIntervals(experiment.analysis.confidence)
    days = day_findings(experiment, traffic, whole_until(experiment, marginals))
    return TrafficBehind(
        checks=named,
        macro=traffic.macro,
        sources=tuple(
            row
            for table in source_tables(traffic, histograms)
            for row in traffic_sources(experiment, traffic, table, rates)
        ),
        charts=days.charts,
        odd=tuple(one for one in days.days if one.flagged),
        dips=days.dips,
    )


def _in_doubt(checks: Sequence[Check]) -> Iterator[str]:
    for check in checks:
        if check.status in ("warn", "fail") and check.name.partition(".")[0] in EXPLAINED:
            yield check.name
