"""The made analyses, one by one and all in turn."""

from __future__ import annotations

import pytest

from abmicro import Analysis

from . import made


@pytest.fixture(scope="session")
def analyses() -> dict[str, Analysis]:
    return made.every()


@pytest.fixture(params=made.MADE)
def analysis(request: pytest.FixtureRequest, analyses: dict[str, Analysis]) -> Analysis:
    """Every made analysis in turn."""
    return analyses[request.param]


@pytest.fixture(scope="session")
def hillstrom(analyses: dict[str, Analysis]) -> Analysis:
    return analyses["hillstrom"]


@pytest.fixture(scope="session")
def two_arms(analyses: dict[str, Analysis]) -> Analysis:
    return analyses["two_arms"]


@pytest.fixture(scope="session")
def hostile(analyses: dict[str, Analysis]) -> Analysis:
    return analyses["hostile"]
