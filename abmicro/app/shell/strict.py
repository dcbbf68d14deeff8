"""HTML of the report for a page that allows no style of its own.

The policy of our pages refuses attributes of style. Within a picture SVG knows the same names as
attributes; what else there is, such as how wide a picture may be, is kept as data, which our script
puts in place where it runs.
"""

from __future__ import annotations

import re

_STYLE = re.compile(r'(<([a-z]+)\b[^<>]*?) style="([^"]*)"')
_HTML = ("svg", "i", "span", "div", "p", "td", "th")


def without_style(page: str) -> str:
    """The same HTML without attributes of style.

    >>> without_style('<path d="M0 0" style="fill:none;stroke: var(--ink)"/>')
    '<path d="M0 0" fill="none" stroke="var(--ink)"/>'
    >>> without_style('<svg style="max-width:400px">')
    '<svg data-style="max-width:400px">'
    """
    return _STYLE.sub(_told, page)


def _told(found: re.Match[str]) -> str:
    head, name, style = found.groups()
    if name in _HTML:
        return f'{head} data-style="{style}"'
    pairs = (one.partition(":") for one in style.split(";") if ":" in one)
    return head + "".join(f' {key.strip()}="{value.strip()}"' for key, _, value in pairs)
