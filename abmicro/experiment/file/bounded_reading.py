"""A file read up to its bound, be it a pipe that nobody fills or a device without an end."""

from __future__ import annotations

import os
from contextlib import closing
from io import BytesIO
from pathlib import Path
from select import select
from stat import S_ISREG

PATIENCE = 10.0  # seconds for a pipe to say something
PIECE = 1 << 16


def read_text(path: Path, most: int) -> str | None:
    """The UTF-8 text of a file of at most so many bytes; None where it is longer.

    Raises OSError where it cannot be read, TimeoutError where it is a pipe or a device that says
    nothing for ten seconds, UnicodeDecodeError where it is not UTF-8.
    """
    with closing(BytesIO()) as held:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            while held.tell() <= most and (piece := _next(number)):
                held.write(piece)
        finally:
            os.close(number)
        content = held.getvalue()
    if len(content) > most:
        return None
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def _next(number: int) -> bytes:
    """The next bytes of an open file; none at its end."""
    waits = not S_ISREG(os.fstat(number).st_mode)
    if waits and not select([number], [], [], PATIENCE)[0]:
        raise TimeoutError(None, f"nothing came for {PATIENCE:.0f} seconds")
    return os.read(number, PIECE)
