"""`abmicro simulate`: the verdict on trial, on one's own traffic."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import click

from abmicro.cli.options import Command, counts_from, definition, fraction, limits, output
from abmicro.cli.output import form_of, give_result, misuse, parts_done, ready


@click.command(cls=Command)
@definition
@counts_from
@click.option("--baseline", type=fraction, metavar="RATE", help="Rate of the primary goal: 12%.")
@click.option("--macro", type=fraction, metavar="RATE", help="Rate of the macro goal: 3%.")
@click.option("--units", type=float, metavar="N", help="Units of a test, all variants together.")
@click.option(
    "--lift",
    "lifts",
    type=fraction,
    multiple=True,
    metavar="LIFT",
    help="A lift of the primary goal to plant; more than one may be given.",
)
@click.option(
    "--runs", type=int, default=20_000, show_default=True, help="Tests in which nothing differs."
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Gives the same figures again."
)
@click.option("--format", "form", metavar="NAME", help="text, md, html, json; default: as -o says.")
@limits
@output()
def simulate(
    file: Path,
    counts_file: Path | None,
    baseline: float | None,
    macro: float | None,
    units: float | None,
    lifts: tuple[float, ...],
    runs: int,
    seed: int,
    form: str | None,
    output: str | None,
) -> None:
    """Put the verdict on trial. Thousands of tests are made of your own data, or of rates.

    From FILE with its data or --counts, or with --baseline, --macro and --units.
    """
    from abmicro.cli.output_check import guard
    from abmicro.cli.steps import counts_of, experiment_of
    from abmicro.simulation.results import Simulation
    from abmicro.simulation.simulate import FEWEST_RUNS, simulate as try_verdict

    if runs < FEWEST_RUNS:
        raise misuse("--runs", f"{runs} is too few", f"at least {FEWEST_RUNS}")
    if seed < 0:
        raise misuse("--seed", f"{seed} is below 0", "0 or more")
    if not all(map(isfinite, lifts)):
        raise misuse("--lift", "is not a finite number", "give a lift such as 5% or -0.02")
    chosen = form_of(form, output, Simulation.FORMATS)
    guard((output,), file, counts=counts_file)
    ready(output)
    experiment = experiment_of(file)
    typed = {"--baseline": baseline, "--macro": macro, "--units": units}
    given = [name for name, value in typed.items() if value is not None]
    if given and counts_file is not None:
        raise misuse(given[0], "stands in place of --counts", "give one of them")
    if given and units is None:
        raise misuse("--units", "is missing: how many a test would count", "add --units 20000")
    counts = None if given else counts_of(experiment, file, counts_file, None)
    with parts_done("simulating") as progress:
        found = try_verdict(
            experiment,
            counts,
            baseline=baseline,
            macro=macro,
            units=units,
            lifts=tuple(dict.fromkeys(lifts)) or None,
            runs=runs,
            seed=seed,
            progress=progress,
        )
    give_result(found, chosen, output)
