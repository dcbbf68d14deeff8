"""What the tests of sources share: small files and an experiment that reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abmicro.experiment.model import Data, DataColumns, Experiment

GOALS: dict[str, Any] = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}


@pytest.fixture
def unit_test() -> Callable[..., Experiment]:
    """An experiment in the units shape: control and sticky in `arm`, goals cart and order."""

    def build(**keys: Any) -> Experiment:
        columns = DataColumns(variant="arm", **keys.pop("columns", {}))
        data = Data(shape="units", columns=columns, **keys.pop("data", {}))
        defaults = {"name": "Test", "variants": ["control", "sticky"], "goals": GOALS}
        return Experiment(**(defaults | {"data": data} | keys))

    return build


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Write a text to data.csv and give its path."""

    def write(text: str, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
