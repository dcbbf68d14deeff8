"""The commands as the terminal describes them."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

from abmicro.cli import EXIT_STATUSES
from abmicro.cli.commands.group import app

HEAD = """# Commands

`abmicro help COMMAND`, or `abmicro COMMAND --help`, says what this page says.

- FILE is `experiment.toml` of this folder where none is named, and `-` standard input; `-o -` is
  the screen.
- Results go to stdout, everything else to stderr. An error is one line with what, where, a
  [code](errors.md), and one that says what would do.
- `--json` is the same as `--format json`, `--open` shows a page in the browser.
- `--color` says when to colour: `auto` only on a terminal, and not where `NO_COLOR` is set.
- There is no telemetry, and no command asks a question.

Completion of commands and options, in bash (`zsh_source`, `fish_source` for the others):

```sh
eval "$(_ABMICRO_COMPLETE=bash_source abmicro)"
```
"""


def page() -> str:
    """Every command with its arguments and options, in the order of the work."""
    context = click.Context(app, info_name="abmicro")
    statuses = [f"| {status} | {meaning} |" for status, meaning in EXIT_STATUSES.items()]
    parts = [HEAD, "| exit status | means |", "|---|---|", *statuses, ""]
    for name, command in app.commands.items():
        parts += _command(name, command, click.Context(command, context, info_name=name))
    return "\n".join(parts)


def _command(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"\n## abmicro {name}\n"
    yield f"```text\n{usage}\n```\n"
    yield cleandoc(command.help or "").replace("\b\n", "") + "\n"
    records = [
        record
        for one in command.get_params(context)
        if (record := one.get_help_record(context)) is not None
    ]
    if records:
        yield "| option | does |\n|---|---|"
    for option, told in records:
        yield f"| `{_cell(option)}` | {_cell(told)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
