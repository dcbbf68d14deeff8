"""`abmicro help COMMAND`: what a command does."""

from __future__ import annotations

import click

from abmicro.cli.options import Command
from abmicro.cli.output import misuse, say
from abmicro.errors import suggest


@click.command("help", cls=Command)
@click.argument("names", nargs=-1, metavar="[COMMAND]")
@click.pass_context
def help_of(context: click.Context, names: tuple[str, ...]) -> None:
    """Say what a command does, as its --help."""
    within = context.find_root()
    for name in names:
        known = within.command.commands if isinstance(within.command, click.Group) else {}
        if name not in known:
            raise misuse("help", f"{name!r} is not a command", suggest(name, list(known)))
        within = click.Context(known[name], info_name=name, parent=within)
    say(within.get_help())
