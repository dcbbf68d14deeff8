"""Docstrings in the house style as reStructuredText.

    treated, control: (..., 2) units and those that reached the goal.
    level: in (0, 1). seed: of the draws.

becomes a list of parameters; what is set in is shown as it stands, and nothing else is markup.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

NAMES = r"(?:\*{0,2}[A-Za-z_]\w*)(?:, (?:and )?\*{0,2}[A-Za-z_]\w*)*"
ENTRY = re.compile(rf"(?:^|(?<=[.;)] ))(?P<names>{NAMES}): ")
CODE = re.compile(r"(`[^`]+`)")


def process(_app: Any, _what: str, _name: str, thing: Any, _options: Any, lines: list[str]) -> None:
    """Put the lines of a docstring into the form Sphinx reads (autodoc-process-docstring)."""
    lines[:] = converted(lines, parameters_of(thing))


def signed(
    _app: Any, what: str, _name: str, thing: Any, _options: Any, signature: str | None, told: str
) -> tuple[str | None, str]:
    """The signature of a class without what its defaults hold (autodoc-process-signature)."""
    if what != "class" or signature is None:
        return signature, told
    return shortened(thing, signature), told


def shortened(thing: Any, signature: str) -> str:
    """Names of the fields of a record; nothing where a signature tells nothing.

    >>> from abmicro.errors import Problem
    >>> shortened(Problem, "...")
    '(where, what, code, hint=…, line=…)'
    """
    if not is_dataclass(thing):
        return "" if signature == "(*args, **kwargs)" else signature
    named = (
        one.name if one.default is MISSING and one.default_factory is MISSING else f"{one.name}=…"
        for one in fields(thing)
        if one.init
    )
    return f"({', '.join(named)})"


def skip(_app: Any, _what: str, _name: str, thing: Any, skipped: bool, _options: Any) -> bool:
    """Leave out fields of which nothing is said but their number (autodoc-skip-member)."""
    return skipped or str(getattr(thing, "__doc__", "")).startswith("Alias for field number")


def parameters_of(thing: Any) -> frozenset[str]:
    """The names a docstring can tell of: parameters of a function, fields of a class."""
    names: set[str] = set()
    if is_dataclass(thing):
        names |= {one.name for one in fields(thing)}
    names |= set(getattr(thing, "model_fields", {}))
    with suppress(TypeError, ValueError):
        names |= set(inspect.signature(thing).parameters)
    return frozenset(names)


def converted(lines: Sequence[str], parameters: Collection[str]) -> list[str]:
    """Lines of reStructuredText for those of a docstring.

    parameters: the names that make an entry; a word with a colon that is none stays a sentence.

    >>> converted(["Double.", "", "x: a number. y: another,", "    or *none*."], {"x", "y"})
    ['Double.', '', '`x`', '    a number.', '`y`', '    another, or \\\\*none\\\\*.', '']
    """
    made: list[str] = []
    for paragraph in _paragraphs(lines):
        made += [*_paragraph(paragraph, parameters), ""]
    return made


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    held: list[str] = []
    for line in lines:
        if line.strip():
            held.append(line.rstrip())
        elif held:
            yield held
            held = []
    if held:
        yield held


def _paragraph(lines: list[str], parameters: Collection[str]) -> list[str]:
    first = lines[0]
    if first.lstrip().startswith(">>>"):
        return [line.strip() if first.startswith(" ") else line for line in lines]
    if first.startswith(" "):
        return ["::", "", *(f"    {line}" for line in lines)]
    if _names(first, parameters):
        return list(_entries(lines, parameters))
    inset = next((at for at, line in enumerate(lines) if line.startswith(" ")), None)
    if inset is not None:
        return ["| " + escaped(line.replace("    ", "\u2003")) for line in lines]
    return [escaped(line) for line in lines]


def _names(line: str, parameters: Collection[str]) -> tuple[str, ...]:
    """The parameters a line begins to tell of; none where it is a sentence."""
    found = ENTRY.match(line)
    if found is None:
        return ()
    names = tuple(one.lstrip("*") for one in re.split(r", (?:and )?", found["names"]))
    return names if set(names) <= set(parameters) else ()


def _entries(lines: list[str], parameters: Collection[str]) -> Iterator[str]:
    """A term and its text for every parameter of a paragraph, each told once."""
    text = " ".join(line.strip() for line in lines)
    starts = [one for one in ENTRY.finditer(text) if _names(text[one.start() :], parameters)]
    ends = [one.start() for one in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=True):
        yield ", ".join(f"`{name}`" for name in start["names"].split(", "))
        yield f"    {escaped(text[start.end() : end].strip())}"


def escaped(text: str) -> str:
    """Text whose stars, bars and trailing underscores mean nothing, but within backticks.

    >>> print(escaped("(n*p) of `a*b` | x_"))
    (n\\*p) of `a*b` \\| x\\_
    """
    parts = [one if one.startswith("`") else _plain(one) for one in CODE.split(text)]
    return re.sub(r"(`[^`]+`)(?=\w)", r"\1\\ ", "".join(parts))


def _plain(text: str) -> str:
    return re.sub(r"[*|\\]|_(?=\W|$)", lambda found: "\\" + found[0], text)
