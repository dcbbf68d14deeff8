"""The JSON record, key by key, from its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from abmicro.report.render.record_schema import record_schema

HEAD = """# Keys of the JSON record

What `abmicro analyze FILE --json` writes, made from the JSON Schema that `abmicro schema --record`
prints. Every key is there in every record. Rates, lifts and shares are fractions. A *number* may be
null where it cannot be computed, and "Infinity" or "-Infinity" where an interval is open.
[What changed between versions](../../record.md).
"""
WORDS = {"string": "text", "object": "table", "boolean": "true or false", "integer": "whole number"}


def page() -> str:
    """The record from the top, then every kind of table within it."""
    schema = record_schema()
    kinds = schema["$defs"]
    top = schema["properties"]
    parts = [HEAD, *_table(schema, kinds)]
    for name, kind in {**top, **kinds}.items():
        if table := _whole(kind):
            parts += [f"\n## {name}\n\n{_sentence(table['description'])}\n", *_table(table, {})]
    return "\n".join(parts)


def _whole(kind: dict[str, Any]) -> dict[str, Any]:
    """A table with the keys of all its forms; empty where it is no table."""
    forms = [one for one in (kind, *kind.get("anyOf", ())) if "properties" in one]
    keys = {name: key for one in forms for name, key in one["properties"].items()}
    return {**forms[0], "properties": keys} if forms else {}


def _table(table: dict[str, Any], kinds: dict[str, Any]) -> Iterator[str]:
    """A row for every key; those of which nothing is said tell what `kinds` says of their kind."""
    yield "| key | is | says |\n|---|---|---|"
    for name, key in table["properties"].items():
        told = key.get("description") or _whole(kinds.get(_named(key), {})).get("description", "")
        yield f"| `{name}` | {_kind(key, name)} | {_sentence(told)} |"


def _sentence(text: str) -> str:
    """Text as a sentence of a cell; what is None or NaN in Python is null in the record."""
    text = re.sub(r"\b(?:None|NaN)\b", "null", text.replace("|", "\\|").rstrip("."))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _named(key: dict[str, Any]) -> str:
    """The kind of table that a key holds, alone, in a list or beside null; empty without one."""
    inner = [key["items"]] if "items" in key else key.get("anyOf", ())
    return key.get("$ref", "").rpartition("/")[2] or next(filter(None, map(_named, inner)), "")


def _kind(key: dict[str, Any], name: str = "") -> str:
    """What stands under a key, in a few words; a table of its own is linked."""
    if "$ref" in key:
        name = key["$ref"].rpartition("/")[2]
        return name if name == "number" else f"[{name}](#{name.lower()})"
    if "enum" in key or "const" in key:
        return " or ".join(f"`{one}`" for one in key.get("enum", [key.get("const")]))
    if "anyOf" in key:
        return " or ".join(dict.fromkeys(map(_kind, key["anyOf"])))
    if key["type"] == "array":
        return f"list of {_kind(key['items'])}"
    if "properties" in key and name:
        return f"[table](#{name})"
    if key.get("format") == "date":
        return "date"
    kinds = key["type"] if isinstance(key["type"], list) else [key["type"]]
    return " or ".join(WORDS.get(one, one) for one in kinds)
