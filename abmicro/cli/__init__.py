"""The `abmicro` command: read arguments, call, print, set the exit status.

Exit status: 0 fine, 1 a `--fail-on` gate failed, 2 usage or definition, 3 data unreadable, empty or
inconsistent or a result that cannot be written, 70 a bug, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from abmicro.cli.later import load_later
from abmicro.cli.lifetime import calculate_alone, collect_seldom, leave

if TYPE_CHECKING:
    from abmicro.errors import Problem

BUG = 70
INTERRUPTED = 130
EXIT_STATUSES = {
    0: "fine",
    1: "a `--fail-on` gate failed",
    2: "wrong usage, or a definition that breaks a rule",
    3: "data unreadable, empty or inconsistent, or a result that cannot be written",
    BUG: "a bug in abmicro",
    INTERRUPTED: "stopped by Ctrl-C",
}


def main() -> None:
    """Run the command line of this process and leave with its exit status.

    What makes a start quick is set before anything else is loaded.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them takes time
    load_later()
    collect_seldom()
    calculate_alone()
    from abmicro.cli.streams import prepare

    prepare()
    leave(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit status; errors go to stderr, one line each."""
    import click

    from abmicro.cli.commands.group import app
    from abmicro.cli.memory import refuse_too_little
    from abmicro.cli.output import Console, complain

    console = Console()
    try:
        refuse_too_little()
        status = app.main(args=arguments, prog_name="abmicro", standalone_mode=False, obj=console)
    except (click.Abort, KeyboardInterrupt):
        complain("abmicro: stopped; no file was left half written", console)
        return INTERRUPTED
    except Exception as error:
        if console.verbosity > 1:
            import traceback

            complain("".join(traceback.format_exception(error)).rstrip(), console)
        problems, status = _in_words(error)
        for problem in problems:
            complain(f"abmicro: {problem.headline}", console)
            if problem.hint:
                complain(f"  {problem.hint}", console)
        return status
    return status if isinstance(status, int) else 0


def _in_words(error: Exception) -> tuple[tuple[Problem, ...], int]:
    """The problems that an exception tells of, and the exit status."""
    import click

    from abmicro.cli.memory import shortage
    from abmicro.cli.output import USAGE
    from abmicro.errors import AbmicroError, Problem

    if isinstance(error, AbmicroError):
        return error.problems, error.exit_status
    if (short := shortage(error)) is not None:
        return short.problems, short.exit_status
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f"`{context.command_path} --help` says more" if context else ""
        return (Problem("", error.format_message().rstrip("."), USAGE, hint),), error.exit_code
    what = f"a bug in abmicro, not in your data: {type(error).__name__}: {error}"
    hint = "run again with -vv for the traceback and send it to the maintainers"
    return (Problem("", what, "E700", hint),), BUG
