"""On which line of a TOML text each key stands.

`tomllib` gives values without places, so a second, much simpler reading finds the places. It
knows no errors and takes as long as the text is, also where `tomllib` has not accepted it yet.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

_TOKEN = re.compile(
    r"""
      (?P<skip>\#[^\n]*|[ \t\r]+)
    | (?P<newline>\n)
    | (?P<block>\"{3}(?:\\.?|[^\\])*?(?:\"{3,5}|\Z)|'{3}.*?(?:'{3,5}|\Z))
    | (?P<quoted>"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?)
    | (?P<mark>[\[\]{}=,.])
    | (?P<bare>[^\s\[\]{}=,."'\#]+)
    """,
    re.VERBOSE | re.DOTALL,
)


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    r"""The 1-based line where each key and each table first stands.

    text: TOML that `tomllib` accepts.

    >>> found = key_lines('schema = 1\n[goals."a b"]\nkind = "action"')
    >>> found["goals", "a b"], found["goals", "a b", "kind"]
    (2, 3)
    """
    reader = _KeyReader()
    for token, kind in _tokens(text):
        reader.read(token, kind)
    return reader.lines


def line_of(where: str, lines: Mapping[tuple[str, ...], int]) -> int | None:
    """The line of a dotted path, or of the innermost table around it that stands in the text.

    >>> line_of("goals.cart.margin", {("goals", "cart"): 7})
    7
    """
    path = tuple(_name(token) for token, kind in _tokens(where) if kind in {"bare", "quoted"})
    inward = (path[:length] for length in range(len(path), 0, -1))
    return next((lines[one] for one in inward if one in lines), None)


def deepest_key(text: str) -> tuple[int, int]:
    r"""How many parts the longest dotted key has, and its 1-based line.

    text: any, TOML or not; what is within quotes is no key.

    >>> deepest_key('a = 1\nb.c."d.e" = "1.2.3.4"')
    (3, 2)
    """
    longest, parts, line, at = 1, 1, 1, 1
    for piece, kind in _tokens(text):
        if piece == ".":
            parts += 1
            longest, at = (parts, line) if parts > longest else (longest, at)
        elif kind in {"newline", "mark", "block"}:
            parts = 1
        line += piece.count("\n")
    return longest, at


class _KeyReader:
    """Follows keys through headers, dotted keys and inline tables."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        self._line = 1
        self._keys: tuple[str, ...] = ()
        self._in_value = False
        self._around: list[tuple[str, tuple[str, ...]]] = [("", ())]  # bracket, table

    def read(self, token: str, kind: str) -> None:
        if kind == "newline":
            if len(self._around) == 1:
                self._keys, self._in_value = (), False
        elif self._in_value:
            self._read_value(token, kind)
        elif kind in {"bare", "quoted"}:
            self._keys = (*self._keys, _name(token))
            self.lines.setdefault((*self._around[-1][1], *self._keys), self._line)
        elif kind == "mark":
            self._read_key_mark(token)
        self._line += token.count("\n")

    def _read_key_mark(self, mark: str) -> None:
        if mark == "=":
            self._in_value = True
        elif mark == "[":
            self._around[0] = ("", ())
        elif mark == "]" and self._keys:
            self._around[0], self._keys = ("", self._keys), ()
        elif mark == "}":
            self._leave()

    def _read_value(self, mark: str, kind: str) -> None:
        if kind != "mark":
            return
        bracket, table = self._around[-1]
        if mark in "[{":
            self._around.append((mark, (*table, *self._keys)))
            self._keys, self._in_value = (), mark == "["
        elif mark in "]}":
            self._leave()
        elif mark == "," and bracket == "{":
            self._keys, self._in_value = (), False

    def _leave(self) -> None:
        self._around.pop()
        self._keys, self._in_value = (), True


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        yield match[0], match.lastgroup or ""


def _name(token: str) -> str:
    """The name a key token stands for."""
    return str(tomllib.loads(f"name = {token}")["name"]) if token[0] in "\"'" else token
