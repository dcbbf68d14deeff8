"""Files read twice: by `collect` and by plain Python. No cell differs, no doubt is resolved."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from abmicro.counts import ANALYSED, JointCounts
from abmicro.errors import AbmicroError
from abmicro.experiment.model import Shape
from abmicro.sources.collect import collect

from .messy_files import Messy, messy
from .plain_reading import Cell, Key, RefusedError, of_counts, of_events, of_units, records

NOW = datetime(2027, 1, 1)
MANY, FEW = 500, 40
READERS = {Shape.UNITS: of_units, Shape.COUNTS: of_counts, Shape.EVENTS: of_events}


def plainly(case: Messy) -> dict[Key, Cell] | None:
    """The cells of files as plain Python reads them; None where they are refused."""
    shape = case.experiment.require_data().shape
    try:
        return READERS[shape](records(case.files, case.said), case.said)
    except RefusedError:
        return None


def collected(case: Messy) -> JointCounts | str:
    """The joint table, or why there is none."""
    try:
        return collect(case.experiment, case.source, now=NOW)
    except AbmicroError as error:
        return str(error)


def cells(counts: JointCounts, shape: Shape) -> dict[Key, tuple[int, Decimal, float]]:
    """The table in the form of the plain one: units, sum, sum of squares."""
    found: dict[Key, tuple[int, Decimal, float]] = {}
    for row in counts.to_rows():
        named = dict(zip(counts.columns.names, row, strict=True))
        if named["status"] != ANALYSED or (not named["units"] and shape is not Shape.COUNTS):
            continue
        if shape is Shape.COUNTS:
            continue
        bits = [named[one] for one in counts.columns.names if one.startswith("goal__")]
        place = named["period"] if shape is Shape.EVENTS else named["segment__city"]
        total = Decimal(repr(float(named["sum__money"])))
        squares = float(named["product__money__money"])
        found[named["variant"], place, *bits] = (named["units"], total, squares)
    if shape is Shape.COUNTS:
        reached = {"units": counts.units, **{one: counts.reached(one) for one in ("cart", "order")}}
        for goal, table in reached.items():
            for v, variant in enumerate(counts.variants):
                for s, segment in enumerate(counts.segments):
                    found[variant, segment[0], goal] = (int(table[v, s].sum()), Decimal(0), 0.0)
    return found


def same(plain: dict[Key, Cell], counts: JointCounts, shape: Shape) -> bool:
    told = cells(counts, shape)
    return told.keys() == plain.keys() and all(
        units == plain[key].units
        and abs(total - plain[key].total) <= Decimal("1e-9") * max(1, abs(plain[key].total))
        and squares == pytest.approx(float(plain[key].squares), rel=1e-12, abs=1e-9)
        for key, (units, total, squares) in told.items()
    )


def check(seed: int, folder: Path) -> bool:
    """Whether files were read; they must be read alike, or refused where plain Python refuses."""
    case = messy(seed, folder)
    plain, counts = plainly(case), collected(case)
    assert (plain is None) == isinstance(counts, str), (seed, plain, counts)
    if plain is None or isinstance(counts, str):
        return False
    shape = case.experiment.require_data().shape
    assert same(plain, counts, shape), (seed, plain, cells(counts, shape))
    return True


def test_messy_files_are_read_as_plain_python_reads_them(tmp_path: Path) -> None:
    assert 0.6 < sum(check(seed, _folder(tmp_path, seed)) for seed in range(FEW)) / FEW < 0.98


@pytest.mark.slow
def test_five_hundred_messy_files(tmp_path: Path) -> None:
    read = [check(seed, _folder(tmp_path, seed)) for seed in range(MANY)]
    assert 0.6 < sum(read) / MANY < 0.98


def _folder(path: Path, seed: int) -> Path:
    made = path / str(seed)
    made.mkdir()
    return made
