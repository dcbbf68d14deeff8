"""Tests in the folder of the site: a folder each, nothing outside it."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from abmicro.app.shell.download import file_name
from abmicro.atomic_files import cannot_write, write_text

KEPT = ("experiment.toml", "counts.csv", "report.html")


def keep_test(folder: Path, key: str, made: Path) -> str:
    """Copy definition, counts and report of a run into a folder of their own; its name.

    Raises OutputError where it cannot be written. A test that is there already is not touched: the
    new one is given a number.
    """
    stem = file_name(key)
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    name = next(one for one in names if not (folder / one).exists())
    own = folder / name
    try:
        own.mkdir()
    except OSError as error:
        raise cannot_write(own, error) from error
    for file in KEPT:
        write_text(own / file, (made / file).read_text("utf-8"))
    return name
