"""The row form of a joint table: what a row may hold and what is said where it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from abmicro.counts import Apart, Histograms, JointCounts, LedgerEntry
from abmicro.counts.records import Origin
from abmicro.errors import CountsError, OutputError, SourceError

PLAIN = ("variant", "goal__cart", "units")


def refusal(header, rows) -> str:
    with pytest.raises(CountsError) as caught:
        JointCounts.from_rows(header, rows)
    return str(caught.value)


def test_variant_goals_and_units_are_enough():
    counts = JointCounts.from_rows(PLAIN, [("A", 1, 5), ("A", 0, 7), ("B", 0, 9)])
    assert counts.reached("cart").ravel().tolist() == [5, 0]
    assert counts.rows_read == 21


def test_numbers_come_in_many_guises():
    rows = [("A", "true", "5"), ("A", True, 5.0), ("A", 1, np.int64(5)), ("A", 1.0, Decimal(5))]
    assert JointCounts.from_rows(PLAIN, rows).reached("cart").ravel().tolist() == [20]


def test_a_row_of_goals_apart_may_tell_of_rows():
    header = (*PLAIN, "rows", "apart__calls", "apart_square__calls")
    cells = [("A", 0, 5, 5, 0, 0), ("A", None, None, 3, 2, 2), ("B", 1, 4, 4, 0, 0)]
    counts = JointCounts.from_rows(header, cells)
    assert counts.reached("calls").ravel().tolist() == [2, 0]
    assert (counts.units.sum(), counts.rows_read) == (9, 12)


@pytest.mark.parametrize("kind", [("sum", "product__spend"), ("apart", "apart_square")])
def test_squares_that_no_amounts_have_are_refused_but_for_rounding(kind):
    total, squares = (f"{one}__spend" for one in kind)
    header = (*PLAIN, total, squares)
    own = [("A", 1, 4, 100.0)] if kind[0] == "sum" else [("A", None, None, 100.0)]
    units = [] if kind[0] == "sum" else [("A", 1, 4, 0, 0)]
    said = refusal(header, [*units, (*own[0], 2400.0)])
    what = "goals.spend: squares that sum to 2400 cannot have a sum of 100 over 4 units (E407)"
    assert said.startswith(what)
    counts = JointCounts.from_rows(header, [*units, (*own[0], 2499.9999)])
    assert counts.moments("spend")[2].ravel().tolist() == [2500]


@pytest.mark.parametrize(
    "day",
    [date(2026, 10, 5), datetime(2026, 10, 5, 12), "2026-10-05", "2026-10-05 00:00:00", 20731],
)
def test_a_period_is_a_day_however_it_is_written(day):
    counts = JointCounts.from_rows((*PLAIN, "period"), [("A", 1, 5, day)])
    assert counts.periods == (date(2026, 10, 5),)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (("A", 1, -3), "row 1 (variant A), column units: -3"),
        (("A", 1, 2.5), "row 1 (variant A), column units: 2.5"),
        (("A", 1, "2.5"), "row 1 (variant A), column units: '2.5'"),
        (("A", 1, float("nan")), "row 1 (variant A), column units: nan"),
        (("A", 1, True), "row 1 (variant A), column units: True"),
        (("A", 1, 2**63), "row 1 (variant A), column units: 9223372036854775808"),
        (("A", 1, None), "row 1 (variant A), column units: nothing"),
    ],
)
def test_units_are_whole_and_not_negative(row, what):
    wanted = "where a whole number from 0 to 4,611,686,018,427,387,904 is asked (E405)"
    assert refusal(PLAIN, [row]) == f"{what} {wanted}; mend the cell, or collect again"


def test_equal_values_of_other_types_are_told_apart():
    """1 and True are equal in Python; only one of them is a count, wherever it stands."""
    said = refusal(PLAIN, [("A", 1, 1), ("A", 0, True), ("B", 1, True)])
    assert said.startswith("row 2 (variant A), column units: True where a whole number")
    assert "column units: [1] where" in refusal(PLAIN, [("A", 1, 1), ("A", 0, [1])])


def test_the_first_row_that_is_wrong_is_named():
    rows = [("A", 1, 7), ("A", 0, 7), ("B", 1, -7), ("B", 0, -7)]
    assert refusal(PLAIN, rows).startswith("row 3 (variant B), column units: -7")


@pytest.mark.parametrize("bit", [2, "yes", None, 0.5, ""])
def test_a_goal_is_0_or_1(bit):
    assert "column goal__cart: " in refusal(PLAIN, [("A", 0, 1), ("A", bit, 1)])
    assert "where 0 or 1 is asked (E405)" in refusal(PLAIN, [("A", bit, 1)])


def test_a_row_needs_a_variant():
    said = refusal(PLAIN, [(None, 0, 1)])
    assert said.startswith("row 1, column variant: nothing where a variant is asked (E405)")


def test_a_total_is_a_finite_number():
    header = (*PLAIN, "sum__money", "product__money__money")
    assert "column sum__money: nan where a finite number is asked" in refusal(
        header, [("A", 1, 1, float("nan"), 1)]
    )


def test_a_status_is_known():
    assert "'analyzed' where one of analysed, " in refusal(
        ("status", *PLAIN), [("analyzed", "A", 1, 1)]
    )


def test_a_period_is_a_day():
    assert "'soon' where a day such as 2026-10-05 is asked" in refusal(
        ("period", *PLAIN), [("soon", "A", 1, 1)]
    )


def test_a_row_is_as_long_as_the_header():
    assert refusal(PLAIN, [("A", 1)]).startswith("row 1: 2 values under 3 columns (E405)")


def test_columns_that_are_missing_or_strange_come_together():
    assert refusal(("variant", "goals__cart", "unit"), []) == (
        "units: column is missing (E404); found: variant, goals__cart, unit\n"
        "goals__cart: is no column of a joint table (E404); "
        "known: status, variant, period, units, rows, cut_off\n"
        "unit: is no column of a joint table (E404); "
        "did you mean 'units'? known: status, variant, period, units, rows, cut_off"
    )


def test_a_column_stands_once():
    assert "units: column is there twice (E404)" in refusal(("variant", "units", "units"), [])


def test_sums_come_with_all_their_products():
    header = (*PLAIN, "sum__a", "sum__b", "product__a__a", "product__b__b")
    assert refusal(header, []) == "product__a__b: column is missing (E404)"


def test_a_table_without_units_says_so():
    assert "counts: there is no analysed unit in the table (E409)" in refusal(PLAIN, [])


def test_a_table_too_fine_names_what_to_drop(monkeypatch):
    monkeypatch.setattr("abmicro.counts.arrays.LARGEST_TABLE", 100)
    header = ("segment__city", *PLAIN)
    rows = [(f"city {n}", "A", n % 2, 1) for n in range(60)]
    assert refusal(header, rows) == (
        "counts: the joint table would hold 240 numbers, more than 100 (E406); "
        "drop or coarsen segment 'city', which has 60 values"
    )


def test_goals_apart_stand_on_rows_of_their_own():
    header = (*PLAIN, "apart__video", "apart_square__video")
    rows = [("A", 0, 8, None, None), ("A", 1, 2, None, None), ("A", None, None, 4, 4)]
    counts = JointCounts.from_rows(header, rows)
    assert counts.reached("video").ravel().tolist() == [4]
    assert counts.moments("video")[0].ravel().tolist() == [10]


def test_the_ledger_tells_what_became_of_every_row():
    header = ("status", *PLAIN, "rows")
    rows = [
        ("analysed", "A", 1, 3, 30),
        ("analysed", "B", 0, 4, 40),
        ("immature", "A", None, 2, 20),
        ("no_unit", None, None, 0, 5),
    ]
    assert JointCounts.from_rows(header, rows).ledger == (
        LedgerEntry("rows_read", 95, "rows"),
        LedgerEntry("no_unit", 5, "rows"),
        LedgerEntry("immature", 2, "units", "A"),
        LedgerEntry("analysed", 3, "units", "A"),
        LedgerEntry("analysed", 4, "units", "B"),
    )


def test_nested_totals_must_be_nested():
    with pytest.raises(CountsError) as caught:
        JointCounts.of_path(("A", "B"), ("cart", "order"), [[9, 5, 5], [9, 5, 6]])
    assert "goals.order: 6 units of 'B', but only 5 cart (E407)" in str(caught.value)


def test_an_unknown_goal_is_suggested():
    counts = JointCounts.of_path(("A",), ("cart", "order"), [[9, 5, 5]])
    with pytest.raises(CountsError, match="did you mean 'cart'"):
        counts.truth("carts")


def test_a_rate_has_no_moments():
    counts = JointCounts.of_path(("A",), ("cart",), [[9, 5]])
    with pytest.raises(CountsError, match="has no values in the table"):
        counts.moments("cart")


@pytest.mark.parametrize(("name", "level"), [("devise", "phone"), ("device", "fone")])
def test_an_unknown_segment_or_level_is_suggested(name, level):
    counts = JointCounts.from_rows(("segment__device", *PLAIN), [("phone", "A", 1, 1)])
    with pytest.raises(CountsError, match="did you mean"):
        counts.only(name, level)


def test_tables_of_different_goals_cannot_be_added():
    carts, orders = (JointCounts.of_path(("A",), (goal,), [[9, 5]]) for goal in ("cart", "order"))
    with pytest.raises(CountsError) as caught:
        _ = carts + orders
    what = "counts: cannot add tables that differ in goal__cart, goal__order (E403)"
    assert what in str(caught.value)


def table(**changed: object) -> JointCounts:
    """A table made by hand, one field changed."""
    units = np.array([[[[7, 3]]]])
    fields = {
        "variants": ("A",),
        "segment_names": (),
        "segments": ((),),
        "periods": (None,),
        "goals": ("cart",),
        "patterns": np.array([[False], [True]]),
        "units": units,
        "rows": units,
        "measures": (),
        "sums": np.zeros((1, 1, 1, 2, 0)),
        "products": np.zeros((1, 1, 1, 2, 0, 0)),
        "apart": Apart((), np.zeros((1, 1, 1, 0)), np.zeros((1, 1, 1, 0))),
    }
    return JointCounts(**(fields | changed))


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"variants": ("A", "A")}, "variants: 'A' stands twice"),
        ({"variants": ("",)}, "variants: a name is empty or missing"),
        ({"patterns": np.array([[True], [True]])}, r"patterns: \(True,\) stands twice"),
        ({"segment_names": ("device",)}, "segments: needs one level per name in every cell"),
        ({"units": np.zeros((1, 1, 1, 3), int)}, r"units: has shape \(1, 1, 1, 3\), not "),
        ({"units": np.array([[[[7, -3]]]])}, "units: holds a count that is negative"),
        ({"units": np.array([[[[7.0, 3.0]]]])}, "units: holds a count that is .* no whole number"),
        ({"measures": ("m",), "sums": np.full((1, 1, 1, 2, 1), np.nan),
          "products": np.zeros((1, 1, 1, 2, 1, 1))}, "sums: holds a number that is not finite"),
    ],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_never_born(changed, what):
    assert table().units.sum() == 10
    with pytest.raises(CountsError, match=what):
        table(**changed)


def test_labels_that_only_differ_in_case_cannot_be_parquet(tmp_path):
    counts = JointCounts.of_path(("A",), ("Cart", "cart"), [[9, 5, 5]])
    with pytest.raises(OutputError, match="differ only in upper and lower case"):
        counts.save(tmp_path / "counts.parquet")
    assert list(tmp_path.iterdir()) == []
    counts.save(tmp_path / "counts.csv")
    assert JointCounts.load(tmp_path / "counts.csv") == counts


def test_a_form_nobody_writes_or_reads(tmp_path):
    counts = JointCounts.of_path(("A",), ("cart",), [[9, 5]])
    with pytest.raises(OutputError, match=r"saved as \.csv or \.parquet, not as '\.xlsx'"):
        counts.save(tmp_path / "counts.xlsx")
    with pytest.raises(SourceError, match=r"read from \.csv or \.parquet, not from '\.xlsx'"):
        JointCounts.load(tmp_path / "counts.xlsx")


def test_a_folder_that_cannot_be_written(tmp_path):
    counts = JointCounts.of_path(("A",), ("cart",), [[9, 5]])
    with pytest.raises(OutputError) as caught:
        counts.save(tmp_path / "nowhere" / "counts.csv")
    assert "cannot be written: no such file or directory (E501); make the folder" in str(
        caught.value
    )


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "counts.csv"
    JointCounts.of_path(("A",), ("cart",), [[9, 5]]).save(path)
    before = path.read_bytes()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("abmicro.counts.storage._write_csv", killed)
    with pytest.raises(KeyboardInterrupt):
        JointCounts.of_path(("A",), ("cart",), [[9, 6]]).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 10, 5, 12),
        datetime(2026, 10, 5, 12, tzinfo=UTC),
        "2026-10-05 12:00:00",
        "2026-10-05T14:00:00+02:00",
        "2026-10-05 12:00:00.75 UTC",
        "1791201600",
        1791201600,
        1791201600.0,
    ],
)
def test_a_moment_is_a_moment_however_it_is_written(moment):
    counts = JointCounts.from_rows((*PLAIN, "cut_off"), [("A", 1, 5, None), ("A", 0, 5, moment)])
    assert counts.cut_off == datetime(2026, 10, 5, 12, tzinfo=UTC)


def test_a_cut_off_is_a_moment():
    assert "column cut_off: 'soon' where a moment such as 2026-10-05 00:00:00 is asked" in refusal(
        (*PLAIN, "cut_off"), [("A", 1, 5, "soon")]
    )


def complete_to(day: int | None) -> JointCounts:
    at = None if day is None else datetime(2026, 10, day, tzinfo=UTC)
    return replace(JointCounts.from_rows(PLAIN, [("A", 1, 5)]), cut_off=at)


def test_two_sets_of_units_are_complete_up_to_the_earlier_cut_off():
    assert (complete_to(7) + complete_to(5)).cut_off == complete_to(5).cut_off
    assert (complete_to(7) + complete_to(None)).cut_off is None
    nothing = JointCounts.from_rows(PLAIN, [], variants=("A",))
    assert nothing + complete_to(7) == complete_to(7)


def test_the_cut_off_is_a_part_of_what_a_table_says():
    assert complete_to(7) != complete_to(5)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_cut_off_survives_its_file_and_a_file_without_is_read(tmp_path, suffix):
    path = tmp_path / f"counts{suffix}"
    complete_to(7).save(path)
    assert JointCounts.load(path) == complete_to(7)
    old = tmp_path / "old.csv"
    old.write_text("status,variant,period,goal__cart,units,rows\nanalysed,A,2026-10-05,1,5,5\n")
    assert JointCounts.load(old).cut_off is None


def test_a_level_alone_is_complete_up_to_the_same_moment():
    rows = [("phone", "A", 1, 5, "2026-10-05"), ("desk", "A", 1, 5, "2026-10-05")]
    counts = JointCounts.from_rows(("segment__device", *PLAIN, "cut_off"), rows)
    assert counts.only("device", "desk").cut_off == counts.cut_off is not None


@pytest.mark.parametrize("many", [2**52 + 1, 2**62])
def test_counts_that_cannot_be_told_apart_are_refused(many):
    told = refusal(PLAIN, [("A", 0, many), ("B", 1, many)])
    assert "and above 9,007,199,254,740,992 one more makes no difference (E410)" in told
    same_cell = refusal(PLAIN, [("A", 0, many), ("A", 0, many), ("A", 0, many)])
    assert same_cell.startswith("units: add up to ")


def test_tables_whose_sum_cannot_be_told_apart_are_not_added():
    half = JointCounts.from_rows(PLAIN, [("A", 0, 2**52), ("B", 0, 1)])
    with pytest.raises(CountsError, match="E410"):
        half + half


def test_units_that_are_left_out_count_too():
    header = ("status", *PLAIN)
    rows = [("analysed", "A", 0, 2**52), ("analysed", "B", 0, 1), ("crossed", None, None, 2**53)]
    assert "E410" in refusal(header, rows)


def test_histograms_are_of_units_that_can_be_told_apart():
    rows = [("A", "cart", "lag", at, 2**52, 1) for at in range(3)]
    with pytest.raises(CountsError, match="E410"):
        Histograms.from_rows(("variant", "goal", "figure", "bin", "units", "macro"), rows)


def test_what_left_for_no_segment_stays_beside_every_level():
    header = ("status", "variant", "segment__device", "goal__cart", "units")
    cells = [("analysed", "A", "desk", 0, 5), ("analysed", "B", "phone", 0, 5)]
    left = [("crossed", None, None, None, 3)]
    one = JointCounts.from_rows(header, [*cells, *left]).only("device", "desk")
    assert [(out.step, out.units) for out in one.left_out] == [("crossed", 3)]


def test_a_sum_was_made_in_one_way_only_if_its_parts_were():
    cells = [("A", 1, 5), ("B", 0, 9)]
    one, other = (
        replace(JointCounts.from_rows(PLAIN, cells), origin=Origin("DuckDB 1.4", query * 64))
        for query in ("a", "b")
    )
    assert (one + one).origin == one.origin
    assert (one + other).origin is None
