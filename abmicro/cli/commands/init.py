"""`abmicro init`: a commented experiment file, from a template or from a look at the data."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from abmicro.cli.options import FILE, Command, as_day
from abmicro.cli.output import give, log, misuse, waiting
from abmicro.frozen import frozen
from abmicro.plain_text import STEERING, on_one_line

if TYPE_CHECKING:
    from abmicro.sources.inspection.inspect import Sniffed
    from abmicro.sources.sheets.sheet import CountsSheet


SHAPES = ("events", "units", "counts", "joint")
EVERYBODY = "everybody"
ALONE = (
    "until then all are one variant, everybody, which `abmicro health` reads; name the variants as "
    "arms under [variants]"
)


@click.command(cls=Command)
@click.argument("folder", default=".", type=FILE, metavar="[FOLDER|FILE.toml]")
@click.option(
    "--from",
    "data",
    metavar="FILE",
    help="Data to look at, or a PostHog or GrowthBook experiment as JSON.",
)
@click.option("--shape", type=click.Choice(SHAPES), help="What a row is; default: guessed.")
@click.option(
    "--preset",
    metavar="NAME",
    help="A known export: ga4, posthog, segment, snowplow, amplitude or mixpanel.",
)
@click.option("--sheet", "page", metavar="NAME", help="The sheet of a workbook (.xlsx).")
@click.option(
    "--end", callback=as_day, metavar="DATE", help="First day after the test: daily looks."
)
def init(
    folder: Path,
    data: str | None,
    shape: str | None,
    preset: str | None,
    page: str | None,
    end: date | None,
) -> None:
    """Write a commented experiment.toml to start from.

    Into a folder, or as the file that is named. With --from it is made of your data.
    """
    path = folder / "experiment.toml"
    if folder.suffix == ".toml" and not folder.is_dir():
        path, folder = folder, folder.parent
    if path.exists():
        raise misuse("init", f"{path} is there already", "move it, or name another folder")
    made = start(data, shape, preset, page, folder)
    made = made if end is None else ended(made, end)
    make_folder(folder)
    if made.counts is not None:
        name, counts = made.counts
        give(counts, str(folder / name))
    give(made.text, str(path))
    for note in made.notes:
        log(f"  {note}")
    log(f"edit it, then: abmicro check {quote(str(path))}")


@frozen
class Start:
    """What `init` writes.

    text: of the experiment file. notes: what its author should know of it.
    counts: a file of counts beside it, by its name, where the data cannot be read as they stand.
    """

    text: str
    notes: tuple[str, ...] = ()
    counts: tuple[str, str] | None = None


def start(
    data: str | None, shape: str | None, preset: str | None, page: str | None, folder: Path
) -> Start:
    """The experiment file for `folder`, from a template or a look at the data.

    data: a file or glob to look at. shape: what a row is; default what the data look like, and
    events without data. preset: the name of a known export. page: of a workbook.
    """
    from abmicro.experiment.data.mapping import Shape
    from abmicro.experiment.file.template import template
    from abmicro.sources.inspection.inspect import sniff

    if preset is not None:
        if shape not in (None, "events"):
            raise misuse("--shape", "presets are of events", "drop --shape")
        return _of_preset(data, preset, folder)
    if data is None:
        return Start(template(shape or Shape.EVENTS))
    if (foreign := _foreign(data)) is not None:
        return foreign
    with waiting("looking"):
        seen = sniff(data, shape=Shape(shape) if shape else None, page=page)
        if seen.sheet is None:
            return _written(seen, data, _beside(data, folder))
        return _of_sheet(seen.sheet, seen, data, folder)


def _of_preset(data: str | None, preset: str, folder: Path) -> Start:
    """The file of a known export: as the data have it, else from the template."""
    from abmicro.errors import suggest
    from abmicro.experiment.data.mapping import Shape
    from abmicro.experiment.data.presets import PRESETS
    from abmicro.experiment.file.template import template
    from abmicro.sources.inspection.inspect import sniff_export

    if preset not in PRESETS:
        hint = suggest(preset, list(PRESETS))
        raise misuse("--preset", f"{preset!r} is not a preset", hint)
    if data is None:
        return Start(template(Shape.EVENTS, name=None, source=None, preset=preset))
    source = _beside(data, folder)
    if (export := sniff_export(data, preset)) is not None:
        return _written(export, data, source)
    return Start(template(Shape.EVENTS, name=_name(data), source=source, preset=preset))


def _foreign(data: str) -> Start | None:
    """The file that another tool's description of an experiment makes; None where it is none."""
    from abmicro.experiment.file.foreign import LARGEST, converted

    path = Path(data)
    if path.suffix != ".json" or not path.is_file() or path.stat().st_size > LARGEST:
        return None
    found = converted(path.read_text(encoding="utf-8", errors="replace"))
    if found is None:
        return None
    told = tuple(map(on_one_line, found.notes))
    return Start("".join(f"# {note}\n" for note in told) + "\n" + found.text, told)


def ended(made: Start, end: date) -> Start:
    """The same for a test whose end is known, with daily looks where its data have days."""
    from abmicro.experiment.file.planned_end import with_end
    from abmicro.experiment.file.toml import loads

    text = with_end(made.text, end)
    if loads(text).monitoring.mode == "fixed":
        why = "no looks are planned: the data have no days of entry, or a goal lacks its window"
        return replace(made, text=text, notes=(*made.notes, why))
    return replace(made, text=text)


def _of_sheet(sheet: CountsSheet, seen: Sniffed, data: str, folder: Path) -> Start:
    """On the sheet as it stands where that gives its counts, else on a copy of the counts."""
    from abmicro.sources.text.numerals import Numerals

    signs = {"decimal": sheet.grammar.decimal, "thousands": sheet.grammar.thousands}
    keys = {} if sheet.grammar == Numerals() else {key: sign for key, sign in signs.items() if sign}
    direct = _written(seen, data, _beside(data, folder), keys)
    if _gives(direct.text, data, sheet):
        return direct
    name = f"{Path(data).stem}.counts.csv"
    if (folder / name).exists():
        raise misuse("init", f"{folder / name} is there already", "move it, or name another folder")
    note = f"the counts are copied to {name}, one row for each variant and part"
    return _written(seen, data, name, {}, (note,), (name, sheet.csv))


def _gives(text: str, data: str, sheet: CountsSheet) -> bool:
    """Whether the definition reads the counts of the sheet from the file as it stands."""
    import warnings

    from abmicro.errors import AbmicroError
    from abmicro.experiment.file.toml import loads
    from abmicro.sources.collect import collect

    try:
        with warnings.catch_warnings(action="ignore"):
            counts = collect(loads(text), data)
    except AbmicroError:
        return False
    read = [counts.units, *(counts.reached(goal) for goal in sheet.goals)]
    sums = (one.reshape(len(counts.variants), -1).sum(axis=1).tolist() for one in read)
    return dict(zip(counts.variants, zip(*sums, strict=True), strict=True)) == sheet.totals


def _written(
    seen: Sniffed,
    data: str,
    source: str,
    keys: dict[str, str] | None = None,
    more: tuple[str, ...] = (),
    counts: tuple[str, str] | None = None,
) -> Start:
    from abmicro.experiment.file.template import template

    alone = _is_alone(seen)
    text = template(
        seen.shape,
        name=_name(data, seen.sheet.title if seen.sheet else None),
        source=source,
        columns=seen.columns,
        variants=(EVERYBODY,) if alone else seen.arms,
        goals=seen.goals,
        possible=seen.possible,
        segments=seen.segments,
        data={**seen.data, **(keys or {})},
        exposure=seen.exposure,
        preset=seen.preset,
    )
    notes = (f"guessed from {Path(data).name}: one row is {ROW[seen.shape]}", *seen.notes, *more)
    notes += (ALONE,) * alone
    told = tuple(map(on_one_line, notes))
    return Start("".join(f"# {note}\n" for note in told) + text, told, counts)


def _is_alone(seen: Sniffed) -> bool:
    """Whether no column tells a variant, as in the log of a site that tests nothing."""
    told = seen.sheet is not None or seen.preset is not None or "variant" in seen.columns
    return not told and not seen.arms and bool(seen.goals)


def _name(data: str, title: str | None = None) -> str:
    """What the test is called: by the title of its sheet, else as its file or its folder."""
    parts = (part.partition(".")[0].strip("*? ") for part in reversed(Path(data).parts))
    named = (" ".join(STEERING.sub(" ", one or "").split()) for one in (title, *parts))
    return next(filter(None, named), "Experiment")


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
