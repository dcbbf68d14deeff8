"""Charts and sections written into folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Command, Shop

pytestmark = pytest.mark.journey


def test_every_section_is_a_file(cli: Command, shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tables"
    done = cli("analyze", shop.file, "--csv", folder)
    assert done.status == 0
    assert "Sticky button" in done.out
    names = {path.name for path in folder.iterdir()}
    assert names >= {"goals.csv", "carry_through.csv", "detectable.csv", "checks.csv"}
    assert (folder / "goals.csv").read_text().startswith("goal,kind,role")


@pytest.mark.parametrize(("form", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_every_chart_is_a_file(
    cli: Command, shop: Shop, tmp_path: Path, form: str, magic: bytes
) -> None:
    page, folder = tmp_path / "r.html", tmp_path / "charts"
    done = cli("report", shop.file, "-o", page, "--charts", folder, "--chart-format", form)
    assert done.status == 0
    found = sorted(folder.iterdir())
    assert f"funnel.{form}" in [path.name for path in found]
    assert all(path.read_bytes().startswith(magic) for path in found)


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(
    cli: Command, shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = cli("analyze", shop.file, "--csv", tmp_path / "file" / "folder")
    assert done.status != 0
    assert "cannot be made" in done.err
    assert done.out == ""


def test_what_is_passed_on_is_a_text_and_pictures(cli: Command, shop: Shop, tmp_path: Path) -> None:
    page, folder = tmp_path / "r.html", tmp_path / "share"
    done = cli("report", shop.file, "-o", page, "--share", folder)
    assert done.status == 0
    names = sorted(path.name for path in folder.iterdir())
    rulers = ["ruler-1-sticky.png", "ruler-1-sticky.svg"]
    assert names == ["funnel.png", "funnel.svg", *rulers, "summary.txt"]
    assert (folder / "summary.txt").read_text(encoding="utf-8").startswith("Sticky button\n")
    assert cli("report", shop.file, "-o", folder / "summary.txt", "--share", folder).status == 2
