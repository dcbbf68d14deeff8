"""A result that is no analysis in every form: text, Markdown, terminal, page, notebook, record.

What is told and drawn differs by result, the forms do not: each is its document, dressed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from typing import Any, Generic, TypeVar

from abmicro.experiment.file.toml import definition_hash
from abmicro.experiment.model import Experiment
from abmicro.frozen import frozen
from abmicro.report.blocks import Document
from abmicro.report.render.dataclass_json import to_plain

Result = TypeVar("Result")
APART = ("experiment", "version")


@frozen
class Forms(Generic[Result]):
    """The forms of a kind of result.

    document: of one. charts: the module whose `draw` draws its charts, imported for a page only.
    """

    document: Callable[[Result], Document]
    charts: str

    def text(self, result: Result) -> str:
        """Lines of ASCII; names stay as they are."""
        from abmicro.report.render.text import page

        return page(self.document(result))

    def markdown(self, result: Result) -> str:
        """GitHub-flavoured Markdown; every name is escaped."""
        from abmicro.report.render.markdown import page

        return page(self.document(result))

    def terminal(self, result: Result) -> str:
        """Text with colour codes."""
        from abmicro.report.render.terminal import page

        return page(self.document(result))

    def html(self, result: Result) -> str:
        """One HTML document; every name from definition or data is escaped. It asks for nothing."""
        from abmicro.report.render.html_page import page

        return page(self.document(result), import_module(self.charts).draw)

    def fragment(self, result: Result) -> str:
        """The page in a frame of its own, for a notebook."""
        from abmicro.report.render.html_page import framed

        return framed(self.document(result).title, self.html(result))


def record(result: Any, part: str, *, version: int) -> dict[str, Any]:
    """The record of a result as plain dictionaries, lists, strings and numbers.

    part: the name under which all its fields stand. version: of the names in the record.
    """
    names = (one.name for one in fields(result) if one.name not in APART)
    return {
        "schema_version": version,
        "abmicro": result.version,
        "experiment": head(result.experiment),
        part: {name: to_plain(getattr(result, name)) for name in names},
    }


def head(experiment: Experiment) -> dict[str, Any]:
    """What a record says of the experiment it is about."""
    return {
        "name": experiment.name,
        "key": experiment.key,
        "definition_sha256": definition_hash(experiment),
    }
