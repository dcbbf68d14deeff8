"""What a run may take of the machine, and where it leaves what does not fit into memory."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from abmicro.errors import Problem, SourceError

SIZE = re.compile(r"\s*\d+(\.\d+)?\s*([KMGT]i?B)\s*", re.IGNORECASE)
SCRATCH = "abmicro-"


@dataclass(frozen=True, slots=True)
class Limits:
    """Memory and threads that the embedded engine may use; None leaves the choice to it.

    memory: a size such as "4GB"; beyond it the engine writes to a folder of its own.

    Raises SourceError for a size or a number of threads that cannot be.

    >>> Limits("4GB", 2).memory
    '4GB'
    """

    memory: str | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.memory is not None and not SIZE.fullmatch(self.memory):
            what = f"{self.memory!r} is not a size"
            raise SourceError(Problem("memory", what, "E313", "write 4GB or 500MB"))
        if self.threads is not None and self.threads < 1:
            raise SourceError(
                Problem("threads", f"{self.threads} is too few", "E313", "at least 1")
            )


NO_LIMITS = Limits()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for what does not fit into memory, gone at the end.

    Its name carries the process, so that two runs never share one, and the next run sweeps away
    what a killed one had to leave.
    """
    _sweep()
    folder = Path(mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove the folders of processes of ours that are no more."""
    for folder in Path(gettempdir()).glob(f"{SCRATCH}*-*"):
        owner = folder.name.removeprefix(SCRATCH).partition("-")[0]
        if owner.isdigit() and not _lives(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
