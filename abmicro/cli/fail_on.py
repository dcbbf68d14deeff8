"""The gates of `--fail-on`, for use in pipelines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from abmicro.cli.output import log, misuse
from abmicro.errors import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from abmicro.analysis.results import Analysis


def fail_on(known: tuple[str, ...], told: str, usual: str = "") -> Callable[[Any], Any]:
    """The option --fail-on: kinds separated by commas, or the option again for each.

    told: when the run ends with 1. usual: the kinds where none are named.
    """
    return click.option(
        "--fail-on",
        "gates",
        multiple=True,
        default=(usual,) if usual else (),
        show_default=bool(usual),
        callback=partial(_kinds, known),
        metavar="KINDS",
        help=f"Exit with 1 {told}; separated by commas.",
    )


def _kinds(
    known: tuple[str, ...],
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    given: tuple[str, ...],
) -> tuple[str, ...]:
    """Callback of --fail-on: the kinds, each once; refused where one is not known."""
    named = (kind.strip() for text in given for kind in text.split(","))
    asked = tuple(dict.fromkeys(filter(None, named)))
    if unknown := [kind for kind in asked if kind not in known]:
        raise misuse("--fail-on", f"{unknown[0]!r} is not known", suggest(unknown[0], known))
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
