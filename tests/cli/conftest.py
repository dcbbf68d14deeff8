"""A small shop in a folder, and the command line as a function."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from abmicro.cli import run

DEFINITION = """\
[experiment]
name = "Sticky button"

[variants]
arms = ["control", "sticky"]

[data]
shape = "units"
source = "units.csv"
[data.columns]
variant = "arm"

[goals.cart]
kind = "milestone"

[goals.buy]
kind = "macro"

[segments]
device = "device"
"""

CELLS = (
    ("control,phone", 480, 80, 40),
    ("control,desktop", 300, 60, 40),
    ("sticky,phone", 400, 130, 70),
    ("sticky,desktop", 270, 70, 60),
)
UNITS = "arm,device,cart,buy\n" + "".join(
    f"{cell},0,0\n" * nothing + f"{cell},1,0\n" * cart + f"{cell},1,1\n" * buy
    for cell, nothing, cart, buy in CELLS
)


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `abmicro` with these arguments in this process."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = run([str(one) for one in arguments])
        return Outcome(status, *capsys.readouterr())

    return call


@dataclass(frozen=True)
class Shop:
    """A folder with an experiment file and its data, made to be spoilt."""

    folder: Path

    @property
    def file(self) -> Path:
        """The experiment file."""
        return self.folder / "experiment.toml"

    @property
    def data(self) -> Path:
        """Its data."""
        return self.folder / "units.csv"

    def define(self, old: str = "", new: str = "") -> Path:
        """Write the experiment file with one piece replaced."""
        assert old in DEFINITION
        self.file.write_text(DEFINITION.replace(old, new, 1), encoding="utf-8")
        return self.file

    def fill(self, old: str = "", new: str = "") -> Path:
        """Write the data with a piece replaced everywhere; the experiment file."""
        assert old in UNITS
        self.data.write_text(UNITS.replace(old, new) if old else UNITS, encoding="utf-8")
        return self.file


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """1,000 and 1,000 units; the sticky button is better on the way and at the till."""
    made = Shop(tmp_path)
    made.define()
    made.fill()
    return made


def without_query(text: str) -> str:
    """A report without the query and engine behind its counts: saved counts have none."""
    return re.sub(r"^ *(Query, SHA-256|Engine): .*\n", "", text, flags=re.MULTILINE)
