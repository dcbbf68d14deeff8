"""`abmicro monitor`: how running tests stand today, a line each, the worst first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from abmicro.cli.looks_file import read_looks, write_looks
from abmicro.cli.options import FILE, Command, as_of, counts_from, limits
from abmicro.cli.output import give, log, misuse
from abmicro.cli.steps import tables_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.analysis.results import Monitoring

USUAL = "harm,harm_so_far,sample_ratio,data"
ALARMS = ("harm", "harm_so_far", "sample_ratio", "guardrail", "data", "dip", "gap", "ready")


@dataclass(frozen=True, slots=True)
class WatchedTest:
    """One test and how it stands."""

    file: Path
    monitoring: Monitoring

    def broken(self, gates: Sequence[str]) -> list[str]:
        """The gates of `--fail-on` that this test does not pass."""
        kinds = {alarm.kind for alarm in self.monitoring.alarms}
        ready = {"ready"} if self.monitoring.state == "ready" else set()
        return [gate for gate in gates if gate in kinds | ready]


def watch(
    file: Path, counts_file: Path | None, as_of: date | None, *, reason: str, record: bool
) -> WatchedTest:
    """How the test of a definition stands; new looks are written down.

    reason: why its plan was changed. record: whether looks are written down.
    """
    from abmicro.analysis.monitoring import running

    experiment, counts, histograms = tables_of(file, counts_file, None, as_of)
    known = read_looks(file, experiment, reason)
    found = running.monitor(experiment, counts, histograms, as_of=as_of, looks=known)
    if record:
        write_looks(file, experiment, known, running.unrecorded(experiment, counts, found, known))
    return WatchedTest(file, found)


def worst_first(tests: list[WatchedTest]) -> list[WatchedTest]:
    """The tests in the order in which somebody should look at them."""
    from abmicro.analysis.monitoring.monitor import ORDER

    return sorted(tests, key=lambda one: (ORDER.index(one.monitoring.state), str(one.file)))


def told(test: WatchedTest, form: str) -> str:
    """A test as a line of text, or as one line of JSON."""
    if form == "json":
        from abmicro.report.render.dataclass_json import to_plain

        return json.dumps(to_plain(test.monitoring), ensure_ascii=False)
    lines = [test.monitoring.text, f"  {test.monitoring.advice}"]
    lines += [
        f"  {alarm.sentence} {alarm.fix}"
        for alarm in test.monitoring.alarms
        if alarm.severity == "warn"
    ]
    return "\n".join(lines)


@click.command(cls=Command)
@click.argument("files", type=FILE, nargs=-1, required=True)
@counts_from
@as_of
@limits
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
@click.option(
    "--fail-on",
    "gates",
    default=USUAL,
    show_default=True,
    metavar="KINDS",
    help="Exit with 1 at these alarms, or when a test is `ready`; separated by commas.",
)
@click.option("--replan", "reason", default="", metavar="REASON", help="Why the plan was changed.")
@click.option("--no-record", is_flag=True, help="Write no look down.")
def monitor(
    files: tuple[Path, ...],
    counts_file: Path | None,
    as_of: date | None,
    form: str,
    gates: str,
    reason: str,
    no_record: bool,
) -> int:
    """Say how running tests stand today, a line each, the worst first."""
    asked = [gate.strip() for gate in gates.split(",") if gate.strip()]
    if unknown := [gate for gate in asked if gate not in ALARMS]:
        known = f"known: {', '.join(ALARMS)}"
        raise misuse("monitor", f"--fail-on {unknown[0]} is no alarm", known)
    if counts_file is not None and len(files) > 1:
        raise misuse("monitor", "--counts goes with one definition", "name one file")
    record = not no_record
    found = [watch(file, counts_file, as_of, reason=reason, record=record) for file in files]
    tests = worst_first(found)
    give("".join(f"{told(test, form)}\n" for test in tests))
    broken = [(test, gate) for test in tests for gate in test.broken(asked)]
    for test, gate in broken:
        log(f"abmicro: {test.file}: --fail-on {gate}: failed", at=-1)
    return int(bool(broken))
