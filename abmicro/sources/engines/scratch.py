"""Where a run leaves what does not fit into memory, and what it may sweep away of others."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path
from stat import S_ISDIR

from abmicro.errors import Problem, SourceError
from abmicro.leftovers import POSIX, left_by_the_dead, take

PREFIX = "abmicro-"
LOCK = "abmicro.lock"
FULL = {ENOSPC, EDQUOT}
"""Why nothing can be written to a disk that has room for no more."""
ROOM = "the disk is full: free some space, or set TMPDIR to a larger one"
_TRIES = 10


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for what does not fit into memory, gone at the end.

    It lies in a private folder of the user, and a lock is held in it as long as the run lives: what
    a killed run left is proved dead by it, and the next run sweeps it away.

    Raises SourceError where no folder can be made, or what is written there finds no room.
    """
    try:
        home = _private()
        if home is not None:
            _sweep(home)
        folder, lock = _folder(home)
    except OSError as error:
        what = f"no temporary folder can be made: {(error.strerror or str(error)).lower()}"
        hint = "set TMPDIR to a folder you may write to"
        raise SourceError(Problem("TMPDIR", what, "E317", hint)) from None
    try:
        yield folder
    except OSError as error:
        if error.errno not in FULL:
            raise
        what = "no room for a copy that can be read"
        raise SourceError(Problem("TMPDIR", what, "E317", ROOM)) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _private() -> Path | None:
    """The user's own folder in the temporary one; None where it cannot be proved theirs."""
    shared = Path(tempfile.gettempdir())
    if not POSIX:
        return None
    home = shared / f"{PREFIX}{os.getuid()}"
    with suppress(FileExistsError):
        home.mkdir(mode=0o700)
    found = home.lstat()
    private = S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return home if private and found.st_uid == os.getuid() else None


def _folder(home: Path | None) -> tuple[Path, int | None]:
    """A new folder and its lock; no lock outside the private folder, or where nothing locks.

    Until its lock is held a folder looks like one of the dead, and another run may take it away.
    """
    for _ in range(_TRIES if home else 0):
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=home))
        if (lock := _locked(folder)) is not None:
            return folder, lock
        shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="run-" if home else PREFIX, dir=home)), None


def _locked(folder: Path) -> int | None:
    """A lock in the folder, held until it is closed; it takes its name when it is held."""
    unnamed = folder / f"{LOCK}.new"
    try:
        lock = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except OSError:  # a full disk
        return None
    with suppress(OSError):
        if take(lock):
            unnamed.rename(folder / LOCK)
            return lock
    os.close(lock)
    return None


def _sweep(home: Path) -> None:
    """Remove the folders of dead runs: ours, with a lock of ours that nobody holds, or empty."""
    for folder in home.glob("run-*"):
        with suppress(OSError):  # somebody else sweeps it or took it away
            if not S_ISDIR(folder.lstat().st_mode) or folder.lstat().st_uid != os.getuid():
                continue
            for name in (LOCK, f"{LOCK}.new"):
                with suppress(OSError), left_by_the_dead(folder / name):
                    shutil.rmtree(folder, ignore_errors=True)
            folder.rmdir()
