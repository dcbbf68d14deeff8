"""The commented experiment file that `abmicro init` writes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from itertools import takewhile
from typing import Any

from abmicro.experiment.data import Shape
from abmicro.experiment.toml_text import render

_HEADING = re.compile(r"^(?=## )", re.MULTILINE)


def template(
    shape: str | Shape,
    *,
    source: str | None = None,
    columns: Mapping[str, str] | None = None,
    variants: Sequence[str] | None = None,
    goals: Mapping[str, Mapping[str, Any]] | None = None,
    segments: Mapping[str, str] | None = None,
) -> str:
    """A commented experiment file for data of a shape, made to be edited.

    shape: `events`, `units`, `counts` or `joint`.
    source, columns, variants, goals, segments: what is known of the data, written in place of the
        example: path, role to column, arm names (control first), goal name to its keys, segment
        name to column.

    Returns TOML text that loads without a problem when what was given is sound.
    Raises ValueError for an unknown shape.

    >>> text = template("units", source="june.csv", variants=["old", "new"])
    >>> 'arms = ["old", "new"]' in text, "## Goals" in text
    (True, True)
    """
    text = (resources.files(__package__) / "templates" / f"{Shape(shape)}.toml").read_text("utf-8")
    data = tomllib.loads(text)["data"]
    data |= {"source": source} if source is not None else {}
    data |= {"columns": columns} if columns else {}
    known = {
        "Variants": {"variants": {"arms": list(variants)}} if variants else None,
        "Data": {"data": data} if source is not None or columns else None,
        "Goals": {"goals": goals} if goals else None,
        "Segments": {"segments": segments} if segments else None,
    }
    return "".join(_filled(section, known) for section in _HEADING.split(text))


def _filled(section: str, known: Mapping[str, Mapping[str, Any] | None]) -> str:
    """A section with its example replaced by what is known; its comments stay."""
    lines = section.splitlines(keepends=True)
    tables = known.get(lines[0].removeprefix("## ").strip())
    if tables is None:
        return section
    remarks = takewhile(lambda line: line.startswith("#") and line[2:3] != "[", lines)
    return "".join(remarks) + render(tables) + "\n"
