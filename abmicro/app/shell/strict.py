"""HTML of the report for a page that allows no style of its own.

The policy of our pages refuses attributes of style, which charts have: SVG knows the same names as
attributes.
"""

from __future__ import annotations

import re

_STYLE = re.compile(r'(<[a-z]+\b[^<>]*?) style="([^"]*)"')


def without_style(page: str) -> str:
    """The same picture with attributes of SVG in place of attributes of style.

    >>> without_style('<path d="M0 0" style="fill:none;stroke: var(--ink)"/>')
    '<path d="M0 0" fill="none" stroke="var(--ink)"/>'
    """
    return _STYLE.sub(lambda found: found[1] + _attributes(found[2]), page)


def _attributes(style: str) -> str:
    pairs = (one.partition(":") for one in style.split(";") if ":" in one)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)
