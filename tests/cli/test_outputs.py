"""An output never takes the place of a file that the run reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Command, Shop

pytestmark = pytest.mark.journey


def straight(path: Path) -> Path:
    return path


def around(path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


def linked(path: Path) -> Path:
    (link := path.with_name(f"link{path.suffix}")).symlink_to(path)
    return link


def hard(path: Path) -> Path:
    os.link(path, other := path.with_name(f"hard{path.suffix}"))
    return other


@pytest.mark.parametrize("spelt", [straight, around, linked, hard])
@pytest.mark.parametrize("command", ["collect", "analyze", "report", "plan"])
@pytest.mark.parametrize("name", ["units.csv", "experiment.toml"])
def test_an_output_that_is_read_is_refused_before_anything_runs(
    shop: Shop, cli: Command, command: str, name: str, spelt: Callable[[Path], Path]
) -> None:
    target = shop.folder / name
    before = target.read_bytes()
    output = spelt(target)
    shown = cli(command, shop.file, "-o", output, *(["--format", "md"] * (command == "analyze")))
    if command == "plan":
        shown = cli(command, shop.file, "-o", output, "--format", "md")
    role = "data" if name == "units.csv" else "definition"
    assert shown.status == 2
    assert f"would take the place of the {role}: {target} (E600)" in shown.err
    assert target.read_bytes() == before
    assert output.exists()


def test_every_file_of_a_glob_is_kept(shop: Shop, cli: Command) -> None:
    file = shop.define('"units.csv"', '"*.csv"')
    assert cli("collect", file, "-o", shop.data).status == 2
    assert shop.data.read_text().startswith("arm,device")


def test_an_output_that_the_next_run_would_read_is_refused(shop: Shop, cli: Command) -> None:
    file = shop.define('"units.csv"', '"*.csv"')
    (shop.folder / "sub").mkdir()
    assert cli("collect", file, "-o", shop.folder / "counts.csv").status == 2
    assert cli("collect", file, "-o", shop.folder / "counts.parquet").status == 0
    assert cli("collect", file, "-o", shop.folder / "sub" / "counts.csv").status == 0


def test_a_variable_nobody_allows_leaves_the_other_files_guarded(shop: Shop, cli: Command) -> None:
    counts, days = shop.folder / "c.csv", shop.folder / "days.csv"
    cli("collect", shop.file, "-o", counts)
    days.write_text("day,units\n2026-10-05,900\n")
    shop.define('"units.csv"', '"${NOBODY}.csv"')
    shop.file.write_text(shop.file.read_text() + '[plan]\ntraffic = "days.csv"\n')
    shown = cli("analyze", shop.file, "--counts", counts, "-o", days, "--format", "md")
    assert (shown.status, "of the traffic" in shown.err) == (2, True)


def test_counts_and_histograms_are_kept(shop: Shop, cli: Command) -> None:
    counts = shop.folder / "c.csv"
    assert cli("collect", shop.file, "-o", counts).status == 0
    for command in ("analyze", "report"):
        shown = cli(command, shop.file, "--counts", counts, "-o", counts)
        assert (shown.status, "of the counts" in shown.err) == (2, True)
        shown = cli(command, shop.file, "--histograms", counts, "-o", counts)
        assert (shown.status, "of the histograms" in shown.err) == (2, True)


def test_the_table_of_identity_is_kept(shop: Shop, cli: Command) -> None:
    (shop.folder / "who.csv").write_text("id,person\n")
    who = 'columns = { unit = "u", time = "t", event = "e", variant = "arm" }\n'
    who += 'identity = { source = "who.csv", unit = "id", person = "person" }\n'
    shop.define('shape = "units"', 'shape = "events"')
    shop.file.write_text(
        shop.file.read_text().replace('[data.columns]\nvariant = "arm"\n', who), encoding="utf-8"
    )
    shown = cli("collect", shop.file, "-o", shop.folder / "who.csv")
    assert (shown.status, "of the identity" in shown.err) == (2, True)


def test_folders_of_tables_and_charts_keep_what_is_read(shop: Shop, cli: Command) -> None:
    shop.define('"units.csv"', '"goals.csv"')
    data = shop.data.rename(shop.folder / "goals.csv")
    assert cli("analyze", shop.file, "--csv", shop.folder).status == 2
    assert data.read_text().startswith("arm,device")
    file = shop.file.rename(shop.folder / "chart.svg")
    shown = cli("report", file, "-o", shop.folder / "r.html", "--charts", shop.folder)
    assert (shown.status, "of the definition" in shown.err) == (2, True)


def test_two_outputs_are_two_files(shop: Shop, cli: Command) -> None:
    counts = shop.folder / "c.csv"
    shown = cli("collect", shop.file, "-o", counts, "--histograms", counts)
    assert (shown.status, "of the other output" in shown.err) == (2, True)


def test_a_file_of_traffic_is_kept(cli: Command, tmp_path: Path) -> None:
    (days := tmp_path / "days.csv").write_text("day,units\n2026-10-05,900\n")
    shown = cli("plan", "--baseline", "3%", "--traffic", days, "-o", days, "--format", "md")
    assert (shown.status, "of the traffic" in shown.err) == (2, True)


def test_a_result_is_replaced_as_ever(shop: Shop, cli: Command) -> None:
    for _ in range(2):
        assert cli("demo", "-o", shop.folder / "report.html").status == 0
        assert cli("collect", shop.file, "-o", shop.folder / "counts.csv").status == 0


@pytest.mark.parametrize("name", ["units.csv", "report.html"])
def test_the_demo_keeps_what_it_did_not_make(shop: Shop, cli: Command, name: str) -> None:
    target = shop.folder / name
    target.touch()
    before = target.read_bytes()
    shown = cli("demo", "-o", target)
    assert (shown.status, target.read_bytes()) == (2, before)
    assert "is there already, and is not the report of this example (E600)" in shown.err
    assert "--force" in shown.err
    assert cli("demo", "-o", target, "--force").status == 0
    assert target.read_bytes() != before
    assert cli("demo", "-o", target).status == 0, "the same report takes nothing away"
