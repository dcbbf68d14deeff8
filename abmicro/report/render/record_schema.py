"""The JSON Schema of the record that an analysis is saved as, made from its classes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import is_dataclass
from datetime import date
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from abmicro.analysis.results import (
    Bayes,
    Course,
    LedgerLine,
    MacroWithHistory,
    Monitoring,
    Provenance,
    Recommendation,
    TrafficBehind,
)
from abmicro.report.render.dataclass_json import OPEN_ENDS
from abmicro.report.render.json_csv import SCHEMA_VERSION, SECTIONS

TEXT = {"type": "string"}
NUMBER = {"anyOf": [{"type": ["number", "null"]}, {"enum": list(OPEN_ENDS)}]}
PLAIN: dict[Any, dict[str, Any]] = {
    float: {"$ref": "#/$defs/number"},
    str: TEXT,
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    NoneType: {"type": "null"},
}
HEAD = ("name", "key", "definition_sha256", "definition")
LINE = {"step": TEXT, "variant": {"type": ["string", "null"]}, "sentence": TEXT}


def record_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the record, of the version this abmicro writes.

    >>> schema = record_schema()
    >>> schema["properties"]["schema_version"], "goals" in schema["required"]
    ({'const': 2}, True)
    """
    named: dict[str, Any] = {"number": NUMBER}
    parts = {
        "provenance": _fields(Provenance, named, apart="definition_sha256"),
        "recommendation": _of(Recommendation, named),
        **{name: _list_of(_of(kind, named)) for name, kind in SECTIONS.items()},
        "ledger": _list_of(_ledger_line(named)),
        "bayes": _of(Bayes, named),
        "with_history": _list_of(_of(MacroWithHistory, named)),
        "monitoring": _of(Monitoring | None, named),
        "course": _of(Course, named),
        "traffic": _of(TrafficBehind | None, named),
    }
    head = _object("What was asked", dict.fromkeys(HEAD, TEXT))
    told = {"schema_version": {"const": SCHEMA_VERSION}, "experiment": head, **parts}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "abmicro record",
        **_object("Everything an analysis found", told),
        "$defs": dict(sorted(named.items())),
    }


def _of(kind: Any, named: dict[str, Any]) -> dict[str, Any]:
    """The schema of an annotated type; classes stand under their names in `named`."""
    inner = get_args(kind)
    if get_origin(kind) is tuple:
        return _list_of(_of(inner[0], named))
    if get_origin(kind) in (Union, UnionType):
        return {"anyOf": [_of(one, named) for one in inner]}
    if get_origin(kind) is Literal:
        return {"enum": list(inner)}
    if not is_dataclass(kind):
        return PLAIN[kind]
    name = str(getattr(kind, "__name__", kind))
    if name not in named:
        named[name] = {}  # its place, before it is met within itself
        named[name] = _fields(kind, named)
    return {"$ref": f"#/$defs/{name}"}


def _fields(kind: Any, named: dict[str, Any], apart: str = "") -> dict[str, Any]:
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != apart}
    title = cleandoc(kind.__doc__ or "").partition("\n")[0]
    told = _told(kind, hints)
    return _object(
        title,
        {
            name: {**_of(hint, named), **({"description": told[name]} if name in told else {})}
            for name, hint in hints.items()
        },
    )


def _told(kind: Any, names: Iterable[str]) -> dict[str, str]:
    """What the docstring of a class says of its fields, by their names."""
    one = "|".join(names)
    entry = re.compile(rf"(?:^|(?<=[.;)] ))((?:{one})(?:, (?:{one}))*): ")
    told: dict[str, str] = {}
    for paragraph in cleandoc(kind.__doc__ or "").split("\n\n")[1:]:
        _, *parts = entry.split(" ".join(paragraph.split()))
        for fields, text in zip(parts[::2], parts[1::2], strict=True):
            told |= dict.fromkeys(fields.split(", "), text.strip(" ;"))
    return told


def _ledger_line(named: dict[str, Any]) -> dict[str, Any]:
    """A line of the ledger, whose count is called by what it counts."""
    title = cleandoc(LedgerLine.__doc__ or "").partition("\n")[0]
    counted = [_object(title, {**LINE, of: _of(int, named)}) for of in ("rows", "units")]
    named["LedgerLine"] = {"anyOf": counted}
    return {"$ref": "#/$defs/LedgerLine"}


def _object(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}
