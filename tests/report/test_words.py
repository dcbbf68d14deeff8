"""The words for labels, decisions and signs."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest
from hypothesis import given, strategies as st

from abmicro.analysis.carry_through.wording import CARRY
from abmicro.analysis.results import DecisionName, NonInferiority, Status
from abmicro.plain_text import STEERING
from abmicro.report import words
from abmicro.report.words import one_line, shorten, typeset


def test_every_label_that_the_analysis_can_give_has_words() -> None:
    assert CARRY.keys() <= words.LABELS.keys()


def test_every_decision_and_status_has_words() -> None:
    assert set(get_args(DecisionName)) == words.DECISIONS.keys()
    assert set(get_args(Status)) == words.STATUSES.keys()
    assert set(get_args(get_type_hints(NonInferiority)["status"])) == words.GUARDS.keys()


@pytest.mark.parametrize("label", words.LABELS)
def test_no_label_blames_the_variant(label: str) -> None:
    # carry_through.md 1a: a step is a location, not a cause.
    meaning = words.LABELS[label].meaning.lower()
    assert not any(word in meaning for word in ("hurt", "harm", "because", "caused", "variant"))


@pytest.mark.parametrize(
    ("plain", "typed"),
    [
        ("-5.7%", "−5.7%"),
        ("(-12.0% to +inf%)", "(−12.0% to ∞)"),
        ("-inf pp", "−∞"),
        ("+inf", "∞"),
        ("2026-10-05", "2026-10-05"),
        ("step-2", "step-2"),
        ("info", "info"),
    ],
)
def test_numbers_get_a_proper_minus_and_infinity(plain: str, typed: str) -> None:
    assert typeset(plain) == typed


@given(st.text())
def test_a_line_is_printable_and_stays_itself(text: str) -> None:
    line = one_line(text)
    assert STEERING.search(line) is None
    assert one_line(line) == line


@given(st.text(), st.integers(3, 40))
def test_a_shortened_name_never_exceeds_its_width(text: str, width: int) -> None:
    assert len(shorten(text, width, ellipsis="...")) <= width


def test_no_label_is_called_like_a_decision() -> None:
    """`too_small` decides; a label that cannot tell must not read the same."""
    decisions = {one.title.lower() for one in words.DECISIONS.values()}
    assert len(decisions) == len(words.DECISIONS)
    said = {*decisions, *(name.replace("_", " ") for name in words.DECISIONS)}
    titles = {one.title.lower() for one in words.LABELS.values()}
    assert not titles & said
    assert not [title for title in titles if any(word in title for word in said)]
    assert words.LABELS["underpowered"].title == "Cannot tell at this size"
