"""How long until the command line answers, and what `import abmicro` costs a program.

Medians of whole processes: beside the least that Python, click and numpy can do, with a bar for the
difference, and beside the imports of other tools (left out where they are not installed). The
commands work on a file of counts of two variants and two goals. spotify-confidence pins older
libraries and stands in an environment of its own. abmicro loads what it needs when it is asked for
it; `collect_units` tells what a whole analysis takes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import markdown, milliseconds, process

ROUNDS = 31
NUMPY = 'python -c "import numpy"'
PAIRS = (
    ("abmicro --help", 'python -c "import click"', 60),
    ('python -c "import abmicro"', 'python -c "pass"', 30),
    ("abmicro quick 500/10000 560/10000", NUMPY, 310),
    ("abmicro plan --baseline 3% --lift 10% --traffic 900/day", NUMPY, 310),
    ("abmicro analyze {folder}/experiment.toml", NUMPY, 410),
    ("abmicro report {folder}/experiment.toml -o {folder}/report.html", NUMPY, 910),
)
COUNTS = "variant,units,cart,buy\na,9000,990,300\nb,9100,1099,341\n"
ALONE = str(Path(sys.prefix) / "spotify/bin/python")
OTHERS = (
    (sys.executable, "statsmodels.api"),
    (sys.executable, "tea_tasting"),
    (ALONE, "spotify_confidence"),
)


def installed(python: str, module: str) -> bool:
    """Whether a Python can import a module."""
    asked = f"from importlib.util import find_spec; assert find_spec({module!r})"
    return (
        Path(python).exists()
        and not subprocess.run([python, "-c", asked], capture_output=True).returncode
    )


def task(line: str, folder: Path) -> Callable[[], object]:
    """The process that a line of `PAIRS` starts."""
    program, _, rest = line.partition(" ")
    if program == "python":
        return process(sys.executable, "-c", rest.removeprefix("-c ").strip('"'))
    command = str(Path(sys.executable).with_name(program))
    return process(command, *rest.format(folder=folder).split())


def table() -> str:
    """The measurement as a Markdown table."""
    others = {
        f'python -c "import {module}"': process(python, "-c", f"import {module}")
        for python, module in OTHERS
        if installed(python, module)
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "counts.csv").write_text(COUNTS)
        command = str(Path(sys.executable).with_name("abmicro"))
        made = folder / "experiment.toml"
        process(command, "init", str(made), "--from", str(folder / "counts.csv"))()
        lines = dict.fromkeys(line for ours, theirs, _ in PAIRS for line in (ours, theirs))
        took = milliseconds({line: task(line, folder) for line in lines} | others, ROUNDS)
    head = ("abmicro", "ms", "beside", "ms", "difference", "bar")
    rows = [
        (f"`{ours.replace('{folder}/', '')}`", f"{took[ours]:.0f}", f"`{theirs}`",
         f"{took[theirs]:.0f}", f"{took[ours] - took[theirs]:.0f} ms", f"{bar} ms")
        for ours, theirs, bar in PAIRS
    ]  # fmt: skip
    ours = PAIRS[1][0]
    rows += [
        (f"`{ours}`", f"{took[ours]:.0f}", f"`{other}`", f"{took[other]:.0f}",
         f"{took[other] / took[ours]:.0f} times quicker", "")
        for other in others
    ]  # fmt: skip
    return markdown(head, rows)


if __name__ == "__main__":
    print(table())
