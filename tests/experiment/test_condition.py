"""Row conditions: what passes, and that nothing else does."""

from __future__ import annotations

import pytest

from abmicro.errors import DefinitionError
from abmicro.experiment.data.row_condition import parse_condition

SOUND = {
    "price > 10": '"price" > 10',
    "page LIKE '%/pricing%'": "\"page\" LIKE '%/pricing%'",
    "kind IN ('a', 'b') AND NOT paid": "\"kind\" IN ('a', 'b') AND NOT \"paid\"",
    "price BETWEEN 1 AND 2.5": '"price" BETWEEN 1 AND 2.5',
    "coupon IS NOT NULL": 'NOT "coupon" IS NULL',
    "paid IS TRUE OR free = FALSE": '"paid" IS TRUE OR "free" = FALSE',
    "(price - cost) * 2 / 3 % 5 + -1 >= 0": '("price" - "cost") * 2 / 3 % 5 + -1 >= 0',
    "event_params.page.title = 'it''s'": '"event_params"."page"."title" = \'it\'\'s\'',
    '"odd ""name""" <> 1': '"odd ""name""" <> 1',
    "lower(trim(a)) = upper(b)": 'LOWER(TRIM("a")) = UPPER("b")',
    "length(a) > abs(round(b, 1))": 'LENGTH("a") > ABS(ROUND("b", 1))',
    "substring(coalesce(a, b, 'x'), 1, 2) < 'm'": (
        "SUBSTRING(COALESCE(\"a\", \"b\", 'x'), 1, 2) < 'm'"
    ),
    "user = current": '"user" = "current"',
    "paid": '"paid"',
}

ATTACKS = {
    "a IN (SELECT password FROM users)": "holds a subquery",
    "(SELECT count(*) FROM users) > 0": "holds a subquery",
    "EXISTS (SELECT 1 FROM users)": "holds the function exists",
    "a = ANY(SELECT 1)": "holds 'any'",
    "a IN (VALUES (1), (2))": "holds 'values'",
    "a IN (TABLE users)": "holds a subquery",
    "1 = 1 UNION SELECT 1": "",
    "a = 1; DROP TABLE x": "holds a semicolon",
    "1; DROP TABLE x": "holds a semicolon",
    "a = 1;": "holds a semicolon",
    "a = 1 -- and b = 2": "holds a comment",
    "a /* b */ = 1": "holds a comment",
    "-- a": "is empty",
    "read_csv('/etc/passwd') = 1": "holds the function read_csv",
    "read_text('/etc/passwd') LIKE 'root%'": "holds the function read_text",
    "getenv('HOME') = 'x'": "holds the function getenv",
    "pg_read_file('/etc/passwd') = 'x'": "holds the function pg_read_file",
    "lower(getenv('HOME')) = 'x'": "holds the function getenv",
    "coalesce(a, load_extension('x')) = 1": "holds the function load_extension",
    "main.getenv('HOME') = 'x'": "holds",
    "current_setting('x') = 'y'": "holds the function current_setting",
    "a = current_user": "holds the function current_user",
    "SELECT 1": "",
    "COPY t TO 'x'": "",
    "ATTACH 'x' AS y": "",
    "INSTALL httpfs": "",
    "PRAGMA database_list": "",
    "SET x = 1": "",
    "CALL f()": "",
    "x -> x + 1": "holds",
    "list_filter(a, x -> x > 1) = b": "holds",
    "a::INTEGER = 1": "holds the function cast",
    "CAST(a AS BLOB) = 'x'": "holds the function cast",
    "TRY_CAST(a AS INT) = 1": "holds the function try_cast",
    "DATE '2020-01-01' = a": "holds the function cast",
    "CASE WHEN a THEN b END = 1": "holds the function case",
    "a[1] = 1": "holds 'bracket'",
    "{'a': 1}.a = 1": "holds",
    "struct_pack(a := 1).a = 1": "holds",
    "(a, b) = (1, 2)": "holds 'tuple'",
    "a.b.c.d.e = 1": "holds a name of more than four parts",
    "* = 1": "holds a star",
    "t.* = 1": "holds a star",
    "COLUMNS(*) = 1": "holds the function columns",
    "sum(a) > 1": "holds the function sum",
    "lower(a) OVER () = 'x'": "holds a window",
    "lower(DISTINCT a) = 'x'": "holds 'distinct'",
    "a = ?": "holds a placeholder",
    "a = :name": "holds a placeholder",
    "a = @name": "holds a parameter",
    "a = INTERVAL 1 DAY": "holds 'interval'",
    "a || b = 'x'": "holds the operator ||",
    "a ILIKE 'x'": "holds ILIKE (write lower(column) LIKE)",
    "a LIKE 'x' ESCAPE '!'": "holds LIKE with ESCAPE",
    "a SIMILAR TO 'x'": "holds 'similarto'",
    "regexp_matches(a, 'x')": "holds the function",
    "a COLLATE nocase = 'x'": "holds the function collate",
    "a BETWEEN SYMMETRIC 1 AND 2": "holds 'between' with symmetric",
    "trim(LEADING 'x' FROM a) = 'y'": "holds the function trim with expression, position",
    "length(a, b) = 1": "holds the function length with binary",
    "round(a, 2, 'x') = 1": "holds the function round with truncate",
    "a IS b": "holds IS before something else than NULL, TRUE or FALSE",
    "a IN ()": "holds IN without a list",
    "a IN UNNEST(b)": "holds the function unnest",
    "a = N'x'": "holds 'national'",
    "a AS b": "",
    "a = 1, b = 2": "",
    "{{ a }} = 1": "holds the function struct",
    "a = 'unclosed": "",
    '"unclosed = 1': "",
    "1": "compares nothing",
    "'x'": "compares nothing",
    "a + 1": "compares nothing",
    "lower(a)": "compares nothing",
    "": "is empty",
    " \n ": "is empty",
}


def refusal(text: str) -> str:
    with pytest.raises(DefinitionError) as caught:
        parse_condition(text)
    (problem,) = caught.value.problems
    assert problem.code == "E039"
    return problem.what


@pytest.mark.parametrize("text", SOUND)
def test_a_condition_passes_with_every_name_quoted(text: str) -> None:
    assert parse_condition(text).sql() == SOUND[text]


@pytest.mark.parametrize("text", ATTACKS)
def test_what_is_no_condition_is_refused(text: str) -> None:
    assert refusal(text).startswith(ATTACKS[text] or f"{text!r} is not a condition")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "a" + ")" * 5000,
        "(" * 100 + "a" + ")" * 100,
        "NOT " * 900 + "a",
        "a = " + "- " * 900 + "1",
        "a IN (" * 200 + "1" + ")" * 200,
        "a = '" + "x" * 5000 + "'",
    ],
    ids=["too long", "parentheses", "not", "minus", "in", "literal"],
)
def test_endless_conditions_are_refused(text: str) -> None:
    assert "deeper than 20" in refusal(text) or "at most 4000" in refusal(text)


def test_a_long_list_of_alternatives_passes() -> None:
    text = " OR ".join(f"page = '{n}'" for n in range(200))
    assert parse_condition(text).sql().count("OR") == 199


def test_a_quote_in_a_name_cannot_leave_its_quotes_in_any_dialect() -> None:
    tree = parse_condition('"a"" = 1 OR ""1" = \'it\'\'s\'')
    assert tree.sql("duckdb") == '"a"" = 1 OR ""1" = \'it\'\'s\''
    assert tree.sql("bigquery") == "`a\" = 1 OR \"1` = 'it\\'s'"
