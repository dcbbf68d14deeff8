"""The commented experiment file that `abmicro init` writes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from itertools import takewhile
from textwrap import wrap
from typing import Any

from abmicro.experiment.data.mapping import Shape
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.file.toml_text import render

_HEADING = re.compile(r"^(?=## )", re.MULTILINE)


def template(
    shape: str | Shape,
    *,
    source: str | None = None,
    columns: Mapping[str, str] | None = None,
    variants: Sequence[str] | None = None,
    goals: Mapping[str, Mapping[str, Any]] | None = None,
    segments: Mapping[str, str] | None = None,
    preset: str | None = None,
) -> str:
    """A commented experiment file for data of a shape, made to be edited.

    shape: `events`, `units`, `counts` or `joint`.
    source, columns, variants, goals, segments: what is known of the data, written in place of the
        example: path, role to column, arm names (control first), goal name to its keys, segment
        name to column.
    preset: a known export of events, whose usual goals take the place of the example.

    Returns TOML text that loads without a problem when what was given is sound.
    Raises ValueError for an unknown shape, KeyError for an unknown preset.

    >>> text = template("units", source="june.csv", variants=["old", "new"])
    >>> 'arms = ["old", "new"]' in text, "## Goals" in text
    (True, True)
    """
    if preset is not None:
        return _of_preset(preset, source)
    text = _text(shape)
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


def _of_preset(name: str, source: str | None) -> str:
    """The file for a known export, with what the export calls things in its remarks."""
    preset = PRESETS[name]
    data = {"shape": "events", "source": source or preset.start["source"], "preset": name}
    known: dict[str, Mapping[str, Any] | None] = {
        "Data": {"data": data},
        "Exposure": {"exposure": {"event": preset.event, **preset.start["exposure"]}},
        "Goals": {"goals": preset.start["goals"]},
        "Segments": {"segments": segments} if (segments := preset.start.get("segments")) else None,
    }
    columns = (f"{role} = {column}" for role, column in preset.columns.items())
    remarks = [preset.title, f"Columns: {', '.join(columns)}", *preset.remarks]
    if preset.fields:
        remarks.append(f"Names for values inside columns: {', '.join(preset.fields)}")
    told = "".join(f"# {line}\n" for remark in remarks for line in wrap(remark, 96))
    sections = (_filled(section, known) for section in _HEADING.split(_text("events")))
    return "".join(sections).replace("## Data\n", f"## Data\n{told}", 1)


def _text(shape: str | Shape) -> str:
    path = resources.files(__package__) / "templates" / f"{Shape(shape)}.toml"
    return path.read_text("utf-8")


def _filled(section: str, known: Mapping[str, Mapping[str, Any] | None]) -> str:
    """A section with its example replaced by what is known; its comments stay."""
    lines = section.splitlines(keepends=True)
    tables = known.get(lines[0].removeprefix("## ").strip())
    if tables is None:
        return section
    remarks = takewhile(lambda line: line.startswith("#") and line[2:3] != "[", lines)
    return "".join(remarks) + render(tables) + "\n"
