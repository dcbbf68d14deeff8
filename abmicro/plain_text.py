"""Text that leaves for a terminal or a file: nothing in it steers a terminal or reverses letters.

Names come from files of strangers. Hebrew and Arabic, accents, joiners inside words and emoji are
letters like any other; what moves a cursor, rings a bell or reverses what is read is shown by its
code.
"""

from __future__ import annotations

import re

# Controls but tab and line feed, separators of lines, surrogates that no file can hold, and what
# changes the direction of reading.
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_DIRECTIONS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
STEERING = re.compile(f"[{_CONTROLS}{_DIRECTIONS}]")
_LEAVING = re.compile(f"(?![\t\n])[{_CONTROLS}{_DIRECTIONS}]")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
_CODE = re.compile(r"\\u([0-9a-f]{4})")


def clean(text: str, *, coloured: bool = False) -> str:
    r"""The text as it may leave: what steers is written as its code, lines and tabs stay.

    coloured: the text has colours of ours, which stay; names in it have been cleaned before.

    >>> print(clean("a\x1b[2Jb, \u202eevil"))
    a\u001b[2Jb, \u202eevil
    """
    if coloured:
        return "".join(
            part if at % 2 else clean(part) for at, part in enumerate(_COLOUR.split(text))
        )
    return _LEAVING.sub(code, text)


_STAND_INS: dict[str, str] = {
    **dict(zip("✓✕−–—…’“”·•", '+x---.\'"".*', strict=True)),
    "→": "->",
    "…": "...",
    "∞": "inf",
    "€": "EUR ",
    "£": "GBP ",
    "¥": "JPY ",
    "↑": "up",
    **dict.fromkeys("─━═", "-"),
    **dict.fromkeys("│┃║", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
}
"""ASCII for signs of ours that a terminal may not have."""


def for_encoding(text: str, encoding: str) -> str:
    """The text with stand-ins for signs of ours, where an encoding lacks one of them.

    >>> for_encoding("✓ 10% → 12% −3", "ascii"), for_encoding("✓ →", "utf-8")
    ('+ 10% -> 12% -3', '✓ →')
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate({ord(sign): ascii_ for sign, ascii_ in _STAND_INS.items()})
    return text


def on_one_line(text: str) -> str:
    r"""The same, with line breaks and tabs as their codes, too.

    >>> print(on_one_line("a\n[x]"))
    a\u000a[x]
    """
    return STEERING.sub(code, text)


def code(found: re.Match[str]) -> str:
    r"""One character as `\u` and four hexadecimal digits, as JSON and TOML write it."""
    return f"\\u{ord(found[0]):04x}"


def packed(text: str) -> str:
    r"""The text on one line for a file that `unpacked` reads: no two texts look the same.

    >>> print(packed("a\x1bb"), packed(r"a\u001bb"))
    a\u001bb a\u005cu001bb
    """
    return on_one_line(_CODE.sub(r"\\u005cu\1", text))


def unpacked(text: str) -> str:
    r"""The text that was packed.

    >>> unpacked(packed("a\x1bb")) == "a\x1bb", unpacked(packed(r"a\u001bb")) == r"a\u001bb"
    (True, True)
    """
    return _CODE.sub(lambda found: chr(int(found[1], 16)), text)
