"""`abmicro goals`: which goals to watch, from a definition with its data."""

from __future__ import annotations

import json

import pytest

from .conftest import Command, Shop


def test_the_goals_of_a_shop(cli: Command, shop: Shop) -> None:
    found = cli("goals", shop.file, "--units", "5000", "--format", "json")
    assert found.status == 0
    choice = json.loads(found.out)["goal_choice"]
    assert choice["units_per_arm"] == 2_500
    assert {one["goal"] for one in choice["goals"]} == {"cart", "buy"}


def test_where_changes_act_is_a_step(cli: Command, shop: Shop) -> None:
    found = cli("goals", shop.file, "--acts", "device")
    assert found.status == 2
    assert "steps of the path: cart, buy" in found.err


@pytest.mark.parametrize("name", ["goals.md", "goals.html", "goals.txt"])
def test_a_file_says_its_form_by_its_name(cli: Command, shop: Shop, name: str) -> None:
    path = shop.folder / name
    assert cli("goals", shop.file, "-o", path).status == 0
    assert "Which goals to watch: Sticky button" in path.read_text("utf-8")


def test_the_control_alone(cli: Command, shop: Shop) -> None:
    asked = ("goals", shop.file, "--control-only", "--units", "5000", "--format", "json")
    (cart,) = (
        one for one in json.loads(cli(*asked).out)["goal_choice"]["goals"] if one["goal"] == "cart"
    )
    assert cart["rate"] == pytest.approx(220 / 1_000)
