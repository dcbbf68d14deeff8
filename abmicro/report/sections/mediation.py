"""The expert panel as tables: measures of a pair of goals, and their curves over hidden intent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from abmicro import formatting
from abmicro.analysis.results import Analysis, ExpertMeasure
from abmicro.frozen import frozen
from abmicro.report.blocks import Block, Chart, Column, Heading, Item, Note, Section, Table

CAUTION = (
    "For experts, and not the headline: every figure here rests on the assumption beside it. "
    "The ruler above needs none of them."
)


READING = (
    "How much would go through the micro goal if an intent that no count shows moved both goals. "
    "The dot is the plain sum, which assumes none."
)


@frozen
class PairMeasures:
    """The measures of one micro and one macro goal in one variant."""

    variant: str
    micro: str
    macro: str
    measures: tuple[ExpertMeasure, ...]

    @property
    def name(self) -> str:
        """The variant and its goals."""
        return f"{self.variant}, {self.micro} to {self.macro}"

    @property
    def curves(self) -> tuple[ExpertMeasure, ...]:
        """The measures that were computed under hidden correlations."""
        return tuple(one for one in self.measures if one.curve)


def pairs(analysis: Analysis) -> Iterator[PairMeasures]:
    """The panel's pairs in their order; none unless the panel was asked for."""
    for key, found in groupby(analysis.expert, lambda one: (one.variant, one.micro, one.macro)):
        yield PairMeasures(*key, tuple(found))


def measures(pair: PairMeasures) -> Table:
    """Every measure with what it says and what must hold."""
    columns = (Column("Measure", False), Column("It says", False), Column("If", False))
    return Table(columns, tuple((one.title, one.sentence, one.warning) for one in pair.measures))


def curves(pair: PairMeasures) -> Table:
    """The figures by the correlation of hidden intent."""
    heads = ("Correlation", *(one.title for one in pair.curves))
    figures = zip(*(one.curve for one in pair.curves), strict=True)
    rho = pair.curves[0].rho
    rows = tuple(
        (f"{at:+.1f}", *map(formatting.decimal, row)) for at, row in zip(rho, figures, strict=True)
    )
    return Table(tuple(map(Column, heads)), rows)


def section(analysis: Analysis) -> Section:
    """Every pair of the panel; the first of a variant with its curve drawn."""
    blocks = (Note(CAUTION), *_blocks(analysis))
    return Section("expert", "Expert panel", blocks, "Experts", is_result=True)


def _blocks(analysis: Analysis) -> Iterator[Block]:
    drawn: set[str] = set()
    for at, pair in enumerate(pairs(analysis)):
        yield Heading(pair.name)
        if pair.curves and pair.variant not in drawn:
            yield _chart(pair, f"expert-{at}")
        drawn.add(pair.variant)
        told = tuple(
            Item(one.title, "off", f"{one.sentence} {one.warning}") for one in pair.measures
        )
        yield replace(measures(pair), label=f"Measures of {pair.name}", told=told)


def _chart(pair: PairMeasures, name: str) -> Chart:
    return Chart(
        name,
        "hidden_intent",
        (("variant", pair.variant), ("micro", pair.micro), ("macro", pair.macro)),
        f"Hidden intent, {pair.name}",
        READING,
        caption(pair.curves[0]),
        table=curves(pair),
        broad=False,
    )


def caption(measure: ExpertMeasure) -> str:
    """Ends of the curve and its value without hidden intent, in a sentence."""
    told = dict(zip(measure.rho, measure.curve, strict=True))
    parts = (f"{formatting.amount(told[rho])} at {rho:+.1f}" for rho in (min(told), 0.0, max(told)))
    return f"Through {measure.micro}: " + ", ".join(parts) + "."
