"""Which grammar numbers are written in, and what is left open."""

from __future__ import annotations

from decimal import Decimal

import pytest

from abmicro.sources.text.numerals import PLAIN, Doubt, Numerals, numerals


@pytest.mark.parametrize(
    ("cells", "grammar"),
    [
        (["12", "7"], PLAIN),
        (["12.5", "1234.567"], PLAIN),
        (["12,5"], Numerals(",")),
        (["20.000", "0,07"], Numerals(",", ".")),
        (["0.070", "20.000"], PLAIN),
        (["1.234.567", "20.000"], Numerals(",", ".")),
        (["1,234.5", "20,000"], Numerals(".", ",")),
        (["1 234,5"], Numerals(",", " ")),
        (["1\u202f234,5", "1\u00a0000"], Numerals(",", " ")),
        (["1'234.5"], Numerals(".", "'")),
        (["1e-3", "-2.25", "+3", ".5"], PLAIN),
        (["many", "12,5"], Numerals(",")),
    ],
)
def test_cells_prove_their_grammar(cells: list[str], grammar: Numerals) -> None:
    assert numerals(cells) == grammar


@pytest.mark.parametrize(
    ("cells", "what", "hint"),
    [
        (["20.000"], "'20.000' is 20 or 20,000", 'decimal = "." or thousands = "."'),
        (["20,000"], "'20,000' is 20 or 20,000", 'decimal = "," or thousands = ","'),
        (["3.275", "12.500"], "'12.500' is 12.5 or 12,500", 'decimal = "." or thousands = "."'),
        (["12.5", "12,5"], "'12,5' and '12.5' are not written in one way", "in one way"),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_chosen(cells: list[str], what: str, hint: str) -> None:
    doubt = numerals(cells)
    assert isinstance(doubt, Doubt)
    assert doubt.what == what
    assert hint in doubt.hint


def test_a_count_must_be_whole() -> None:
    assert numerals([], ["20.000", "10.050"]) == Numerals(",", ".")
    assert numerals([], ["500.0", "20.5"]) == PLAIN


def test_a_named_sign_settles_it() -> None:
    assert numerals(["20.000"], decimal=".") == PLAIN
    assert numerals(["20.000"], thousands=".") == Numerals(",", ".")
    assert numerals(["20.000"], decimal=",") == Numerals(",", ".")
    assert numerals(["1\u202f000"], thousands=" ") == Numerals(".", " ")


def test_the_value_of_a_cell() -> None:
    assert Numerals(",", ".").value("-1.234,50") == Decimal("-1234.50")
    assert Numerals(",", ".").value("12.34") is None
