"""How long until the command line answers, and what `import abmicro` costs a program.

Medians of whole processes, beside the least that Python and click can do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import markdown, milliseconds, process

ROUNDS = 31
PAIRS = (
    ("abmicro --help", 'python -c "import click"', 60),
    ('python -c "import abmicro"', 'python -c "pass"', 30),
)


def table() -> str:
    """The measurement as a Markdown table."""
    command = str(Path(sys.executable).with_name("abmicro"))
    took = milliseconds(
        {
            "abmicro --help": process(command, "--help"),
            'python -c "import click"': process(sys.executable, "-c", "import click"),
            'python -c "import abmicro"': process(sys.executable, "-c", "import abmicro"),
            'python -c "pass"': process(sys.executable, "-c", "pass"),
        },
        ROUNDS,
    )
    head = ("abmicro", "ms", "beside", "ms", "difference", "bar")
    rows = (
        (f"`{ours}`", f"{took[ours]:.0f}", f"`{theirs}`", f"{took[theirs]:.0f}",
         f"{took[ours] - took[theirs]:.0f} ms", f"{bar} ms")
        for ours, theirs, bar in PAIRS
    )  # fmt: skip
    return markdown(head, rows)


if __name__ == "__main__":
    print(table())
