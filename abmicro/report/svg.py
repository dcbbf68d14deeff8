"""A matplotlib figure as inline SVG: small, the same bytes every time, at home in both schemes.

Text stays text, so it can be selected and takes the font of the page. The colours of the palette
become CSS variables of the page, hence light and dark need no second picture.
"""

from __future__ import annotations

import re
import warnings
from io import StringIO

from matplotlib import rc_context
from matplotlib.figure import Figure

from abmicro.report import drawing

VARIABLES = {
    drawing.INK: "var(--ink)",
    drawing.GREY: "var(--grey)",
    drawing.FAINT: "var(--faint)",
    drawing.BLUE: "var(--blue)",
    drawing.VERMILLION: "var(--vermillion)",
    drawing.GREEN: "var(--green)",
    drawing.PURPLE: "var(--purple)",
    "#FFFFFF": "var(--card)",
}
POINT = 4 / 3  # CSS pixels
REFERENCE = re.compile(r'(href="#|url\(#)([^")]+)')


def inline(figure: Figure, name: str) -> str:
    """The figure as one `<svg>` element whose ids all begin with `name`, unique on the page."""
    drawn = _drawn(figure)
    text = drawn[drawn.index("<svg") :]
    used = {found[1] for found in REFERENCE.findall(text)}

    def smaller(tag: re.Match[str]) -> str:
        return _smaller(tag[0], name, used)

    text = re.sub(r"<[^>]*>", smaller, text)  # text between tags is left as it is
    return re.sub(r">\s+<", "><", text).strip()


def _drawn(figure: Figure) -> str:
    sheet = StringIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": "abmicro"}
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with rc_context(settings), warnings.catch_warnings():
        # Where the font that measures lacks a glyph, the fonts of the page will have it.
        warnings.filterwarnings("ignore", message="Glyph|Matplotlib currently does not support")
        figure.savefig(sheet, format="svg", transparent=True, metadata=nothing)
    waste = r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>"
    return re.sub(waste, "", sheet.getvalue(), flags=re.DOTALL)


def _smaller(tag: str, name: str, used: set[str]) -> str:
    """One tag with unique ids, colours as variables, and no more digits than a screen shows."""
    if tag.startswith("<svg"):
        return _head(tag)
    if (own := re.search(r' id="([^"]+)"', tag)) is not None:
        kept = f' id="{name}-{own[1]}"' if own[1] in used else ""
        tag = tag.replace(own[0], kept)
    tag = REFERENCE.sub(rf"\g<1>{name}-\g<2>", tag).replace("xlink:href", "href")
    tag = re.sub(r' transform="rotate\(-?0 [^"]*"|font-family: [^;]*; ', "", tag)
    tag = re.sub(r"-?\d+\.\d\d+", lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), tag)
    for color, variable in VARIABLES.items():
        tag = re.sub(color, variable, tag, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", tag)


def _head(tag: str) -> str:
    """The picture is as wide as it was drawn; the page may shrink it but not blow it up."""
    (box,) = re.findall(r'viewBox="([^"]*)"', tag)
    width = float(box.split()[2]) * POINT
    return f'<svg viewBox="{box}" style="width:{width:.0f}px" aria-hidden="true">'
