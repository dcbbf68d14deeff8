"""The table of histograms: what a row may hold, what can be asked, what is said where it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.counts import FIGURES, Histograms
from abmicro.counts.histograms import columns
from abmicro.errors import CountsError, OutputError, SourceError

from ..examples import examples

HEADER = columns(())
LAGS = [("A", "cart", "lag", 0, 9, 2), ("A", "cart", "lag", 5, 1, 1), ("B", "cart", "lag", 5, 4, 0)]


def refusal(header, rows, **keys) -> str:
    with pytest.raises(CountsError) as caught:
        Histograms.from_rows(header, rows, **keys)
    return str(caught.value)


def test_a_figure_is_told_by_variant_and_bin():
    bins, units, macro = Histograms.from_rows(HEADER, LAGS).of("lag", "cart")
    assert bins.tolist() == [0, 5]
    assert units.tolist() == [[9, 1], [0, 4]]
    assert macro.tolist() == [[2, 1], [0, 0]]


def test_a_figure_is_told_by_segment():
    header = columns(("device", "source"))
    rows = [
        ("A", "phone", "mail", "cart", "lag", 3, 5, 1),
        ("A", "phone", "ads", "cart", "lag", 3, 2, 0),
        ("B", "desk", "ads", "cart", "lag", 4, 7, 7),
    ]
    found = Histograms.from_rows(header, rows).by_segment("lag", "cart", "device")
    assert found[0] == ("desk", "phone")
    assert found[1].tolist() == [3, 4]
    assert found[2].tolist() == [[[0, 0], [7, 0]], [[0, 7], [0, 0]]]
    assert found[3].tolist() == [[[0, 0], [1, 0]], [[0, 7], [0, 0]]]


def test_a_figure_that_no_unit_has_has_no_bins():
    found = Histograms.from_rows(HEADER, LAGS).of("burst", "cart")
    assert (found.bins.shape, found.units.shape, found.macro.shape) == ((0,), (2, 0), (2, 0))


def test_an_arm_of_which_nothing_is_told_keeps_its_place():
    found = Histograms.from_rows(HEADER, LAGS, variants=("C", "A", "B"))
    assert found.of("lag", "cart").units.tolist() == [[0, 0], [9, 1], [0, 4]]


def test_a_billion_units_are_exact():
    rows = [("A", "cart", "lag", 0, 3 * 10**15 + 1, 10**9)] * 2
    units = Histograms.from_rows(HEADER, rows).of("lag", "cart").units
    assert units.tolist() == [[6 * 10**15 + 2]]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (("A", "cart", "lag", 0, -1, 0), "column units: -1 where a whole number from 0"),
        (("A", "cart", "lag", 0.5, 1, 0), "column bin: 0.5 where a whole number from 0"),
        (("A", "cart", "lag", float("nan"), 1, 0), "column bin: nan where a whole number"),
        (("A", "cart", "lag", -1, 1, 0), "column bin: -1 where a whole number from 0"),
        (("A", "cart", "lags", 0, 1, 0), "column figure: 'lags' where one of lag, mature_lag"),
        (("A", None, "lag", 0, 1, 0), "column goal: nothing where a goal is asked"),
        ((None, "cart", "lag", 0, 1, 0), "column variant: nothing where a variant is asked"),
        (("A", "cart", "lag", 0, 1, 2), "row 1: 2 of 1 units reached the macro goal (E407)"),
        (("A", "cart", "lag", 0, 1), "row 1: 5 values under 6 columns (E405)"),
    ],
)
def test_a_row_that_cannot_be_is_named(row, what):
    assert what in refusal(HEADER, [row])


def test_a_joint_table_is_no_table_of_histograms():
    said = refusal(("variant", "goal__cart", "units"), [])
    assert "figure: column is missing (E404)" in said
    assert "goal__cart: is no column of a table of histograms (E404)" in said


def test_an_arm_that_is_not_in_the_experiment_is_refused():
    said = refusal(HEADER, LAGS, variants=("A", "C"))
    assert said == "variant: 'B' is no variant (E409); known: A, C"


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda made: made.of("lag", "carts"), "goals.carts: is not in the histograms (E401); did"),
        (lambda made: made.of("lags", "cart"), "figure.lags: is not in the histograms (E401); did"),
        (lambda made: made.by_segment("lag", "cart", "devise"), "segments.devise: no"),
        (lambda made: made.only("devise", "phone"), "segments.devise: no 'devise'"),
        (lambda made: made.only("device", "fone"), "segments.device: no 'fone' here (E408); did"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_suggested(ask, what):
    made = Histograms.from_rows(columns(("device",)), [("A", "phone", "cart", "lag", 0, 1, 0)])
    with pytest.raises(CountsError) as caught:
        ask(made)
    assert str(caught.value).startswith(what)


def test_arrays_cannot_be_changed():
    made = Histograms.from_rows(HEADER, LAGS)
    with pytest.raises(ValueError, match="read-only"):
        made.counts[0] = 0


def test_tables_of_other_arms_cannot_be_added():
    made = Histograms.from_rows(HEADER, LAGS)
    with pytest.raises(CountsError, match=r"different variants or segments \(E403\)"):
        _ = made + Histograms.from_rows(HEADER, LAGS, variants=("B", "A"))


def test_a_file_of_another_form_is_refused(tmp_path):
    made = Histograms.from_rows(HEADER, LAGS)
    with pytest.raises(OutputError, match=r"saved as \.csv or \.parquet, not as '\.xlsx'"):
        made.save(tmp_path / "histograms.xlsx")
    with pytest.raises(SourceError, match="no such file"):
        Histograms.load(tmp_path / "histograms.csv")


# laws

VARIANTS = ("control", '"; DROP TABLE x; --')
GOALS = ("cart", "<script>alert(1)</script>", "line\r\nbreak", "=1+1")


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Header and rows; rows of the same cell may come more than once."""
    traits = draw(st.sampled_from([(), ("device",), ("device", "new customer")]))
    level = st.sampled_from(["phone", "(none)", "12", "true", "a,b\n"])
    macro = st.integers(0, 10**9)
    row = st.tuples(
        st.sampled_from(VARIANTS), *[level] * len(traits), st.sampled_from(GOALS),
        st.sampled_from(list(FIGURES)), st.integers(0, 500_000), st.integers(10**9, 10**12), macro,
    )  # fmt: skip
    return columns(traits), draw(st.lists(row, max_size=12))


def made_of(form) -> Histograms:
    return Histograms.from_rows(*form, variants=VARIANTS)


@given(tables())
def test_histograms_survive_their_row_form(form):
    made = made_of(form)
    assert Histograms.from_rows(made.names, made.to_rows(), variants=VARIANTS) == made


@given(tables(), st.integers(0, 12))
def test_histograms_of_two_disjoint_sets_are_the_sum_of_theirs(form, cut):
    header, rows = form
    assert made_of((header, rows[:cut])) + made_of((header, rows[cut:])) == made_of(form)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(form, random):
    header, rows = form
    assert made_of((header, random.sample(rows, len(rows)))) == made_of(form)


@given(tables())
def test_levels_of_a_trait_share_out_all_units(form):
    made = made_of(form)
    for goal in made.goals:
        for figure in FIGURES:
            whole = made.of(figure, goal)
            for name in made.segment_names:
                _, bins, units, macro = made.by_segment(figure, goal, name)
                assert (bins == whole.bins).all()
                assert (units.sum(axis=1) == whole.units).all()
                assert (macro.sum(axis=1) == whole.macro).all()


@given(tables())
def test_a_level_alone_holds_its_units(form):
    made = made_of(form)
    for name in made.segment_names:
        levels = {cell[made.segment_names.index(name)] for cell in made.segments}
        parts = [made.only(name, level) for level in levels]
        assert sum(int(part.counts.sum()) for part in parts) == int(made.counts.sum())


@examples(25)
@given(tables(), st.sampled_from([".csv", ".parquet"]))
def test_histograms_survive_their_file(tmp_path_factory, form, suffix):
    path = Path(tmp_path_factory.mktemp("saved")) / f"histograms{suffix}"
    made = made_of(form)
    made.save(path)
    assert Histograms.load(path, variants=VARIANTS) == made


def test_cells_are_in_order_and_none_is_there_twice():
    cells = Histograms.from_rows(HEADER, [*LAGS, *LAGS[::-1]]).cells
    assert (np.unique(cells, axis=0) == cells).all()
