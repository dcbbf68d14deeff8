"""One text, every engine: the histograms are the same cell by cell wherever they are made."""

from __future__ import annotations

import pytest

from abmicro import collect_histograms

from .conftest import ENGINES, in_duckdb
from .logs import experiment, log


@pytest.mark.parametrize("crossed", ["exclude", "first"])
@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_makes_the_histograms_that_duckdb_makes(
    name: str, crossed: str, request: pytest.FixtureRequest
) -> None:
    rows, asked = log(seed=1), experiment(crossed, "any")
    expected = collect_histograms(asked, in_duckdb(rows))
    found = collect_histograms(asked, ENGINES[name](rows, request))
    assert set(found.to_rows()) == set(expected.to_rows())
    assert len(expected.cells) > 100
