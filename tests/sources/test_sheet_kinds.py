"""Sheets as teams and their tools keep them, each kind in its smallest form: read, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from abmicro.errors import SourceError
from abmicro.sources.inspection.inspect import sniff
from abmicro.sources.sheets.sheet import read_sheet

TWO = {"A": (10000, 300), "B": (10050, 318)}
PATH = {"A": (10000, 1200, 300), "B": (10050, 1350, 318)}
ROWS = "A,10000,1200,300\nB,10050,1350,318\n"
WIDE = "variant,visitors,carts,orders\n" + ROWS
PARTS = (
    *(("A", "2026-10-01", 5000, 140), ("A", "2026-10-02", 5000, 160)),
    *(("B", "2026-10-01", 5010, 150), ("B", "2026-10-02", 5040, 168)),
)


@pytest.mark.parametrize(
    "text",
    [
        *(f"{WIDE}{word},20050,2550,618\n" for word in ("Итого", "合計", "All visitors")),
        WIDE + "Total,20050,,\n",
        WIDE + "(not set),12,1,0\n",
        WIDE + "\nDuration (days),14\nConfidence,95%\n",
        *(f"{WIDE}{word},50,150,18\n" for word in ("B - A", "B vs A", "Δ", "Разница")),
        WIDE + "B CR,,13.43%,3.16%\n",
        ",visitors,carts,orders\n" + ROWS,
        WIDE.replace(",", '",="').replace("\n", '"\n="').join(('="', '"')).removesuffix('\n=""'),
        "".join(f'"{line}"\n' for line in WIDE.splitlines()),
        ",variant,visitors,carts,orders\n0,A,10000,1200,300\n1,B,10050,1350,318\n",
        "variant,visitors,carts,orders,\n" + ROWS + ",20050,2550,618,Grand total\n",
        "variant,visitors,carts,,orders,\n,,n,%,n,%\n"
        "A,10000,1200,12.0%,300,3.0%\nB,10050,1350,13.4%,318,3.2%\n",
        "variant,visitors,carts,rate,orders,rate\n"
        "A,10000,1200,12.0%,300,3.0%\nB,10050,1350,13.4%,318,3.2%\n",
        "variant,visitors,carts,orders\n,(n),(n),(n)\n" + ROWS,
        "variant,visitors,Conversions,\n,,carts,orders\n" + ROWS,
        "Visitors,,Carts,,Orders,\nA,B,A,B,A,B\n10000,10050,1200,1350,300,318\n",
        "A visitors,A carts,A orders,B visitors,B carts,B orders\n10000,1200,300,10050,1350,318\n",
        "# of visitors A,carts A,orders A,# of visitors B,carts B,orders B\n"
        "10000,1200,300,10050,1350,318\n",
        "metric,A,B\ndescription,grey,green\nvisitors,10000,10050\ncarts,1200,1350\norders,300,318\n",
        "metric,A,B\nsince,2026-10-01,2026-10-01\nvisitors,10000,10050\ncarts,1200,1350\n"
        "orders,300,318\n",
        "variant,traffic,carts,orders\n" + ROWS,
        "variant,visitors,carts,orders,bounce rate,avg order value,days,items\n"
        "A,10000,1200,300,43,50,14,450\nB,10050,1350,318,41,51,14,501\n",
        "variant,visitors,carts,orders,did not order\n"
        "A,10000,1200,300,9700\nB,10050,1350,318,9732\n",
        "variant,visitors,cart visitors,paying visitors\n" + ROWS,
        "variant,visitors,carts,orders\nA,10000,1200 [12.0%],300 [3.0%]\n"
        "B,10050,1350 [13.4%],318 [3.2%]\n",
    ],
)  # fmt: skip
def test_what_stands_beside_the_counts_is_told_from_them(text: str) -> None:
    assert read_sheet(text).totals == PATH


def lines(head: str, *rows: Sequence[object]) -> str:
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)])


@pytest.mark.parametrize(
    "text",
    [
        "variant,date,visitors,orders\nA,2026-10-01,5000,140\n,2026-10-02,5000,160\n"
        "A Total,,10000,300\nB,2026-10-01,5010,150\n,2026-10-02,5040,168\nB Total,,10050,318\n"
        "Grand Total,,20050,618\n",
        "device,variant,visitors,orders\nphone,A,5000,140\n,B,5010,150\n"
        "desktop,A,5000,160\n,B,5040,168\n",
        "device,variant,No. of visitors,No. of orders\nphone,A,5000,140\n,B,5010,150\n"
        "desktop,A,5000,160\n,B,5040,168\n,,20050,618\n",
        "device,metric,A,B\nphone,visitors,5000,5010\n,orders,140,150\n"
        "desktop,visitors,5000,5040\n,orders,160,168\n",
        "Date,A,,B,\n,Visitors,Orders,Visitors,Orders\n2026-10-01,5000,140,5010,150\n"
        "2026-10-02,5000,160,5040,168\n",
        "goal,variant,visitors,count\norders,A,10000,300\n,B,10050,318\nmore,A,10000,20\n,B,10050,20",
        lines("variant,segment,visitors,orders", *PARTS, ("A", "All users", 10000, 300),
              ("B", "All users", 10050, 318)),
        lines("variant,kw,visitors,orders", *PARTS),
    ],
)  # fmt: skip
def test_parts_are_added_up_and_their_totals_are_not(text: str) -> None:
    assert {arm: counts[:2] for arm, counts in read_sheet(text).totals.items()} == TWO


def test_numbers_name_variants_in_a_column_that_is_called_so() -> None:
    sheet = read_sheet("group,visitors,orders\n0,10000,300\n1,10050,318\n")
    assert sheet.totals == {"0": (10000, 300), "1": (10050, 318)}


@pytest.mark.parametrize(
    ("names", "arms"),
    [
        ("Visitors: 10% off,Orders: 10% off,Visitors: 20% off,Orders: 20% off",
         ("10% off", "20% off")),
        ("Control (50%) Visitors,Control (50%) Orders,New (50%) Visitors,New (50%) Orders",
         ("Control (50%)", "New (50%)")),
        ("Visitors (A),Orders (A),Visitors (B 2),Orders (B 2)", ("A", "B 2")),
        ("ab_2026-10-01 - Visitors,ab_2026-10-01 - Orders,cd_2026-10-01 - Visitors,"
         "cd_2026-10-01 - Orders", ("ab_2026-10-01", "cd_2026-10-01")),
    ],
)  # fmt: skip
def test_variants_across_keep_their_names(names: str, arms: tuple[str, str]) -> None:
    sheet = read_sheet(f"{names}\n10000,300,10050,318\n")
    assert sheet.totals == dict(zip(arms, TWO.values(), strict=True))
    assert sheet.goals == ("Orders",)


@pytest.mark.parametrize(
    "text",
    [
        "Wariant,Użytkownicy,Zamówienia\nA,10000,300\nB,10050,318\nRazem,20050,618\n",
        "Versie,Bezoekers,Bestellingen\nA,10000,300\nB,10050,318\nEindtotaal,20050,618\n",
        "Вариант,Сеансы,Пользователи,Заказы\nA,14000,10000,300\nB,14010,10050,318\n",
        "variant,sessions,participants,orders\nA,14000,10000,300\nB,14010,10050,318\n",
        "Experiment,Hero test 7\nmetric,A,B\nvisitors,10000,10050\norders,300,318\n",
        'variant,visitors,orders,value\nA,10000,300,"£4,000"\nB,10050,318,"£4,100"\n',
        "Metric Name,Variation ID,Variation Name,Visitors,Conversions\norders,9301,A,10000,300\n"
        "orders,9302,B,10050,318\n",
        "variant,Event name,Users\nA,session_start,10000\nA,orders,300\nB,session_start,10050\n"
        "B,orders,318\n,,20050,Grand total\n",
        ",,\n,metric,A,B\n,visitors,10000,10050\n,orders,300,318\n",
        "metric,A,B\nvisitors,10000,10050\norders,300,318\n\nMin. sample,5000\n",
        "variant,visitors,orders,sales (EUR)\nA,10000,300,9000\nB,10050,318,9500\n",
        "variant,visitors,orders,order events\nA,10000,300,340\nB,10050,318,350\n",
        "Unnamed: 0,variant,visitors,orders\n0,A,10000,300\n1,B,10050,318\n",
        "variant,visitors,orders\nA,10000,300\nB,10050,318\nGennemsnit,10025,309\n",
        ",A,,B,\n,Visitors,Orders,Visitors,Orders\nTotal,10000,300,10050,318\n",
        ",A,,B,,Difference,\n,Visitors,Orders,Visitors,Orders,Visitors,Orders\n"
        "All,10000,300,10050,318,50,18\n",
        "variant,visitors,orders\nA,10000,300\nB,10050,318\n\nSRM p-value,0.72\nPower,80%\n"
        "Days,28\n",
        "variant;visitors;orders\nA;10\u2007000;300\nB;10\u2005050;318\n",
        "\u200fvariant\u200f,visitors,\u200forders\nA,\u200e10000,300\u200e\nB,\u200e10050,318\n",
        "label,nb_visits,nb_uniq_visitors,nb_orders\nA,12000,10000,300\nB,12100,10050,318\n",
        "Nth day,Variant,Total users,Orders\n0000,A,5000,140\n0000,B,5010,150\n0001,A,5000,160\n"
        "0001,B,5040,168\n",
        "Variation,Visitors,Visits,Conversions,Converted visitors\nA,10000,12000,320,300\n"
        "B,10050,12100,340,318\n",
        "Variation;Visiteurs;Conversions;Visiteurs convertis\nA;10000;320;300\nB;10050;340;318\n",
        "metric,variant,count\nvisitors,A,\"10,000\"\norders,A,300\nvisitors,B,\"10,050\"\norders,B,318\n",
    ],
)  # fmt: skip
def test_sheets_of_other_tools_and_tongues_are_read(text: str) -> None:
    assert read_sheet(text).totals == TWO


@pytest.mark.parametrize(
    ("text", "arms"),
    [
        ("variant,visitors,orders\nNone,10000,300\nBanner,10050,318\n", ("None", "Banner")),
        ("Versione,visitors,orders\nAverage,10000,300\nShort,10050,318\n", ("Average", "Short")),
        ("Experiment variant,device,goal,value\n" + "".join(
            f"{arm},{device},{goal},{count // 2}\n"
            for arm, counts in (("2025", (10000, 300)), ("2026", (10050, 318)))
            for device in ("phone", "desk")
            for goal, count in zip(("visitors", "orders"), counts, strict=True)
        ), ("2025", "2026")),
        ("Combination,Recipients,Clicks\n1,10000,300\n2,10050,318\n", ("1", "2")),
        ("visitors,,orders,\n0,1,0,1\n10000,10050,300,318\n", ("0", "1")),
        ("Page,visitors,orders\nAverage,10000,300\nShort,10050,318\nTotal,20050,618\n",
         ("Average", "Short")),
    ],
)  # fmt: skip
def test_odd_names_of_variants_are_names(text: str, arms: tuple[str, str]) -> None:
    assert read_sheet(text).totals == dict(zip(arms, TWO.values(), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "page,visitors,orders\nAverage,{},300\nShort,10050,318\nLong,10010,309\n",
        "metric,Average,Short,Long\nvisitors,{},10050,10010\norders,300,318,309\n",
    ],
)
def test_a_variant_called_average_is_not_left_out(text: str) -> None:
    with pytest.raises(SourceError, match=r"'Average' may be a variant, or .*\(E675\)"):
        read_sheet(text.format(10000))
    assert read_sheet(text.format(10030)).arms == ("Short", "Long")


@pytest.mark.parametrize(
    "text",
    [
        "variant,visitors,Scrolled 50%,Clicked 10 % off\nA,800,90,30\nB,805,95,31\n",
        "metric,A,B\nvisitors,800,805\nScrolled 50%,90,95\nClicked 10 % off,30,31\n",
        "variant,goal,visitors,count\nA,Scrolled 50%,800,90\nA,Clicked 10 % off,800,30\n"
        "B,Scrolled 50%,805,95\nB,Clicked 10 % off,805,31\n",
        "variant,visitors,Scrolled 50%,Scrolled 50% (%),Clicked 10 % off\n"
        "A,800,90,11,30\nB,805,95,12,31\n",
    ],
)
def test_a_percentage_in_the_name_of_a_goal_makes_it_no_rate(text: str) -> None:
    sheet = read_sheet(text)
    assert sheet.goals == ("Scrolled 50%", "Clicked 10 % off")
    assert sheet.totals == {"A": (800, 90, 30), "B": (805, 95, 31)}


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("# of visitors,variant,orders\n10000,A,300\n10050,B,318\n", "# of visitors"),
        ("# visitors,variant,orders\n10000,A,300\n10050,B,318\n", "# visitors"),
        ("# made in May\n# visitors,variant,orders\n10000,A,300\n10050,B,318\n", "visitors"),
        ("# variant,visitors,orders\nA,10000,300\nB,10050,318\n", "visitors"),
    ],
)
def test_the_sign_of_number_is_told_from_that_of_a_remark(text: str, units: str) -> None:
    sheet = read_sheet(text)
    assert (sheet.names, sheet.totals) == (("variant", units, "orders"), TWO)


def test_the_level_of_an_interval_makes_no_goal() -> None:
    text = "variant,visitors,orders,Confidence 95%\nA,10000,300,50\nB,10050,318,87\n"
    assert read_sheet(text).goals == ("orders",)


def test_a_small_sheet_that_cannot_be_read_is_no_table_of_units(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_text("arm,device,a,b\nA,phone,50,90\nA,desk,90,50\nB,phone,51,91\nB,desk,92,50\n")
    with pytest.raises(SourceError, match="no column counts the visitors"):
        sniff(str(path))


def test_visitors_among_events_tell_a_sheet_from_a_log(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    rows = [("A", "Unique Visitors", 100), ("A", "Orders", 9), ("B", "Unique Visitors", 110)]
    path.write_text(lines("Bucket,Event,Value", *rows, ("B", "Orders", 8)))
    found = sniff(str(path)).sheet
    assert found is not None
    assert found.totals == {"A": (100, 9), "B": (110, 8)}


@pytest.mark.parametrize("name", ["Scroll depth", "scroll_depth", "Конверсия"])
def test_how_far_people_came_in_whole_percent_is_no_count(name: str) -> None:
    sheet = read_sheet(f"variant,visitors,{name},orders\nA,10000,62,300\nB,10050,65,318\n")
    assert sheet.totals == TWO
    assert f"rates, set aside: {name}" in sheet.notes
    counted = read_sheet(f"variant,visitors,{name}\nA,10000,300\nB,10050,318\n")
    assert counted.totals == TWO


def test_a_device_is_never_taken_for_the_variant_that_is_not_told() -> None:
    text = "Variante,Gerät,Besucher,Käufe\nneu,Handy,60,6\nneu,Rechner,40,4\n"
    with pytest.raises(SourceError, match="names one variant, neu"):
        read_sheet(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *((f"metric,{days}\nvisitors,5000,5000\norders,140,160\n", "days or weeks stand across")
          for days in ("Oct,Nov", "October 2026,November 2026", "Mon,Tue", "Q1,Q2", "Q3 26,Q4 26")),
        ("name,visitors,orders\nHero A,10000,300\nHero B,10050,318\nTop A,900,30\nTop B,905,31\n",
         "several tests: Hero, Top"),
        ("Feature,variant,visitors,orders\nF1,A,10000,300\nF1,B,10050,318\nF2,A,900,30\nF2,B,905,31\n",
         "several tests in one sheet: F1, F2"),
        ("variant,total users,users exposed,orders\nA,20000,10000,300\nB,20100,10050,318\n",
         "the units may be 'total users' or 'users exposed'"),
        ("variant,period,visitors,orders\nA,before,9000,290\nA,during,10000,300\n"
         "B,before,9050,291\nB,during,10050,318\n", "or lie before the test"),
        ("variant,visitors,orders\nA,10000,300\nB,10050,318\nNot exposed,5000,110\n",
         "'Not exposed' among the variants may be none of them"),
    ],
)  # fmt: skip
def test_periods_tests_and_people_that_were_added_up_are_refused(text: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        read_sheet(text)


@pytest.mark.parametrize(
    "name",
    [
        *("NPS", "rating", "time on page (s)", "load time ms", "traffic allocation", "comment"),
        *("expected orders", "target orders", "orders last month", "baseline orders"),
    ],
)
def test_a_column_that_counts_nobody_of_this_test_is_no_goal(name: str) -> None:
    cells = ("", "paid only") if name == "comment" else ("42", "45")
    rows = (f"{arm},{units},{orders},{cell}\n" for (arm, (units, orders)), cell in zip(
        TWO.items(), cells, strict=True))  # fmt: skip
    sheet = read_sheet(f"variant,visitors,orders,{name}\n" + "".join(rows))
    assert (sheet.names, sheet.totals) == (("variant", "visitors", "orders"), TWO)
    assert any(name in note for note in sheet.notes)


def test_those_who_dropped_off_are_the_rest_of_those_who_did_not() -> None:
    text = "variant,visitors,drop-offs,orders\nA,10000,9700,300\nB,10050,9732,318\n"
    assert read_sheet(text).totals == TWO


def test_ratings_that_were_given_are_counts() -> None:
    text = "variant,visitors,ratings given,target clicks\nA,900,40,60\nB,905,42,61\n"
    assert read_sheet(text).goals == ("ratings given", "target clicks")


def test_remarks_beside_metrics_part_no_units() -> None:
    text = "metric,A,B,comment\nvisitors,10000,10050,\norders,300,318,paid only\n"
    assert read_sheet(text).totals == TWO


def test_variants_of_two_traits_and_one_size_are_one_test() -> None:
    text = "name,visitors,orders\nRed A,1000,30\nRed B,1005,31\nBlue A,990,30\nBlue B,995,31\n"
    assert len(read_sheet(text).arms) == 4


def test_two_rows_of_names_keep_the_variants_as_they_are_written() -> None:
    text = "Day,Control,,New,\n,visitors,orders,visitors,orders\nMon,10,4,9,5\nTue,20,6,21,7\n"
    assert read_sheet(text).totals == {"Control": (30, 10), "New": (30, 12)}


DAYS = [(100, 9), (220, 18), (310, 30), (440, 41)]


def running(name: str, days: Sequence[object], counted: str = "visitors") -> str:
    rows = [(day, arm, *counts) for day, counts in zip(days, DAYS, strict=False) for arm in "AB"]
    return lines(f"{name},variant,{counted},orders", *rows)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WIDE + "Итого,20150,2560,628\n", "'Итого' is called a total and is not the sum"),
        (WIDE + "X,50,150,18\n", "'B' is the sum of the others, or 'X' is a difference (E315)"),
        (WIDE + "Target,15000,2000,500\n", "'Target' among the variants may be none of them"),
        (WIDE + "Last month,15000,2000,500\n", "'Last month' among the variants may be none"),
        (WIDE + "Excluded,150,20,5\n", "'Excluded' among the variants may be none of them (E675)"),
        (
            "variant,visitors,orders\nA mobile,60,6\nA desktop,4,1\nB mobile,9,7\nB desktop,4,1\n",
            "'A mobile' and 'A desktop' may be parts of one variant (E675)",
        ),
        ("variant,2026-10-01,2026-10-02\nA,50,50\nB,51,52\n", "days or weeks stand across: 2026"),
        (
            lines("period,variant,visitors,orders", *(
                (period, arm, days * 100, days) for period, days in (("last 7 days", 7),
                ("last 28 days", 28)) for arm in "AB")),
            "'last 28 days' in column 'period' may hold other periods, or lie before the test",
        ),
        ("variant,page views,clicks\nA,10000,300\nB,10050,318\n", "no column counts the visitors"),
        (
            "variant,visits,sessions,orders\nA,100,140,9\nB,101,150,8\n",
            "the units may be 'visits' or 'sessions' (E335)",
        ),
        ("variant,successes,failures\nA,300,9700\nB,318,9732\n", "no column counts the visitors"),
        (WIDE + "a,10,2,1\n", "names 'A' and 'a': one variant or two (E675)"),
        (
            lines("variant,date,visitors,orders", *PARTS, ("A Total", "", 10000, 301)),
            "'A Total' is called a total and is not the sum of its rows: orders 301 against 300",
        ),
        (
            "variant,segment,visitors,orders\nA,phone,60,6\nB,phone,61,7\nA,desk,40,4\nB,desk,40,5\n"
            "A,new,70,8\nB,new,70,9\nA,known,30,2\nB,known,31,3\n",
            "the same units twice in segment: 'phone', 'desk' add up to 'new', 'known' (E315)",
        ),
        (
            "variant,what,visitors,count\nA,x,1000,12\nB,x,1005,13\nA,y,1000,3\nB,y,1005,4\n",
            "one row for each variant and what ('x', 'y'), with the same visitors (E315)",
        ),
        ("variant,visitors,orders\nA,10000*,300\nB,10050,318\n", "holds '10000*', which is no"),
        ('variant,visitors,carts\nA,"1,00,000",3\nB,"1,00,500",4\n', "holds '1,00,000', which is"),
        ("variant,visitors,orders\nA,####,300\nB,####,318\n", "holds '####', which is no number"),
        ("variant,visitors,rate\nA,10000,12\nB,10050,13\n", "rates, set aside: rate (E336)"),
        ("variant,done,not done\nA,300,9700\nB,318,9732\n", "no column counts the visitors"),
        (WIDE + ",0.005,0.125,0.06\n", "column 'visitors' holds 0.005, which is no count (E338)"),
        (running("date", range(1, 5)), "in running totals: visitors of A are "),
        (running("week", ["W9", "W10", "W11", "W12"]), "in running totals: visitors of A are "),
        (running("date", ["Oct 4", "Oct 3", "Oct 2", "Oct 1"]), "running totals: visitors of A"),
        (running("day", range(1, 4)), "in running totals: visitors of A are "),
        (running("day", range(1, 3), "visitors (cum.)"), "'visitors (cum.)' is added up by its"),
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(text: str, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_sheet(text)
    assert says in str(caught.value)
    assert all(problem.hint for problem in caught.value.problems)


def test_days_that_grow_a_little_are_no_running_totals() -> None:
    days = [(1000, 30), (1100, 33), (1200, 35)]
    rows = [(day, arm, *counts) for day, counts in enumerate(days, 1) for arm in "AB"]
    assert read_sheet(lines("day,variant,visitors,orders", *rows)).totals["A"] == (3300, 98)
