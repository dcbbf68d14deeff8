"""Fixtures shared by every room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Laws are tried on new examples on every machine; in CI on the same ones, so that a run that was
# green stays green. No deadline: a busy machine is no counterexample.
settings.register_profile("abmicro", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("abmicro")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that may not be shipped; skips where absent, fails in CI."""
    if not SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the shared data are absent, and in CI nothing is skipped")
        pytest.skip("the shared data are not beside the repository")
    return SHARED
