"""The gates of `--fail-on`, for use in pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis


def failed(analysis: Analysis, gate: str) -> bool:
    """Whether a gate fails: `health`, `guardrail` or `primary`.

    health: a check failed, other than for want of time. guardrail: a guardrail is harmed in some
    variant. primary: in no variant is the primary goal better.
    """
    overall = [row for row in analysis.goals if row.segment is None]
    if gate == "health":
        return any(check.distrusts for check in analysis.checks)
    if gate == "guardrail":
        guards = [row.noninferiority for row in overall if row.noninferiority is not None]
        return any(guard.status == "harmed" for guard in guards)
    alpha = analysis.alpha
    return not any(row.role == "primary" and row.is_better(alpha) for row in overall)
