"""The expert panel as tables: measures of a pair of goals, and their curves over hidden intent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from abmicro import formatting
from abmicro.analysis.results import Analysis, ExpertMeasure
from abmicro.report.sections.goals import Column, Table

CAUTION = (
    "For experts, and not the headline: every figure here rests on the assumption beside it. "
    "The ruler above needs none of them."
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The measures of one micro and one macro goal in one arm."""

    variant: str
    micro: str
    macro: str
    measures: tuple[ExpertMeasure, ...]

    @property
    def name(self) -> str:
        """The arm and its goals."""
        return f"{self.variant}, {self.micro} to {self.macro}"

    @property
    def curves(self) -> tuple[ExpertMeasure, ...]:
        """The measures that were computed under hidden correlations."""
        return tuple(one for one in self.measures if one.curve)


def pairs(analysis: Analysis) -> Iterator[Pair]:
    """The panel's pairs in their order; none unless the panel was asked for."""
    for key, found in groupby(analysis.expert, lambda one: (one.variant, one.micro, one.macro)):
        yield Pair(*key, tuple(found))


def measures(pair: Pair) -> Table:
    """Every measure with what it says and what must hold."""
    columns = (Column("Measure", False), Column("It says", False), Column("If", False))
    return Table(columns, tuple((one.title, one.sentence, one.warning) for one in pair.measures))


def curves(pair: Pair) -> Table:
    """The figures by the correlation of hidden intent."""
    heads = ("Correlation", *(one.title for one in pair.curves))
    figures = zip(*(one.curve for one in pair.curves), strict=True)
    rho = pair.curves[0].rho
    rows = tuple(
        (f"{at:+.1f}", *map(formatting.decimal, row)) for at, row in zip(rho, figures, strict=True)
    )
    return Table(tuple(map(Column, heads)), rows)
