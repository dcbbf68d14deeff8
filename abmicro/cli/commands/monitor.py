"""`abmicro monitor`: how running tests stand today, a line each, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from abmicro.cli.fail_on import fail_on, status_of
from abmicro.cli.options import FILE, HERE, Command, as_of, counts_from, limits, output
from abmicro.cli.output import give, log, misuse, ready
from abmicro.cli.watched.overlaps import overlaps
from abmicro.cli.watched.running_test import RunningTest, watch, worst_first
from abmicro.cli.watched.telling import told
from abmicro.errors import AbmicroError

USUAL = "harm,harm_so_far,sample_ratio,data"
Files = tuple[Path, ...]
ALARMS = ("harm", "harm_so_far", "sample_ratio", "guardrail", "data", "dip", "gap", "ready")


def _or_here(_context: click.Context, _parameter: click.Parameter, files: Files) -> Files:
    """Callback of the files: the definition of this folder where none is named."""
    return files or (Path(HERE),)


@click.command(cls=Command)
@click.argument("files", type=FILE, nargs=-1, callback=_or_here)
@counts_from
@as_of
@limits
@click.option("--format", "form", type=click.Choice(("text", "json", "html")), default="text")
@output()
@click.option(
    "--snapshots",
    type=FILE,
    metavar="DIR",
    help="For counts without days: a joint table an evening, named 2026-10-05.csv and so on.",
)
@click.option("--since-last", is_flag=True, help="Only what changed since the recorded looks.")
@fail_on(ALARMS, "at these alarms, or when a test is `ready`", USUAL)
@click.option("--replan", "reason", default="", metavar="REASON", help="Why the plan was changed.")
@click.option("--no-record", is_flag=True, help="Write no look down.")
def monitor(
    files: Files,
    counts_file: Path | None,
    as_of: date | None,
    form: str,
    output: str | None,
    snapshots: Path | None,
    gates: tuple[str, ...],
    reason: str,
    *,
    since_last: bool,
    no_record: bool,
) -> int:
    """Say how running tests stand today, a line each, the worst first.

    Tests that run at the same time on the same data, or on the same `experiment.site`, are named.
    """
    _refuse_several(files, counts_file, snapshots)
    ready(output)
    found: list[RunningTest] = []
    status = 0
    for file in files:
        try:
            test = watch(
                file,
                counts_file,
                as_of,
                reason=reason,
                record=not no_record,
                snapshots=snapshots,
            )
            found.append(test)
        except AbmicroError as error:
            if len(files) == 1:
                raise
            status = max(status, error.exit_status)
            for problem in error.problems:
                log(f"abmicro: {file}: {str(problem).removeprefix(f'{file}: ')}", at=-1)
    tests = worst_first(found)
    if page := told(tests, [*overlaps(tests)], form, since_last=since_last):
        give(page, output)
    broken = (f"{test.file}: --fail-on {gate}" for test in tests for gate in test.broken(gates))
    return max(status, status_of(broken))


def _refuse_several(files: Sequence[Path], counts: Path | None, snapshots: Path | None) -> None:
    """Raise where it is not clear which counts are those of which definition."""
    for option, given in (("--counts", counts), ("--snapshots", snapshots)):
        if given is not None and len(files) > 1:
            raise misuse("monitor", f"{option} goes with one definition", "name one file")
    if counts is not None and snapshots is not None:
        raise misuse("monitor", "--counts and --snapshots say the same", "give one of them")
