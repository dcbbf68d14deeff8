"""A portfolio in every form: the same figures, no name that becomes markup or a formula."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import abmicro as ab
from abmicro.design.programme_gain import INSURANCE

from .pasts import drawn, history


@pytest.fixture(scope="module")
def found() -> ab.Portfolio:
    """Eight tests, one of them with a name that nobody should choose."""
    first, *rest = drawn(8, seed=4)
    named = first.experiment.model_copy(update={"name": '=1+1 <script>alert("x")</script>|*'})
    return ab.review_history(history((replace(first, experiment=named), *rest)))


def test_the_record_holds_what_the_page_says(found: ab.Portfolio) -> None:
    record = json.loads(found.render("json"))
    assert list(record) == ["schema_version", "abmicro", "history"]
    told = record["history"]
    assert (told["tests"], told["macro"], told["micro"]) == (8, "order", "cart")
    assert told["pairs"][0]["slope"].keys() == {"estimate", "low", "high", "level"}
    assert told["goals"][0]["wins"] == found.goals[0].wins
    assert {"left_out", "typical", "gain", "lifts", "warnings"} <= told.keys()


@pytest.mark.parametrize("form", ["text", "md", "html", "terminal"])
def test_every_page_has_every_answer(found: ab.Portfolio, form: str) -> None:
    told = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", found.render(form)).split())
    for head in ("Wins", "What usually arrives", "Do carts foretell orders?", "Goal by goal"):
        assert head in told
    assert "gains 94 orders" in told
    assert INSURANCE in told
    assert "30 to 47% of what ships so is no gain" in told
    assert "misleads" in told or form != "html"


def test_a_name_becomes_neither_markup_nor_formula(found: ab.Portfolio) -> None:
    assert "<script" not in found.render("html")
    assert r"\<script\>" in found.render("md")
    rows = list(csv.DictReader(StringIO(found.render("csv"))))
    assert rows[0]["name"].startswith("'=1+1")


def test_csv_has_a_row_for_every_goal_of_every_variant(found: ab.Portfolio) -> None:
    rows = list(csv.DictReader(StringIO(found.render("csv"))))
    assert len(rows) == len(found.lifts) == 16
    assert float(rows[3]["lift_estimate"]) == found.lifts[3].lift.estimate
    assert rows[0]["day"] == "2024-01-08"


def test_the_workbook_holds_a_sheet_for_each_table(found: ab.Portfolio, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    found.save(tmp_path / "past.xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO((tmp_path / "past.xlsx").read_bytes()))
    assert book.sheet_names == ["tests", "wins", "micro and macro"]
    heads, first, *_ = book.get_sheet_by_name("micro and macro").to_python()
    row = dict(zip(heads, first, strict=True))
    assert row["quality_both"] == pytest.approx(found.pairs[0].quality.both)
    tests = book.get_sheet_by_name("tests").to_python()
    assert str(tests[1][tests[0].index("day")]) == "2024-01-08"


def test_no_test_yet_says_how_to_begin_in_every_form() -> None:
    empty = ab.review_history(ab.History())
    for form in ("text", "md", "html", "json", "csv", "notebook"):
        assert empty.render(form)
    assert "abmicro history import past.csv" in empty.render("text").replace("\n", " ")


def test_a_portfolio_speaks_for_itself(found: ab.Portfolio) -> None:
    assert str(found) == found.render("text")
    assert repr(found).startswith("Portfolio('")
    assert found._repr_html_().startswith("<iframe")
    assert {"lift_low", "kept_high"} <= set(found.to_pandas().columns)


def test_every_chart_can_be_drawn_alone(found: ab.Portfolio) -> None:
    for draw in (found.plot.forest, found.plot.scatter, found.plot.qualities):
        assert draw().axes
    with pytest.raises(ab.OutputError, match="nothing went live"):
        found.plot.gains()
