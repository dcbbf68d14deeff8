"""`abmicro init`: a commented experiment file, from a template or from a look at the data."""

from __future__ import annotations

import os
from pathlib import Path

from abmicro.cli.output import misuse, waiting


def starting_file(
    data: str | None, shape: str | None, preset: str | None, folder: Path
) -> tuple[str, tuple[str, ...]]:
    """The text of an experiment file for `folder`, and what its author should know of it.

    data: a file or glob to look at. shape: what a row is; default what the data look like, and
    events without data. preset: the name of a known export.
    """
    from abmicro.errors import suggest
    from abmicro.experiment.data.mapping import Shape
    from abmicro.experiment.data.presets import PRESETS
    from abmicro.experiment.file.template import template

    if preset is not None:
        if preset not in PRESETS:
            hint = suggest(preset, list(PRESETS))
            raise misuse("--preset", f"{preset!r} is not a preset", hint)
        if shape not in (None, "events"):
            raise misuse("--shape", "presets are of events", "drop --shape")
        source = _beside(data, folder) if data else None
        return template(Shape.EVENTS, source=source, preset=preset), ()
    if data is None:
        return template(shape or Shape.EVENTS), ()
    from abmicro.sources.inspection.inspect import sniff

    with waiting("looking"):
        seen = sniff(data, shape=Shape(shape) if shape else None)
    text = template(
        seen.shape,
        source=_beside(data, folder),
        columns=seen.columns,
        variants=seen.arms,
        goals=seen.goals,
        segments=seen.segments,
    )
    notes = (f"guessed from {Path(data).name}: one row is {ROW[seen.shape]}", *seen.notes)
    return "".join(f"# {note}\n" for note in notes) + text, notes


def make_folder(folder: Path) -> None:
    """Make the folder where there is none; OutputError where it cannot be made."""
    from abmicro.errors import OutputError, Problem

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made: {(error.strerror or str(error)).lower()}"
        raise OutputError(Problem(str(folder), what, "E501", "name another folder")) from error


ROW = {
    "events": "an event",
    "units": "a unit",
    "counts": "a variant, or a part of one",
    "joint": "a cell of a joint table",
}


def _beside(data: str, folder: Path) -> str:
    """The path of the data as seen from the folder of the experiment file."""
    try:
        return Path(os.path.relpath(data, folder)).as_posix()
    except ValueError:  # another drive
        return str(Path(data).resolve())
