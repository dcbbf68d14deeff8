"""Sheets as reports, mails and pivot tables have them: read, or refused with both readings."""

from __future__ import annotations

import pytest

from abmicro.errors import SourceError
from abmicro.sources.sheets.sheet import read_sheet

TWO = {"A": (10000, 300), "B": (10050, 318)}
HEAD = "variant,visitors,orders\n"
ROWS = "A,10000,300\nB,10050,318\n"
AUDIENCES = (
    "variant,audience,visitors,orders\n"
    "A,{0},6000,180\nA,{1},4000,120\nB,{0},6030,190\nB,{1},4020,128\n"
)
WEEKS = "week,variant,visitors,orders\n{0},A,{2},{4}\n{1},A,{3},{5}\n{0},B,{2},{4}\n{1},B,{3},{5}\n"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Einnahmen",
            "Deckungsbeitrag",
            "CA",
            "CA TTC",
            "Revenu",
            "Ingresos",
            "Receita",
            "Ricavi",
        ),
        *("Opbrengst", "Intäkter", "Inntekt", "Omsætning", "Liikevaihto", "Przychód", "Tržby"),
        *("Gelir", "Выручка", "売上", "销售额", "RPV", "Ticket medio", "CI low", "Upper", "Nenner"),
        *(
            "LTV",
            "CPC",
            "ROAS",
            "Ø basket",
            "Wert",
            "net sales",
            "Steigerung",
            "Fiabilité",
            "Mejora",
        ),
        *("Miglioramento", "Verbetering", "Probability to be best", "Współczynnik konwersji"),
        *("Konverteringsgrad", "転換率", "Konversioprosentti", "Durchschnittsalter"),
        *("Pages / visit", "Seiten pro Besuch", "products sold", "Konfidenzintervall 95 min"),
    ],
)
def test_money_means_and_bounds_in_many_languages_are_no_goals(name: str) -> None:
    text = f"variant,visitors,orders,{name}\nA,10000,300,90\nB,10050,318,94\n"
    assert read_sheet(text).goals == ("orders",)


@pytest.mark.parametrize(
    ("visits", "people"),
    [
        ("Sessions", "Visiteurs uniques"),
        ("Sitzungen", "Einmalige Besucher"),
        ("Sessioni", "Visitatori unici"),
        ("Sesje", "Unikalni użytkownicy"),
        ("Impressions", "Reach"),
    ],
)
def test_unique_people_are_the_units_beside_visits(visits: str, people: str) -> None:
    names = f"variant,{visits},{people},orders"
    sheet = read_sheet(f"{names}\nA,14000,10000,300\nB,14100,10050,318\n")
    assert (sheet.units, sheet.totals) == (people, TWO)


@pytest.mark.parametrize(
    "text",
    [
        "Metric,A,,B,\n,n,%,n,%\nVisitors,10000,100%,10050,100%\nOrders,300,3.0%,318,3.2%\n",
        "Metric,A,,B,\n,Count,Rate,Count,Rate\nVisitors,10000,,10050,\nOrders,300,3.0%,318,3.2%\n",
        "Metric,A count,A rate,B count,B rate\nVisitors,10000,,10050,\nOrders,300,3.0%,318,3.2%\n",
        HEAD + ROWS + "Total,,\n",
        "variant,visitors,orders,rate\nA,10000,300,3.0%\nB,10050,318,3.2%\nTotal,,,3.1%\n",
        "variant,visitors,purchase events,purchasers\nA,10000,340,300\nB,10050,350,318\n",
        "> variant;visitors;orders\n> A;10000;300\n> B;10050;318\n",
        "Hi Tom,\n\nhere they are, as promised:\n\nvariant     visitors    orders\n"
        "A           10,000      300\nB           10,050      318\n\nBest,\nAnna\n",
        "  variant  visitors  orders\n0       A     10000     300\n1       B     10050     318\n",
    ],
)  # fmt: skip
def test_reports_and_mails_are_read(text: str) -> None:
    assert read_sheet(text).totals == TWO


def test_rows_that_name_two_others_are_their_sum_where_they_are() -> None:
    rows = ROWS + "C,9980,290\n"
    assert set(read_sheet(f"{HEAD}{rows}B + C,20030,608\n").totals) == {"A", "B", "C"}
    both = read_sheet(f"{HEAD}{rows}B + C,9970,301\n").totals
    assert both["B + C"] == (9970, 301)


def test_parts_across_are_no_goals_of_their_total() -> None:
    text = "Row Labels,desktop,mobile,Grand Total\nA,4000,6000,10000\nB,4020,6030,10050\n"
    with pytest.raises(SourceError, match="desktop, mobile add up to 'Grand Total'"):
        read_sheet(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("new", "paid"), ("new", "all mobile"), ("Neu", "Mobil"), ("Returning users", "Email")),
        *(("before", "during"), ("raw", "filtered"), ("GA4", "VWO"), ("Plan", "Ist")),
        *(("AA", "AB"), ("A/A test", "A/B test"), ("mobile", "iOS")),
    ],
)
def test_rows_that_may_hold_the_same_people_are_refused(one: str, other: str) -> None:
    with pytest.raises(SourceError, match=r"\(E677\)") as caught:
        read_sheet(AUDIENCES.format(one, other))
    assert repr(one) in str(caught.value)


@pytest.mark.parametrize(
    "name", ["undefined", "Both", "Multiple variants", "nicht zugeordnet", "Sonstiges"]
)
def test_people_of_no_variant_are_no_variant(name: str) -> None:
    with pytest.raises(SourceError, match=r"may be none of them \(E675\)"):
        read_sheet(f"{HEAD}{ROWS}{name},15,1\n")


@pytest.mark.parametrize("name", ["as of", "Snapshot", "Stand"])
def test_days_up_to_which_was_counted_are_not_added_up(name: str) -> None:
    with pytest.raises(SourceError, match=r"visitors of A are 10,000 or 19,000 \(E339\)"):
        read_sheet(
            WEEKS.replace("week", name).format("14.10.2026", "28.10.2026", 9000, 10000, 2, 3)
        )


def test_days_beside_the_variants_are_no_broken_numbers() -> None:
    text = "variant;start;visitors;orders\nA;05.10.2026;10000;300\nB;05.10.2026;10050;318\n"
    assert read_sheet(text).totals == TWO


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("new", "returning"), ("paid", "email"), ("App", "Direct"), ("iOS", "desktop")),
        *(("GA", "NC"), ("plan", "home"), ("phase 1", "phase 2")),
        ("new mobile", "old mobile"),
    ],
)
def test_rows_of_one_kind_of_people_are_added_up(one: str, other: str) -> None:
    assert read_sheet(AUDIENCES.format(one, other)).totals == TWO


@pytest.mark.parametrize("weeks", [(1, 2), ("W41", "W42"), ("first", "second")])
def test_two_running_totals_are_refused_with_both_readings(weeks: tuple[object, object]) -> None:
    with pytest.raises(SourceError, match="visitors of A are 10,000 or 15,000") as caught:
        read_sheet(WEEKS.format(*weeks, 5000, 10000, 150, 300))
    assert "E339" in str(caught.value)


@pytest.mark.parametrize("counts", [(5000, 5200, 150, 160), (7000, 3000, 200, 90)])
def test_two_weeks_that_do_not_double_are_added_up(counts: tuple[int, ...]) -> None:
    sheet = read_sheet(WEEKS.format("W41", "W42", *counts))
    assert sheet.totals["A"] == (counts[0] + counts[1], counts[2] + counts[3])
