"""What the commands share: results on stdout or into a file, everything else on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TypedDict

import click

from abmicro.errors import AbmicroError, OutputError, Problem

PATIENCE = 1.0
USAGE = "E600"


@dataclass(slots=True)
class Console:
    """How much to say on stderr, and what the run may take of the machine.

    verbosity: 0, one less with every -q, one more with every -v. memory, threads: as in `collect`.
    env: variables of the environment that a definition may name.
    """

    verbosity: int = 0
    memory: str | None = None
    threads: int | None = None
    env: tuple[str, ...] = ()


class Granted(TypedDict):
    """What a run may take of the machine, as arguments of `collect`."""

    memory: str | None
    threads: int | None


def log(message: str, *, at: int = 0) -> None:
    """Say something on stderr where the verbosity reaches `at`."""
    if _console().verbosity >= at:
        click.echo(message, err=True)


def granted() -> Granted:
    """What --memory and --threads say."""
    console = _console()
    return Granted(memory=console.memory, threads=console.threads)


def allowed() -> tuple[str, ...]:
    """The variables of the environment that --env allows a definition to name."""
    return _console().env


def _console() -> Console:
    context = click.get_current_context(silent=True)
    return (context and context.find_object(Console)) or Console()


def misuse(option: str, what: str, hint: str) -> AbmicroError:
    """The error of an argument or option that asks for what cannot be: exit status 2."""
    return AbmicroError(Problem(option, what, USAGE, hint))


def ready(output: str | None) -> None:
    """Raise OutputError now, not after the work, where the output cannot be written."""
    if output is not None:
        from abmicro.atomic_files import check_writable

        check_writable(output)


def give(text: str, output: str | None = None) -> None:
    """Print the result, or write it to the file `output` in one move.

    Raises OutputError where it cannot be written.
    """
    if output is not None:
        from abmicro.atomic_files import write_atomically

        write_atomically(output, text.encode())
        log(f"wrote {output}")
        return
    try:
        click.echo(text, nl=not text.endswith("\n"))
    except OSError as error:  # for example a full disk behind a redirect
        what = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise OutputError(Problem("stdout", what, "E501")) from error


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on a terminal what takes longer than a second, and for how long it has taken."""
    if not sys.stderr.isatty():
        yield
        return
    done = Event()
    ticker = Thread(target=_tick, args=(what, done), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()


def _tick(what: str, done: Event) -> None:
    begun = time.monotonic()
    shown = False
    while not done.wait(PATIENCE):
        shown = True
        click.echo(f"\r{what} ... {time.monotonic() - begun:.0f} s", err=True, nl=False)
    if shown:
        click.echo("\r\033[K", err=True, nl=False)
