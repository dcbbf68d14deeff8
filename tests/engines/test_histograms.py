"""One text, every engine: the histograms are the same cell by cell wherever they are made."""

from __future__ import annotations

import pytest

from abmicro import collect_histograms

from .conftest import ENGINES, RELATIVES, in_duckdb
from .logs import experiment, log

pytestmark = pytest.mark.external

TOLD = [name for name in ENGINES | RELATIVES if name != "redshift"]  # PostgreSQL has no DATEDIFF


@pytest.mark.parametrize("crossed", ["exclude", "first"])
@pytest.mark.parametrize("name", TOLD)
def test_every_engine_makes_the_histograms_that_duckdb_makes(
    name: str, crossed: str, request: pytest.FixtureRequest
) -> None:
    rows, asked = log(seed=1), experiment(crossed, "any")
    expected = collect_histograms(asked, in_duckdb(rows))
    found = collect_histograms(asked, (ENGINES | RELATIVES)[name](rows, request))
    assert set(found.to_rows()) == set(expected.to_rows())
    assert len(expected.cells) > 100
