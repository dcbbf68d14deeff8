"""A sheet of many tests: in every layout the same tests, or a refusal that names the place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.errors import SourceError
from abmicro.experiment.model import slug
from abmicro.history import History
from abmicro.importing.past_tests import Imported, import_tests
from abmicro.importing.sheet_of_tests import SheetOfTests, sheet_of_tests
from abmicro.sources.sheets.cells import rows_of_file
from tests.examples import examples
from tests.workbooks import write_workbook

Rows = list[list[Any]]

NAMES = ["test", "start", "variant", "visitors", "carts", "orders"]
BASE: Rows = [
    ["Sticky button", "2025-03-03", "control", 10_000, 1_200, 300],
    ["Sticky button", "2025-03-03", "new", 10_050, 1_350, 318],
    ["Teaser", "2025-04-07", "control", 9_020, 1_013, 270],
    ["Teaser", "2025-04-07", "new", 9_110, 1_122, 291],
    ["Banner", "2025-05-05", "control", 12_345, 1_500, 400],
    ["Banner", "2025-05-05", "new", 12_222, 1_444, 391],
]
SYNONYMS = [
    NAMES,
    ["Experiment name", "Start date", "Variation", "Users", "Clicks", "Conversions"],
    ["Kampagne", "Datum", "Gruppe", "Besucher", "Warenkörbe", "Bestellungen"],
    ["name", "date", "version", "sample", "sign-ups", "leads"],
]
COUNTS = {
    "sticky-button": [[10_000, 1_200, 300], [10_050, 1_350, 318]],
    "teaser": [[9_020, 1_013, 270], [9_110, 1_122, 291]],
    "banner": [[12_345, 1_500, 400], [12_222, 1_444, 391]],
}


def text(rows: Sequence[Sequence[Any]], sign: str = ",", names: Sequence[str] = NAMES) -> str:
    lines = [sign.join(map(str, row)) for row in (names, *rows)]
    return "".join(f"{line}\n" for line in lines)


def written(form: Callable[[int], str], sign: str, names: Sequence[str] = NAMES) -> str:
    rows = [[*row[:3], *map(form, row[3:])] for row in BASE]
    return text(rows, sign, names)


GERMAN = ["Test", "Beginn", "Variante", "Besucher", "Warenkörbe", "Bestellungen"]


def german(form: Callable[[int], str] = "{:,}".format) -> str:
    made = written(lambda value: form(value).replace(",", "."), ";", GERMAN)
    return made.replace("control", "Kontrolle").replace("new", "Größer")


def totals() -> Iterator[list[Any]]:
    for at in range(0, len(BASE), 2):
        pair = BASE[at : at + 2]
        yield from pair
        counts = [one + other for one, other in zip(pair[0][3:], pair[1][3:], strict=True)]
        yield [pair[0][0], pair[0][1], "Total", *counts]


def devices() -> Iterator[list[Any]]:
    for test, start, variant, *counts in BASE:
        phones = [count // 3 for count in counts]
        rest = [count - phone for count, phone in zip(counts, phones, strict=True)]
        for device, found in (("All", counts), ("desktop", rest), ("mobile", phones)):
            yield [test, start, variant, device, *found]


def rates() -> Iterator[list[Any]]:
    for test, start, variant, visitors, carts, orders in BASE:
        shares = (f"{100 * part / visitors:.2f}%" for part in (carts, orders))
        yield [test, start, variant, visitors, carts, next(shares), orders, next(shares)]


def long() -> Iterator[list[Any]]:
    for test, _, variant, visitors, *counts in BASE:
        for metric, count in zip(("carts", "orders"), counts, strict=True):
            yield [test, variant, metric, visitors, count]


def across() -> Iterator[list[Any]]:
    for at in range(0, len(BASE), 2):
        for metric, one, other in zip(NAMES[3:], BASE[at][3:], BASE[at + 1][3:], strict=True):
            yield [BASE[at][0], metric, one, other]


def wide() -> Iterator[list[Any]]:
    for at in range(0, len(BASE), 2):
        pairs = zip(BASE[at][3:], BASE[at + 1][3:], strict=True)
        yield [*BASE[at][:2], *(count for pair in pairs for count in pair)]


def once_named() -> Iterator[list[Any]]:
    """Tests whose name stands in the first of their rows only, as merged cells are saved."""
    for at, row in enumerate(BASE):
        yield row if at % 2 == 0 else ["", "", *row[2:]]


WIDE = [f"{count}_{variant}" for count in NAMES[3:] for variant in ("control", "new")]
LAYOUTS = {
    "plain.csv": text(BASE),
    "semicolon.csv": text(BASE, ";"),
    "tabs.tsv": text(BASE, "\t"),
    "thousands_comma.csv": written(lambda value: f'"{value:,}"', ","),
    "thousands_dot.csv": german(),
    "latin1.csv": german().encode("latin-1"),
    "blanks.csv": "\n"
    + text([[f" {cell} " for cell in row] for row in BASE]).replace("\n", "\n\n"),
    "title_lines.csv": "# All tests\n# exported 2026-11-02\n" + text(BASE),
    "total_row.csv": text([*totals()]),
    "grand_total.csv": text([*BASE, ["Total", "", "", 62_747, 7_629, 1_970]]),
    "with_rates.csv": text([*rates()], names=[*NAMES[:5], "cart rate", "orders", "order rate"]),
    "devices_and_all.csv": text([*devices()], names=[*NAMES[:3], "device", *NAMES[3:]]),
    "long.csv": text([*long()], names=["test", "variation", "metric", "visitors", "conversions"]),
    "transposed.csv": text([*across()], names=["test", "metric", "control", "new"]),
    "wide.csv": text([*wide()], names=["test", "start", *WIDE]),
    "once_named.csv": text([*once_named()]),
}


def read(path: Path) -> SheetOfTests:
    return sheet_of_tests(rows_of_file(path), title=path.stem)


def counts_of(found: Imported) -> dict[str, list[list[int]]]:
    """Units and goals of every variant, by test."""
    told = {}
    for test in found.tests:
        units = test.counts.units.sum(axis=(1, 2, 3))
        reached = [test.counts.reached(goal).sum(axis=(1, 2)) for goal in test.counts.goals]
        told[test.key] = np.column_stack([units, *reached]).tolist()
    return told


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_the_same_tests(tmp_path: Path, name: str) -> None:
    path, content = tmp_path / name, LAYOUTS[name]
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read(path).tests
    counts = {slug(test.name): [*map(list, test.sheet.totals.values())] for test in found}
    assert counts == COUNTS
    days = [test.start for test in found]
    assert days in ([date(2025, 3, 3), date(2025, 4, 7), date(2025, 5, 5)], [None] * 3)


def test_a_workbook_gives_the_same_tests(tmp_path: Path) -> None:
    rows = [[row[0], date.fromisoformat(row[1]), *row[2:]] for row in BASE]
    book = write_workbook(tmp_path / "past.xlsx", {"Tests": [NAMES, *rows]})
    found = read(book).tests
    counts = {slug(test.name): [*map(list, test.sheet.totals.values())] for test in found}
    assert counts == COUNTS
    assert found[0].start == date(2025, 3, 3)


def test_imported_tests_tell_about_a_new_one() -> None:
    found = import_tests([NAMES, *BASE])
    assert counts_of(found) == COUNTS
    assert found.summary == "read 3 tests, 6 variants; path visitors > carts > orders"
    lifts = History(found.tests).lifts(["carts", "orders"])
    assert lifts.lifts.shape == (3, 2)
    assert found.tests[0].says_no_window


def test_what_went_live_is_read_where_it_is_marked_or_named() -> None:
    names = [*NAMES, "shipped"]
    marked = [[*row, "yes" if row[2] == "new" and row[0] != "Teaser" else ""] for row in BASE]
    assert [one.shipped for one in import_tests([names, *marked]).tests] == ["new", None, "new"]
    winners = [[*row, {"Teaser": "control"}.get(row[0], "New")] for row in BASE]
    found = import_tests([[*NAMES, "winner"], *winners])
    assert [one.shipped for one in found.tests] == ["new", "control", "new"]


def test_the_goal_that_pays_ends_the_path_though_another_is_rarer() -> None:
    rarer = [[*row, 60 + 7 * at] for at, row in enumerate(BASE)]
    found = import_tests([[*NAMES, "returns"], *rarer])
    assert found.summary.endswith("path visitors > carts > orders; by totals only: returns")
    often = [[*row, row[5] + (90 if at % 2 else -90)] for at, row in enumerate(BASE)]
    found = import_tests([[*NAMES, "calls"], *often])
    assert found.summary.endswith("path visitors > carts > orders; by totals only: calls")


def test_events_counted_more_often_than_visitors_are_set_aside_and_said() -> None:
    found = import_tests([[*NAMES, "page views"], *[[*row, 3 * row[3]] for row in BASE]])
    assert counts_of(found) == COUNTS
    assert any(note.startswith("page views set aside: more than visitors") for note in found.notes)


def test_goals_beside_the_path_are_kept_by_their_totals() -> None:
    rows = [[*row, 330 if row[2] == "control" else 280] for row in BASE]
    found = import_tests([[*NAMES, "calls"], *rows], not_path=["calls"])
    assert found.summary.endswith("path visitors > carts > orders; by totals only: calls")
    assert History(found.tests).lifts(["calls"]).lifts.shape == (3, 1)
    pair = History(found.tests).lifts(["calls", "orders"])
    assert {one.why for one in pair.left_out} == {
        "the counts do not say which units reached calls and another goal"
    }


def test_an_uneven_split_is_kept_and_left_out_unless_it_was_planned() -> None:
    uneven = [[*row[:3], 2 * row[3] if row[2] == "control" else row[3], *row[4:]] for row in BASE]
    found = import_tests([NAMES, *uneven])
    assert found.summary.endswith("3 left out (sample ratio)")
    assert History(found.tests).lifts(["carts"]).lifts.shape == (0, 1)
    planned = [[*row, 2 if row[2] == "control" else 1] for row in uneven]
    assert import_tests([[*NAMES, "allocation"], *planned]).tests[0].failed_checks == ()


def test_sessions_are_told_and_never_pooled_with_visitors() -> None:
    found = import_tests([[*NAMES[:3], "sessions", *NAMES[4:]], *BASE])
    assert found.summary.endswith("its units are sessions")
    assert found.tests[0].counts_sessions


ROW = ["X", "", "control", 900, 80, 20]
OTHER = ["X", "", "new", 900, 81, 21]
REFUSED: list[tuple[Rows, str]] = [
    ([], "sheet: is empty (E620)"),
    ([[*ROW[:5], "20.5"], OTHER], "line 2, column orders: 20.5 is no whole number (E621)"),
    ([[*ROW[:5], "3.1%"], OTHER], "line 2, column orders: 3.1% is a rate (E622)"),
    ([ROW, [*OTHER[:5], -21]], "line 3, column orders: -21 is below 0 (E623)"),
    (
        [ROW, [*OTHER[:5], 921]],
        "line 3, column orders: 921 is more than the 900 visitors of the row (E624)",
    ),
    (
        [ROW, [*ROW[:5], 21], OTHER],
        "line 3, column variant: X: control stands on line 2 already (E625)",
    ),
    ([ROW], "line 2: X has one variant, 'control', and nothing to compare it with (E626)"),
    (
        [["X", "", "red", 900, 80, 20], ["X", "", "blue", 900, 81, 21]],
        "line 2: X: no variant is called like a control: red, blue (E627)",
    ),
    (
        [*BASE, ROW, ["X", "", "new", 900, 10, 21]],
        "line 8: X, new: 21 orders and 10 carts, the only row in which they are not nested (E628)",
    ),
]


@pytest.mark.parametrize(("rows", "said"), REFUSED, ids=[said[-5:-1] for _, said in REFUSED])
def test_a_refusal_names_line_and_column(rows: Rows, said: str) -> None:
    with pytest.raises(SourceError) as refused:
        import_tests([NAMES, *rows] if rows else [])
    assert [problem.headline for problem in refused.value.problems] == [said]


def test_every_problem_is_told_at_once() -> None:
    wrong = [
        ["X", "", "A", 900, 80, "3%"],
        ["X", "", "B", 900, 81, 21],
        ["Y", "", "A", 900, 80, 20],
    ]
    with pytest.raises(SourceError) as refused:
        import_tests([NAMES, *BASE, *wrong])
    assert [problem.code for problem in refused.value.problems] == ["E626", "E622"]


def test_what_was_refused_can_be_said() -> None:
    twice = [*BASE, [*BASE[0][:3], 100, 12, 3]]
    assert counts_of(import_tests([NAMES, *twice], add_up=True))["sticky-button"][0] == [
        10_100,
        1_212,
        303,
    ]
    coloured = [[*row[:2], {"control": "red", "new": "blue"}[row[2]], *row[3:]] for row in BASE]
    found = import_tests([NAMES, *coloured], control="Red")
    assert found.tests[0].experiment.control.name == "red"
    renamed = ["Kampagne", "start", "variant", "Leute", "carts", "orders"]
    called = {"test": "Kampagne", "visitors": "Leute"}
    assert counts_of(import_tests([renamed, *BASE], called=called)) == COUNTS


def test_days_that_can_be_read_in_two_ways_are_refused() -> None:
    rows = [[row[0], "03/04/2025", *row[2:]] for row in BASE]
    with pytest.raises(SourceError, match=r"3 April 2025 or 4 March 2025|4 March 2025 or 3 April"):
        import_tests([NAMES, *rows])


def test_tests_called_alike_are_told_apart_by_their_days() -> None:
    again = [
        ["Sticky button!", "2025-09-01", *row[2:3], *[n + 7 for n in row[3:]]] for row in BASE[:2]
    ]
    keys = [test.key for test in import_tests([NAMES, *BASE, *again]).tests]
    assert keys == ["sticky-button-2025-03-03", "teaser", "banner", "sticky-button-2025-09-01"]


def test_hostile_names_stay_inside_the_folder(tmp_path: Path) -> None:
    names = ["../../etc/passwd", "<script>alert(1)</script>", "実験", "=1+1"]
    rows = [
        [name, "", variant, 5_000 + at, 600 + 7 * at + size, 150 + at]
        for at, name in enumerate(names)
        for size, variant in enumerate(("control", "new"))
    ]
    found = import_tests([NAMES, *rows])
    (tmp_path / "history").mkdir()
    History.load(tmp_path / "history").with_tests(found.tests)
    assert {path.parent for path in tmp_path.rglob("*.toml")} == {tmp_path / "history"}
    assert len(History.load(tmp_path / "history").tests) == 4


@examples(30)
@given(st.permutations(range(6)), st.permutations(range(6)), st.sampled_from(SYNONYMS))
def test_the_order_of_rows_and_columns_and_their_names_change_nothing(
    rows: list[int], columns: list[int], names: list[str]
) -> None:
    shuffled = [[BASE[row][column] for column in columns] for row in rows]
    found = sheet_of_tests([[names[column] for column in columns], *shuffled]).tests
    counts = {}
    for test in found:
        goals = [test.sheet.goals.index(name) for name in names[4:]]
        counts[slug(test.name)] = [
            [units, *(reached[at] for at in goals)]
            for units, *reached in (test.sheet.totals[arm] for arm in ("control", "new"))
        ]
    assert counts == COUNTS
