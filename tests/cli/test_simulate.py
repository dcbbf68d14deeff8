"""`abmicro simulate`: the verdict on trial from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from .conftest import Command, Shop

pytestmark = pytest.mark.journey


def test_from_the_data_of_a_definition(cli: Command, shop: Shop) -> None:
    found = cli("simulate", shop.file, "--runs", "300", "--format", "json", "--seed", "5")
    assert found.status == 0
    record = json.loads(found.out)["simulation"]
    assert (record["runs"], record["seed"], record["primary"]) == (300, 5, "cart")
    assert cli("simulate", shop.file, "--runs", "300", "--format", "json", "--seed", "5") == found


def test_from_rates_alone(cli: Command, shop: Shop) -> None:
    rates = ("--baseline", "12%", "--macro", "3%", "--units", "8000", "--runs", "200")
    found = cli("simulate", shop.file, *rates)
    assert found.status == 0
    assert "With 8,000 visitors" in found.out


def test_lifts_are_planted_as_asked_each_once(cli: Command, shop: Shop) -> None:
    asked = ("--lift", "5%", "--lift", "-0.02", "--lift", "5%", "--runs", "200")
    found = cli("simulate", shop.file, *asked, "--format", "json")
    truths = json.loads(found.out)["simulation"]["truths"]
    assert {one["micro_lift"] for one in truths} == {0.05, -0.02}
    ways = [(one["micro_lift"], one["pass_through"], one["units"]) for one in truths]
    assert len(ways) == len(set(ways))


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (("--runs", "5"), 2, "--runs: 5 is too few"),
        (("--seed", "-1"), 2, "--seed: -1 is below 0"),
        (("--lift", "nan"), 2, "--lift: is not a finite number"),
        (("--lift", "-200%", "--runs", "200"), 3, "E094"),
        (("--baseline", "12%", "--runs", "200"), 2, "--units: is missing"),
        (("--baseline", "12%", "--counts", "c.csv"), 2, "in place of --counts"),
    ],
)
def test_what_cannot_be_is_said(
    cli: Command, shop: Shop, options: tuple[str, ...], status: int, says: str
) -> None:
    found = cli("simulate", shop.file, *options)
    assert found.status == status
    assert says in found.err


@pytest.mark.usefixtures("hears_ctrl_c")
def test_it_can_be_stopped(shop: Shop) -> None:
    page = shop.folder / "trial.html"
    command = [sys.executable, "-m", "abmicro", "-v", "simulate", str(shop.file)]
    many = ["--runs", "90000000", "-o", str(page)]
    with subprocess.Popen([*command, *many], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            assert "rows in" in running.stderr.readline()  # counted, and the simulation begins
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 130
    assert "stopped; no file was left half written" in said
    assert not page.exists()
