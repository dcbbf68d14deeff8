"""Another library computes every figure again: on all shipped data, and through the door."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import abmicro as ab
from abmicro import datasets
from abmicro.cli import run
from abmicro.second_opinion import other_roads, second_opinion
from abmicro.stats import foundations, proportions

ROOM = Path(other_roads.__file__).parent


def test_no_line_of_ours_stands_on_the_other_road() -> None:
    tree = ast.parse(Path(other_roads.__file__).read_text(encoding="utf-8"))
    homes = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not any(str(home).startswith("abmicro") for home in homes)


@pytest.mark.parametrize("name", datasets.names())
def test_every_figure_of_the_shipped_data_agrees(name: str) -> None:
    experiment, counts = datasets.load(name)[:2]
    found = second_opinion(ab.analyze(experiment, counts), counts)
    assert len(found.opinions) >= 6
    assert [one for one in found.opinions if not one.agrees] == []


def test_a_figure_that_is_wrong_is_seen() -> None:
    experiment, counts = datasets.load("hillstrom")[:2]
    analysis = ab.analyze(experiment, counts)
    row = analysis.goals[0]
    shifted = replace(row.lift, low=row.lift.low + 1e-5)
    wrong = replace(analysis, goals=(replace(row, lift=shifted), *analysis.goals[1:]))
    differing = [one.what for one in second_opinion(wrong, counts).opinions if not one.agrees]
    assert differing == [f"{row.goal}, {row.variant}: lift, low"]


arms = st.integers(20, 3_000).flatmap(
    lambda units: st.tuples(st.integers(0, units), st.just(units))
)


@given(arms, arms, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_constrained_likelihood_gives_the_interval_of_the_closed_form(
    treated: tuple[int, int], control: tuple[int, int], level: float
) -> None:
    ours = proportions.difference(
        foundations.Binomial(*treated), foundations.Binomial(*control), level=level
    )
    theirs = other_roads.difference_ends(
        other_roads.Count(*treated), other_roads.Count(*control), level
    )
    np.testing.assert_allclose([float(ours.low), float(ours.high)], theirs, rtol=0, atol=2e-7)


DEFINITION = """
[experiment]
name = "Basket"
[variants]
arms = ["control", "sticky"]
[data]
shape = "units"
source = "units.csv"
[data.columns]
variant = "arm"
[goals.cart]
kind = "milestone"
[goals.spend]
kind = "macro"
value = "spend"
before = { column = "past" }
"""


def test_the_command_prints_both_and_what_has_no_second_road(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(5)
    past = rng.gamma(2.0, 10.0, 4_000)
    spend = past + rng.gamma(2.0, 5.0, 4_000)
    rows = [
        f"{'control' if at % 2 else 'sticky'},{int(at % 7 == 0)},{spend[at]:.2f},{past[at]:.2f}"
        for at in range(4_000)
    ]
    (tmp_path / "units.csv").write_text("\n".join(["arm,cart,spend,past", *rows]), encoding="utf-8")
    (tmp_path / "test.toml").write_text(DEFINITION, encoding="utf-8")
    assert run(["analyze", str(tmp_path / "test.toml"), "--second-opinion"]) == 0
    told = capsys.readouterr().out
    assert "cart, sticky: difference, low" in told
    assert "spend, sticky: slope on the past" in told
    assert "chances to win of values" in told
    assert "DIFFER" not in told


def test_a_segment_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["analyze", "x.toml", "--second-opinion", "--segment", "device=phone"]
    assert run(command) == 2
    assert "a segment has no second opinion" in capsys.readouterr().err
