"""What one can do with an analysis: print it, save it, frame it."""

from __future__ import annotations

from pathlib import Path

import pytest

from abmicro.errors import OutputError

from .conftest import Analyse

ARMS = ((20_000, 2_400, 600), (20_000, 2_640, 660))


def test_printing_gives_the_plain_table(analyse: Analyse) -> None:
    analysis = analyse(*ARMS)
    assert str(analysis) == analysis.render("text")
    assert str(analysis).isascii()


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("report.html", "<!doctype html>"),
        ("record.json", "{"),
        ("goals.csv", "goal,"),
        ("summary.md", "#"),
        ("verdict.txt", "made"),
    ],
)
def test_the_name_of_a_file_says_its_format(
    analyse: Analyse, tmp_path: Path, name: str, start: str
) -> None:
    analyse(*ARMS).save(tmp_path / name)
    assert (tmp_path / name).read_text().lower().startswith(start)


def test_an_unknown_format_names_the_known_ones(analyse: Analyse, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"'htlm' is not a format \(E502\); did you mean 'html'"):
        analyse(*ARMS).save(tmp_path / "report.htlm")
    assert not list(tmp_path.iterdir())


def test_a_section_becomes_a_tidy_frame(analyse: Analyse) -> None:
    frame = analyse(*ARMS).to_pandas("goals")
    assert list(frame["goal"]) == ["cart", "order"]
    assert frame.loc[0, "lift_estimate"] == pytest.approx(0.1)
    assert frame.loc[0, "reached_treated"] == 2_640


def test_equal_input_gives_equal_bytes(analyse: Analyse) -> None:
    one, other = analyse(*ARMS), analyse.__wrapped__(*ARMS)  # the second is made anew
    assert one is not other
    for form in ("text", "md", "json", "csv", "html", "summary"):
        assert one.render(form) == other.render(form)
