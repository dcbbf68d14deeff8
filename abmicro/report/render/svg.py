"""A matplotlib figure as inline SVG: small, the same bytes every time, at home in both schemes.

Text stays text, so it can be selected and takes the font of the page. The colours of the palette
become CSS variables of the page, hence light and dark need no second picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO

from matplotlib.figure import Figure

from abmicro.report.charts import style
from abmicro.report.charts.settings import drawing

VARIABLES = {
    style.INK: "var(--ink)",
    style.GREY: "var(--grey)",
    style.FAINT: "var(--faint)",
    style.BLUE: "var(--v1)",
    style.VERMILLION: "var(--v2)",
    style.GREEN: "var(--v3)",
    style.PURPLE: "var(--v4)",
    style.Z_BAD: "var(--z-bad)",
    style.Z_MID: "var(--z-mid)",
    style.Z_GOOD: "var(--z-good)",
    "#FFFFFF": "var(--card)",
}
COLORS = re.compile("|".join(VARIABLES), re.IGNORECASE)
POINT_ONLY = re.compile(r'<path d="M[-\d. ]+"')  # a line of one point, which only bears a mark
POINT = 4 / 3  # CSS pixels
LARGER = 432 / 336  # so much a picture may grow where there is room
REFERENCE = re.compile(r'(href="#|url\(#)([^")]+)')
WASTE = (
    re.compile(r' transform="rotate\(-?0 [^"]*"'),
    re.compile(r"font-family: [^;]*; |stroke-linejoin: \w+(; )?"),
    re.compile(r"(?<=[:;]) "),
)
OF_MARKS = (re.compile(r"stroke[\w-]*:[^;\"]*;?"),)  # what a mark refers to has its own stroke


def inline(figure: Figure, name: str) -> str:
    """The figure as one `<svg>` element whose ids all begin with `name`, unique on the page."""
    drawn = _drawn(figure)
    text = drawn[drawn.index("<svg") :]
    found = dict.fromkeys(target for _, target in REFERENCE.findall(text))
    ids = {target: f"{name}-{at}" for at, target in enumerate(found)}
    kept: list[bool] = []

    def smaller(tag: re.Match[str]) -> str:
        """One tag, or nothing for a group that says nothing; text between tags is left alone."""
        if tag[0] == "</g>":
            return tag[0] if kept.pop() else ""
        small = _smaller(tag[0], ids)
        if tag[0].startswith("<g"):
            if not tag[0].endswith("/>"):
                kept.append(small != "<g>")
            return "" if small in ("<g>", "<g/>") else small
        return small

    text = re.sub(r"<[^>]*>", smaller, text)
    return re.sub(r">\s+<", "><", text).strip()


def _drawn(figure: Figure) -> str:
    """The figure as matplotlib writes it, laid out and drawn once, without its grounds."""
    from matplotlib.backends.backend_svg import RendererSVG

    for ground in (figure.patch, *(ax.patch for ax in figure.axes)):
        ground.set_visible(False)
    figure.set_dpi(72)
    width, height = figure.bbox.size
    sheet = StringIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": "abmicro"}
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with drawing(settings):
        renderer = RendererSVG(width, height, sheet, metadata=nothing)
        figure.draw(renderer)
        renderer.finalize()
    waste = r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>"
    return re.sub(waste, "", sheet.getvalue(), flags=re.DOTALL)


def _smaller(tag: str, ids: Mapping[str, str]) -> str:
    """One tag with the new ids, colours as variables, and no more than a screen shows."""
    if tag.startswith("<svg"):
        return _head(tag)
    if (own := re.search(r' id="([^"]+)"', tag)) is not None:
        tag = tag.replace(own[0], f' id="{ids[own[1]]}"' if own[1] in ids else "")
    tag = REFERENCE.sub(lambda found: found[1] + ids[found[2]], tag).replace("xlink:href", "href")
    for waste in (*WASTE, *(OF_MARKS if tag.startswith("<use") else ())):
        tag = waste.sub("", tag)
    tag = re.sub(r"-?\d+\.\d\d+", lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), tag)
    tag = COLORS.sub(lambda color: VARIABLES[color[0].upper()], tag)
    tag = re.sub(r" ?([MLCQz]) ", r"\1", re.sub(r"\s+", " ", tag))
    return "" if POINT_ONLY.match(tag) else tag


def _head(tag: str) -> str:
    """The picture is as wide as its place, but never blown up out of all proportion."""
    (box,) = re.findall(r'viewBox="([^"]*)"', tag)
    width = float(box.split()[2]) * POINT * LARGER
    return f'<svg viewBox="{box}" style="max-width:{width:.0f}px" aria-hidden="true">'
