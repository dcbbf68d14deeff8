"""Sheets whose rows would be counted twice are refused by name; others are read as they are."""

from __future__ import annotations

import pytest

from abmicro.errors import SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect

HEAD = "variant,visitors,carts,orders\n"
PLAIN = HEAD + "control,10000,1200,300\nnew,10050,1350,318\n"
DEVICES = """variant,device,visitors,carts,orders
control,{all},10000,1200,300
control,desktop,6000,720,180
control,mobile,4000,480,120
new,{all},10050,1350,318
new,desktop,6030,810,191
new,mobile,4020,540,127
"""
DAYS = """variant,day,visitors,carts,orders
control,2026-10-05,6000,720,180
new,2026-10-05,6030,810,191
control,2026-10-06,4000,480,120
new,2026-10-06,4020,540,127
"""
LONG = """variant,metric,visitors,carts,orders
control,carts,10000,1200,300
new,carts,10050,1350,318
control,orders,10000,1200,300
new,orders,10050,1350,318
"""


def counts_test(*variants, segments=(), **columns):
    data = Data(shape="counts", columns=DataColumns(units="visitors", **columns))
    goals = {"carts": {"kind": "milestone"}, "orders": {"kind": "macro"}}
    return Experiment(
        name="T",
        variants=variants or ("control", "new"),
        goals=goals,
        data=data,
        segments=list(segments),
    )


def refused(rows, written, *variants, **keys):
    with pytest.raises(SourceError) as caught:
        collect(counts_test(*variants, **keys), written(rows))
    assert "E315" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("word", ["Total", "Summe", "(all)", "Grand total", "both"])
def test_a_total_row_is_refused_whatever_it_is_called(written, word):
    rows = f"{PLAIN}{word},20050,2550,618\n"
    for variants in ((), ("control", "new", word.strip("()"))):
        said = refused(rows, written, *variants)
        assert f"{word!r} is a total" in said
        assert "visitors 20,050, carts 2,550, orders 618" in said


def test_a_row_called_total_that_is_none_is_refused_with_the_difference(written):
    rows = PLAIN + "Total,20060,2550,618\n"
    assert "visitors 20,060 against 20,050" in refused(rows, written)
    named = collect(counts_test("control", "new", "Total"), written(rows))
    assert named.units.sum() == 40_110


@pytest.mark.parametrize("word", ["All", "every", ""])
@pytest.mark.parametrize("segments", [(), ("device",)])
def test_all_beside_its_parts_is_refused(written, word, segments):
    said = refused(DEVICES.format(all=word), written, segments=segments)
    assert "column device" in said
    assert "is a total" in said


@pytest.mark.parametrize("last", ["Total,,20050,2550,618", "Total,Total,20050,2550,618"])
def test_a_total_below_days_is_refused(written, last):
    assert "is a total" in refused(f"{DAYS}{last}\n", written)
    below = "control,Total,10000,1200,300\nnew,Total,10050,1350,318\n"
    assert "column day" in refused(DAYS + below, written)


def test_a_total_among_days_is_refused_by_its_name(written):
    below = "control,Total,10000,1200,300\nnew,Total,10050,1350,318\n"
    with pytest.raises(SourceError, match=r"column 'day' holds text \(for example 'Total'\)"):
        collect(counts_test(period="day"), written(DAYS + below))
    empty = f"{DAYS}Total,,20050,2550,618\n"
    assert "is a total" in refused(empty, written, period="day")


@pytest.mark.parametrize("segments", [(), ("metric",)])
def test_one_row_per_metric_is_refused(written, segments):
    said = refused(LONG, written, segments=segments)
    assert "one row for each variant and metric ('carts', 'orders')" in said


def test_a_variant_that_stands_twice_is_refused_with_its_rows(written):
    said = refused(PLAIN + "new,50,4,1\n", written)
    assert "'new' stands twice (rows 2, 3 of the data)" in said


@pytest.mark.parametrize("columns", [{}, {"period": "day"}])
def test_rows_that_days_tell_apart_add_up(written, columns):
    assert collect(counts_test(**columns), written(DAYS)).units.sum() == 20_050


def test_two_arms_with_the_same_counts_are_no_total(written):
    rows = HEAD + "control,100,20,5\nnew,100,20,5\n"
    assert collect(counts_test(), written(rows)).units.sum() == 200


def test_more_rows_than_a_sheet_are_not_searched_and_say_so(written, monkeypatch):
    monkeypatch.setattr("abmicro.sources.validation.sheet_rows.MOST_ROWS", 200)
    rows = "variant,visitors,carts,orders,place\n" + "".join(
        f"{variant},1,0,0,p{place}\n" for place in range(101) for variant in ("control", "new")
    )
    with pytest.warns(UserWarning, match="more than 200 rows of counts: not searched"):
        assert collect(counts_test(), written(rows)).units.sum() == 202
