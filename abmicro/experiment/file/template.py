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
from abmicro.experiment.file.toml_text import key, render, render_list

NO_GOALS = '# [goals.NAME]\n# kind = "macro"\n'
HYPOTHESIS = '# hypothesis = "what changes, and what it should move"\n'
EXAMPLE_ARMS = ("control", "sticky")
_ARM = re.compile(rf"({'|'.join(EXAMPLE_ARMS)}) = ")
_EXAMPLE = re.compile(r"\b(sticky\w*|add_to_cart|begin_checkout|purchase)\b")
_Sections = dict[str, Mapping[str, Any]]
_HEADING = re.compile(r"^(?=## )", re.MULTILINE)


def template(
    shape: str | Shape,
    *,
    name: str | None = None,
    source: str | None = None,
    columns: Mapping[str, str] | None = None,
    variants: Sequence[str] | None = None,
    goals: Mapping[str, Mapping[str, Any]] | None = None,
    possible: Mapping[str, Mapping[str, Any]] | None = None,
    segments: Mapping[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
    exposure: Mapping[str, Any] | None = None,
    preset: str | None = None,
) -> str:
    """A commented experiment file for data of a shape, made to be edited.

    shape: `events`, `units`, `counts` or `joint`.
    name: of the experiment; given, nothing of the example is left, known or not.
    source, columns, variants, goals, segments: what is known of the data, written in place of the
        example: path, role to column, variant names (control first), goal name to its keys, segment
        name to column. data: further keys of [data]. possible: further goals, as comments.
    exposure: keys of [exposure], for a preset.
    preset: a known export of events, whose usual goals take the place of the example; what is known
        of the data takes theirs.

    Returns TOML text that loads without a problem when what was given is sound.
    Raises ValueError for an unknown shape, KeyError for an unknown preset.

    >>> text = template("units", source="june.csv", variants=["old", "new"])
    >>> 'arms = ["old", "new"]' in text, "## Goals" in text
    (True, True)
    """
    found = {
        **_section("Experiment", {"name": name}, written=bool(name)),
        **_section("Variants", {"arms": list(variants or ())}, written=bool(variants)),
        **_section("Goals", goals, written=bool(goals)),
        **_section("Segments", segments, written=bool(segments)),
    }
    if preset is not None:
        found |= _section("Exposure", exposure, written=bool(exposure))
        return _of_preset(preset, source, ({"Segments": {}} if segments == {} else {}) | found)
    text = _text(shape)
    given: dict[str, Any] = {**(data or {}), "source": source, "columns": columns or None}
    keys = {one: of for one, of in given.items() if of is not None}
    found |= _section("Data", tomllib.loads(text)["data"] | keys, written=bool(keys))
    if name is None:
        return _with_sections(text, found)
    bare = {
        "Goals": {},
        **_section("Variants", {"arms": []}),
        **_section("Experiment", {"name": name}),
    }
    whole = _with_names(_with_sections(text, bare | found), list(variants or ()), goals or {})
    return _with_possible(whole, possible or {})


def _section(title: str, keys: Mapping[str, Any] | None, *, written: bool = True) -> _Sections:
    """A section of the file by its title, with its keys under the title in small letters."""
    return {title: {title.lower(): keys}} if written else {}


def _with_sections(text: str, found: _Sections) -> str:
    """The text with sections written out where their keys are known."""
    return "".join(_filled(section, found) for section in _HEADING.split(text))


def _with_possible(text: str, goals: Mapping[str, Mapping[str, Any]]) -> str:
    """The text with further goals below its own, as comments."""
    lines = render({"goals": goals}).splitlines() if goals else []
    told = "".join(f"# {line}".rstrip(" #") + "\n" for line in [*lines, ""] if lines)
    parts = _HEADING.split(text)
    return "".join(part + told * part.startswith("## Goals") for part in parts)


def _with_names(text: str, variants: Sequence[str], goals: Mapping[str, Any]) -> str:
    """The text whose commented examples are of these variants and goals; others are left out."""
    arms = dict(zip(EXAMPLE_ARMS, map(key, variants), strict=False))
    steps = [goal for goal, keys in goals.items() if keys["kind"] != "action"]
    lines = []
    for line in text.splitlines(keepends=True):
        shown = line
        if line.startswith("# "):
            shown = _ARM.sub(lambda found: f"{arms.get(found[1], found[1])} = ", line)
            shown = re.sub(r"(?<=steps = )\[.*\]", render_list(steps), shown)
        if not (line.startswith("# ") and _EXAMPLE.search(shown)):
            lines.append(shown)
    return "".join(lines)


def _of_preset(name: str, source: str | None, found: _Sections) -> str:
    """The file for a known export, with what the export calls things in its remarks.

    found: sections by what is known of the data.
    """
    preset = PRESETS[name]
    data = {"shape": "events", "source": source or preset.start["source"], "preset": name}
    segments = preset.start.get("segments")
    known = {
        **_section("Data", data),
        **_section("Exposure", {"event": preset.event, **preset.start["exposure"]}),
        **_section("Goals", preset.start["goals"]),
        **_section("Segments", segments, written=bool(segments)),
        **found,
    }
    columns = (f"{role} = {column}" for role, column in preset.columns.items())
    remarks = [preset.title, f"Columns: {', '.join(columns)}", *preset.remarks]
    if preset.fields:
        remarks.append(f"Names for values inside columns: {', '.join(preset.fields)}")
    told = "".join(f"# {line}\n" for remark in remarks for line in wrap(remark, 96))
    text = _with_sections(_text("events"), known).replace("## Data\n", f"## Data\n{told}", 1)
    if "Variants" not in found or "Experiment" not in found:
        return text
    return _with_names(text, found["Variants"]["variants"]["arms"], known["Goals"]["goals"])


def _text(shape: str | Shape) -> str:
    path = resources.files(__package__) / "templates" / f"{Shape(shape)}.toml"
    return path.read_text("utf-8")


def _filled(section: str, known: _Sections) -> str:
    """A section with its example replaced by what is known; its comments stay."""
    lines = section.splitlines(keepends=True)
    title = lines[0].removeprefix("## ").strip()
    if (tables := known.get(title)) is None:
        return section
    rest = [line for line in lines if line.startswith("# ")] if "experiment" in tables else []
    remarks = takewhile(lambda line: line.startswith("#") and line[2:3] != "[", lines)
    body = NO_GOALS if title == "Goals" and not tables else render(tables)
    return "".join([*remarks, body, *([HYPOTHESIS, *rest] if rest else []), "\n"])
