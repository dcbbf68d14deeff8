"""The `abmicro` command: read arguments, call, print, set the exit status.

Exit status: 0 fine, 1 a `--fail-on` gate failed, 2 usage or definition, 3 data unreadable, empty or
inconsistent, 70 a bug.
"""

from __future__ import annotations

import sys

import click

from abmicro.cli.commands import app
from abmicro.errors import AbmicroError

BUG = 70
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; errors go to stderr, one line each."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        status = app.main(args=given, prog_name="abmicro", standalone_mode=False)
    except AbmicroError as error:
        for problem in error.problems:
            click.echo(f"abmicro: {problem.headline}", err=True)
            if problem.hint:
                click.echo(f"  {problem.hint}", err=True)
        return error.exit_status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("abmicro: stopped; nothing was written", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = None
        return 0
    except Exception as error:
        return _bug(error, loud="-vv" in given)
    return status if isinstance(status, int) else 0


def _bug(error: Exception, *, loud: bool) -> int:
    """Say that this is our fault and where to tell us."""
    if loud:
        import traceback

        traceback.print_exception(error)
    click.echo(
        f"abmicro: a bug in abmicro, not in your data: {type(error).__name__}: {error}", err=True
    )
    click.echo("  run again with -vv for the traceback and send it to the maintainers", err=True)
    return BUG
