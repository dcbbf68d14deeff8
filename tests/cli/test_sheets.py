"""One test in many sheets: `init`, then `analyze` give its counts, or a refusal with the cause."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from tests.workbooks import write_workbook

from .conftest import Command

pytestmark = pytest.mark.journey

PLAIN = """\
variant,visitors,carts,orders
control,10000,1200,300
new,10050,1350,318
"""
TRUTH = {"carts": (10000, 1200, 10050, 1350), "orders": (10000, 300, 10050, 318)}
GERMAN = {"Warenkörbe": TRUTH["carts"], "Bestellungen": TRUTH["orders"]}
IN_GERMAN = """\
Variante;Besucher;Warenkörbe;Bestellungen
Kontrolle;10.000;1.200;300
Neu;10.050;1.350;318
"""
SHEETS = {
    "plain.csv": PLAIN,
    "tabs.tsv": PLAIN.replace(",", "\t"),
    "semicolon.csv": PLAIN.replace(",", ";"),
    "title_lines.csv": f"# Button test\n# exported 2026-11-02\n{PLAIN}",
    "blanks.csv": PLAIN.replace(",", " , ").replace("\n", "\n\n"),
    "total_row.csv": f"{PLAIN}Total,20050,2550,618\n",
    "total_first.csv": PLAIN.replace("control", "(all),20050,2550,618\ncontrol"),
    "with_rates.csv": """\
variant,visitors,carts,cart rate,orders,order rate
control,10000,1200,12.00%,300,3.00%
new,10050,1350,13.43%,318,3.16%
""",
    "counts_with_rates.csv": """\
variant,visitors,carts,orders
control,"10,000","1,200 (12.0%)",300 (3.0%)
new,"10,050","1,350 (13.4%)",318 (3.2%)
""",
    "thousands_comma.csv": """\
variant,visitors,carts,orders
control,"10,000","1,200",300
new,"10,050","1,350",318
""",
    "thousands_dot.csv": IN_GERMAN,
    "latin1.csv": IN_GERMAN.replace(".", ""),
    "long.csv": """\
variation,metric,visitors,conversions
control,carts,10000,1200
new,carts,10050,1350
control,orders,10000,300
new,orders,10050,318
""",
    "longer.csv": """\
variation,metric,value
control,visitors,10000
control,carts,1200
control,cart rate,12.0%
control,orders,300
new,visitors,10050
new,carts,1350
new,cart rate,13.4%
new,orders,318
""",
    "transposed.csv": """\
metric,control,new
visitors,10000,10050
carts,1200,1350
orders,300,318
""",
    "transposed_and_compared.csv": """\
Button test

,control,new,Total,Difference
visitors,10000,10050,20050,+0.5%
carts,1200,1350,2550,+12.5%
cart rate,12.00%,13.43%,12.72%,+11.9%
orders,300,318,618,+6.0%
""",
    "devices_and_all.csv": """\
variant,device,visitors,carts,orders
control,All,10000,1200,300
control,desktop,6000,720,180
control,mobile,4000,480,120
new,All,10050,1350,318
new,desktop,6030,810,191
new,mobile,4020,540,127
""",
    "devices_in_groups.csv": """\
variant,device,visitors,carts,orders
control,desktop,6000,720,180
,mobile,4000,480,120
new,desktop,6030,810,191
,mobile,4020,540,127
Grand Total,,20050,2550,618
""",
    "days.csv": """\
Tag;Variante;Besucher;Warenkörbe;Bestellungen
13.10.2026;Kontrolle;6.000;720;180
13.10.2026;Neu;6.030;810;191
14.10.2026;Kontrolle;4.000;480;120
14.10.2026;Neu;4.020;540;127
Gesamt;;20.050;2.550;618
""",
    "GA export.csv": """\
# Property: shop
variant,users,new users,sessions,page views,carts,orders,revenue,AOV
control,10000,9000,12000,50000,1200,300,15230.5,50.77
new,10050,9040,12100,51000,1350,318,16120.1,50.69
""",
}


def counts_of(cli: Command, data: Path, folder: Path) -> dict[str, tuple[int, ...]]:
    """Goal to units and reached of control and variant, by the definition that init writes."""
    assert cli("init", folder, "--from", data).status == 0
    shown = cli("analyze", folder / "experiment.toml", "--format", "json")
    assert shown.status == 0, shown.err
    rows = [row for row in json.loads(shown.out)["goals"] if row["segment"] is None]
    return {
        row["goal"]: tuple(row[key][arm] for arm in ("control", "treated") for key in KEYS)
        for row in rows
    }


KEYS = ("units", "reached")


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_gives_the_counts_it_holds_and_nothing_of_an_example(
    cli: Command, tmp_path: Path, name: str
) -> None:
    data = tmp_path / name
    data.write_text(SHEETS[name], encoding="cp1252" if name == "latin1.csv" else "utf-8")
    found = counts_of(cli, data, tmp_path / "new")
    assert found == (GERMAN if "Besucher" in SHEETS[name] else TRUTH)
    text = (tmp_path / "new" / "experiment.toml").read_text(encoding="utf-8")
    assert not [word for word in ("ticky", "add_to_cart", "purchase", "units.csv") if word in text]
    titled = {"title_lines.csv", "transposed_and_compared.csv"}
    title = "Button test" if name in titled else name.partition(".")[0]
    if name != "GA export.csv":
        assert tomllib.loads(text)["experiment"] == {"name": title}


def test_the_sheet_of_a_workbook_that_holds_counts_is_found(cli: Command, tmp_path: Path) -> None:
    rows = list(csv.reader(PLAIN.splitlines()))
    numbers = [rows[0], *([one, *map(int, rest)] for one, *rest in rows[1:])]
    data = write_workbook(
        tmp_path / "book.xlsx", {"Read me": [["Numbers of the shop"]], "Results": numbers}
    )
    assert counts_of(cli, data, tmp_path / "new") == TRUTH
    said = (tmp_path / "new" / "experiment.toml").read_text()
    assert "# counts from the sheet 'Results'" in said
    named = cli("init", tmp_path / "named", "--from", data, "--sheet", "Results")
    assert named.status == 0
    two = write_workbook(tmp_path / "two.xlsx", {"One": numbers, "Two": numbers})
    shown = cli("init", tmp_path / "none", "--from", two)
    assert shown.status == 3
    assert 'name the one with the counts: --sheet "One"' in shown.err


def test_a_workbook_of_units_is_one_like_any_file(cli: Command, tmp_path: Path) -> None:
    users = [[f"u{at}", "AB"[at % 2], at % 3 // 2, at % 7 // 6] for at in range(420)]
    rows = [["user_id", "variant", "cart", "order"], *users]
    data = write_workbook(tmp_path / "users.xlsx", {"Read me": [["x"]], "Users": rows})
    assert cli("init", tmp_path / "new", "--from", data, "--sheet", "Users").status == 0
    definition = tomllib.loads((tmp_path / "new" / "experiment.toml").read_text())
    assert definition["data"]["sheet"] == "Users"
    assert definition["goals"] == {"cart": {"kind": "action"}, "order": {"kind": "macro"}}
    shown = cli("check", tmp_path / "new" / "experiment.toml")
    assert "visitors to analyse: 210 A, 210 B" in shown.out


def test_a_sheet_that_is_read_as_it_stands_is_not_copied(cli: Command, tmp_path: Path) -> None:
    for name, copied in (("plain.csv", False), ("with_rates.csv", False), ("long.csv", True)):
        folder = tmp_path / name.partition(".")[0]
        (tmp_path / name).write_text(SHEETS[name])
        assert cli("init", folder, "--from", tmp_path / name).status == 0
        source = tomllib.loads((folder / "experiment.toml").read_text())["data"]["source"]
        assert source == ("long.counts.csv" if copied else f"../{name}")
    assert (tmp_path / "long" / "long.counts.csv").read_text() == PLAIN.replace(
        "variant,", "variation,"
    )


def test_a_sheet_may_be_kept_in_parquet_or_in_files_of_days(cli: Command, tmp_path: Path) -> None:
    held = list(csv.DictReader(SHEETS["long.csv"].splitlines()))
    pd.DataFrame(held).astype({"visitors": int, "conversions": int}).to_parquet(
        tmp_path / "long.parquet"
    )
    assert counts_of(cli, tmp_path / "long.parquet", tmp_path / "new") == TRUTH
    head, *rows = SHEETS["days.csv"].splitlines()[:5]
    for day in (0, 2):
        text = "\n".join((head, *rows[day : day + 2]))
        (tmp_path / f"day{day}.csv").write_text(text, encoding="utf-8")
    assert counts_of(cli, tmp_path / "day*.csv", tmp_path / "days") == GERMAN


@pytest.mark.parametrize("name", ["two.csv", "wide.csv"])
def test_a_sheet_of_an_odd_layout_is_not_taken_for_units(
    cli: Command, tmp_path: Path, name: str
) -> None:
    odd = {
        "two.csv": f"{PLAIN}\ndevice,visitors,carts,orders\nphone,20050,2550,618\n",
        "wide.csv": "variant,visitors,orders\nA,10,000,300\nB,10,050,318\n",
    }
    (tmp_path / name).write_text(odd[name])
    shown = cli("init", tmp_path / "new", "--from", tmp_path / name)
    assert (shown.status, "(E335)" in shown.err) == (3, True)


def test_a_copy_replaces_no_file(cli: Command, tmp_path: Path) -> None:
    data = tmp_path / "long.csv"
    data.write_text(SHEETS["long.csv"])
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "long.counts.csv").write_text("mine")
    shown = cli("init", tmp_path / "new", "--from", data)
    assert (shown.status, (tmp_path / "new" / "long.counts.csv").read_text()) == (2, "mine")
    assert "long.counts.csv is there already" in shown.err


def test_a_sheet_that_is_refused_leaves_nothing_behind(cli: Command, tmp_path: Path) -> None:
    data = tmp_path / "sheet.csv"
    data.write_text(f"{PLAIN}Total,20060,2550,618\n")
    shown = cli("init", tmp_path / "new", "--from", data)
    assert (shown.status, (tmp_path / "new").exists()) == (3, False)
    assert (
        "'Total' is called a total and is not the sum of the others: visitors 20,060" in shown.err
    )
