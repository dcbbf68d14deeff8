"""A run that is killed at any moment leaves the old file or the new one, and nothing for long."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..examples import SEED
from .conftest import Shop

pytestmark = pytest.mark.journey

KILLS = 100
COMMANDS = (
    "collect E -o counts.csv",
    "report E -o report.html",
    "analyze E -o out.md --csv tables",
)
# One process loads everything, then forks a run for each command that it is told.
SERVER = """
import os, sys
from abmicro.cli import run
import abmicro.analysis.analyze, abmicro.report.render.html, abmicro.sources.collect
import duckdb, matplotlib.figure, scipy.stats
for line in iter(sys.stdin.readline, ""):
    child = os.fork()
    if child == 0:
        os.close(2)
        os.open(os.devnull, os.O_WRONLY)
        os._exit(run(line.split()))
    print(child, flush=True)
    sys.stdin.readline()  # until then its number is nobody else's
    _, status = os.waitpid(child, 0)
    print(status, flush=True)
"""


class Runs:
    """Runs of the command line that cost no start of Python."""

    def __init__(self, folder: Path) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            cwd=folder,
            env=os.environ | {"TMPDIR": str(folder / "scratch"), "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, kill_after: float | None = None) -> float:
        """How long one run took; it is killed after so many seconds."""
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(f"{command}\n")
        self.server.stdin.flush()
        child, begun = int(self.server.stdout.readline()), time.monotonic()
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        self.server.stdin.write("wait\n")
        self.server.stdin.flush()
        status = int(self.server.stdout.readline())
        assert status in (0, signal.SIGKILL)
        return time.monotonic() - begun


def states(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but the scratch, by its name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(folder / "scratch")
    }


@pytest.mark.slow
def test_a_hundred_kills_leave_old_files_or_new_ones(shop: Shop) -> None:
    (shop.folder / "scratch").mkdir()
    runs, dice = Runs(shop.folder), random.Random(SEED)  # noqa: S311 - no secret
    commands = [command.replace("E", "experiment.toml") for command in COMMANDS]
    took = {command: runs.run(command) for command in commands}
    took |= {command: runs.run(command) for command in commands}  # warm
    new = states(shop.folder)
    outputs = new.keys() - {"experiment.toml", "units.csv"}
    old = {name: b"old" if name in outputs else content for name, content in new.items()}
    survived = 0
    for _ in range(KILLS):
        for name in outputs:
            (shop.folder / name).write_bytes(b"old")
        command = dice.choice(commands)
        runs.run(command, kill_after=dice.uniform(0, 1.05 * took[command]))
        for name, content in states(shop.folder).items():
            if name in new:
                assert content in (old[name], new[name]), (SEED, command, name)
            else:
                assert ".abmicro-" in name, (SEED, command, name)
        survived += states(shop.folder) == old
    assert 0 < survived < KILLS
    for command in commands:
        runs.run(command)
    assert states(shop.folder) == new
    assert list(shop.folder.rglob("scratch/*/*")) == []
    runs.server.communicate()
    assert runs.server.returncode == 0
