"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EDQUOT, EFBIG, EISDIR, ENAMETOOLONG, ENOSPC
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISREG

from abmicro.errors import OutputError, Problem
from abmicro.leftovers import left_by_the_dead, take
from abmicro.plain_text import clean

_UNFINISHED = re.compile(r"\..+\.abmicro-[0-9a-f]{16}", re.DOTALL)
_TRIES = 10


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place when the block ends well.

    A reader, and a run that is killed, sees the old file or the new one. Where the block fails the
    temporary file is removed and the old file stays; one that a killed run left is swept away by
    the next. A link is followed, and the file behind it keeps its mode and owner. What is no
    regular file, such as a pipe or a device, is written to as it is: then `path` itself is yielded.

    Raises OutputError where the folder or the file cannot be written.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "report.txt"
    >>> with replacing(target) as unfinished:
    ...     _ = unfinished.write_text("all of it")
    >>> target.read_text(), len(list(target.parent.iterdir()))
    ('all of it', 1)
    """
    target, old = _target(path)
    if target is None:
        yield path
        return
    unfinished, lock = _unfinished(path, target, old)
    try:
        yield unfinished
        try:
            _take_over(unfinished, old)
            unfinished.replace(target)
        except OSError as error:
            raise cannot_write(path, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
        os.close(lock)


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a whole file or nothing; see `replacing`. Raises OutputError."""
    path = Path(path)
    with replacing(path) as unfinished:
        try:
            unfinished.write_bytes(content)
        except OSError as error:  # for example a full disk
            raise cannot_write(path, error) from error


def write_text(path: str | Path, text: str, *, coloured: bool = False) -> None:
    """Write a text as UTF-8, cleaned of what steers a terminal; else as `write_atomically`."""
    write_atomically(path, clean(text, coloured=coloured).encode())


def write_content(path: str | Path, content: str | bytes, *, coloured: bool = False) -> None:
    """Write a text as `write_text` does, bytes as they are."""
    if isinstance(content, bytes):
        write_atomically(path, content)
    else:
        write_text(path, content, coloured=coloured)


def check_writable(path: str | Path) -> None:
    """Raise OutputError where a file cannot be written: before long work rather than after it."""
    path = Path(path)
    target, old = _target(path)
    if target is not None:
        unfinished, lock = _unfinished(path, target, old)
        unfinished.unlink()
        os.close(lock)


def cannot_write(path: Path, error: OSError | ValueError) -> OutputError:
    """What to tell of a file that the machine does not let anybody write."""
    reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
    return OutputError(
        Problem(str(path), f"cannot be written: {reason}", "E501", _remedy(path, error))
    )


def _target(path: Path) -> tuple[Path | None, os.stat_result | None]:
    """The file behind a path and what is known of it; no file where it is written to as it is."""
    try:
        old = path.stat()
    except FileNotFoundError:
        return Path(os.path.realpath(path)), None
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    if S_ISDIR(old.st_mode):
        raise cannot_write(path, IsADirectoryError(EISDIR, "is a directory"))
    if not os.access(path, os.W_OK):
        raise cannot_write(path, PermissionError(EACCES, "permission denied"))
    target = Path(os.path.realpath(path))
    # what /dev/stdout stands for may have no name of its own
    named = S_ISREG(old.st_mode) and target.exists() and target.samefile(path)
    return target if named else None, old


def _unfinished(path: Path, target: Path, old: os.stat_result | None) -> tuple[Path, int]:
    """A new empty file beside the target, and its lock, which is held."""
    _sweep(target.parent)
    for _ in range(_TRIES):
        unfinished = target.with_name(f".{target.name[:50]}.abmicro-{secrets.token_hex(8)}")
        mode = 0o666 if old is None else S_IMODE(old.st_mode) | 0o600
        try:
            lock = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        except (OSError, ValueError) as error:
            raise cannot_write(path, error) from error
        if take(lock) and os.fstat(lock).st_nlink == 0:  # swept before it was locked
            os.close(lock)
            continue
        return unfinished, lock
    raise cannot_write(path, OSError(EACCES, "its temporary file is taken away"))


def _take_over(unfinished: Path, old: os.stat_result | None) -> None:
    """Give the new file the mode of the old one, and its owner where that may be."""
    if old is None:
        return
    found = unfinished.stat()
    if (found.st_uid, found.st_gid) != (old.st_uid, old.st_gid):
        with suppress(OSError):
            os.chown(unfinished, old.st_uid, old.st_gid)
    unfinished.chmod(S_IMODE(old.st_mode))


def _sweep(folder: Path) -> None:
    """Remove what killed runs left unfinished in a folder."""
    with suppress(OSError):  # a folder that cannot be listed
        for entry in list(os.scandir(folder)):
            if _UNFINISHED.fullmatch(entry.name):
                with suppress(OSError), left_by_the_dead(Path(entry.path)):
                    Path(entry.path).unlink()


def _remedy(path: Path, error: OSError | ValueError) -> str:
    if getattr(error, "errno", None) in (ENOSPC, EDQUOT, EFBIG):
        return "free some space, or name a file on another disk"
    if getattr(error, "errno", None) == ENAMETOOLONG:
        return "choose a shorter name"
    with suppress(OSError, ValueError):
        if path.is_dir():
            return "it is a folder; name a file in it"
        if not path.parent.is_dir():
            return f"make the folder {str(path.parent)!r} first"
    return "choose a folder you may write to"
