"""How long until the command line answers, and what `import abmicro` costs a program.

Medians of whole processes: beside the least that Python and click can do, with a bar for the
difference, and beside the imports of other tools (left out where they are not installed).
spotify-confidence pins older libraries and stands in an environment of its own. abmicro loads what
it needs when it is asked for it; `collect_units` tells what a whole analysis takes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import markdown, milliseconds, process

ROUNDS = 31
PAIRS = (
    ("abmicro --help", 'python -c "import click"', 60),
    ('python -c "import abmicro"', 'python -c "pass"', 30),
)
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


def table() -> str:
    """The measurement as a Markdown table."""
    command = str(Path(sys.executable).with_name("abmicro"))
    others = {
        f'python -c "import {module}"': process(python, "-c", f"import {module}")
        for python, module in OTHERS
        if installed(python, module)
    }
    took = milliseconds(
        {
            "abmicro --help": process(command, "--help"),
            'python -c "import click"': process(sys.executable, "-c", "import click"),
            'python -c "import abmicro"': process(sys.executable, "-c", "import abmicro"),
            'python -c "pass"': process(sys.executable, "-c", "pass"),
            **others,
        },
        ROUNDS,
    )
    head = ("abmicro", "ms", "beside", "ms", "difference", "bar")
    rows = [
        (f"`{ours}`", f"{took[ours]:.0f}", f"`{theirs}`", f"{took[theirs]:.0f}",
         f"{took[ours] - took[theirs]:.0f} ms", f"{bar} ms")
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
