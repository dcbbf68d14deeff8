"""Small inputs made after public reports, and what may be said of them: the verdict's part."""

from __future__ import annotations

import runpy
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import abmicro as ab

pytestmark = pytest.mark.journey


def analysed(shared_data: Path, tmp_path: Path, case: str) -> ab.Analysis:
    """A case as it lies there; a `make.py` prints its data to where its definition looks."""
    folder = tmp_path / case
    shutil.copytree(shared_data / "field" / case, folder)
    experiment = ab.load(folder / "experiment.toml")
    source = folder / str(experiment.require_data().source)
    if not source.exists():
        with source.open("w") as file, redirect_stdout(file):
            runpy.run_path(str(folder / "make.py"), run_name="__main__")
    return ab.analyze(experiment, ab.collect(experiment, folder=folder))


@pytest.mark.parametrize("case", ["38-outlier", "39-heavy-revenue", "50-whale"])
def test_no_claim_rests_on_one_large_order(shared_data: Path, tmp_path: Path, case: str) -> None:
    analysis = analysed(shared_data, tmp_path, case)
    (verdict,) = analysis.verdicts
    row = next(row for row in analysis.goals if row.goal == "revenue" and row.segment is None)
    assert row.adjusted_p_value > 0.1
    assert row.lift.low < 0 < row.lift.high
    assert all(one.macro_moved == 0 for one in analysis.carry_through)
    assert verdict.decision == "unsettled"
    assert analysis.recommendation.variant is None
    assert any("Do not trust revenue yet" in caution for caution in verdict.cautions)
    assert "take the risk" not in verdict.would_change or verdict.open.goal != "revenue"
    for form in ("text", "html", "md", "summary"):
        shown = analysis.render(form)
        assert "Do not trust revenue yet" in shown
        open_question = "Whether revenue rose too, this test cannot settle."
        assert "revenue rose" not in shown.replace(open_question, "")
        assert "revenue moved" not in shown
