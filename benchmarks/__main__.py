"""Run the benchmarks, all or those named, and rewrite their sections of README.md.

A benchmark is a module of this folder with a docstring and a function `table() -> str`; each runs
in a process of its own. The table that opens the page is read out of the sections, and every figure
of every run is kept in runs.csv. `python -m benchmarks --page` only makes the opening table again.
Options behind the names go to each of them: `python -m benchmarks growth --millions 1000`.
"""

from __future__ import annotations

import ast
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import distributions
from itertools import takewhile
from pathlib import Path
from textwrap import fill

from abmicro import __version__
from benchmarks import page, standings

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
KEPT = FOLDER / "runs.csv"
MEASURED = (
    "duckdb",
    "numpy",
    "scipy",
    "statsmodels",
    "pandas",
    "polars",
    "tea-tasting",
    "ibis-framework",
    "gbstats",
    "bayesian-testing",
    "spotify-confidence",
    "pyspark",
)
OPENING = "## Where abmicro stands\n"


ABOUT = fill(
    "Every row with a peer or a floor, read out of the sections below; the peer is the best of "
    "those that do the same, the floor what no tool that does the work can go below. 🔴 marks what "
    "is not first (a peer ahead by more than a twentieth) or further from the floor than its bar. "
    "Figures of an older abmicro say so; each section tells the day, the load of the machine and "
    "the versions. Every figure of every run is in [runs.csv](runs.csv).",
    100,
)


def names() -> list[str]:
    """The benchmarks, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if "\ndef table(" in path.read_text())


def section(name: str, options: Sequence[str] = ()) -> str:
    """What a benchmark is about, its table of today, and how busy the machine was."""
    about = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text()))
    before = os.getloadavg()[0]
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    load = sorted((before, os.getloadavg()[0]))
    told = f"load {load[0]:.1f} to {load[1]:.1f} on {os.cpu_count()} cores"
    on = fill(f"{date.today()}, {told}: {', '.join(versions())}", 100)
    return f"{name}\n\n{about}\n\n{done.stdout}\n{on}"


def versions() -> Iterator[str]:
    """What was measured, as far as it is installed."""
    yield f"Python {platform.python_version()}"
    yield f"abmicro {__version__}"
    alone = [*map(str, Path(sys.prefix).glob("spotify/lib/*/site-packages"))]
    for name in MEASURED:
        for one in distributions(name=name, path=[*sys.path, *alone]):
            yield f"{name} {one.version}"
            break


def written(head: str, sections: dict[str, page.Section]) -> str:
    """The page: its head, the opening table, the sections by name."""
    before = head.partition(OPENING)[0].rstrip()
    opening = f"{OPENING}\n{ABOUT}\n\n{standings.opening(sections)}"
    body = "\n\n".join(f"## {sections[name].text}" for name in sorted(sections))
    return f"{before}\n\n{opening}\n\n{body}\n"


def main(asked: list[str]) -> None:
    wanted = list(takewhile(lambda word: not word.startswith("--"), asked))
    options = asked[len(wanted) :]
    for name in [] if options == ["--page"] else wanted or names():
        found = page.section(section(name, options))
        print(f"{found.text}\n")
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(page.runs([found]))
        keep(found)
    keep()


def keep(*found: page.Section) -> None:
    """Write the page with some sections made anew: what is measured is kept at once."""
    head, sections = page.split(README.read_text(encoding="utf-8"))
    sections |= {one.name: one for one in found}
    README.write_text(written(head, sections), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
