"""No output takes the place of a file that the run reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro.cli.definition import defined_in
from abmicro.cli.output import allowed, misuse
from abmicro.plain_text import clean

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment

Inputs = list[tuple[str, Path]]


def guard(
    written: Iterable[str | None],
    file: Path | None,
    *,
    counts: Path | None = None,
    histograms: Path | None = None,
    traffic: str | None = None,
) -> None:
    """Raise before anything runs where an output is a file that is read, or another output.

    Links, hard links and another spelling of a name are seen through, and a pattern of data stands
    for what the next run would find, too. A definition that cannot be read has no data here; the
    run that follows says what is wrong with it.
    """
    told = (("counts", counts), ("histograms", histograms))
    taken: Inputs = [(what, path) for what, path in told if path is not None]
    taken += [] if file is None else [("definition", file), *_data_of(file)]
    if traffic is not None:
        taken.append(("traffic", (file.parent if file else Path()) / traffic))
    for output in (Path(one) for one in written if one is not None):
        for what, path in taken:
            if _same(output, path):
                shown = f"would take the place of the {what}: {path}"
                raise misuse(str(output), shown, "name another file to write")
        taken.append(("other output", output))


def keep(output: str, text: str) -> None:
    """Raise where a file is there that holds something else than what would be written."""
    path = Path(output)
    if path.is_file() and path.read_bytes() != clean(text).encode():
        hint = "name another file with -o, or replace it with --force"
        raise misuse(output, "is there already, and is not the report of this example", hint)


def tables_in(folder: Path | None) -> list[Path]:
    """The files that `analyze --csv` writes."""
    from abmicro.report.render.json_csv import SECTIONS

    return [] if folder is None else [folder / f"{name}.csv" for name in SECTIONS]


def charts_in(folder: Path | None, form: str) -> list[Path]:
    """The files that `report --charts` may replace: all that are there and called like charts."""
    return [] if folder is None else sorted(folder.glob(f"*.{form}"))


def shared_in(folder: Path | None) -> list[Path]:
    """The files that `report --share` may replace: its text, and what is called like a chart."""
    if folder is None:
        return []
    return [folder / "summary.txt", *charts_in(folder, "svg"), *charts_in(folder, "png")]


def _data_of(file: Path) -> Iterator[tuple[str, Path]]:
    """The files that a definition names."""
    from abmicro.errors import AbmicroError
    from abmicro.sources.engines.environment import fill_in_variables

    try:
        named = list(_named(defined_in(file)))
    except AbmicroError:
        return
    for what, text in named:
        with suppress(AbmicroError):  # a variable that is not allowed: then it is not read either
            path = file.parent / fill_in_variables(text, allowed())
            for one in [str(path), *glob(str(path), recursive=True)]:  # noqa: PTH207 - as it is read
                yield what, Path(one)


def _named(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """What a definition says of files, by their role."""
    data, traffic = experiment.data, experiment.plan.traffic
    if data is not None and data.source is not None:
        scheme, there, path = data.source.partition("://")
        is_sqlite = there and scheme.startswith("sqlite")
        yield "data", str(Path(path.removeprefix("/")).absolute()) if is_sqlite else data.source
    if data is not None and data.identity is not None and data.identity.source is not None:
        yield "identity", data.identity.source
    if isinstance(traffic, str):
        yield "traffic", traffic


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        here, there = os.path.abspath(one), os.path.abspath(other)  # noqa: PTH100 - no link is read
        # of a ring of links, too: Path.resolve would raise
        return os.path.realpath(one) == os.path.realpath(other) or Path(here).match(there)
