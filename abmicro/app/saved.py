"""Tests in the folder of the site: a folder each, nothing outside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from abmicro.app.shell.download import file_name
from abmicro.atomic_files import cannot_write, write_text

KEPT = ("counts.csv", "report.html", "experiment.toml")
"""The definition last: a folder without one is no test yet."""


def keep_test(folder: Path, key: str, made: Path) -> str:
    """Copy definition, counts and report of a run into a folder of their own; its name.

    Raises OutputError where it cannot be written. A test that is there already is not touched: the
    new one is given a number.
    """
    stem = file_name(key)
    own = _made(folder, (stem if number == 1 else f"{stem}-{number}" for number in count(1)))
    for file in KEPT:
        write_text(own / file, (made / file).read_text("utf-8"))
    return own.name


def _made(folder: Path, names: Iterator[str]) -> Path:
    """A new folder of the first name that nobody has, not even another tab at this moment."""
    while True:
        own = folder / next(names)
        try:
            with suppress(FileExistsError):
                own.mkdir()
                return own
        except OSError as error:
            raise cannot_write(own, error) from error
