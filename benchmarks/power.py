"""Sizes, detectable effects and exact power, beside statsmodels.

10,000 cells: 25 control rates from 0.1 to 50 %, 40 lifts from 1 to 40 %, 10 powers, two-sided at
5 %. statsmodels takes no arrays: a loop over `NormalIndPower().solve_power`, timed on every 50th
cell. Its arcsine sizes are compared with ours by the same formula (it keeps the far tail); the
default of abmicro is the pooled one. `exact` enumerates the default test: power of 2,000 units per
arm, and the smallest size from which 2 % against 3 % never has less than 80 %, which no peer does.
"""

from __future__ import annotations

import numpy as np
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from abmicro.stats.exact.fisher_tests import fisher
from abmicro.stats.power.designs import arcsine, pooled
from abmicro.stats.power.detectable_effect import detectable
from abmicro.stats.power.enumeration import enumerated_findings
from abmicro.stats.power.exact import exact_findings, exact_units
from abmicro.stats.power.power import units_for
from benchmarks.measure import markdown, milliseconds

RATES = np.geomspace(0.001, 0.5, 25)[:, None, None]
LIFTS = np.linspace(0.01, 0.4, 40)[:, None]
POWERS = np.linspace(0.5, 0.95, 10)
SHAPE = (25, 40, 10)
CELLS, EVERY, ROUNDS = 10_000, 50, 7

LOOP = NormalIndPower()


def cells() -> list[tuple[float, float, float]]:
    """Every 50th cell: control rate, treated rate, power."""
    grid = np.broadcast_arrays(RATES, RATES * (1 + LIFTS), POWERS)
    columns = (each.ravel()[::EVERY].tolist() for each in grid)
    return list(zip(*columns, strict=True))


def theirs_sizes() -> list[float]:
    """The loop over statsmodels."""
    return [
        LOOP.solve_power(proportion_effectsize(q, p), alpha=0.05, power=power)
        for p, q, power in cells()
    ]


def theirs_effects() -> list[float]:
    """The loop over statsmodels, for the effect that 10,000 units per arm detect."""
    return [LOOP.solve_power(nobs1=10_000, alpha=0.05, power=power) for _, _, power in cells()]


def table() -> str:
    """The measurement as two Markdown tables."""
    tasks = {
        "sizes": lambda: units_for(pooled(RATES, RATES * (1 + LIFTS)), power=POWERS),
        "sizes, loop": theirs_sizes,
        "detectable": lambda: detectable(
            np.broadcast_to(RATES, SHAPE), 10_000 * (1 + LIFTS), power=POWERS
        ),
        "detectable, loop": theirs_effects,
        "exact power": lambda: exact_findings(0.10, 0.12, 2_000),
        "exact power, Fisher": lambda: enumerated_findings(
            fisher, 0.10, 0.12, control_units=2_000, treated_units=2_000
        ),
        "exact size": lambda: exact_units(0.02, 0.03),
    }
    times = milliseconds(tasks, ROUNDS)
    rows = []
    for name in ("sizes", "detectable"):
        own, other = times[name] / CELLS, times[f"{name}, loop"] * EVERY / CELLS
        cells_of = (f"{1000 * own:.3f}", f"{1000 * other:,.0f}", f"{other / own:,.0f}")
        rows.append((name, f"{times[name]:.1f}", *cells_of))
    head = ("10,000 cells", "all, ms", "each, µs", "statsmodels, each, µs", "times")
    exact = [[name, f"{times[name]:.3g}"] for name in tasks if name.startswith("exact")]
    ours = units_for(arcsine(RATES, RATES * (1 + LIFTS)), power=POWERS).exact.ravel()[::EVERY]
    apart = np.abs(ours / np.array(theirs_sizes()) - 1).max()
    note = f"Largest relative distance of the arcsine sizes: {apart:.1g}."
    return "\n\n".join([markdown(head, rows), markdown(["exact", "ms"], exact), note])


if __name__ == "__main__":
    print(table())
