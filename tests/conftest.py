"""Fixtures shared by every room."""

from __future__ import annotations

import atexit
import gc
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from .examples import FULL, SEED

# Laws are tried on a few new examples on every machine; in CI on many and always the same ones, so
# that a run that was green stays green. `--hypothesis-profile=full` tries many anywhere. No
# deadline: a busy machine is no counterexample.
CI = os.environ.get("CI") == "true"
settings.register_profile("quick", deadline=None, max_examples=10)
settings.register_profile("full", deadline=None, max_examples=FULL, derandomize=CI)
settings.load_profile("full" if CI else "quick")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage: what is collected stays to the end of the run.

    Ten thousand tests and all libraries are many objects, and every look at them costs a second.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        atexit.register(gc.unfreeze)  # libraries complain of what is never let go


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the seed of the fuzzers, with which a run can be had again."""
    terminalreporter.write_line(f"seed of the fuzzers: {SEED} (ABMICRO_FUZZ_SEED)")


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """Listen to Ctrl-C, to which a test run in the background and all that it starts is deaf."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that may not be shipped; skips where absent, fails in CI."""
    if not SHARED.is_dir():
        if CI:
            pytest.fail("the shared data are absent, and in CI nothing is skipped")
        pytest.skip("the shared data are not beside the repository")
    return SHARED
