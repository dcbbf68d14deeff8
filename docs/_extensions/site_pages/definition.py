"""The experiment file, key by key, from its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from abmicro.experiment.file.json_schema import schema

HEAD = """# The experiment file

Every table and key of `experiment.toml`, made from the schema that `abmicro schema` prints. A key
that is not here is an error with a suggestion.
"""


def page() -> str:
    """Every table of the file with its keys."""
    return "\n".join([HEAD, *_tables("", schema())])


def _tables(path: str, table: dict[str, Any]) -> Iterator[str]:
    """A table, its keys, then the tables within."""
    keys = table.get("properties", {})
    if path:
        yield f"\n## [{path}]\n\n{table.get('description', '')}.\n".replace("..", ".")
        required = set(table.get("required", ()))
        rows = [_row(name, key, name in required) for name, key in keys.items()]
        yield "| key | is | says |\n|---|---|---|"
        yield from rows
    for name, key in keys.items():
        for inner, one in _inner(f"{path}.{name}" if path else name, key):
            yield from _tables(inner, one)


def _inner(path: str, key: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The table a key holds, those it holds under names, or in a list."""
    for one in (key, *key.get("anyOf", ())):
        if one.get("properties"):
            yield path, one
        if isinstance(named := one.get("additionalProperties"), dict):
            yield from _inner(f"{path}.NAME", named)
        if isinstance(listed := one.get("items"), dict):
            yield from _inner(path, listed)


def _row(name: str, key: dict[str, Any], required: bool) -> str:
    told = key.get("description", "")
    default = f" Default: `{_shown(key['default'])}`." if "default" in key else ""
    asked = " **Required.**" if required else ""
    return f"| `{name}` | {_kind(key)} | {_cell(told)}{asked}{default} |"


def _kind(key: dict[str, Any]) -> str:
    """What may stand there, in a few words."""
    if "enum" in key:
        return " or ".join(f"`{_shown(one)}`" for one in key["enum"])
    if "const" in key:
        return f"`{_shown(key['const'])}`"
    forms = key.get("anyOf") or key.get("oneOf") or ()
    if forms and "type" not in key:
        return " or ".join(dict.fromkeys(_kind(one) for one in forms))
    if key.get("type") == "array":
        return f"list of {_kind(key['items'])}"
    words = {"string": "text", "object": "table", "boolean": "true or false"}
    if key.get("format") == "date":
        return "date"
    kinds = key.get("type", "value")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join(words.get(one, one) for one in kinds)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
