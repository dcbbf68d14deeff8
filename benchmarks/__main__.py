"""Run the benchmarks, all or those named, and rewrite their sections of README.md.

A benchmark is a module of this folder with a docstring and a function `table() -> str`; each runs
in a process of its own.
"""

from __future__ import annotations

import ast
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import distributions
from pathlib import Path
from textwrap import fill

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
MEASURED = (
    "abmicro",
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
HEADING = re.compile(r"^## (?=\w+$)", re.MULTILINE)


def names() -> list[str]:
    """The benchmarks, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if "\ndef table(" in path.read_text())


def section(name: str) -> str:
    """What a benchmark is about, and its table of today."""
    about = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text()))
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}"], check=True, stdout=subprocess.PIPE, text=True
    )
    on = fill(f"{date.today()}: {', '.join(versions())}", 100)
    return f"{name}\n\n{about}\n\n{done.stdout}\n{on}\n\n"


def versions() -> Iterator[str]:
    """What was measured, as far as it is installed."""
    yield f"Python {platform.python_version()}"
    alone = [*map(str, Path(sys.prefix).glob("spotify/lib/*/site-packages"))]
    for name in MEASURED:
        for one in distributions(name=name, path=[*sys.path, *alone]):
            yield f"{name} {one.version}"
            break


def main(wanted: list[str]) -> None:
    head, *known = HEADING.split(README.read_text(encoding="utf-8"))
    sections = {text.split("\n", 1)[0]: text for text in known}
    for name in wanted or names():
        sections[name] = section(name)
        print(sections[name])
    body = "".join(f"## {sections[name]}" for name in sorted(sections))
    README.write_text(f"{head.rstrip()}\n\n{body.rstrip()}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
