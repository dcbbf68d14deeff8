"""The documents of other results than analyses: the answer first, what it rests on last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from abmicro.experiment.file.toml import definition_hash
from abmicro.experiment.model import Experiment
from abmicro.report.blocks import Block, Document, Section


class Versioned(Protocol):
    """A result that says by which version of abmicro it was made."""

    @property
    def version(self) -> str:
        """Of abmicro."""


def answered(
    result: Versioned,
    title: str,
    facts: Iterable[str],
    sections: Iterable[Section],
    *,
    of: Experiment | None = None,
    subtitle: str | None = None,
) -> Document:
    """The document of a result; of: the experiment it is about, where there is one."""
    footer = f"abmicro {result.version}"
    return Document(
        title=title,
        subtitle=subtitle or "",
        facts=" · ".join(facts),
        sections=tuple(sections),
        footer=f"{footer} · definition {definition_hash(of)[:12]}" if of else footer,
        skip="Skip to the answer",
        source=result,
    )


def answer_first(*blocks: Block) -> Section:
    """The first section: the answer, without a heading."""
    return Section("answer", "Answer", blocks, "Answer", hidden=True)


def rests_on(*blocks: Block) -> Section:
    """The last section: what the answer rests on."""
    head = "What this rests on"
    return Section("rests", head, blocks, head)
