"""Do the checks keep still on sound data, and what do they see? Rates through what `analyze` calls.

`python -m benchmarks.checks_calibration` rewrites this part of calibration.md, from the worlds that
the slow tests assert (`tests/calibration/check_rates.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks import carry_calibration
from benchmarks.measure import markdown
from tests.calibration.check_rates import (
    DAILY,
    DAYS,
    GAPS_AT,
    RATIO_AT,
    TREATED,
    allocation,
    gaps,
    ratio,
    ratio_of_several,
)
from tests.calibration.noise import error

PAGE = Path(__file__).with_name("calibration.md")
HEAD = "## Checks: how often they alarm"
GAP_RUNS, CELL_RUNS, ARM_RUNS = 10_000, 20_000, 300_000

ABOUT = """`python -m benchmarks.checks_calibration` rewrites what follows. Shares of tests in per
cent, {days} days long. Gaps (promised: {gaps:g}) by {gap_runs:,} tests each, give or take
{gap_error:.2f}; an empty day, or half of the events of three days, is the control's. The sample
ratio (promised: {ratio:g}) of two arms is exact, beside chi-square's own; of three by
{arm_runs:,} tests, give or take {arm_error:.3f}; equal shares over cells, which decide whether arms
are compared within strata, by {cell_runs:,} or more, give or take {cell_error:.3f}. A figure beyond
its promise by more than that would be a fault."""


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}"


def split(share: float) -> str:
    """Control and treated share."""
    return f"{100 * (1 - share):g} to {100 * share:g}"


def gap_rows() -> Iterator[tuple[str, ...]]:
    for share in TREATED:
        for daily in DAILY:
            yield (
                split(share),
                str(daily),
                percent(gaps(share, daily, GAP_RUNS), 2),
                percent(gaps(share, daily, GAP_RUNS, kept=0.0)),
                percent(gaps(share, daily, GAP_RUNS, kept=0.5, days=3)),
            )


def ratio_rows() -> Iterator[tuple[str, ...]]:
    for share in (0.5, 0.1, 0.01):
        for units in (60, 200, 2_000, 20_000):
            whole, days = ratio(units, share), ratio(units, share, groups=DAYS)
            shown = (percent(one, 3) for one in (*whole, *days))
            yield (split(share), f"{units:,}", *shown)


def arm_rows() -> Iterator[tuple[str, ...]]:
    for shares in ((0.98, 0.01, 0.01), (0.9, 0.05, 0.05), (0.4, 0.3, 0.3)):
        for units in (40, 200, 2_000):
            found = ratio_of_several(units, shares, ARM_RUNS)
            told = " : ".join(f"{100 * share:g}" for share in shares)
            yield (told, f"{units:,}", *(percent(one, 3) for one in found))


def cell_rows() -> Iterator[tuple[str, ...]]:
    for share in (0.5, 0.1, 0.01):
        for cells, size in ((300, 20), (300, 100), (28, 1_000)):
            found = (
                allocation(cells, size, share, CELL_RUNS * 300 // cells, uneven=uneven)
                for uneven in (False, True)
            )
            yield (split(share), f"{cells} of {size:,}", *(percent(one, 3) for one in found))


def page() -> str:
    """This part of the page."""
    about = ABOUT.format(
        days=DAYS,
        gaps=100 * GAPS_AT,
        ratio=100 * RATIO_AT,
        gap_runs=GAP_RUNS,
        gap_error=100 * error(GAPS_AT, GAP_RUNS),
        arm_runs=ARM_RUNS,
        arm_error=100 * error(RATIO_AT, ARM_RUNS),
        cell_runs=CELL_RUNS,
        cell_error=100 * error(RATIO_AT, CELL_RUNS),
    )
    gap_heads = ("control to treated", "conversions a day in the smaller arm", "false alarm")
    gap_heads += ("silent day seen", "half of three days seen")
    of_ratio = ("control to treated", "units", "alarm", "chi-square", "28 such days", "chi-square")
    return "\n\n".join(
        (
            HEAD,
            about,
            "### Gaps",
            markdown(gap_heads, gap_rows()),
            "### Sample ratio, two arms",
            markdown(of_ratio, ratio_rows()),
            "### Sample ratio, three arms",
            markdown(("shares", "units", "alarm", "chi-square"), arm_rows()),
            "### Equal shares over cells",
            markdown(("control to treated", "cells", "equal sizes", "uneven sizes"), cell_rows()),
        )
    )


def written_into(text: str, part: str) -> str:
    """The page with this part in place of the old one, or before the carry-through."""
    old = re.search(rf"^{re.escape(HEAD)}\n.*?(?=^## )", text, flags=re.DOTALL | re.MULTILINE)
    begin, end = old.span() if old else (text.index(carry_calibration.HEAD),) * 2
    return f"{text[:begin].rstrip()}\n\n{part}\n\n{text[end:]}"


if __name__ == "__main__":
    made = page()
    print(made)
    PAGE.write_text(written_into(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")
