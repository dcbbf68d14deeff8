"""What a run may take of the machine."""

from __future__ import annotations

import re
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen

SIZE = re.compile(r"\s*\d+(\.\d+)?\s*([KMGT]i?B)\s*", re.IGNORECASE)


@frozen
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

    def settings(self, folder: Path) -> dict[str, str]:
        """What DuckDB is told, of which the folder takes what does not fit into memory."""
        told = {"memory_limit": self.memory, "threads": self.threads, "temp_directory": folder}
        return {name: str(value) for name, value in told.items() if value is not None}


NO_LIMITS = Limits()
