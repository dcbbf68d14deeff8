"""Letters, lines, separators and workbooks: the same table however a file is saved."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from abmicro.errors import SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect
from abmicro.sources.text.encodings import LettersError, single_bytes

from ..workbooks import write_workbook

pytestmark = pytest.mark.journey

HEAD = ["user", "arm", "cart", "spend", "city"]
ROWS = [
    [f"u{at}", "AB"[at % 2], str(at % 3 % 2), f"{at}.25", ("Tromsø", "Bærum")[at // 2 % 2]]
    for at in range(40)
]
SIGNS = {",": ".csv", ";": ".csv", "\t": ".tsv", "|": ".csv"}


def of(**data):
    columns = DataColumns(unit="user", variant="arm")
    return Experiment(
        name="Letters",
        variants=["A", "B"],
        goals={"cart": {"kind": "milestone"}, "money": {"kind": "macro", "value": "spend"}},
        segments=["city"],
        data=Data(shape="units", columns=columns, **data),
    )


def text(sign: str = ",", end: str = "\n", rows=ROWS, head=HEAD) -> str:
    return end.join(sign.join(row) for row in [head, *rows]) + end


def cells(path: Path, **data):
    return sorted(map(repr, collect(of(**data), path).to_rows()))


def levels(counts) -> set[str]:
    return {row[2] for row in counts.to_rows()}


def refusal(path, **data) -> str:
    with pytest.raises(SourceError) as caught:
        collect(of(**data), path)
    return str(caught.value)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The cells of the table as it is read from the plainest file."""
    path = tmp_path_factory.mktemp("plain") / "plain.csv"
    path.write_text(text(), encoding="utf-8")
    return cells(path)


LETTERS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac-roman"]


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("sign", SIGNS)
def test_every_encoding_and_separator_gives_the_same_table(tmp_path, plain, letters, sign):
    path = tmp_path / f"data{SIGNS[sign]}"
    path.write_bytes(text(sign).encode(letters))
    assert cells(path) == plain


@pytest.mark.parametrize("letters", ["utf-8", "utf-16", "cp1252"])
def test_packed_files_too(tmp_path, plain, letters):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(text(";", "\r\n").encode(letters)))
    assert cells(path) == plain


@pytest.mark.parametrize(
    ("letters", "told"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("utf-16", ("data.csv read as UTF-16",)),
        ("cp1252", ("data.csv read as Windows-1252",)),
        ("mac-roman", ("data.csv read as Mac Roman",)),
    ],
)
def test_other_letters_are_told_in_a_note(tmp_path, letters, told):
    path = tmp_path / "data.csv"
    path.write_bytes(text().encode(letters))
    notes = collect(of(), path).origin.notes
    assert tuple(note.partition(";")[0] for note in notes) == told


def test_a_letter_that_comes_late_is_read(tmp_path):
    plain = [[f"p{at}", "AB"[at % 2], "0", "1", "Oslo"] for at in range(200_000)]
    path = tmp_path / "data.csv"
    path.write_bytes(text(rows=[*plain, ["z", "A", "1", "2", "Tromsø"]]).encode("cp1252"))
    counts = collect(of(), path)
    assert levels(counts) == {"Oslo", "Tromsø"}
    assert counts.units.sum() == 200_001
    assert counts.origin.notes[0].startswith("data.csv read as Windows-1252")


def test_only_the_files_in_other_letters_are_read_as_such(tmp_path, plain):
    (tmp_path / "1.csv").write_bytes(text(rows=ROWS[:20]).encode())
    (tmp_path / "2.csv").write_bytes(text(rows=ROWS[20:]).encode("cp1252"))
    assert cells(tmp_path / "*.csv") == plain


def test_named_letters_are_believed(tmp_path, plain):
    path = tmp_path / "data.csv"
    rows = [[*row[:4], row[4].replace("ø", "ř")] for row in ROWS]
    path.write_bytes(text(rows=rows).encode("iso-8859-2", "replace"))
    counts = collect(of(encoding="iso-8859-2"), path)
    assert levels(counts) == {"B?rum", "Tromsř"}
    assert counts.origin.notes == ()


def test_letters_that_nothing_explains_are_refused(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(text().encode("cp1252").replace(b"\xf8", b"\x81"))
    assert refusal(path) == (
        "data.encoding: data.csv is not written in UTF-8, Windows-1252 or Mac Roman (E327); "
        'name its letters with encoding = "..." in [data], or save it as UTF-8'
    )
    assert "data.csv is not written in UTF-8 (E327)" in refusal(path, encoding="utf-8")


WORDS = (
    *("Grün", "Größe", "Warenkörbe; Käufe", "Désactivé", "Tromsø", "på", "École", "Ação", "garçon"),
    *("Køb", "Kävijät", "Überblick", "Usuários", "naïve", "Straße", "être", "où", "10\u00a0000 ü"),
)


@pytest.mark.parametrize("letters", ["cp1252", "mac-roman"])
@pytest.mark.parametrize("word", WORDS)
def test_words_tell_the_letters_of_windows_from_those_of_old_macs(word, letters):
    assert single_bytes([word.encode(letters)]) == letters


@pytest.mark.parametrize("word", ["it’s", "“new”", "Mon–Fri", "50 €", "Brand™", "25°"])
def test_signs_alone_are_those_of_windows(word):
    assert single_bytes([word.encode("cp1252")]) == "cp1252"


@pytest.mark.parametrize(
    ("spelt", "says"),
    [
        ("Köp".encode("mac-roman"), "may be written in Windows-1252 or in Mac Roman"),
        ("Заказы".encode("cp1251"), "is not written in UTF-8, Windows-1252 or Mac Roman"),
        ("カート".encode("shift-jis"), "is not written in UTF-8, Windows-1252 or Mac Roman"),
        ("加入购物车".encode("gbk"), "is not written in UTF-8, Windows-1252 or Mac Roman"),
    ],
)
def test_letters_that_may_be_others_are_refused(spelt, says):
    with pytest.raises(LettersError, match=says):
        single_bytes([b"variant," + spelt])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_lines_gives_the_same_table(tmp_path, plain, end):
    path = tmp_path / "data.csv"
    path.write_bytes(text(end=end).encode())
    assert cells(path) == plain


@pytest.mark.parametrize("many", [0, 200_000])
def test_lines_that_end_in_several_ways_are_read(tmp_path, many):
    path = tmp_path / "data.csv"
    before = [[f"p{at}", "AB"[at % 2], "0", "1", "Oslo"] for at in range(many)]
    path.write_bytes(
        text(rows=before).encode() + text(end="\r\n", rows=ROWS[1:], head=ROWS[0]).encode()
    )
    assert collect(of(), path).units.sum() == many + len(ROWS)


def test_lines_above_the_names_are_left_out(tmp_path, plain):
    path = tmp_path / "data.csv"
    path.write_text("Shop, all countries\n# exported 2026-11-02\n\n" + text(), encoding="utf-8")
    assert cells(path) == plain


def test_quoted_cells_hold_any_sign(tmp_path, plain):
    path = tmp_path / "data.csv"
    head = [*HEAD, "note"]
    rows = [[*row, '"a ""quoted"", odd\n, cell; 5"'] for row in ROWS]
    path.write_text(text(rows=rows, head=head), encoding="utf-8")
    assert cells(path) == plain


def test_a_stray_quote_at_first_changes_no_later_cell(tmp_path):
    path = tmp_path / "data.csv"
    rows = [["u", "A", "1", "1", '5" tv'], ["v", "B", "1", '"1,234,567"', '"x, y"']]
    path.write_text(text(rows=rows), encoding="utf-8")
    counts = collect(of(), path)
    assert levels(counts) == {'5" tv', "x, y"}
    assert counts.moments("money")[1].sum() == 1_234_568


def test_columns_may_stand_in_another_order_or_be_absent(tmp_path, plain):
    (tmp_path / "1.csv").write_text(text(rows=ROWS[:20]), encoding="utf-8")
    swapped = [[row[4], *row[:4]] for row in ROWS[20:30]]
    (tmp_path / "2.csv").write_text(text(";", rows=swapped, head=["city", *HEAD[:4]]), "utf-8")
    (tmp_path / "3.csv").write_text(text(rows=ROWS[30:]), encoding="utf-8")
    assert cells(tmp_path / "*.csv") == plain
    bare = [row[:4] for row in ROWS[30:]]
    (tmp_path / "3.csv").write_text(text(rows=bare, head=HEAD[:4]), encoding="utf-8")
    counts = collect(of(), tmp_path / "*.csv")
    assert counts.units.sum() == len(ROWS)
    assert counts.origin.notes == ("no column 'city' in 3.csv: empty there",)


# what cannot be read


def test_a_cut_last_row_is_named(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(text() + "u99,A", encoding="utf-8")
    assert refusal(path).startswith(
        "data.source: data.csv, line 42: 2 cells where there are 5 columns (u99,A) (E328); "
    )


def test_an_open_quote_is_named(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(text() + 'u99,A,1,2,"Oslo\n', encoding="utf-8")
    assert "line 42: a quote that does not end where its cell ends" in refusal(path)


def test_a_column_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(text(head=["user", "arm", "cart", "spend", "spend"]), encoding="utf-8")
    assert refusal(path) == (
        "data.source: data.csv has several columns 'spend' (E329); give each a name of its own"
    )


def test_a_broken_record_of_json_is_named(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text('{"user": "a", "arm": "A"}\n{"user": "b", "arm": "B"\n', encoding="utf-8")
    assert refusal(path).startswith("data.source: data.jsonl, record ")
    assert refusal(path).endswith("(E328); mend or delete this record")


# workbooks


def typed(row):
    return [row[0], row[1], int(row[2]), float(row[3]), row[4]]


def test_a_workbook_gives_the_same_table(tmp_path, plain):
    sheet = [HEAD, *map(typed, ROWS)]
    assert cells(write_workbook(tmp_path / "a.xlsx", {"Data": sheet})) == plain
    title = [["Shop"], [], *sheet]
    both = write_workbook(tmp_path / "b.xlsx", {"Notes": [["x", 1]], "Data": title})
    assert cells(both, sheet="Data") == plain
    assert refusal(both).startswith("data.sheet: b.xlsx has several sheets: Notes, Data (E326)")


def test_a_number_of_a_workbook_is_no_doubt(tmp_path):
    rows = [["u", "A", 1, 20.125, "x"], ["v", "B", 0, 1000.5, "x"]]
    path = write_workbook(tmp_path / "a.xlsx", {"Data": [HEAD, *rows]})
    assert collect(of(), path).moments("money")[1].ravel().tolist() == [20.125, 1000.5]


def test_numbers_in_texts_of_a_workbook_are_read_by_their_grammar(tmp_path):
    rows = [["u", "A", True, "1.200,50", "x"], ["v", "B", False, "7,5", "x"]]
    path = write_workbook(tmp_path / "a.xlsx", {"Data": [HEAD, *rows]})
    assert collect(of(), path).moments("money")[1].ravel().tolist() == [1200.5, 7.5]
    rows = [["u", "A", 1, "1.200", "x"], ["v", "B", 0, "7.500", "x"]]
    path = write_workbook(tmp_path / "a.xlsx", {"Data": [HEAD, *rows]})
    assert "'1.200' is 1.2 or 1,200" in refusal(path)


def test_endings_in_large_letters_mean_the_same(tmp_path, plain):
    import pandas as pd

    frame = pd.DataFrame(map(typed, ROWS), columns=HEAD)
    frame.to_parquet(tmp_path / "A.PARQUET")
    book = write_workbook(tmp_path / "A.XLSX", {"Data": [HEAD, *map(typed, ROWS)]})
    packed = tmp_path / "A.CSV.GZ"
    packed.write_bytes(gzip.compress(text().encode("cp1252")))
    for path in (tmp_path / "A.PARQUET", book, packed):
        assert cells(path) == plain


def test_a_sheet_of_what_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(text(), encoding="utf-8")
    assert refusal(path, sheet="Data") == (
        "data.sheet: data.csv is no workbook (E326); drop sheet from [data]"
    )
