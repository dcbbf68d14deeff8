"""The standard streams of the process as a run needs them, whatever the caller left of them."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOBase

from abmicro.errors import OutputError, Problem


class Closed(TextIOBase):
    """Takes the place of a standard output that is closed: a result that goes there is lost."""

    def write(self, text: str) -> int:  # noqa: ARG002
        """Raise OutputError, so that no run ends well without its result."""
        hint = "name a file with -o, or leave standard output open"
        raise OutputError(Problem("stdout", "cannot be written: it is closed", "E501", hint))


def prepare() -> None:
    """Make ready the streams of this process.

    A closed pipe (`abmicro analyze FILE | head`) ends the process without a word, and a character
    that the terminal cannot show is written as its code. A closed stream leaves no number free that
    a file which is opened later would get, and everything that is printed with it.
    """
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for number in (0, 1, 2):
        _occupy(number)
    if sys.stdout is None:
        sys.stdout = Closed()
    elif hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - to the end


def _occupy(number: int) -> None:
    """Open the null device under the number of a stream where it is free."""
    try:
        os.fstat(number)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != number:
            os.dup2(null, number)
            os.close(null)
