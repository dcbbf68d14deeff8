"""The experiment file that a command is given; - is standard input, which is read once a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro.cli.output import allowed, console
from abmicro.errors import DefinitionError, Problem

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment

STDIN = Path("-")


def defined_in(file: Path) -> Experiment:
    """The experiment of a file, or of standard input; relative sources start in its folder."""
    from abmicro.experiment.file.toml import load, loads

    if file != STDIN:
        return load(file, env=allowed())
    return loads(_standard_input(), where="stdin", env=allowed())


def _standard_input() -> str:
    """All of it, up to a byte more than a definition may have."""
    from abmicro.experiment.bounds import MOST_BYTES

    held = console()
    if held.stdin is None:
        content = sys.stdin.buffer.read(MOST_BYTES + 1)
        try:
            held.stdin = content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            what = f"is not UTF-8 text (byte {error.start})"
            problem = Problem("stdin", what, "E003", "save it as UTF-8 in the editor")
            raise DefinitionError(problem) from None
    return held.stdin
