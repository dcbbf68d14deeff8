"""What the commands share: logs on stderr, results on stdout or into a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import click

PATIENCE = 1.0


def log(message: str, *, at: int = 0) -> None:
    """Say something on stderr, if the verbosity asked for (`-q` is -1, `-v` is 1) reaches `at`."""
    context = click.get_current_context(silent=True)
    verbosity = 0 if context is None else context.find_root().params.get("verbosity", 0)
    if verbosity >= at:
        click.echo(message, err=True)


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


def give(text: str, output: str | None) -> None:
    """Print the result, or write it to `output` in one move."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from abmicro.files import write_atomically

    write_atomically(output, text.encode())
    log(f"wrote {output}")
