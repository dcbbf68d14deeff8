"""What the README shows works, and what it lists is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import abmicro as ab
from abmicro.analysis.carry_through.wording import CARRY
from abmicro.cli.commands.group import app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_experiment_file_it_shows_loads() -> None:
    shown, monitoring = blocks("toml")
    experiment = ab.loads(shown)
    assert ab.loads(shown + monitoring).monitoring.mode == "group_sequential"
    assert experiment.primary.name == "add_to_cart"
    assert experiment.funnel.steps == ("add_to_cart", "purchase")


def test_the_python_it_shows_uses_public_names() -> None:
    (shown,) = blocks("python")
    assert set(re.findall(r"\bab\.(\w+)", shown)) <= set(ab.__all__)


def test_it_lists_every_command() -> None:
    listed = set(re.findall(r"^\| `abmicro (\w+)", README, flags=re.MULTILINE))
    assert listed == set(app.commands)


def test_every_label_of_a_gain_is_explained() -> None:
    page = (ROOT / "docs" / "explanation" / "verdict.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    gains = {label for label in CARRY if not label.startswith("loss_")}
    assert gains - {"measurement_fault", "immature"} <= listed
    assert "`measurement_fault`" in page
    assert "`immature`" in page


def test_every_file_it_links_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target
