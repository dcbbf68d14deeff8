"""Workbooks as spreadsheets save them, written with nothing but a zip file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
BOOK = "workbook.xml"
PLAIN, DAY, MOMENT, PERCENT, SIGNED, EUROS = range(6)
"""Styles of cells; what is `SIGNED` shows 12 as 12%."""
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="3"><numFmt numFmtId="164" '
    'formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="0&quot;%&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[$\u20ac-407] #,##0;[&lt;0]0"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/>'
    '</cellStyleXfs><cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    '<xf numFmtId="10"/><xf numFmtId="165"/><xf numFmtId="166"/>'
    "</cellXfs></styleSheet>"
)


def write_workbook(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    hidden: Collection[int] = (),
    columns: Collection[int] = (),
) -> Path:
    """Sheets by name, each rows of texts, numbers, truths and times; None leaves a cell out.

    A number and a style in a pair give a number in that style. hidden, columns: that are not
    shown, from 1.
    """
    with ZipFile(path, "w") as book:
        names = list(enumerate(sheets, 1))
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"/>' for at, name in names
        )
        book.writestr(
            f"xl/{BOOK}",
            _element(
                "workbook", f'xmlns="{MAIN}" xmlns:r="{OFFICE}"', f"<sheets>{listed}</sheets>"
            ),
        )
        targets = [("worksheet", f"worksheets/sheet{at}.xml") for at, _ in names]
        targets.append(("styles", "styles.xml"))
        related = "".join(
            f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
            for at, (kind, target) in enumerate(targets, 1)
        )
        book.writestr(f"xl/_rels/{BOOK}.rels", _relationships(related))
        book.writestr(
            "_rels/.rels",
            _relationships(
                f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/{BOOK}"/>'
            ),
        )
        book.writestr("[Content_Types].xml", _types([f"xl/{target}" for _, target in targets]))
        book.writestr("xl/styles.xml", STYLES)
        for (_, target), rows in zip(targets, sheets.values(), strict=False):
            book.writestr(f"xl/{target}", _sheet(rows, hidden, columns))
    return path


def _relationships(inner: str) -> str:
    return _element("Relationships", f'xmlns="{PACKAGE}/relationships"', inner)


def _element(name: str, attributes: str, inner: str) -> str:
    return f"<{name} {attributes}>{inner}</{name}>"


def _types(parts: Sequence[str]) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    told = "".join(
        f'<Override PartName="/{part}" ContentType="{kind}.'
        f'{"styles" if "styles" in part else "worksheet"}+xml"/>'
        for part in parts
    )
    book = f'<Override PartName="/xl/{BOOK}" ContentType="{kind}.sheet.main+xml"/>'
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    default = f'<Default Extension="rels" ContentType="{rels}"/>'
    return _element("Types", f'xmlns="{PACKAGE}/content-types"', f"{default}{book}{told}")


def _sheet(rows: Sequence[Sequence[Any]], hidden: Collection[int], columns: Collection[int]) -> str:
    told = "".join(f'<col min="{at}" max="{at}" hidden="1"/>' for at in sorted(columns))
    lines = []
    for at, row in enumerate(rows, 1):
        cells = "".join(_cell(cell, at, place) for place, cell in enumerate(row))
        unseen = 'hidden="1"' * (at in hidden)
        lines.append(_element("row", f'r="{at}" {unseen}', cells))
    held = _element("cols", "", told) * bool(told) + f"<sheetData>{''.join(lines)}</sheetData>"
    return _element("worksheet", f'xmlns="{MAIN}"', held)


def _cell(value: Any, row: int, place: int) -> str:
    at = f'r="{_letters(place)}{row}"'
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f'<c {at} s="{value[1]}"><v>{value[0]!r}</v></c>'
    if isinstance(value, bool):
        return f'<c {at} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c {at}><v>{value!r}</v></c>"
    if isinstance(value, datetime):
        return f'<c {at} s="{MOMENT}"><v>{_serial(value)!r}</v></c>'
    if isinstance(value, date):
        start = datetime(value.year, value.month, value.day)
        return f'<c {at} s="{DAY}"><v>{_serial(start)}</v></c>'
    return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _letters(place: int) -> str:
    rest, last = divmod(place, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + last)


def _serial(moment: datetime) -> float:
    """Days since the last day of 1899, as workbooks count them."""
    return (moment - datetime(1899, 12, 30)).total_seconds() / 86_400
