"""Texts of a definition as they may be shown: without the secrets people write into them."""

from __future__ import annotations

import re

HIDDEN = "***"

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_NAME = r"(?<!\w)(\w++)"
_VALUE = re.compile(r"""'[^']*'?|"[^"]*"?|[^\s;,&]+""")
_BEFORE_VALUE = re.compile(rf"{_NAME}\s*+[=:]\s*+")
_PAIR = re.compile(rf"{_NAME}(\s*+=\s*+)(?:{_VALUE.pattern})")
# Names of secrets; the letters of the first ones in this order, so that pasword, psswd do, too.
_SECRET = re.compile(r"pwd|pass(?:phrase)?$|secret|token|api_?key|credential")
_MISSPELT = "psw"
_OPEN = {"host", "hostaddr", "port", "dbname", "database", "user", "sslmode"}


def mask(text: str) -> str:
    """The text with passwords by their name, and what stands before an @, hidden.

    >>> mask("pasword=hunter2 x"), mask("ann:hunter2@db"), mask("a = 1")
    ('pasword=*** x', 'ann:***@db', 'a = 1')
    """
    told = _named(text)
    end = told.rfind("@")
    start = re.compile(r":(?!:)").search(told, 0, end + 1)
    return told if start is None else f"{told[: start.end()]}{HIDDEN}{told[end:]}"


def masked_source(text: str) -> str:
    """A source as it may be shown: a URL by its scheme, a DSN by its harmless keys, else `mask`.

    >>> masked_source("postgresql://ann:hunter2@db/shop"), masked_source("exports/*.csv")
    ('postgresql://...', 'exports/*.csv')
    >>> masked_source("host=db pasphrase=hunter2")
    'host=db pasphrase=***'
    >>> masked_source("day=2026-10-05/log.csv")
    'day=2026-10-05/log.csv'
    """
    scheme, there, _ = text.partition("://")
    if there:
        return f"{scheme if _SCHEME.fullmatch(scheme) else HIDDEN}://..."
    rest, pairs = _PAIR.subn("", text)
    if pairs > 1 and not rest.strip("; \t\r\n"):
        return _PAIR.sub(_pair, text)
    return mask(text)


def _pair(found: re.Match[str]) -> str:
    return found[0] if found[1].lower() in _OPEN else f"{found[1]}{found[2]}{HIDDEN}"


def hide(text: str, secrets: tuple[str, ...]) -> str:
    """The text with every secret replaced where it stands as a field, not inside a word.

    >>> hide("no entry for ann:pa55", ("pa55",)), hide("an example", ("p",))
    ('no entry for ann:***', 'an example')
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        before = r"(?<!\w)" if re.match(r"\w", secret) else ""
        after = r"(?!\w)" if re.search(r"\w$", secret) else ""
        if len(secret) < 4:  # a short one is a common word; only where a value stands
            before = r"(?<=[:='\"/])"
        text = re.sub(f"{before}{re.escape(secret)}{after}", lambda _: HIDDEN, text)
    return _named(text)


def _named(text: str) -> str:
    """The text without values whose name says that they are secret."""
    parts, at = [], 0
    for found in _BEFORE_VALUE.finditer(text):
        if found.end() < at or not _is_secret(found[1].lower()):
            continue
        if value := _VALUE.match(text, found.end()):
            parts += [text[at : found.end()], HIDDEN]
            at = value.end()
    return "".join((*parts, text[at:]))


def _is_secret(name: str) -> bool:
    letters = iter(name)
    return _SECRET.search(name) is not None or all(one in letters for one in _MISSPELT)
