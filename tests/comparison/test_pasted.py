"""A pasted sheet gives the table that `collect` finds in the same counts as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import abmicro as ab
from abmicro.comparison.pasted import counts_of, experiment_of
from abmicro.sources.sheets.sheet import read_sheet

SHEETS = {
    "a path": "variant,visitors,carts,orders\nA,100,12,3\nB,110,15,4",
    "a goal beside it": "variant,visitors,carts,chats,orders\nA,100,12,2,3\nB,110,15,3,4",
    "one goal": "variant,visitors,orders\nA,100,3\nB,110,4",
    "parts": "variant,device,visitors,carts,orders\nA,phone,100,12,3\nA,desk,50,9,1\n"
    "B,phone,110,15,4\nB,desk,60,8,2",
    "days": "variant,day,visitors,carts,orders\nA,2026-10-05,100,12,3\nA,2026-10-06,50,9,1\n"
    "B,2026-10-05,110,15,4\nB,2026-10-06,60,8,2",
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_tells_what_a_file_of_its_counts_tells(name: str, tmp_path: Path) -> None:
    sheet = read_sheet(SHEETS[name])
    experiment = experiment_of(sheet)
    (tmp_path / "counts.csv").write_text(sheet.csv, encoding="utf-8")
    ours, theirs = counts_of(sheet, experiment), ab.collect(experiment, tmp_path / "counts.csv")
    assert sorted(map(str, ours.to_rows())) == sorted(map(str, theirs.to_rows()))
    assert ours.cut_off == theirs.cut_off
    np.testing.assert_array_equal(ours.units.sum(axis=(1, 2, 3)), theirs.units.sum(axis=(1, 2, 3)))


def test_a_goal_with_a_name_for_people_is_read_from_its_column() -> None:
    sheet = read_sheet(SHEETS["a path"])
    goals = {"Baskets": {"kind": "milestone", "column": "carts"},
             "Orders": {"kind": "macro", "column": "orders"}}  # fmt: skip
    experiment = experiment_of(sheet, goals=goals, name="Sticky button")
    assert counts_of(sheet, experiment).reached("Baskets").ravel().tolist() == [12, 15]


def test_a_step_above_the_one_before_is_refused() -> None:
    sheet = read_sheet(SHEETS["a path"])
    goals = {"orders": {"kind": "milestone"}, "carts": {"kind": "macro"}}
    with pytest.raises(ab.CountsError, match=r"\(E405\)"):
        counts_of(sheet, experiment_of(sheet, goals=goals))


def test_a_sheet_without_a_column_of_the_definition_is_refused() -> None:
    first = read_sheet("variant,visitors,carts,orders\nA,100,12,3\nB,110,15,4")
    newer = read_sheet("variant,visitors,baskets,orders\nA,100,12,3\nB,110,15,4")
    with pytest.raises(ab.SourceError, match=r"no column 'carts' in the data.*\(E305\)"):
        counts_of(newer, experiment_of(first))
