"""Files that are written whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path

from abmicro.errors import OutputError, Problem


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place when the block ends well.

    A reader, and a run that is killed, sees the old file or the new one. Where the block fails the
    temporary file is removed and the old file stays. Raises OutputError where the folder or the
    file cannot be written.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "report.txt"
    >>> with replacing(target) as unfinished:
    ...     _ = unfinished.write_text("all of it")
    >>> target.read_text(), len(list(target.parent.iterdir()))
    ('all of it', 1)
    """
    unfinished = _unfinished(path)
    try:
        yield unfinished
        try:
            unfinished.replace(path)
        except OSError as error:
            raise _cannot_write(path, error) from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a whole file or nothing; see `replacing`. Raises OutputError."""
    target = Path(path)
    with replacing(target) as unfinished:
        try:
            unfinished.write_bytes(content)
        except OSError as error:  # for example a full disk
            raise _cannot_write(target, error) from error


def check_writable(path: str | Path) -> None:
    """Raise OutputError where a file cannot be written: before long work rather than after it."""
    target = Path(path)
    if target.is_dir():
        raise _cannot_write(target, IsADirectoryError(EISDIR, "is a directory"))
    _unfinished(target).unlink()


def _unfinished(path: Path) -> Path:
    """A new empty file beside `path`."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        unfinished.touch(exist_ok=False)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return unfinished


def _cannot_write(path: Path, error: OSError) -> OutputError:
    reason = (error.strerror or type(error).__name__).lower()
    return OutputError(Problem(str(path), f"cannot be written: {reason}", "E501", _remedy(path)))


def _remedy(path: Path) -> str:
    if path.is_dir():
        return "it is a folder; name a file in it"
    if not path.parent.is_dir():
        return f"make the folder {str(path.parent)!r} first"
    return "choose a folder you may write to"
