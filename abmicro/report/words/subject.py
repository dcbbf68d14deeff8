"""What sentences about one treated variant are made of: its rows, its finding, words for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from abmicro.analysis.results import Analysis, CarryThrough, GoalResult, Verdict
from abmicro.frozen import frozen
from abmicro.phrases import amount, figures

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

FEW = 10  # conversions in a variant, below which counts lead


@frozen
class Subject:
    """One treated variant of an analysis.

    primary: None in a record without rows. macro: the goal that pays and is followed, None where it
    is the primary goal itself or none is defined. pair: the finding about both.
    """

    analysis: Analysis
    verdict: Verdict
    names: Names
    rows: tuple[GoalResult, ...]
    primary: GoalResult | None
    macro: GoalResult | None
    pair: CarryThrough | None

    @classmethod
    def of(cls, analysis: Analysis, verdict: Verdict) -> Subject:
        """What an analysis says of the variant of a verdict."""
        rows = tuple(
            row for row in analysis.goals if row.variant == verdict.variant and row.segment is None
        )
        primary = next((row for row in rows if row.role == "primary"), None)
        pairs = [one for one in analysis.carry_through if one.variant == verdict.variant]
        about = [one for one in pairs if primary is not None and one.micro == primary.goal]
        pair = next(iter([*about, *pairs]), None)
        macros = [row for row in rows if row.kind == "macro" and row is not primary]
        wanted = pair.macro if pair else ""
        ordered = sorted(macros, key=lambda row: (row.goal != wanted, row.is_value))
        names = analysis.experiment.names
        return cls(analysis, verdict, names, rows, primary, next(iter(ordered), None), pair)

    @property
    def variant(self) -> str:
        """The variant in words."""
        return self.names.variant(self.verdict.variant)

    @property
    def control(self) -> str:
        """The control in words."""
        return self.names.variant(self.analysis.experiment.control.name)

    @property
    def is_early(self) -> bool:
        """Whether the test runs on and nothing is to be said of its results."""
        return self.verdict.stage == "before" and self.verdict.decision == "keep_running"

    @property
    def has_few(self) -> bool:
        """Whether so few reached a goal of the headline that counts lead."""
        shown = (row.reached for row in (self.primary, self.macro) if row is not None)
        return any(min(one.control, one.treated) < FEW for one in shown if one is not None)

    def moved(self, row: GoalResult | None) -> int:
        """1 where a goal rose, -1 where it fell, 0 where that is open."""
        return 0 if row is None else row.moved(self.analysis.alpha)

    def figures(self, row: GoalResult) -> tuple[str, str]:
        """A goal in control and variant: people where the variants are alike in size."""
        return figures(row, self.names)

    def amount(self, row: GoalResult, value: float) -> str:
        """A rate, or a mean in its currency where that is known."""
        return amount(row, value, self.names)

    def harmed(self) -> Iterator[GoalResult]:
        """Guardrails beyond their margin."""
        for row in self.rows:
            if row.noninferiority is not None and row.noninferiority.status == "harmed":
                yield row


def subjects(analysis: Analysis) -> tuple[Subject, ...]:
    """Every treated variant, in the order of the definition."""
    return tuple(Subject.of(analysis, verdict) for verdict in analysis.verdicts)
