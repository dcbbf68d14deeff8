"""Tests in the folder of the site: a folder each, nothing outside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock

from abmicro.app.shell.download import file_name
from abmicro.atomic_files import cannot_write, write_text
from abmicro.errors import OutputError

KEPT = ("counts.csv", "report.html", "experiment.toml")
"""The definition last: a folder without one is no test yet."""
KEPT_AS = "kept.txt"
"""Beside the files of a run: the folder that holds them since its button was pressed."""
_one_at_a_time = Lock()


def keep_test(folder: Path, key: str, made: Path) -> str:
    """Copy definition, counts and report of a run into a folder of their own; its name.

    Raises OutputError where it cannot be written; nothing of it stays then. Another test that is
    there already is not touched: the new one is given a number. The same run is kept once, however
    often it is asked for.
    """
    with _one_at_a_time:
        if (name := _kept_as(made)) and (folder / name / KEPT[-1]).is_file():
            return name
        stem = file_name(key)
        own = _made(folder, (stem if number == 1 else f"{stem}-{number}" for number in count(1)))
        try:
            for file in KEPT:
                write_text(own / file, (made / file).read_text("utf-8"))
        except OutputError:
            shutil.rmtree(own, ignore_errors=True)
            raise
        with suppress(OutputError):
            write_text(made / KEPT_AS, own.name)
        return own.name


def _kept_as(made: Path) -> str:
    try:
        return (made / KEPT_AS).read_text("utf-8")
    except OSError:
        return ""


def _made(folder: Path, names: Iterator[str]) -> Path:
    """A new folder of the first name that nobody has, not even another server at this moment."""
    while True:
        own = folder / next(names)
        try:
            with suppress(FileExistsError):
                own.mkdir()
                return own
        except OSError as error:
            raise cannot_write(own, error) from error
