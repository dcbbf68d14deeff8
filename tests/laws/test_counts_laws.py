"""Laws of the joint table, on tables with wild labels."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.counts import JointCounts

from ..examples import examples

VARIANTS = ("control", "sticky", '"; DROP TABLE x; --')
WILD = ("cart", "<script>alert(1)</script>", 'a "b", c', "line\r\nbreak", "=1+1", "æ__ø")
SEGMENTS = ("desktop", "mobile", "(none)", "12", "true", "a,b;c\n")
DAYS = (date(2026, 10, 5), date(2026, 10, 6), date(2027, 1, 1))

units = st.integers(0, 10**12)
totals = st.floats(-1e5, 1e5, allow_nan=False).map(lambda total: total + 0.0)
squares = st.floats(1e13, 1e14)
"""Sums of squares so large that any rows of one cell may have the totals, whatever its units."""


@st.composite
def row_forms(draw: st.DrawFn) -> tuple[list[str], list[tuple[object, ...]]]:
    """Header and rows of one table; rows of the same cell may come more than once."""
    traits = draw(st.sampled_from([(), ("device",), ("device", "new customer")]))
    goals = draw(st.sampled_from([WILD[:1], WILD[:3], WILD[3:]]))
    measures = draw(st.sampled_from([(), ("revenue",), ("revenue", "sessions")]))
    apart = draw(st.sampled_from([(), ("video",)]))
    products = [(a, b) for at, a in enumerate(measures) for b in measures[at:]]
    header = ["status", "variant", *(f"segment__{name}" for name in traits), "period"]
    header += [*(f"goal__{name}" for name in goals), "units", "rows"]
    header += [*(f"sum__{name}" for name in measures)]
    header += [*(f"product__{a}__{b}" for a, b in products)]
    header += [f"{kind}__{name}" for name in apart for kind in ("apart", "apart_square")]
    level = st.sampled_from(SEGMENTS)
    clock = draw(st.booleans())
    values = [totals] * len(measures) + [squares if a == b else totals for a, b in products]
    places = [st.sampled_from(VARIANTS), *[level] * len(traits)]
    places += [st.sampled_from(DAYS) if clock else st.none()]
    cell = st.tuples(
        st.just("analysed"), *places, *[st.integers(0, 1)] * len(goals), units, units, *values,
        *[st.just(0.0)] * (2 * len(apart)),
    )  # fmt: skip
    alone = st.tuples(
        st.just("analysed"), *places, *[st.none()] * len(goals), st.none(), st.just(0),
        *[st.none()] * len(values), *[st.integers(0, 10**5).map(float), squares] * len(apart),
    )  # fmt: skip
    left = st.tuples(
        st.sampled_from(["crossed", "immature"]), st.sampled_from(VARIANTS),
        *[st.none()] * (len(traits) + 1 + len(goals)), units, units,
        *[st.none()] * (len(values) + 2 * len(apart)),
    )  # fmt: skip
    rows = draw(st.lists(cell, max_size=12)) + draw(st.lists(left, max_size=4))
    return header, rows + (draw(st.lists(alone, max_size=4)) if apart else [])


def table(form: tuple[list[str], list[tuple[object, ...]]]) -> JointCounts:
    return JointCounts.from_rows(*form, variants=VARIANTS)


def whole(form: tuple[list[str], list[tuple[object, ...]]]) -> tuple[list[str], list[object]]:
    """The same form with whole totals, whose sums do not depend on their order."""
    header, rows = form
    return header, [
        tuple(float(round(x)) if isinstance(x, float) else x for x in row) for row in rows
    ]


@given(row_forms())
def test_a_table_survives_its_row_form(form):
    counts = table(form)
    assert JointCounts.from_rows(counts.columns.names, counts.to_rows()) == counts


@given(row_forms())
def test_every_unit_stands_in_exactly_one_cell(form):
    header, rows = form
    at = header.index("units")
    counts = table(form)
    held = sum(row[at] for row in rows if row[0] == "analysed" and row[at] is not None)
    left = sum(row[at] for row in rows if row[0] != "analysed")
    assert int(counts.units.sum()) == held
    assert sum(out.units for out in counts.left_out) == left


@given(row_forms(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(form, random: Random):
    header, rows = whole(form)
    shuffled = random.sample(rows, len(rows))
    one, other = table((header, rows)), table((header, shuffled))
    assert one == other
    assert (one.ledger, [*one.to_rows()]) == (other.ledger, [*other.to_rows()])


@given(row_forms(), st.integers(0, 20))
def test_the_table_of_two_disjoint_sets_is_the_sum_of_theirs(form, cut):
    header, rows = whole(form)
    assert table((header, rows[:cut])) + table((header, rows[cut:])) == table((header, rows))


@given(row_forms())
def test_adding_an_empty_table_changes_nothing(form):
    counts = table(form)
    assert counts + table((form[0], [])) == counts


@examples(40)
@given(row_forms(), st.sampled_from([".csv", ".parquet"]))
def test_a_table_survives_its_file(form, suffix):
    counts = table(form)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"counts{suffix}"
        counts.save(path)
        assert JointCounts.load(path, variants=VARIANTS) == counts


@given(row_forms())
def test_levels_of_a_trait_share_out_all_units(form):
    counts = table(form)
    labels, masks = counts.levels()
    for name in counts.segment_names:
        of_name = [mask for (trait, _), mask in zip(labels, masks, strict=True) if trait == name]
        assert (np.sum(of_name, axis=0) == 1).all()


@given(row_forms())
def test_a_level_alone_holds_the_units_of_its_mask(form):
    counts = table(form)
    labels, masks = counts.levels()
    for (name, level), mask in zip(labels, masks, strict=True):
        assert counts.only(name, level).units.sum() == counts.units[:, mask].sum()


@given(row_forms())
def test_the_ledger_accounts_for_every_row(form):
    counts = table(form)
    at = form[0].index("rows")
    first = counts.ledger[0]
    assert (first.step, first.of) == ("rows_read", "rows")
    assert first.count == sum(row[at] for row in form[1])


@given(st.lists(st.integers(0, 10**9), min_size=3, max_size=3).map(sorted))
def test_nested_totals_come_back_from_the_table_they_make(counts):
    order, cart, units = counts
    path = JointCounts.of_path(("A", "B"), ("cart", "order"), [[units, cart, order], [0, 0, 0]])
    assert path.reached("cart").ravel().tolist() == [cart, 0]
    assert path.reached("order").ravel().tolist() == [order, 0]
    assert path.units.sum() == units


def test_a_billion_units_per_cell_are_exact():
    rows = [("A", 1, 10**9 + 1), ("A", 1, 10**9), ("A", 0, 3 * 10**15 + 1)]
    counts = JointCounts.from_rows(("variant", "goal__cart", "units"), rows)
    assert counts.units.ravel().tolist() == [3 * 10**15 + 1, 2 * 10**9 + 1]


def test_arrays_of_a_table_cannot_be_changed():
    counts = JointCounts.of_path(("A",), ("cart",), [[10, 2]])
    with pytest.raises(ValueError, match="read-only"):
        counts.units[0] = 0
