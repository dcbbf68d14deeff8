"""Arguments and options that several commands share, and how much a command says."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import click

from abmicro.cli.output import Console, blaming, misuse

FILE = click.Path(path_type=Path)


def fraction(text: str) -> float:
    """A number as a fraction or in percent; its range is judged where it is used.

    >>> fraction("3%"), fraction("-0.1")
    (0.03, -0.1)
    """
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        what = f"{text!r} is neither a number such as 0.03 nor one in percent such as 3%"
        raise click.BadParameter(what) from None
    return number / 100 if text.endswith("%") else number


def percentage(text: str) -> float:
    """A share that people also write without the sign: 0.1, 10% and 10 are all a tenth.

    >>> percentage("10"), percentage("0.1"), percentage("-5%"), percentage("95")
    (0.1, 0.1, -0.05, 0.95)
    """
    number = fraction(text)
    return number / 100 if abs(number) >= 1 and not text.strip().endswith("%") else number


POINTS = re.compile(r"([-+]?[0-9.]+) ?(?:pp|points?|percentage points?)", re.IGNORECASE)


def lift(text: str) -> float | str:
    """A relative lift, 10, 10% or 0.1, or a difference in percentage points, which stays text.

    >>> lift("10"), lift("-0.05"), lift("3 pp")
    (0.1, -0.05, '3 pp')
    """
    return text if POINTS.fullmatch(text.strip()) else percentage(text)


def relative(change: float | str, baseline: float) -> float:
    """A lift as a share of the baseline: 3 pp on 12 % are a quarter.

    >>> relative("3 pp", 0.12), relative(0.1, 0.12)
    (0.25, 0.1)
    """
    if not isinstance(change, str):
        return change
    found = POINTS.fullmatch(change.strip())
    points = float(found[1]) if found else float("nan")
    return round(points / 100 / baseline, 12)


def shares_of(text: str | None) -> list[float] | None:
    """Shares such as 90/10 or 2:1:1; in any scale.

    >>> shares_of("90/10")
    [90.0, 10.0]
    """
    if text is None:
        return None
    try:
        return [float(part.strip().removesuffix("%")) for part in re.split("[/:,]", text)]
    except ValueError:
        raise click.BadParameter(f"{text!r} is not shares such as 90/10") from None


def _louder(by: int) -> Callable[[click.Context, click.Parameter, int], None]:
    """Callback of an option that changes how much is said."""

    def change(context: click.Context, parameter: click.Parameter, times: int) -> None:  # noqa: ARG001
        context.ensure_object(Console).verbosity += by * int(times)

    return change


def _in_colour(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    """Callback of --color; what stands after the command wins."""
    if value is not None:
        context.ensure_object(Console).color = value


def verbosity() -> list[click.Parameter]:
    """-q, -v and --color, which stand before a command or after it."""
    return [
        click.Option(
            ["--color"],
            type=click.Choice(("auto", "always", "never")),
            expose_value=False,
            callback=_in_colour,
            help="Colour on the screen; auto: on a terminal, unless NO_COLOR is set.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            callback=_louder(-1),
            help="Only results and errors.",
        ),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            callback=_louder(1),
            help="Say more; -vv shows tracebacks.",
        ),
    ]


def _as_json(context: click.Context, parameter: click.Parameter, asked: bool) -> None:  # noqa: ARG001
    """Callback of --json: another word for --format json."""
    if asked:
        context.default_map = {**(context.default_map or {}), "form": "json"}


class _WithExamples(click.Command):
    """A command whose help ends with lines that run."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The lines of `examples.toml` under the name of the command."""
        super().format_epilog(ctx, formatter)
        if lines := examples().get(ctx.command_path.partition(" ")[2]):
            with formatter.section("Examples"):
                for line in lines:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Command(_WithExamples):
    """A command that can be told to say less or more, and what has a format to say it as JSON."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if any(one.name == "form" for one in self.params):
            told = "The same as --format json."
            self.params.append(
                click.Option(
                    ["--json"],
                    is_flag=True,
                    is_eager=True,
                    expose_value=False,
                    callback=_as_json,
                    help=told,
                )
            )
        self.params += verbosity()


class Group(_WithExamples, click.Group):
    """The commands in the order in which a user meets them."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, unsorted."""
        return list(self.commands)


def as_day(context: click.Context, parameter: click.Parameter, text: str | None) -> date | None:
    """Callback of an option that names a day."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        what = f"{text!r} is not a day such as 2026-10-05"
        raise click.BadParameter(what, context, parameter) from None


def as_month(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    """Callback of an option that names a month; whether the data have it is judged later."""
    if text is not None and not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        what = f"{text!r} is not a month such as 2026-10"
        raise click.BadParameter(what, context, parameter)
    return text


HERE = "experiment.toml"
definition = click.argument("file", type=FILE, default=HERE)
"""The experiment file; the one of this folder where none is named, - for standard input."""

opened = click.option("--open", "opening", is_flag=True, help="Open it in the browser.")


@cache
def examples() -> dict[str, list[str]]:
    """Lines that run, by command."""
    import tomllib

    text = Path(__file__).with_name("examples.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


counts_from = click.option(
    "--counts",
    "counts_file",
    type=FILE,
    metavar="FILE",
    help="Joint table from `abmicro collect`, or what `abmicro query` gave in a warehouse.",
)
histograms_from = click.option(
    "--histograms",
    "histograms_file",
    type=FILE,
    metavar="FILE",
    help="Histograms beside the joint table; from events they are collected without asking.",
)
history_from = click.option(
    "--history",
    "history_folder",
    type=FILE,
    metavar="DIR",
    help="Past tests: the macro lift with what they say, beside the verdict.",
)
as_of = click.option(
    "--as-of",
    callback=as_day,
    metavar="DATE",
    help="Look at the data as they were as this day began; they are complete until then.",
)
segment = click.option(
    "--segment", metavar="NAME=LEVEL", help="Only units of this segment, e.g. device=mobile."
)

expert = click.option(
    "--expert",
    is_flag=True,
    help="Also measures of mediation and surrogacy, each with what must hold.",
)


def _grant(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Callback of an option that says what the run may take of the machine."""
    if value is None:
        return
    if parameter.name in {"memory", "threads"}:
        from abmicro.sources.engines.limits import Limits

        with blaming(f"--{parameter.name}"):
            Limits(**{parameter.name: value})
    setattr(context.ensure_object(Console), str(parameter.name), value)


def limits(command: Any) -> Any:
    """--memory, --threads, --env and --caps, for commands that read data."""
    granting = partial(click.option, expose_value=False, callback=_grant)
    size = granting(
        "--memory",
        metavar="SIZE",
        help="Most memory of DuckDB, e.g. 4GB; beyond it, it writes to a folder of its own.",
    )
    count = granting(
        "--threads",
        type=int,
        metavar="N",
        help="Most threads of DuckDB; default: all cores.",
    )
    names = granting(
        "--env",
        multiple=True,
        metavar="NAME",
        help="Let ${NAME} in the definition's source stand for this variable; repeatable.",
    )
    caps = granting(
        "--caps",
        type=FILE,
        metavar="FILE",
        help="Cap amounts as this joint table of an earlier look does, not by new shares.",
    )
    return size(count(names(caps(command))))


text_or_json = click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", help="How it is told."
)


def output(default: str | None = None, *, to_screen: bool = True) -> Callable[[Any], Any]:
    """The option that names the file to write; - stands for the screen where that can show it."""
    text = "File to write." if default else "Write to this file instead of the screen."
    both = f"{text[:-1]}; - for the screen." if default and to_screen else text

    def named(context: click.Context, parameter: click.Parameter, path: str | None) -> str | None:  # noqa: ARG001
        if path is not None and path.endswith(("/", os.sep)):
            raise misuse("-o", f"{path} is a folder", f"name a file in it, e.g. {path}report.html")
        if path == "-" and not to_screen:
            raise misuse("-o", "the screen cannot show it", f"name a file, e.g. {default}")
        return None if path == "-" else path

    return click.option(
        "-o",
        "--output",
        metavar="PATH",
        default=default,
        show_default=bool(default),
        callback=named,
        help=both,
    )
