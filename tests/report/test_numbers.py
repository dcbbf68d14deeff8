"""Every number of the page is one of the record's, rounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from math import inf
from typing import Any

import pytest

from abmicro import Analysis
from abmicro.report.render import html, json_csv

from .pages import SAMPLES, page

Row = dict[str, str]
Record = dict[str, Any]
NUMBER = re.compile(r"[+\-]?(?:\d[\d,]*(?:\.\d+)?|∞)")


class Tables(HTMLParser):
    """The tables of a page by their label: rows from the head of a column to the text of a cell."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[Row]] = {}
        self._label, self._heads, self._cells = "", list[str](), list[str]()
        self._cell: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        if own.get("role") == "region":
            self._label, self._heads = str(own["aria-label"]), []
        if tag in ("th", "td"):
            self._cell = []

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td") and self._cell is not None:
            self._cells.append(" ".join("".join(self._cell).replace("−", "-").split()))
            self._cell = None
        elif tag == "tr":
            if self._heads:
                row = dict(zip(self._heads, self._cells, strict=True))
                self.found.setdefault(self._label, []).append(row)
            else:
                self._heads = self._cells
            self._cells = []


def numbers(cell: str) -> list[float]:
    found = NUMBER.findall(cell.replace("[", " ").replace("]", " "))
    return [inf if "∞" in one else float(one.replace(",", "")) for one in found]


def agrees(shown: str, *values: Any, scale: float = 1) -> bool:
    """Whether a cell shows these values of the record, each to the digits that it shows."""
    if all(value is None for value in values):
        return not numbers(shown)
    texts = NUMBER.findall(shown)
    if len(texts) != len(values):
        return False
    for text, value in zip(texts, values, strict=True):
        wanted = scale * float(value)
        if "∞" in text:
            if wanted != inf:
                return False
            continue
        digits = len(text.partition(".")[2])
        if abs(float(text.replace(",", "")) - wanted) > 0.5000001 * 10**-digits:
            return False
    return True


def interval(one: Record) -> tuple[Any, Any, Any]:
    return one["estimate"], one["low"], one["high"]


def is_bound(shown: str, value: float, scale: float = 1) -> bool:
    """Whether a cell such as <0.001 or >99.9% bounds the value."""
    (bound,) = numbers(shown)
    return scale * value < bound if shown.startswith("<") else scale * value > bound


def check_p(shown: str, value: float | None) -> bool:
    if value is not None and shown.startswith("<"):
        return is_bound(shown, value)
    return agrees(shown, value)


def check_chance(shown: str, value: float | None) -> bool:
    if value is not None and shown.startswith(("<", ">")):
        return is_bound(shown, value, 100)
    return agrees(shown, value, scale=100)


def goal_cells(row: Row, one: Record) -> Iterator[bool]:
    scale = 1 if one["is_value"] else 100
    yield agrees(row["Control"], one["rate"]["control"], scale=scale)
    yield agrees(row["Variant"], one["rate"]["treated"], scale=scale)
    if "Difference" in row:
        yield agrees(row["Difference"], *interval(one["difference"]), scale=scale)
        yield check_p(row["p"], one["p_value"])
        yield check_p(row["Adjusted p"], one["adjusted_p_value"])
        yield check_chance(row["Chance to win"], one["probability_better"])
    yield agrees(row["Lift"], *interval(one["lift"]), scale=100)


def sight_cells(row: Row, one: Record) -> Iterator[bool]:
    yield agrees(row["Detectable"], one["lift"], scale=100)
    yield from plan_cells(row, one)


def plan_cells(row: Row, one: Record) -> Iterator[bool]:
    yield agrees(row.get("Planned", row.get("Planned lift", "")), one["planned"], scale=100)
    yield check_chance(row["Power"], one["power"])
    yield agrees(row["In the test"], one["units"])
    yield agrees(row["Needed"], one["needed"])
    missing = max(one["needed"] - one["units"], 0) if one["needed"] is not None else None
    yield row["Still needed"] == "none" if missing == 0 else agrees(row["Still needed"], missing)


def carry_cells(row: Row, one: Record) -> Iterator[bool]:
    yield agrees(row["Micro lift"], *interval(one["micro_lift"]), scale=100)
    yield agrees(row["Expected macro lift"], *interval(one["expected_macro_lift"]), scale=100)
    yield agrees(row["Macro lift"], *interval(one["macro_lift"]), scale=100)
    yield agrees(row["Extra micro per 1,000"], *interval(one["extra_micro_per_1000"]))
    yield agrees(row["Extra macro per 1,000"], *interval(one["extra_macro_per_1000"]))
    through = one["pass_through"]
    if through["kind"] == "interval":
        yield agrees(row["Pass-through"], *interval(through))


def step_cells(row: Row, one: Record) -> Iterator[bool]:
    yield agrees(row["Lift"], *interval(one["cumulative"]), scale=100)
    yield agrees(row["Step rate, control"], one["step_rate"]["control"], scale=100)
    yield agrees(row["Step rate, variant"], one["step_rate"]["treated"], scale=100)
    yield agrees(row["Step lift"], *interval(one["lift"]), scale=100)
    yield agrees(row["Per 1,000"], *interval(one["per_1000"]))


def week_cells(row: Row, one: Record) -> Iterator[bool]:
    yield row["Entered from"] == one["first_day"]
    yield agrees(row["Lift"], *interval(one["lift"]), scale=100)
    yield agrees(row["Entered, control"], one["units"]["control"])
    yield agrees(row["Entered, variant"], one["units"]["treated"])


def interaction_cells(row: Row, one: Record) -> Iterator[bool]:
    yield check_p(row["p"], one["p_value"])
    yield check_p(row["Adjusted p"], one["adjusted_p_value"])


def pairs_of(found: dict[str, list[Row]], told: Record) -> Iterator[tuple[Any, Row, Record]]:
    """Every row of every table with the line of the record that it shows."""
    roles = ("primary", "guardrail", "secondary", "exploratory")
    shown = {"primary", *(one["goal"] for one in told["goals"] if one["role"] == "primary")}
    shown |= {one["goal"] for one in told["goals"] if one["kind"] == "macro"}
    for arm in (one["variant"] for one in told["verdicts"]):
        own = {name: [one for one in rows if one.get("variant") == arm]
               for name, rows in told.items() if isinstance(rows, list)}  # fmt: skip
        whole = [one for one in own["goals"] if one["segment"] is None]
        first = own["claims"][0]["micro"] if own["claims"] else ""
        sources = (
            (f"Goals of {arm}", goal_cells, sorted(whole, key=lambda g: roles.index(g["role"]))),
            (f"Segments of {arm}", goal_cells, [g for g in own["goals"] if g["segment"]]),
            (f"Do levels differ, {arm}", interaction_cells, own["interactions"]),
            (f"Carry-through of {arm}", carry_cells, own["carry_through"]),
            (f"What could be seen of {arm}", sight_cells, own["detectable"]),
            (f"What claims need, {arm}", plan_cells,
             [one for one in own["claims"] if one["micro"] == first]),
            (f"What claims about other goals need, {arm}", plan_cells,
             [one for one in own["claims"] if one["micro"] != first]),
            (f"Lifts by week, {arm}", week_cells, [w for w in own["weeks"] if w["goal"] in shown]),
            (f"Funnel of {arm}", step_cells, own["funnel"]),
        )  # fmt: skip
        for label, check, rows in sources:
            assert len(found.get(label, [])) == len(rows), label
            yield from ((check, *both) for both in zip(found.get(label, []), rows, strict=True))


CASES = ("hillstrom", "two_arms", "built")


@pytest.mark.parametrize("name", CASES)
def test_every_cell_is_a_number_of_the_record(name: str) -> None:
    analysis = SAMPLES[name]()
    told = json.loads(json_csv.render(analysis))
    found = Tables(page(name)).found
    checked = 0
    for check, row, one in pairs_of(found, told):
        if "few" in row.values():
            continue
        assert all(check(row, one)), (row, one)
        checked += 1
    assert checked >= len(analysis.goals)


@pytest.mark.parametrize("name", CASES)
def test_the_page_of_a_record_that_was_read_back_is_the_same_to_the_byte(name: str) -> None:
    # So nothing on the page comes from anywhere but the record.
    analysis: Analysis = SAMPLES[name]()
    again = json_csv.from_record(json.loads(json_csv.render(analysis)))
    assert html.render(again) == page(name)


def test_a_number_that_is_wrong_in_its_last_digit_is_caught() -> None:
    assert agrees("+10.8% (5.8% to 16.2%)", 0.10812, 0.0578, 0.1621, scale=100)
    assert not agrees("+10.9% (5.8% to 16.2%)", 0.10812, 0.0578, 0.1621, scale=100)
    assert agrees("n/a", None)
    assert not agrees("0.0%", None)
