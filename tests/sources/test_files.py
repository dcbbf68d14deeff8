"""Which files a name means, and what the folders they lie in say of their rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import abmicro as ab
from abmicro.errors import SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.engines.engine import open_source

HEADER = "user,arm,cart,order\n"


def rows(arm: str, units: int, start: int = 0) -> str:
    """Units of one arm, of which every other one fills a cart."""
    return "".join(f"u{start + at},{arm},{at % 2},0\n" for at in range(units))


@pytest.mark.parametrize("name", ["users[1].csv", "users?.csv", "us*rs.csv", "[ab]/[x].csv"])
def test_a_file_that_exists_is_no_glob(
    name: str, tmp_path: Path, unit_test: Callable[..., Experiment]
) -> None:
    asked = tmp_path / name
    asked.parent.mkdir(exist_ok=True)
    asked.write_text(HEADER + rows("control", 4) + rows("sticky", 6), encoding="utf-8")
    (tmp_path / "users1.csv").write_text(HEADER + rows("control", 1), encoding="utf-8")
    counts = ab.collect(unit_test(data={"source": name}), folder=tmp_path)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [4, 6]


def test_a_saved_table_with_a_bracket_in_its_name_is_read_back(
    tmp_path: Path, unit_test: Callable[..., Experiment], written: Callable[..., Path]
) -> None:
    counts = ab.collect(unit_test(), written(HEADER + rows("control", 3) + rows("sticky", 3)))
    counts.save(tmp_path / "counts[1].parquet")
    assert ab.JointCounts.load(tmp_path / "counts[1].parquet") == counts


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "jsonl"])
def test_folders_name_the_variant(
    ending: str, tmp_path: Path, unit_test: Callable[..., Experiment]
) -> None:
    form = {"parquet": "PARQUET", "jsonl": "JSON"}.get(ending, "CSV")
    for arm, units in (("control", 4), ("sticky", 6)):
        folder = tmp_path / f"arm={arm}"
        folder.mkdir()
        asked = f"SELECT 'u' || range AS who, range % 2 AS cart, 0 AS \"order\" FROM range({units})"
        with duckdb.connect() as own:
            own.execute(f"COPY ({asked}) TO '{folder / f'part.{ending}'}' (FORMAT {form})")
    counts = ab.collect(unit_test(data={"source": f"**/*.{ending}"}), folder=tmp_path)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [4, 6]
    assert counts.reached("cart").ravel().tolist() == [2, 3]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_second_download_of_the_same_rows_is_refused_with_its_name(
    ending: str, tmp_path: Path, unit_test: Callable[..., Experiment]
) -> None:
    form = {"parquet": "PARQUET", "jsonl": "JSON"}.get(ending, "CSV")
    asked = "SELECT 'control' AS arm, 1 AS cart, 0 AS \"order\" FROM range(3)"
    for name, limit in (("a", 3), ("a (1)", 3), ("b", 0), ("c", 0)):
        with duckdb.connect() as own:
            path = tmp_path / f"{name}.{ending}"
            own.execute(f"COPY ({asked} LIMIT {limit}) TO '{path}' (FORMAT {form})")
    for empty in [path for path in tmp_path.iterdir() if not path.stat().st_size]:
        empty.unlink()
    said = r"a \(1\)\.\w+ holds the same rows as a\.\w+ \(E362\); delete all of them but one"
    with pytest.raises(SourceError, match=said):
        ab.collect(unit_test(data={"source": f"*.{ending}"}), folder=tmp_path)


@pytest.mark.parametrize("link", ["hardlink_to", "symlink_to"])
def test_a_file_that_has_two_names_is_read_once_and_said(
    link: str, tmp_path: Path, unit_test: Callable[..., Experiment]
) -> None:
    (tmp_path / "a.csv").write_text(HEADER + rows("control", 4) + rows("sticky", 6), "utf-8")
    getattr(tmp_path / "latest.csv", link)(tmp_path / "a.csv")
    counts = ab.collect(unit_test(data={"source": "*.csv"}), folder=tmp_path)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [4, 6]
    assert counts.origin is not None
    assert any("is the file a.csv once more" in note for note in counts.origin.notes)


@pytest.mark.parametrize(
    ("name", "head", "says"),
    [
        ("a.csv", b"%PDF-1.7\nvariant,visitors\n", "a PDF (E648); export the table itself"),
        ("a.csv", b"\xef\xbb\xbf\n<!DOCTYPE html>\n<table>", "a web page or XML (E648)"),
        ("a.csv", b"PK\x03\x04xl/styles.xml", "a workbook or packed (E648); name it .xlsx"),
        ("a.tsv", b"\x89PNG\r\n\x1a\n", "a picture (E648)"),
        ("a.csv", b"\x1f\x8b\x08", "packed by gzip (E648); add .gz to its name"),
        ("a.csv", b'{"variant": "A", "visitors": 9}\n', "JSON (E648); name it .json or .jsonl"),
        ("a.jsonl", b"<html>", "a web page or XML (E648)"),
        ("a.xlsx", b"<html>", "a web page or XML (E648)"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1", "an old or locked workbook (E648); save it"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_called_what_it_is(
    name: str, head: bytes, says: str, tmp_path: Path, unit_test: Callable[..., Experiment]
) -> None:
    (tmp_path / name).write_bytes(head)
    with pytest.raises(SourceError) as caught:
        ab.collect(unit_test(data={"source": name}), folder=tmp_path)
    assert f"{name} is {says}" in str(caught.value)


def read_while(log: Path, change: str, experiment: Experiment) -> None:
    """Open a log, change it, and ask it."""
    with open_source(experiment, log, None) as source:
        if change == "grows":
            log.write_text(log.read_text("utf-8") + rows("sticky", 1, 90), "utf-8")
        else:
            log.unlink()
        if change == "is another":
            log.write_text(HEADER, "utf-8")
        [*source.engine.rows(f"SELECT COUNT(*) FROM {source.relation}")]


@pytest.mark.parametrize("change", ["grows", "goes", "is another"])
def test_a_file_that_changes_while_it_is_read_gives_no_counts(
    change: str, tmp_path: Path, unit_test: Callable[..., Experiment]
) -> None:
    """A log is read more than once: a unit whose exposure came in between would count as none."""
    log = tmp_path / "a.csv"
    log.write_text(HEADER + rows("control", 4) + rows("sticky", 6), "utf-8")
    said = r"a\.csv was changed or taken away while it was read \(E685\); run again"
    with pytest.raises(SourceError, match=said):
        read_while(log, change, unit_test())


def linked(folder: Path, to: str) -> str:
    (folder / "a.csv").symlink_to(to)
    return "*.csv"


def of_odd_letters(folder: Path) -> str:
    (folder / os.fsdecode(b"gr\xfcn.csv")).write_text(HEADER, "utf-8")
    return "*.csv"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs files as Linux has them")
@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda folder: linked(folder, "b.csv"), "a.csv is a link to a file that is not there"),
        (lambda folder: linked(folder, "/proc/self/mem"), "mem cannot be opened: input/output"),
        (lambda folder: f"{folder.name * 30}.csv", "cannot be opened: file name too long"),
        (of_odd_letters, r"gr\udcfcn.csv' holds letters that are not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused_in_words(
    made: Callable[[Path], str],
    says: str,
    tmp_path: Path,
    unit_test: Callable[..., Experiment],
) -> None:
    with pytest.raises(SourceError) as caught:
        ab.collect(unit_test(), tmp_path / made(tmp_path))
    assert says in str(caught.value)
