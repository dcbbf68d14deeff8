"""Derived goals: the grammar of `when`, its truth, its errors."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from abmicro.errors import DefinitionError
from abmicro.experiment.goals.goal_expression import parse_expression


def truths(text: str, *names: str) -> str:
    """The truth table as 0s and 1s, the last name changing fastest."""
    tree = parse_expression(text)
    rows = product((False, True), repeat=len(names))
    return "".join(
        str(int(tree.truth(dict(zip(names, row, strict=True)).__getitem__))) for row in rows
    )


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(DefinitionError) as caught:
        parse_expression(text)
    (problem,) = caught.value.problems
    assert problem.code == "E038"
    return problem.what, problem.hint


def test_and_binds_tighter_than_or() -> None:
    assert truths("a or b and c", "a", "b", "c") == "00011111"
    assert truths("(a or b) and c", "a", "b", "c") == "00010101"


def test_not_binds_tighter_than_and() -> None:
    assert truths("not a and b", "a", "b") == "0100"
    assert truths("not (a and b)", "a", "b") == "1110"
    assert truths("not not a", "a") == "01"


def test_words_may_be_written_in_any_case() -> None:
    assert parse_expression("a AND Not b OR c") == parse_expression("a and not b or c")


def test_any_name_stands_between_backticks() -> None:
    tree = parse_expression("`add-to-cart` and not `say ``hi``` or `not`")
    assert tree.names == ("add-to-cart", "say `hi`", "not")


def test_letters_of_any_language_make_a_name() -> None:
    assert parse_expression("køb or 購入").names == ("køb", "購入")


def test_a_name_is_listed_once() -> None:
    assert parse_expression("a and b or a and not b").names == ("a", "b")


def test_the_truth_of_arrays_has_their_shape() -> None:
    reached = {"a": np.array([[0, 1], [1, 0]], bool), "b": np.array([[0, 0], [1, 1]], bool)}
    truth = parse_expression("a and not b").truth(reached.__getitem__)
    assert truth.dtype == bool
    assert truth.tolist() == [[False, True], [False, False]]


def test_a_long_chain_is_no_deep_one() -> None:
    assert len(parse_expression(" or ".join(f"g{n}" for n in range(2000))).names) == 2000


@pytest.mark.parametrize("text", ["(" * 60 + "a" + ")" * 60, "not " * 60 + "a", "(" * 10**5])
def test_deep_nesting_is_refused(text: str) -> None:
    what, _ = refusal(text)
    assert "is nested deeper than 50" in what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "column 1 has the end where a goal, not or an opening parenthesis should stand"),
        ("a and", "column 6 has the end where a goal, not or an opening parenthesis should stand"),
        ("a b", "column 3 has 'b' where and, or, or the end should stand"),
        ("(a or b", "column 8 has the end where a closing parenthesis should stand"),
        ("a)", "column 2 has ')' where and, or, or the end should stand"),
        ("or a", "column 1 has 'or' where a goal, not or an opening parenthesis should stand"),
        ("a && b", "column 3 has '&', which means nothing here"),
        ('"a b"', "column 1 has '\"', which means nothing here"),
        ("add-to-cart", "column 4 has '-', which means nothing here"),
        ("a and `b", "column 7 has '`', which means nothing here"),
        ("a and ``", "column 7 has '`', which means nothing here"),
    ],
)
def test_an_error_names_its_column(text: str, what: str) -> None:
    assert refusal(text)[0] == what


def test_signs_of_other_languages_are_translated() -> None:
    assert refusal("a && b")[1] == "write and"
    assert refusal("!a")[1] == "write not"
    assert "between backticks" in refusal("add-to-cart")[1]
