"""A finished test as a history keeps it: what was meant, what was counted, what came of it."""

from __future__ import annotations

import hashlib
from dataclasses import field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

from abmicro.counts.summed import summed
from abmicro.errors import DefinitionError, Problem, suggest
from abmicro.frozen import frozen
from abmicro.marginals.marginals import Marginals

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from abmicro.analysis.results import Analysis
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

Source = Literal["analysis", "import"]
_SESSIONS = {"session", "visit", "sitzung", "besuch"}
CONTROL = "control"
"""What `shipped` says where nothing was changed, whatever the control is called."""


@frozen(eq=False)
class PastTest:
    """One finished test.

    experiment: the definition as analysed, without its data. counts: its joint table, summed over
    days and segments but for blocks of constant shares.
    added: when it was added, UTC. abmicro: the version that analysed it. definition_sha256: of the
    whole definition. counts_sha256: of the counts when they were added.
    verdicts, labels: decision and label of primary goal and end of the funnel, by treated variant.
    failed_checks: names of those that time does not mend. shipped: the variant that went live,
    `control` for none, None where it is not known.
    """

    experiment: Experiment
    counts: JointCounts
    added: date
    abmicro: str
    definition_sha256: str
    counts_sha256: str
    source: Source = "analysis"
    verdicts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    failed_checks: tuple[str, ...] = ()
    shipped: str | None = None

    @property
    def key(self) -> str:
        """The key of the experiment, by which its files are called."""
        return self.experiment.key

    @property
    def site(self) -> str:
        """Whose visitors were counted; empty where it is not said."""
        return self.experiment.site

    @property
    def counts_sessions(self) -> bool:
        """Whether units are sessions rather than persons."""
        return self.experiment.unit_name.casefold() in _SESSIONS

    @property
    def says_no_window(self) -> bool:
        """Whether it was imported without windows, so that its goals count as having any."""
        return self.source == "import" and all(
            goal.settles is None for goal in self.experiment.goals
        )

    @property
    def is_edited(self) -> bool:
        """Whether the counts are no longer those that were added."""
        return counts_hash(self.counts) != self.counts_sha256


def finished_test(
    analysis: Analysis,
    counts: JointCounts,
    *,
    shipped: str | None = None,
    keep: Collection[str] = (),
    source: Source = "analysis",
) -> PastTest:
    """What a history keeps of an analysed test.

    counts: the joint table that was analysed. shipped: the variant that went live, or `control`.
    keep: segments that stay.

    Raises DefinitionError for a test that still runs (E619), a variant that is not there (E600).
    """
    experiment = analysis.experiment
    _refuse_running(analysis)
    arms = [variant.name for variant in experiment.variants]
    if shipped is not None and shipped not in (known := [*dict.fromkeys((CONTROL, *arms))]):
        hint = suggest(shipped, known)
        raise DefinitionError(Problem("shipped", f"{shipped!r} is no variant", "E600", hint))
    kept = collapsed(experiment, counts, keep)
    primary = experiment.primary.name
    labels = {
        pair.variant: pair.label
        for pair in reversed(analysis.carry_through)  # the end of the funnel comes first
        if pair.micro == primary
    }
    return PastTest(
        experiment=experiment.model_copy(update={"data": None}),
        counts=kept,
        added=datetime.now(UTC).date(),
        abmicro=analysis.provenance.abmicro,
        definition_sha256=analysis.provenance.definition_sha256,
        counts_sha256=counts_hash(kept),
        source=source,
        verdicts={verdict.variant: verdict.decision for verdict in analysis.verdicts},
        labels={name: labels[name] for name in arms if name in labels},
        failed_checks=tuple(check.name for check in analysis.checks if check.distrusts),
        shipped=CONTROL if shipped == experiment.control.name else shipped,
    )


def collapsed(experiment: Experiment, counts: JointCounts, keep: Collection[str]) -> JointCounts:
    """The counts summed over days and segments, but for what the arms are compared within."""
    strata = Marginals.of(experiment, counts).strata
    by_level = bool((strata.of_cell != strata.of_cell[:1]).any())
    names = {*keep, *(experiment.known_before if by_level else ())}
    blocks: Sequence[int] | None = strata.of_cell[0].tolist() if strata.over_time else None
    return summed(counts, keep=names, blocks=blocks)


def counts_hash(counts: JointCounts) -> str:
    """SHA-256 of the rows of a table in canonical order: the same for equal tables."""
    rows = sorted("\t".join(map(str, row)) for row in counts.to_rows())
    return hashlib.sha256("\n".join(["\t".join(counts.columns.names), *rows]).encode()).hexdigest()


def _refuse_running(analysis: Analysis) -> None:
    """Raise DefinitionError where a variant has not come to its end."""
    running = [
        verdict
        for verdict in analysis.verdicts
        if verdict.decision == "keep_running"
        or (verdict.stage == "before" and verdict.decision == "do_not_trust_yet")
    ]
    if running:
        day = running[0].results_on
        what = f"{analysis.experiment.key} has not come to its end"
        hint = f"add it when its results can be read{f', on {day}' if day else ''}"
        raise DefinitionError(Problem("experiment", what, "E619", hint))
