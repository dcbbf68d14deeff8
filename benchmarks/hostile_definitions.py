"""What it costs to read a definition of a stranger who wants it to cost much.

Each kind is a file of that size of the same thing, valid or not. Processor time of `ab.load` in one
process, the least of three; the bar is a second for 1 MB. What is longer than 256 KB, deeper,
longer or more than a person writes is refused by name before any rule is asked of it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import abmicro as ab
from benchmarks.measure import markdown
from tests.experiment.hostile import KINDS

SIZES = {"16 KB": 1 << 14, "64 KB": 1 << 16, "256 KB": 1 << 18, "1 MB": 1 << 20}
ROUNDS = 3


def table() -> str:
    """The measurement as a Markdown table."""
    with TemporaryDirectory() as folder:
        rows = [
            (kind, *(f"{milliseconds(Path(folder), kind, size):.0f} ms" for size in SIZES.values()))
            for kind in KINDS
        ]
    return markdown(("kind", *SIZES), rows)


def milliseconds(folder: Path, kind: str, size: int) -> float:
    """How long one definition keeps the processor."""
    file = folder / "hostile.toml"
    file.write_text(KINDS[kind](size - 200), encoding="utf-8")
    return 1000 * min(_once(file) for _ in range(ROUNDS))


def _once(file: Path) -> float:
    begun = time.process_time()
    with suppress(ab.DefinitionError):
        ab.load(file)
    return time.process_time() - begun


if __name__ == "__main__":
    print(table())
