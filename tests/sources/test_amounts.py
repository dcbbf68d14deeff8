"""Amounts on their way into the joint table: caps, values from before, empty amounts."""

from __future__ import annotations

import math

import pytest

from abmicro.analysis.analyze import analyze
from abmicro.counts import JointCounts
from abmicro.errors import CountsError, DefinitionError, SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.collect import collect
from abmicro.sources.query import query

CART = {"kind": "milestone"}
ROWS = "arm,cart,spend,earlier\n" + "\n".join(
    [
        *("control,1,100,3", "control,0,0,", "control,1,4,5", "control,0,0,0"),
        *("sticky,1,10,0", "sticky,1,7,8", "sticky,1,1,", "sticky,0,-2,1", "nobody,1,9999,0"),
    ]
)


def spend(**keys: object) -> dict[str, object]:
    return {"cart": CART, "spend": {"kind": "macro", "value": "spend", **keys}}


def known(unit_test, written, rows: str = ROWS, **keys: object) -> JointCounts:
    rows = "\n".join(row for row in rows.split("\n") if not row.startswith("nobody"))
    return collect(unit_test(goals=spend(**keys)), written(rows))


def totals(counts: JointCounts, measure: str) -> list[float]:
    return counts.moments(measure)[1].ravel().tolist()


@pytest.mark.parametrize(
    ("cap", "held"),
    [(8, 8.0), ("80%", 10.0), ("81%", 100.0), ("60%", 7.0), ("1%", 1.0), ("99.99%", 100.0)],
)
def test_the_most_a_unit_counts_is_given_or_that_of_the_positive_amounts_of_all_arms(
    unit_test, written, cap: object, held: float
) -> None:
    """Positive are 1, 4, 7, 10 and 100; zeros and refunds say nothing."""
    counts = known(unit_test, written, cap=cap)
    assert counts.caps == (("spend", held),)
    kept = [[100, 4], [10, 7, 1, -2]]
    assert totals(counts, "spend") == [sum(min(one, held) for one in arm) for arm in kept]
    assert totals(counts, "spend__uncapped") == [104, 16]
    squares = counts.moments("spend")[2].ravel().tolist()
    assert squares == [sum(min(one, held) ** 2 for one in arm) for arm in kept]


def test_a_cap_is_that_of_units_that_are_analysed(unit_test, written) -> None:
    """An arm nobody knows, and a day that does not count, move no cap."""
    rows = "arm,cart,spend,day\n" + "\n".join(
        ["control,1,1,2026-10-05", "sticky,1,2,2026-10-06", "sticky,1,900,2026-10-07"]
    )
    days = {"columns": {"period": "day"}, "goals": spend(cap="100%".replace("100", "99"))}
    counts = collect(unit_test(**days), written(rows), as_of="2026-10-07")
    assert counts.caps == (("spend", 2.0),)
    assert [out.step for out in counts.left_out] == ["outside"]


def test_where_nobody_spends_there_is_nothing_to_cap(unit_test, written) -> None:
    rows = "arm,cart,spend\ncontrol,1,0\nsticky,0,0\n"
    counts = known(unit_test, written, rows, cap="90%")
    assert counts.caps == (("spend", None),)
    assert totals(counts, "spend") == [0, 0]


def test_a_cap_that_was_found_is_not_found_again(unit_test, written) -> None:
    """At a later look there are more and larger amounts; the cap of the first look holds."""
    asked = unit_test(goals=spend(cap="80%"))
    first = known(unit_test, written, cap="80%")
    more = ROWS.replace("nobody,1,9999", "sticky,1,9999") + "\ncontrol,1,5000,0"
    later = collect(asked, written(more), caps=dict(first.caps))
    assert later.caps == first.caps == (("spend", 10.0),)
    assert totals(later, "spend") == [10 + 4 + 10, 10 + 7 + 1 - 2 + 10]
    assert dict(collect(asked, written(more)).caps) != dict(first.caps)


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        ({"spent": 3.0}, r"caps.spent: 'spent' has no cap .* \(E320\)"),
        ({"spend": -3.0}, r"caps.spend: -3 is no cap \(E320\)"),
    ],
)
def test_caps_of_another_look_are_those_of_capped_goals(
    unit_test, written, caps: dict[str, float], said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        collect(unit_test(goals=spend(cap="80%")), written(ROWS), caps=caps)


def test_saved_tables_keep_their_caps(unit_test, written, tmp_path) -> None:
    counts = known(unit_test, written, cap="80%")
    for form in ("csv", "parquet"):
        counts.save(tmp_path / f"counts.{form}")
        assert JointCounts.load(tmp_path / f"counts.{form}") == counts
    assert (counts + counts).caps == counts.caps


def test_tables_of_two_caps_do_not_add_up(unit_test, written) -> None:
    one, other = known(unit_test, written, cap=8), known(unit_test, written, cap=9)
    with pytest.raises(CountsError, match=r"goals.spend.cap: amounts were capped at 8 and at 9"):
        _ = one + other


def test_a_value_from_before_stands_beside_its_goal(unit_test, written) -> None:
    """An empty one counts as nothing."""
    counts = known(unit_test, written, before={"column": "earlier"})
    assert totals(counts, "spend__before") == [8, 9]
    at, past = map(counts.measures.index, ("spend", "spend__before"))
    assert counts.products[..., at, past].sum() == 300 + 20 + 56 - 2


def test_a_rate_has_its_past_beside_its_pattern(unit_test, written) -> None:
    goals = {"cart": {**CART, "before": {"column": "earlier"}}, "spend": spend()["spend"]}
    rows = "\n".join(ROWS.split("\n")[:-1])
    counts = collect(unit_test(goals=goals), written(rows))
    place = counts.measures.index("cart__before")
    of_carts = counts.sums[..., counts.truth("cart"), place].sum(axis=(1, 2, 3))
    assert of_carts.tolist() == [8, 8]


@pytest.mark.parametrize(
    ("missing", "units", "total", "steps"),
    [("zero", [2, 2], [4, 8], []), ("leave_out", [1, 1], [4, 8], ["empty_value"] * 2)],
)
def test_an_empty_amount_is_nothing_or_leaves_its_unit_out(
    unit_test, written, missing: str, units: list[int], total: list[float], steps: list[str]
) -> None:
    rows = "arm,cart,spend\ncontrol,1,4\ncontrol,1,\nsticky,1,8\nsticky,0,\n"
    counts = known(unit_test, written, rows, missing=missing)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == units
    assert totals(counts, "spend") == total
    assert [out.step for out in counts.left_out] == steps


def test_an_empty_amount_is_refused_where_nothing_is_said(unit_test, written) -> None:
    rows = "arm,cart,spend\ncontrol,1,4\ncontrol,1,\nsticky,1,8\n"
    with pytest.raises(SourceError, match=r"'spend' is empty in 1 unit \(E307\).*missing"):
        known(unit_test, written, rows)


def test_counts_by_goal_cannot_be_capped() -> None:
    with pytest.raises(DefinitionError, match=r"goals.spend.cap: .*collect from events or units"):
        Experiment(
            name="Totals",
            variants=["A", "B"],
            goals=spend(cap=500),
            data={"shape": "counts", "columns": {"variant": "arm", "units": "units"}},
        )


def test_other_definitions_ask_as_before(unit_test) -> None:
    """A definition without the new keys has the statement it had."""
    plain = query(unit_test(goals=spend()))
    assert "cap" not in plain
    assert "emptied" not in plain
    assert math.isclose(plain.count("SELECT"), 3)


@pytest.mark.parametrize("amount", ["0.00001", "0.333333333", "0.0123456789012"])
def test_squares_below_the_ninth_place_are_those_that_amounts_can_have(
    unit_test, written, amount: str
) -> None:
    """A sum keeps nine places, so the square of a small amount is rounded, to nothing at worst."""
    rows = f"arm,cart,spend\ncontrol,1,{amount}\ncontrol,0,0\nsticky,1,{amount}\nsticky,0,0"
    test = unit_test(goals=spend())
    counts = collect(test, written(rows))
    units, sums, squares = (part.ravel() for part in counts.moments("spend"))
    assert units.tolist() == [2, 2]
    assert sums == pytest.approx(2 * [float(amount)], abs=1e-9)
    assert (squares >= sums**2 / 2).all()
    assert analyze(test, counts).goals
