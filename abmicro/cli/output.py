"""What the commands share: results on stdout or into a file, everything else on stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, TypedDict

import click

from abmicro.atomic_files import cannot_write, check_writable, write_content
from abmicro.errors import AbmicroError, Problem
from abmicro.experiment.masking import hide
from abmicro.plain_text import clean, for_encoding

if TYPE_CHECKING:
    from abmicro.analysis.rendering import Rendered

PATIENCE = 1.0
TERMINAL = "terminal"
USAGE = "E600"


@dataclass(slots=True)
class Console:
    """How much to say on stderr, and what the run may take of the machine.

    verbosity: 0, one less with every -q, one more with every -v. memory, threads: as in `collect`.
    env: variables of the environment that a definition may name. caps: the joint table of an
    earlier look, whose caps of amounts hold. color: `always`, `never`, or `auto` for a terminal.
    stdin: what standard input held, once it has been read.
    """

    verbosity: int = 0
    memory: str | None = None
    threads: int | None = None
    env: tuple[str, ...] = ()
    caps: Path | None = None
    color: str = "auto"
    stdin: str | None = None


class Granted(TypedDict):
    """What a run may take of the machine, as arguments of `collect`."""

    memory: str | None
    threads: int | None


def log(message: str, *, at: int = 0) -> None:
    """Say something on stderr where the verbosity reaches `at`."""
    if (held := console()).verbosity >= at:
        complain(message, held)


def complain(message: str, console: Console) -> None:
    """Say something on stderr, without secrets."""
    secrets = tuple(value for one in console.env if (value := os.environ.get(one)))
    click.echo(clean(hide(message, secrets) if secrets else message), err=True)


def say(text: str, *, coloured: bool = False) -> None:
    """Print a result on stdout; OutputError where it cannot be written.

    coloured: the text has colours of ours.
    """
    try:
        shown = for_encoding(clean(text, coloured=coloured), sys.stdout.encoding or "utf-8")
        click.echo(shown, nl=not text.endswith("\n"), color=coloured or None)
    except OSError as error:  # for example a full disk behind a redirect
        raise cannot_write(Path("stdout"), error) from error


def granted() -> Granted:
    """What --memory and --threads say."""
    held = console()
    return Granted(memory=held.memory, threads=held.threads)


def earlier_caps() -> dict[str, float | None]:
    """What the table of --caps capped amounts at; nothing without it."""
    from abmicro.counts import JointCounts

    file = console().caps
    return {} if file is None else dict(JointCounts.load(file).caps)


def allowed() -> tuple[str, ...]:
    """The variables of the environment that --env allows a definition to name."""
    return console().env


def console() -> Console:
    """What this run may say and take."""
    context = click.get_current_context(silent=True)
    return (context and context.find_object(Console)) or Console()


def misuse(option: str, what: str, hint: str) -> AbmicroError:
    """The error of an argument or option that asks for what cannot be: exit status 2."""
    return AbmicroError(Problem(option, what, USAGE, hint))


@contextmanager
def blaming(option: str) -> Iterator[None]:
    """Tell what is wrong with the value of an option of that option: exit status 2, not of data."""
    try:
        yield
    except AbmicroError as error:
        problems = (replace(one, where=option) for one in error.problems)
        raise AbmicroError(*problems) from None


def form_of(asked: str | None, output: str | None, *groups: str) -> str:
    """The format asked for, by name or by the end of the output's name.

    groups: of entry points among which it is; default those that are text.
    """
    from abmicro.analysis.rendering import FILES, GROUP, format_of, names
    from abmicro.errors import suggest

    if asked is None and output is None:
        return screen()
    known = tuple(name for group in groups or (GROUP,) for name in names(group))
    option = "-o" if asked is None else "--format"
    if asked is None and output is not None:
        asked = format_of(output)
    if asked not in known:
        what = f"{asked!r} is not a format"
        raise misuse(option, what, suggest(str(asked), list(known)))
    if output is None and asked in names(FILES):
        raise misuse("--format", f"{asked} is no text", f"name a file, e.g. -o tables.{asked}")
    return str(asked)


def screen() -> str:
    """With colour on a terminal, plain when piped or under NO_COLOR, unless --color says which."""
    asked = console().color
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return TERMINAL if asked == "always" or (asked == "auto" and colour) else "text"


def ready(output: str | None) -> None:
    """Raise OutputError now, not after the work, where the output cannot be written."""
    if output is not None:
        check_writable(output)


def give(content: str | bytes, output: str | None = None, *, coloured: bool = False) -> None:
    """Print the result, or write it to the file `output` in one move.

    content: text; bytes go into a file only.

    coloured: the text has colours of ours.

    Raises OutputError where it cannot be written.
    """
    if output is None:
        say(str(content), coloured=coloured)
        return
    write_content(output, content, coloured=coloured)
    log(f"wrote {output}")


def give_result(result: Rendered, form: str, output: str | None) -> None:
    """Draw a result in a format, and print it or write it to a file."""
    with waiting("drawing"):
        page = result.render_file(form)
    give(page, output, coloured=form == TERMINAL)


def open_page(address: str) -> None:
    """Open the browser without waiting for it."""
    import webbrowser

    Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def open_file(output: str | None) -> None:
    """Open a file that was written in the browser, and wait until the browser has been told."""
    import webbrowser

    if output is not None:
        webbrowser.open(Path(output).resolve().as_uri())


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


@contextmanager
def parts_done(what: str) -> Iterator[Callable[[float], None]]:
    """Show on a terminal how much of something is done, once it takes longer than a second."""
    begun, shown = time.monotonic(), -1

    def told(part: float) -> None:
        nonlocal shown
        percent = int(100 * part)
        if percent > shown and time.monotonic() - begun > PATIENCE:
            shown = percent
            click.echo(f"\r{what} ... {percent} %", err=True, nl=False)

    if not sys.stderr.isatty():
        yield lambda part: None  # noqa: ARG005 - nobody looks
        return
    try:
        yield told
    finally:
        if shown >= 0:
            click.echo("\r\033[K", err=True, nl=False)


def _tick(what: str, done: Event) -> None:
    begun = time.monotonic()
    shown = False
    while not done.wait(PATIENCE):
        shown = True
        click.echo(f"\r{what} ... {time.monotonic() - begun:.0f} s", err=True, nl=False)
    if shown:
        click.echo("\r\033[K", err=True, nl=False)
