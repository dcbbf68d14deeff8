"""Tables of counts in any layout: what is read, what is set aside and said, what is refused."""

from __future__ import annotations

import gzip
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from abmicro.errors import SourceError
from abmicro.sources.sheets.cells import rows_of_file
from abmicro.sources.sheets.sheet import read_sheet
from abmicro.sources.text.encodings import decoded
from tests.examples import examples

read = read_sheet


def refusal(text: str) -> str:
    with pytest.raises(SourceError) as caught:
        read(text)
    assert all(problem.hint for problem in caught.value.problems)
    return str(caught.value)


TOTALS = {"A": (10000, 300), "B": (10050, 318)}


@pytest.mark.parametrize(
    "text",
    [
        "variant visitors orders\nA 10000 300\nB 10050 318",
        "sep=;\nvariant;visitors;orders\nA;10000;300\nB;10050;318",
        "| variant | visitors | orders |\n|---|---|---|\n| A | 10000 | 300 |\n| B | 10050 | 318 |",
        "Test,Button\nOwner,Ann\n\nvariant,visitors,orders\nA,10000,300\nB,10050,318\nSource: x",
        "variant,visitors,orders\nA,10000,300\nB,10050,318\nAverage,10025,309",
        "variant,visitors,orders,cr\nA,10000,300,3.0%\nB,10050,318,3.2%\nLift,+0.5%,+6%,+5.5%",
        "id,variant,description,visitors,orders\n1,A,old,10000,300\n2,B,new,10050,318",
        "variant,traffic,visitors,orders\nA,50%,10000,300\nB,50%,10050,318",
        "variant,visitors,orders,conversion rate\nA,10000,300,0.03\nB,10050,318,0.0316",
        "variant,visitors,orders,conversion rate (%)\nA,10000,300,3\nB,10050,318,3",
        "Variante;Besucher;Käufe\nA;10'000;300\nB;10'050;318",
        "Groupe;Visiteurs;Commandes\nA;10\u202f000;300\nB;10\u202f050;318",
        "NAME,people there,clicked\nA,10000,300\nB,10050,318",
        "metric,A,B,p-value\nvisitors,10000,10050,\norders,300,318,0.47",
        "variant,event,users\nA,visit,10000\nA,order,300\nB,visit,10050\nB,order,318",
        "variant,visitors,orders\nA,10000,300\nB,10050,318\n,20050,618",
    ],
)
def test_the_counts_are_found_whatever_stands_around_them(text: str) -> None:
    assert read(text).totals == TOTALS


@pytest.mark.parametrize("visitors", ["visitors", "Besucher", "Sessions", "usuarios", "n_users"])
@pytest.mark.parametrize("metric", ["metric", "Goal", "Kennzahl"])
def test_metrics_in_rows_become_columns_of_three_variants(visitors: str, metric: str) -> None:
    units = {"Original": 9000, "V1": 9100, "V2": 9050}
    goals = {"Add to cart": 700, "Checkout": 400, "Purchase": 90}
    rows = [
        f"{arm},{goal},{n},{k}" for (arm, n), (goal, k) in product(units.items(), goals.items())
    ]
    sheet = read("\n".join([f"Experience,{metric},{visitors},conversions", *rows]))
    assert sheet.goals == tuple(goals)
    assert sheet.totals == {arm: (n, 700, 400, 90) for arm, n in units.items()}


def test_days_segments_and_what_only_tells_rows_apart() -> None:
    sheet = read(
        "date,week,device,variant,visitors,orders\n"
        "10/13/2026,42,phone,A,100,9\n10/13/2026,42,phone,B,90,7\n"
        "10/13/2026,42,other,A,50,5\n10/13/2026,42,other,B,60,6\n"
        "10/14/2026,42,phone,A,80,3\n10/14/2026,42,phone,B,70,2\n"
    )
    assert (sheet.period, sheet.segments, sheet.apart) == ("date", ("device",), ())
    assert sheet.label_names == ("variant", "date", "device")
    assert sheet.labels[0] == ("A", "2026-10-13", "phone")


def test_days_that_can_be_read_in_two_ways_are_not_read_as_days() -> None:
    sheet = read(
        "date,variant,visitors,orders\n"
        "01/10/2026,A,100,9\n01/10/2026,B,90,7\n02/10/2026,A,80,3\n02/10/2026,B,70,2\n"
    )
    assert (sheet.period, sheet.apart) == (None, ("date",))
    assert sheet.totals == {"A": (180, 12), "B": (160, 9)}
    note = "date is not read as days: '01/10/2026' is 1 October 2026 or 10 January 2026"
    assert note in sheet.notes


def test_numbers_that_are_no_goals_are_named() -> None:
    sheet = read(
        "variant,users,new users,page views,orders,revenue\n"
        "A,1000,900,5000,30,999\nB,1010,901,5100,31,980\n"
    )
    assert (sheet.units, sheet.goals) == ("users", ("orders",))
    assert [note.partition(":")[0] for note in sheet.notes] == [
        "new users set aside",
        "page views set aside",
        "revenue set aside",
    ]


def test_a_rate_that_contradicts_its_counts_is_told_with_both_values() -> None:
    sheet = read("variant,visitors,carts,cart rate\nA,10000,1200,12.0%\nB,10050,1350,14.0%\n")
    assert sheet.totals == {"A": (10000, 1200), "B": (10050, 1350)}
    assert sheet.notes[-1] == (
        "warning: cart rate says 14.0%, and carts / visitors = 1,350 / 10,050 is 13.43 %"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A,100,10\nB,110,12", "no row of names with numbers below it (E335)"),
        ("variant,visitors,visitors\nA,1,1\nB,1,1", "2 columns are called 'visitors' (E335)"),
        (
            "variant,mobile users,mobile orders,desktop users,desktop orders\nA,4,1,6,1\nB,4,1,6,2",
            "two columns of units: 'mobile users' and 'desktop users' (E335)",
        ),
        (
            "variant,visitors,orders\nA,9,3\nB,9,4\n\ndevice,visitors,orders\nphone,18,7",
            "two tables in one sheet: 'variant visitors orders' and below it 'device",
        ),
        ("variant,visitors,orders\nA,10k,300\nB,10.1k,318", "'visitors' holds '10k' among numbers"),
        ("variant,visitors,orders\nA,100,-3\nB,110,4", "set aside: it holds a number below 0"),
        ("visitors,orders\n10,1\n11,2", "no column tells the variants; columns of text: none"),
        ("variant,visitors,orders\nA,10,1", "column 'variant' names one variant, A (E336)"),
        ("variant,city\nA,1\nB,2", "no column counts the visitors of a variant"),
        ("variant,visitors,clicks\nA,10,20\nB,11,30", "no column counts what the visitors did"),
        (
            "variant,metric,visitors,count\nA,cart,10,5\nA,buy,9,4\nB,cart,11,6\nB,buy,8,2",
            "visitors of 'A' differ by metric: cart 10, buy 9 (E337)",
        ),
        ("variant,metric,count\nA,cart,5\nA,buy,4\nB,cart,6\nB,buy,2", "no column or row tells"),
        ("variant,visitors,carts\nA,100,\nB,110,12", "column 'carts' holds nothing for 'A' (E338)"),
        ("variant,visitors,carts\nA,100,~10\nB,110,12\nC,9,1", "column 'carts' holds '~10' among"),
        ("variant,visitors,carts\nA,100,9\nB,110,12\nB,7,1", "'B' stands twice (rows 2, 3"),
        ("test,variant,visitors,carts\nx,A,9,1\nx,B,9,2\ny,A,9,3\ny,B,9,4", "several tests in one"),
        ("variant;visitors;carts\nA;20.000;12.000\nB;30.000;12.000", "'20.000' is 20 or 20,000"),
        ("variant;visitors;carts\nA;100;10,5\nB;110;10.5", "not all written in one way"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, says: str) -> None:
    assert says in refusal(text)


def test_running_totals_are_no_days() -> None:
    days = [(100, 9), (220, 18), (310, 30), (440, 41)]
    rows = [f"2026-10-0{at},{arm},{n},{k}" for at, (n, k) in enumerate(days, 1) for arm in "AB"]
    head = "day,variant,visitors,orders"
    assert "as in running totals: visitors of " in refusal("\n".join([head, *rows]))
    assert "visitors of A are 220 or 320 (E339)" in refusal("\n".join([head, *rows[:4]]))
    assert read("\n".join([head, *rows[:4]]).replace("220", "140")).totals["A"] == (240, 27)


def test_text_of_any_encoding_is_read() -> None:
    text = "variant;Körbe"
    assert decoded(text.encode("utf-8-sig")) == (text, None)
    assert decoded(text.encode("utf-16")) == decoded(text.encode("utf-16-le")) == (text, "UTF-16")
    assert decoded(text.encode("cp1252")) == (text, "Windows-1252")


METRICS = ("add to cart", "checkout", "orders")
ARMS = ("control", "red", "blue", "green")
DEVICES = ("phone", "desktop", "tablet")


@st.composite
def tables(draw: st.DrawFn) -> dict[tuple[str, str], tuple[int, ...]]:
    """Variant and device to visitors and reached of every metric."""
    metrics = draw(st.integers(1, 3))
    table = {}
    for cell in product(ARMS[: draw(st.integers(2, 4))], DEVICES[: draw(st.integers(1, 3))]):
        visitors = draw(st.integers(1001, 99_999))
        reached = draw(st.lists(st.integers(1, visitors), min_size=metrics, max_size=metrics))
        table[cell] = (visitors, *sorted(reached, reverse=True))
    return table


def with_total(rows: list[list[Any]], labels: int, word: str) -> list[list[Any]]:
    sums = [sum(column) for column in zip(*(row[labels:] for row in rows), strict=True)]
    return [*rows, [word, *[""] * (labels - 1), *sums]]


def written(rows: list[list[Any]], sign: str, thousands: str) -> str:
    """Rows as text; numbers with this sign between thousands."""

    def cell(value: Any) -> str:
        text = f"{value:,}".replace(",", thousands) if isinstance(value, int) else str(value)
        return f'"{text}"' if sign in text else text

    return "\n".join(sign.join(map(cell, row)) for row in rows)


@examples(200)
@given(
    table=tables(),
    layout=st.sampled_from(["wide", "long", "longer", "across"]),
    title=st.booleans(),
    total=st.sampled_from(["", "Total", "Summe", "(all)", "All"]),
    sign=st.sampled_from([",", ";", "\t"]),
    thousands=st.sampled_from(["", ",", " ", "'", "."]),
)
def test_one_table_in_every_layout_gives_the_same_counts(
    table: dict[tuple[str, str], tuple[int, ...]],
    layout: str,
    title: bool,
    total: str,
    sign: str,
    thousands: str,
) -> None:
    names = ["visitors", *METRICS[: len(next(iter(table.values()))) - 1]]
    if layout == "across":
        table = {cell: counts for cell, counts in table.items() if cell[1] == DEVICES[0]}
    wide = [[*cell, *counts] for cell, counts in table.items()]
    wide = with_total(wide, 2, total) if total else wide
    if layout == "wide":
        rows = [["variant", "device", *names], *wide]
    elif layout == "long":
        rows = [["variant", "device", "goal", "visitors", "count"]]
        rows += [[*r[:2], m, r[2], k] for r in wide for m, k in zip(names[1:], r[3:], strict=True)]
    elif layout == "longer":
        rows = [["variant", "device", "metric", "value"]]
        rows += [[*r[:2], m, k] for r in wide for m, k in zip(names, r[2:], strict=True)]
    else:
        rows = [["metric", *(row[0] for row in wide)]]
        rows += [[name, *(row[2 + at] for row in wide)] for at, name in enumerate(names)]
    rows = [["Button test"], [], *rows] if title else rows
    expected: dict[str, tuple[int, ...]] = {}
    for (arm, _), counts in table.items():
        known = expected.get(arm, (0,) * len(counts))
        expected[arm] = tuple(a + b for a, b in zip(known, counts, strict=True))
    try:
        found = read(written(rows, sign, thousands)).totals
    except SourceError as error:
        assert "E318" in str(error)  # noqa: PT017
        assert thousands in {",", "."}
    else:
        assert found == expected


@examples(100)
@given(table=tables(), draw=st.data(), total=st.booleans())
def test_the_order_of_rows_and_columns_changes_no_count(
    table: dict[tuple[str, str], tuple[int, ...]], draw: st.DataObject, total: bool
) -> None:
    names = ["visitors", *METRICS[: len(next(iter(table.values()))) - 1]]
    rows = [[*cell, *counts] for cell, counts in table.items()]
    rows = with_total(rows, 2, "Total") if total else rows
    head = ["variant", "device", *names]
    expected = read(written([head, *rows], ";", ""))
    order = draw.draw(st.permutations(range(len(head))))
    shuffled = [[row[at] for at in order] for row in [head, *draw.draw(st.permutations(rows))]]
    found = read(written(shuffled, ";", ""))
    assert {*found.arms} == {*expected.arms}
    for arm, counts in found.totals.items():
        told = dict(zip((found.units, *found.goals), counts, strict=True))
        known = zip((expected.units, *expected.goals), expected.totals[arm], strict=True)
        assert told == dict(known)


def test_a_packed_sheet_is_unpacked_and_refused_where_it_breaks(tmp_path: Path) -> None:
    packed = gzip.compress(b"variant,visitors\nA,1000\nB,1010\n")
    sound, broken = tmp_path / "counts.csv.GZ", tmp_path / "broken.csv.gz"
    sound.write_bytes(packed)
    broken.write_bytes(packed[:10] + bytes([255] * 10) + packed[20:])
    assert rows_of_file(sound) == [["variant", "visitors"], ["A", "1000"], ["B", "1010"]]
    with pytest.raises(SourceError, match=r"broken\.csv\.gz: cannot be read"):
        rows_of_file(broken)
