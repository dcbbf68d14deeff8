"""The start and the end of a process that runs one command."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

OBJECTS, YOUNG, MIDDLE = 300_000, 5, 5


def collect_seldom() -> None:
    """Look for garbage after many new objects only: most of those that a start makes are kept."""
    gc.set_threshold(OBJECTS, YOUNG, MIDDLE)


def calculate_alone() -> None:
    """Let one thread do what is small linear algebra here, unless the user says otherwise.

    On its matrices of some hundred rows the others would do little but wait for one another, which
    took up to a third of the processor's time of a command. Before numpy is loaded.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def leave(status: int) -> NoReturn:
    """End the process with its exit status, once what asked for it has been called.

    Python would take apart every module first, a fifth of a whole command; the memory goes back
    with the process. It does so all the same where other threads are at work or a stream cannot
    take the last of what was written.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(status)
    if threading.active_count() > 1:
        sys.exit(status)
    atexit._run_exitfuncs()  # noqa: SLF001 - what os._exit leaves out
    os._exit(status)
