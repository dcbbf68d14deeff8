"""Plain values to TOML text: keys, strings, whole documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from abmicro.plain_text import STEERING, code

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_SPECIAL = re.compile(rf'[\\"]|{STEERING.pattern}')


def key(name: str) -> str:
    r"""A name as a TOML key: bare where TOML allows it, else quoted.

    >>> print(key("cart"), key("a b"), key('say "hi"'))
    cart "a b" "say \"hi\""
    """
    return name if _BARE_KEY.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    r"""A text as a basic TOML string.

    >>> print(quoted("C:\\temp"))
    "C:\\temp"
    """
    return '"' + _SPECIAL.sub(lambda found: _ESCAPES.get(found[0]) or code(found), text) + '"'


def dotted(*names: str) -> str:
    """The dotted path of a key.

    >>> dotted("goals", "add to cart", "kind")
    'goals."add to cart".kind'
    """
    return ".".join(map(key, names))


def render(document: Mapping[str, Any]) -> str:
    """A nested mapping as TOML text that `tomllib` reads back equal.

    document: keys to texts, numbers, truths, dates, lists of these, and mappings. A mapping of
    numbers only (shares, a prior) is written inline, any other as a table of its own; a whole
    number is written without a point.

    >>> print(render({"schema": 1, "goals": {"cart": {"kind": "action", "mde": 0.05}}}), end="")
    schema = 1
    <BLANKLINE>
    [goals.cart]
    kind = "action"
    mde = 0.05
    """
    return "\n".join(_table(document, ())).lstrip("\n") + "\n"


def render_list(values: Iterable[Any]) -> str:
    """Values as a TOML list.

    >>> render_list(["a", 1])
    '["a", 1]'
    """
    return "[" + ", ".join(map(_value, values)) + "]"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {name: value for name, value in table.items() if _stands_alone(value)}
    lines = [f"{key(name)} = {_value(table[name])}" for name in table if name not in inner]
    if path and (lines or not inner):
        yield f"\n[{dotted(*path)}]"
    yield from lines
    for name, value in inner.items():
        yield from _table(value, (*path, name))


def _stands_alone(value: Any) -> bool:
    return isinstance(value, Mapping) and not all(isinstance(one, float) for one in value.values())


def _value(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{key(name)} = {_value(one)}" for name, one in value.items()) + " }"
        )
    if isinstance(value, (list, tuple)):
        return render_list(value)
    return f"{value:.0f}" if value % 1 == 0 and abs(value) < 1e15 else repr(value)
