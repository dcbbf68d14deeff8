"""`abmicro health`: funnel and traffic from a definition with its data, for eyes and for cron."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ..traffic.shops import days
from .conftest import Command, Shop

DEFINITION = """\
experiment.name = "Shop"
variants.arms = ["everybody"]
segments = { source = "source", device = "device" }
[goals.cart]
kind = "milestone"
[goals.order]
kind = "macro"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A definition and four weeks of counts in which phones lost their carts for a day."""
    made = tmp_path_factory.mktemp("shop")
    (made / "health.toml").write_text(DEFINITION, encoding="utf-8")
    days(np.random.default_rng(7), dip=(15, "phone", 0.8)).save(made / "counts.csv")
    return made


def test_a_nightly_run_fails_on_a_dip_and_names_it(cli: Command, folder: Path) -> None:
    asked = ("health", folder / "health.toml", "--counts", folder / "counts.csv")
    found = cli(*asked, "--fail-on", "dip,capture")
    assert found.status == 1
    assert "Carts dipped on Tuesday, 6 October." in found.out
    assert "--fail-on dip: failed" in found.err
    assert "--fail-on capture" not in found.err
    assert cli(*asked, "--fail-on", "capture,gap").status == 0
    assert cli(*asked, "--fail-on", "capture", "--fail-on", "dip").status == 1


def test_days_months_and_segments_are_chosen(cli: Command, folder: Path) -> None:
    asked = ("health", folder / "health.toml", "--counts", folder / "counts.csv")
    told = cli(*asked, "--since", "2026-10-12", "--format", "json")
    assert json.loads(told.out)["health"]["first_day"] == "2026-10-12"
    compared = cli(*asked, "--compare", "2026-09", "--format", "json")
    assert {one["before"] for one in json.loads(compared.out)["health"]["changes"]} == {"2026-09"}
    phones = cli(*asked, "--segment", "device=phone", "--format", "json")
    assert {one["source"] for one in json.loads(phones.out)["health"]["traffic"]} >= {"phone"}


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (("--compare", "2026-12"), 3, "E641"),
        (("--since", "yesterday"), 2, "not a day such as"),
        (("--since", "2030-01-01"), 3, "E642"),
        (("--fail-on", "fraud"), 2, "known: dip, capture"),
        (("--format", "docx"), 2, "not a format"),
    ],
)
def test_what_cannot_be_is_said(
    cli: Command, folder: Path, options: tuple[str, ...], status: int, says: str
) -> None:
    found = cli("health", folder / "health.toml", "--counts", folder / "counts.csv", *options)
    assert found.status == status
    assert says in found.err


@pytest.mark.parametrize("name", ["shop.md", "shop.html", "shop.csv", "shop.txt", "shop.json"])
def test_a_test_is_read_with_its_variants_together(cli: Command, shop: Shop, name: str) -> None:
    assert cli("health", shop.file, "-o", shop.folder / name).status == 0
    assert (shop.folder / name).read_text("utf-8")


@pytest.mark.parametrize("command", ["analyze", "report", "monitor"])
def test_what_compares_refuses_one_variant_before_it_looks_for_data(
    cli: Command, folder: Path, command: str
) -> None:
    missing = folder / "not-there.csv"
    found = cli(command, folder / "health.toml", "--counts", missing)
    assert found.status == 2
    assert "E020" in found.err
    assert "`abmicro health`" in found.err
