"""The `abmicro` command: read arguments, call, print, set the exit status.

Exit status: 0 fine, 1 a `--fail-on` gate failed, 2 usage or definition, 3 data unreadable, empty or
inconsistent or a result that cannot be written, 70 a bug, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import signal
import sys

import click

from abmicro.cli.commands import app
from abmicro.cli.output import USAGE, Console
from abmicro.errors import AbmicroError, Problem

BUG = 70
INTERRUPTED = 130


def main() -> None:
    """Run the command line of this process and leave with its exit status.

    A closed pipe (`abmicro analyze FILE | head`) ends the process without a word, and a character
    that the terminal cannot show is written as its code.
    """
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit status; errors go to stderr, one line each."""
    console = Console()
    try:
        status = app.main(args=arguments, prog_name="abmicro", standalone_mode=False, obj=console)
    except (click.Abort, KeyboardInterrupt):
        click.echo("abmicro: stopped; no file was left half written", err=True)
        return INTERRUPTED
    except Exception as error:
        if console.verbosity > 1:
            import traceback

            traceback.print_exception(error)
        problems, status = _in_words(error)
        for problem in problems:
            click.echo(f"abmicro: {problem.headline}", err=True)
            if problem.hint:
                click.echo(f"  {problem.hint}", err=True)
        return status
    return status if isinstance(status, int) else 0


def _in_words(error: Exception) -> tuple[tuple[Problem, ...], int]:
    """The problems that an exception tells of, and the exit status."""
    if isinstance(error, AbmicroError):
        return error.problems, error.exit_status
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f"`{context.command_path} --help` says more" if context else ""
        return (Problem("", error.format_message().rstrip("."), USAGE, hint),), error.exit_code
    what = f"a bug in abmicro, not in your data: {type(error).__name__}: {error}"
    hint = "run again with -vv for the traceback and send it to the maintainers"
    return (Problem("", what, "E700", hint),), BUG
