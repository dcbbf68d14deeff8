"""A joint table as a small HTML table for notebooks: what variants reached, and how fine it is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abmicro.counts.joint_counts import JointCounts


def as_html(counts: JointCounts) -> str:
    """Units of every variant and how many reached each goal; of goals apart their totals.

    Names are escaped. It brings no colours, so that it is at home in light and dark.

    >>> from abmicro.counts import JointCounts
    >>> print(as_html(JointCounts.of_path(("A",), ("<cart>",), [[1000, 20]])))
    <table>
    <caption>1 variant, 1 segment cell, 1 entry period, 2 patterns of goals</caption>
    <tr><th scope="col">Variant</th><th scope="col">Units</th><th scope="col">&lt;cart&gt;</th></tr>
    <tr><th scope="row">A</th><td>1,000</td><td>20</td></tr>
    </table>
    """
    goals = [goal for goal in counts.goals if not goal.startswith("(")]
    columns = {
        "Units": counts.units.sum(axis=(1, 2, 3)),
        **{goal: counts.reached(goal).sum(axis=(1, 2)) for goal in goals},
        **dict(zip(counts.apart.names, counts.apart.sums.sum(axis=(1, 2)).T, strict=True)),
    }
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("Variant", *columns))
    rows = (
        f'<tr><th scope="row">{escape(variant)}</th>'
        f"{''.join(f'<td>{column[at]:,.12g}</td>' for column in columns.values())}</tr>"
        for at, variant in enumerate(counts.variants)
    )
    return "\n".join(("<table>", _caption(counts), f"<tr>{heads}</tr>", *rows, "</table>"))


def _caption(counts: JointCounts) -> str:
    """The size of every axis."""
    _, segments, periods, patterns = counts.units.shape
    sizes = (
        (len(counts.variants), "variant", ""),
        (segments, "segment cell", ""),
        (periods, "entry period", ""),
        (patterns, "pattern", " of goals"),
    )
    told = (f"{size:,} {name}{'' if size == 1 else 's'}{more}" for size, name, more in sizes)
    return f"<caption>{', '.join(told)}</caption>"
