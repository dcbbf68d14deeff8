"""Which files a name means, and what the folders they lie in say of their rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import abmicro as ab
from abmicro.experiment.model import Experiment

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
    import duckdb

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
