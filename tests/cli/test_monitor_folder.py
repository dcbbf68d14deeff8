"""A folder of running tests in one call: a line each, what is new, who shares people, a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from abmicro.counts import JointCounts

from ..analysis.monitoring.runs import counts, experiment
from .conftest import Command
from .test_monitor import WEEKLY, run_until

pytestmark = pytest.mark.journey

GOOD, BAD = [(0.12, 0.25), (0.14, 0.25)], [(0.12, 0.25), (0.12, 0.18)]


def written(folder: Path, name: str, rates: list[tuple[float, float]], **keys: Any) -> Path:
    """A definition with its joint table beside it."""
    counts(rates, units=1500).save(folder / f"{name}.csv")
    data = {"shape": "joint", "source": f"{name}.csv"}
    file = folder / f"{name}.toml"
    file.write_text(str(experiment(**({"monitoring": WEEKLY, "name": name, "data": data} | keys))))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path, "bad", BAD)
    written(tmp_path, "sound", GOOD)
    return tmp_path


def first_words(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if not line.startswith(" ")]


def test_a_broken_definition_does_not_hide_the_others(cli: Command, folder: Path) -> None:
    (folder / "broken.toml").write_text("[experiment]\n")
    shown = cli("monitor", *sorted(folder.glob("*.toml")))
    assert first_words(shown.out) == ["bad", "sound"]
    assert shown.status == 2  # beyond the 1 of the harm
    assert "broken.toml:" in shown.err
    assert "--fail-on harm: failed" in shown.err


def test_a_file_that_is_not_there_is_named_once(cli: Command, folder: Path) -> None:
    missing = folder / "nofile.toml"
    shown = cli("monitor", folder / "sound.toml", missing)
    assert shown.status == 2
    assert f"abmicro: {missing}: no such file (E002)" in shown.err


def test_what_was_told_is_not_told_again(cli: Command, folder: Path) -> None:
    files = sorted(folder.glob("*.toml"))
    first = cli("monitor", *files, "--since-last")
    assert first_words(first.out) == ["bad", "sound"]
    told = next(line for line in first.out.splitlines() if line.startswith("sound"))
    assert (
        "sound | 3 new looks, the last of 2026-11-01: finished | cart (sticky) crossed on" in told
    )
    again = cli("monitor", *files, "--since-last")
    assert (again.out, again.status) == ("Nothing new.\n", 1)  # harm stands


def test_a_new_look_brings_what_it_changed(cli: Command, folder: Path) -> None:
    table = folder / "sound.csv"
    whole = JointCounts.load(table)
    run_until(table, 15)
    assert cli("monitor", folder / "sound.toml").status == 0
    whole.save(table)
    shown = cli("monitor", folder / "sound.toml", "--since-last", "--format", "json")
    (line,) = shown.out.splitlines()
    news = json.loads(line)["news"]
    assert news[0] == "2 new looks, the last of 2026-11-01: finished"
    assert "cart to order (sticky): carried, was carried size open" in news


def test_tests_on_the_same_data_are_named(cli: Command, folder: Path) -> None:
    data = {"shape": "joint", "source": "sound.csv"}
    written(folder, "other", GOOD, data=data, start="2026-10-19", end="2026-11-16")
    shown = cli("monitor", folder / "sound.toml", folder / "other.toml", "--no-record")
    assert (
        "sound and other overlap from 2026-10-19 to 2026-11-01, and read the same data: the same "
        "people may be in both."
    ) in shown.out.splitlines()


def test_tests_on_the_same_site_are_named_in_json(cli: Command, folder: Path) -> None:
    for name in ("bad", "sound"):
        written(folder, name, GOOD, site="shop.example")
    shown = cli("monitor", folder / "bad.toml", folder / "sound.toml", "--format", "json")
    found = [json.loads(line) for line in shown.out.splitlines()]
    assert [one["key"] for one in found] == ["bad", "sound"]
    for one in found:
        assert "both are of shop.example" in one["overlaps"][0]


def test_tests_one_after_the_other_share_nobody(cli: Command, folder: Path) -> None:
    data = {"shape": "joint", "source": "sound.csv"}
    written(folder, "later", GOOD, data=data, start="2026-11-02", end="2026-11-30")
    shown = cli("monitor", folder / "sound.toml", folder / "later.toml", "--no-record")
    assert "overlap" not in shown.out
    assert "overlap" not in cli("monitor", folder / "bad.toml", folder / "sound.toml").out


def test_a_page_holds_every_test_the_worst_first(cli: Command, folder: Path) -> None:
    weekly = {"monitoring": {"mode": "fixed"}}
    files = [written(folder, "bad", BAD, **weekly), written(folder, "sound", GOOD, **weekly)]
    page = folder / "morning.html"
    assert cli("monitor", *reversed(files), "--format", "html", "-o", page).status == 1
    text = page.read_text("utf-8")
    assert -1 < text.index('id="test-bad"') < text.index('id="test-sound"')
    assert text.index("Stop: harm") < text.index("Finished")
    assert "<script" not in text


def test_a_page_of_one_test_bears_its_name(cli: Command, folder: Path) -> None:
    shown = cli("monitor", folder / "sound.toml", "--format", "html")
    assert "<title>sound</title>" in shown.out
    assert "All tests" not in shown.out
    assert shown.out.count('id="sound-lift-0-title"') == 1
