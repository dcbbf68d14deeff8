"""The shipped sheet of past tests is what its README says it is."""

from __future__ import annotations

import re

import pytest

import abmicro as ab
from abmicro import datasets

from .portfolio import made_shop


def test_the_sheet_is_made_by_the_program_that_its_readme_names() -> None:
    assert datasets.past_tests() == made_shop.sheet()
    assert "It is made, not measured" in made_shop.README.read_text("utf-8")


@pytest.fixture(scope="module")
def found() -> ab.Portfolio:
    return ab.review_history(datasets.load_history())


def test_what_it_claims_is_told_beside_what_is_true_of_it(found: ab.Portfolio) -> None:
    """The truth behind the shipped changes lies in the range that is kept, far below the claim."""
    live, truth = made_shop.truth_of_what_went_live()
    readme = made_shop.README.read_text("utf-8")
    said = [int(number) for number in re.findall(r"(\d+) (?:changes|%|of them)", readme)]
    gain = found.gain
    assert gain is not None
    assert gain.changes == len(live)
    assert gain.kept.low < truth < gain.kept.high
    assert gain.claimed > 3 * truth
    assert {len(live), round(100 * truth), round(100 * gain.claimed), sum(live <= 0)} <= set(said)
