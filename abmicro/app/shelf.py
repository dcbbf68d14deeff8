"""Definitions and their data in the folder of the site; nothing outside it is ever opened."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from glob import glob
from pathlib import Path, PurePath

from abmicro.analysis.monitoring.looks_file import recorded_caps
from abmicro.counts import JointCounts
from abmicro.errors import Problem, SourceError
from abmicro.experiment.bounds import MOST_BYTES
from abmicro.experiment.file.bounded_reading import read_text
from abmicro.experiment.file.toml import load
from abmicro.experiment.model import Experiment
from abmicro.frozen import frozen
from abmicro.sources.collect import collect, read_joint

MOST_TESTS = 200
HISTORY = "history"
OUTSIDE = "E665"


@frozen
class Shelved:
    """A definition in the folder. name: its path from there. counts: saved beside it, or None."""

    file: Path
    name: str
    counts: Path | None

    @property
    def stamp(self) -> str:
        """Changes when the definition, its looks, its saved counts or else its data do."""
        looks = sorted(self.file.parent.glob("*.looks.jsonl"))
        return _stamped(self.file, *looks, *([self.counts] if self.counts else _data(self.file)))


def stamp_of(root: Path) -> str:
    """Changes when a test in the folder or its history does; empty where there are none."""
    tests = [f"{one.name}-{one.stamp}" for one in shelved(root)]
    return "|".join(filter(None, [*tests, _stamped(*sorted((root / HISTORY).glob("*.*")))]))


def shelved(root: Path) -> Iterator[Shelved]:
    """The definitions in a folder and in those right below it, by name."""
    found = sorted({*root.glob("*.toml"), *root.glob("*/*.toml")})
    kept = [one for one in found if _is_inside(root, one) and one.parent.name != HISTORY]
    for file in kept[:MOST_TESTS]:
        counts = file.parent / "counts.csv"
        beside = counts if counts.is_file() and _is_inside(root, counts) else None
        yield Shelved(file, file.relative_to(root).as_posix(), beside)


def shelved_as(root: Path, name: str) -> Shelved | None:
    """The definition of a name; None where the folder has none."""
    return next((one for one in shelved(root) if one.name == name), None)


def opened(root: Path, one: Shelved) -> tuple[Experiment, JointCounts]:
    """A definition and its counts: those saved beside it, else collected from files in the folder.

    Raises SourceError for data that lie outside the folder or in a database.
    """
    experiment = load(one.file)
    if one.counts is not None:
        return experiment, read_joint(experiment, one.counts)
    source = experiment.require_data().source or ""
    files = _files(one.file.parent, source)
    if "://" in source or not all(_is_inside(root, file) for file in files):
        what = "its data lie outside the folder of tests"
        hint = "put the data beside the definition"
        raise SourceError(Problem("data.source", what, OUTSIDE, hint))
    folder = one.file.parent
    return experiment, collect(experiment, folder=folder, caps=recorded_caps(folder, experiment))


def _files(folder: Path, source: str) -> list[Path]:
    return [Path(path) for path in sorted(glob(str(folder / source), recursive=True))]  # noqa: PTH207


def _data(file: Path) -> list[Path]:
    """The files in its folder that a definition names; none of one that cannot be read."""
    try:
        source = tomllib.loads(read_text(file, MOST_BYTES) or "")["data"]["source"]
        path = PurePath(source)
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [] if path.is_absolute() or ".." in path.parts else _files(file.parent, source)


def _stamped(*files: Path) -> str:
    return "-".join(map(_changed, files))


def _changed(file: Path) -> str:
    """When a file was written, and its size; one that is gone has changed, too."""
    try:
        found = file.stat()
    except OSError:
        return "gone"
    return f"{found.st_mtime_ns}.{found.st_size}"


def _is_inside(root: Path, path: Path) -> bool:
    """Whether a path lies in a folder after every link was followed; never one of a ring."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a ring of links
        return False
