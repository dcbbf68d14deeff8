"""Whole processes side by side: time, the part of it after imports, most memory and disk held."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread

DATA = Path(tempfile.gettempdir()) / "abmicro-benchmarks"
"""Where made data are kept from run to run."""

SPILL = DATA / "spill"
"""Where a process leaves what does not fit into memory: its temporary folder."""


@dataclass(frozen=True)
class Cost:
    """Medians of a process: seconds in all, those of its call, megabytes at the peak.

    processor: seconds of all threads in the call, which other work on the machine hardly changes.
    disk: the most megabytes that lay in `SPILL`, looked at five times a second.
    """

    whole: float
    call: float
    memory: float
    processor: float
    disk: float


CLOCKED = """{setup}
import time
begun, used = time.perf_counter(), time.process_time()
{call}
print(time.perf_counter() - begun, time.process_time() - used)
"""


def costs(programs: Mapping[str, tuple[str, str]], rounds: int) -> dict[str, Cost]:
    """Run programs of (setup, call) in turns; a process each, two threads for all engines."""
    runs: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, (setup, call) in programs.items():
            runs[name].append(_run(CLOCKED.format(setup=setup, call=call)))
    return {
        name: Cost(
            median(run.whole for run in done),
            median(run.call for run in done),
            median(run.memory for run in done),
            median(run.processor for run in done),
            median(run.disk for run in done),
        )
        for name, done in runs.items()
    }


def _run(program: str) -> Cost:
    SPILL.mkdir(parents=True, exist_ok=True)
    with _sizes(SPILL) as sizes:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            env=os.environ | {"POLARS_MAX_THREADS": "2", "TMPDIR": str(SPILL)},
            text=True,
        )
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        whole = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, program
    call, processor = map(float, told.splitlines()[-1].split())
    return Cost(whole, call, used.ru_maxrss / 1024, processor, max(sizes) / 2**20)


@contextmanager
def _sizes(folder: Path) -> Iterator[list[int]]:
    """Bytes that lie in a folder, looked at again and again until the end."""
    sizes, over = [0], Event()

    def watch() -> None:
        while not over.wait(0.2):
            sizes.append(_size(folder))

    watching = Thread(target=watch)
    watching.start()
    try:
        yield sizes
    finally:
        over.set()
        watching.join()


def _size(folder: Path) -> int:
    """Bytes that the files below a folder take of the disk."""
    size = 0
    for below, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it is gone again
                size += 512 * Path(below, name).stat().st_blocks
    return size


def made(name: str, sql: str, form: str = "FORMAT parquet") -> Path:
    """A file of what a query gives, Parquet or another form, made when it is first asked for.

    In a process of its own: a child starts with the peak memory of its parent.
    """
    path = DATA / name
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        copy = f"COPY ({sql}) TO '{unfinished}' ({form})"
        subprocess.run(
            [sys.executable, "-c", f"import duckdb; duckdb.execute({copy!r})"], check=True
        )
        unfinished.replace(path)
    return path
