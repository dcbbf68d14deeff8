"""What a killed run left behind, told by a lock from what is still in use.

A lock dies with its process, so it proves what a name cannot, nor a process number: containers
share folders but not those.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EPERM
from pathlib import Path
from stat import S_ISREG

POSIX = os.name == "posix"


def take(lock: int) -> bool:
    """Whether this process now holds the lock of an open file: until it is closed, or killed."""
    if not POSIX:
        return False
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody else holds it, or a file system that knows no locks
        return False
    return True


@contextmanager
def left_by_the_dead(path: Path) -> Iterator[None]:
    """Hold the lock of a file that a run of ours left when it was killed.

    Raises OSError where the file is not proved to be one: a link, of somebody else, or in use.
    """
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(lock)
        if not S_ISREG(found.st_mode) or found.st_uid != os.getuid() or not take(lock):
            raise PermissionError(EPERM, "not proved to be left by a killed run", str(path))
        yield
    finally:
        os.close(lock)
