"""Both tables of a log from one opening: the same as one by one, and one without the other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from abmicro import Histograms, collect, collect_histograms
from abmicro.counts import JointCounts
from abmicro.errors import SourceError
from abmicro.sources.collect_both import collect_both

from .test_histograms import CLOSED, SEEN, did, log_test, table

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ROWS = [did("c", "11:00:00", "cart"), did("s", "12:00:00", "order"), *SEEN, CLOSED]


def test_both_tables_are_those_of_each_question() -> None:
    experiment, told = log_test(), []
    counts, found = collect_both(experiment, table(ROWS), now=NOW, counted=told.append)
    assert counts == collect(experiment, table(ROWS), now=NOW)
    assert found == collect_histograms(experiment, table(ROWS), now=NOW)
    assert told == [counts]


def test_rows_that_can_be_read_only_once_give_both() -> None:
    counts, found = collect_both(log_test(), table(ROWS).to_reader(), now=NOW)
    assert isinstance(found, Histograms)
    assert counts.units.sum() == 2  # the window of "late" is open
    assert found.of("lag", "cart").units.sum() == 1


def test_histograms_with_too_many_cells_leave_the_joint_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("abmicro.sources.validation.rows.MOST_CELLS", 10)
    counts, found = collect_both(log_test(), table(ROWS), now=NOW)
    assert isinstance(counts, JointCounts)
    assert isinstance(found, SourceError)
    assert "more than 10 cells" in str(found)


def test_data_that_no_joint_table_can_be_made_of_are_refused() -> None:
    columns = log_test().require_data().columns.model_copy(update={"event": "happened"})
    data = log_test().require_data().model_copy(update={"columns": columns})
    experiment = log_test().model_copy(update={"data": data})
    with pytest.raises(SourceError, match="happened"):
        collect_both(experiment, table(ROWS), now=NOW)
