"""The report as Markdown."""

from __future__ import annotations

from html import unescape

from hypothesis import given, strategies as st
from markdown_it import MarkdownIt

from abmicro import Analysis
from abmicro.report.render import markdown
from abmicro.report.words import one_line

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_a_name_reads_as_itself(name: str) -> None:
    read = unescape(READER.renderInline(markdown.escape(name)))
    assert read == one_line(name)


def test_hostile_names_make_no_element(hostile: Analysis) -> None:
    read = READER.render(markdown.render(hostile))
    assert "<script" not in read
    assert "<b>" not in read


def test_every_row_of_a_table_has_as_many_cells_as_its_head(analysis: Analysis) -> None:
    for table in READER.render(markdown.render(analysis)).split("<table>")[1:]:
        head, *rows = table.partition("</table>")[0].split("</tr>")[:-1]
        assert {row.count("</td>") for row in rows} == {head.count("</th>")}
