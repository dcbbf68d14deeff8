"""Small pieces of SQL. A user's text enters only through `name`, `literal` and `condition`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from abmicro.experiment.data.row_condition import parse_condition

QUOTED_OR_BREAK = re.compile(r"""'[^']*'|"[^"]*"|\n""")


Items = list[tuple[str, str]]
"""Columns of a SELECT: expression and alias."""


def name(text: str) -> str:
    """A quoted identifier.

    >>> print(name('a "b" c'))
    "a ""b"" c"
    """
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal.

    >>> print(literal("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"


def condition(text: str) -> str:
    """A row condition in parentheses.

    >>> print(condition("price > 3 AND page LIKE '/buy%'"))
    ("price" > 3 AND "page" LIKE '/buy%')
    """
    return f"({parse_condition(text).sql('duckdb')})"


def table(text: str) -> str:
    """A table name with up to three parts, quoted part by part.

    >>> table("shop.events")
    '"shop"."events"'
    """
    return ".".join(map(name, text.split(".")))


def choice(of: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A CASE that maps values to values; NULL for any other.

    >>> choice("x", [("'a'", "0"), ("'b'", "1")])
    "CASE x WHEN 'a' THEN 0 WHEN 'b' THEN 1 END"
    """
    return f"CASE {of} " + " ".join(f"WHEN {old} THEN {new}" for old, new in pairs) + " END"


def total(value: str) -> str:
    """A sum that is the same whatever the order of the rows: of decimals, nine places deep.

    >>> total("spend")
    'SUM(CAST(spend AS DECIMAL(38, 9)))'
    """
    return f"SUM(CAST({value} AS DECIMAL(38, 9)))"


def whole(number: str, divisor: int) -> str:
    """How often a divisor goes into a number that is not negative.

    >>> whole("x", 60)
    'CAST((x - x % 60) / 60 AS BIGINT)'
    """
    return f"CAST(({number} - {number} % {divisor}) / {divisor} AS BIGINT)"


def first_true(cases: Iterable[tuple[str, str]], otherwise: str) -> str:
    """A CASE that gives the value of the first condition that holds.

    >>> first_true([("a IS NULL", "'none'")], "'some'")
    "CASE WHEN a IS NULL THEN 'none' ELSE 'some' END"
    """
    branches = [f"WHEN {condition} THEN {value}" for condition, value in cases]
    return f"CASE {' '.join(branches)} ELSE {otherwise} END" if branches else otherwise


def flag(condition: str) -> str:
    """1 where a condition holds, else 0.

    >>> flag("a > 0")
    'CASE WHEN a > 0 THEN 1 ELSE 0 END'
    """
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def packed(conditions: Sequence[str]) -> str:
    """An aggregate with a bit for each condition that holds in some row of a group.

    One number takes the room of many, which is what counts where there are many groups.

    >>> packed(["a > 0", "b > 0"])
    'BIT_OR(CASE WHEN a > 0 THEN 1 ELSE 0 END + CASE WHEN b > 0 THEN 2 ELSE 0 END)'
    """
    bits = (f"CASE WHEN {one} THEN {1 << at} ELSE 0 END" for at, one in enumerate(conditions))
    return f"BIT_OR({' + '.join(bits)})"


def unpacked(number: str, at: int) -> str:
    """One bit of a number that is not negative, as 0 or 1.

    >>> unpacked("bits", 1)
    'CASE WHEN bits % 4 >= 2 THEN 1 ELSE 0 END'
    """
    return flag(f"{number} % {2 << at} >= {1 << at}")


def stripped(text: str) -> str:
    """A text without the blanks at its ends, where it has any, which is quicker; NULL for nothing.

    >>> stripped("id")
    "NULLIF(CASE WHEN CONTAINS(id, ' ') THEN TRIM(id) ELSE id END, '')"
    """
    return f"NULLIF(CASE WHEN CONTAINS({text}, ' ') THEN TRIM({text}) ELSE {text} END, '')"


def listed(items: Iterable[str], indent: int = 2) -> str:
    """Items of a SELECT, one a line."""
    return (",\n" + " " * indent).join(items)


def select(
    items: Iterable[tuple[str, str]],
    source: str,
    *,
    where: Iterable[str] = (),
    group: Iterable[str] = (),
) -> str:
    """A SELECT of (expression, alias) pairs.

    >>> print(select([("a + 1", "b")], "t", where=["a > 0"], group=["a"]))
    SELECT
      a + 1 AS b
    FROM t
    WHERE a > 0
    GROUP BY a
    """
    columns = (made if made == alias else f"{made} AS {alias}" for made, alias in items)
    text = f"SELECT\n  {listed(columns)}\nFROM {source}"
    if conditions := " AND ".join(where):
        text += f"\nWHERE {conditions}"
    if keys := ", ".join(group):
        text += f"\nGROUP BY {keys}"
    return text


def block(query: str) -> str:
    """A query in parentheses, indented; line breaks in literals and names stay as they are."""
    lines = QUOTED_OR_BREAK.sub(lambda it: "\n  " if it[0] == "\n" else it[0], query)
    return f"(\n  {lines}\n)"


def nested(query: str, alias: str) -> str:
    """A query as an item of FROM."""
    return f"{block(query)} AS {alias}"


def steps(queries: Iterable[tuple[str, str]], last: str) -> str:
    """A statement of named queries, each of which may read those before it, and a last one."""
    named = (f"{alias} AS {block(query)}" for alias, query in queries)
    return f"WITH {', '.join(named)}\n{last}"


def replaced(relation: str, made: Mapping[str, str]) -> str:
    """An item of FROM with some of its columns made anew."""
    if not made:
        return relation
    listed = ", ".join(f"{expression} AS {name(column)}" for column, expression in made.items())
    everything = f"* REPLACE ({listed})"
    return nested(select([(everything, everything)], relation), "data")
