"""The gates of `--fail-on`, for use in pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.cli.output import log, misuse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from abmicro.analysis.results import Analysis


def kinds_of(text: str, known: Collection[str], command: str, what: str) -> list[str]:
    """The kinds that a text names, separated by commas; refused where one is not known.

    what: what a kind is not that is not known, such as "no alarm".
    """
    asked = [kind.strip() for kind in text.split(",") if kind.strip()]
    if unknown := [kind for kind in asked if kind not in known]:
        said = f"--fail-on {unknown[0]} is {what}"
        raise misuse(command, said, f"known: {', '.join(known)}")
    return asked


def status_of(broken: Iterable[str]) -> int:
    """The exit status: 1 where a gate failed, each said on stderr, behind what it is of."""
    told = list(broken)
    for gate in told:
        log(f"abmicro: {gate}: failed", at=-1)
    return int(bool(told))


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
