"""What makes a joint table: labels that tell cells apart, shapes that agree, possible numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from abmicro.errors import CountsError, Problem

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Floats, Integers
    from abmicro.counts.joint_counts import JointCounts

MADE_BY = "make tables with JointCounts.from_rows or of_path, which see to it"
MOST = 2**53
"""The largest number up to which arithmetic tells every count from the next."""

ROUNDED = 1e-6
"""By which share of its least a sum of squares may fall short, rounded by whoever wrote it."""
NINTH = 1e-9
"""The last place of a sum that a SELECT gives."""


def check(table: JointCounts) -> None:
    """Raise CountsError with every problem of the table."""
    problems = [*_labels(table), *_shapes(table)]
    problems = problems or _numbers(table) or _totals(table)
    if problems:
        raise CountsError(*problems)


def _labels(table: JointCounts) -> list[Problem]:
    axes = {
        "variants": table.variants,
        "segments": table.segments,
        "periods": table.periods,
        "columns": table.columns.names,
        "patterns": tuple(map(tuple, table.patterns.tolist())),
    }
    problems = [
        Problem(axis, f"{label!r} stands twice", "E408", "give each a name of its own")
        for axis, labels in axes.items()
        for label in sorted((one for one, times in Counter(labels).items() if times > 1), key=str)
    ]
    if table.cut_off is not None and table.cut_off.tzinfo is None:
        problems.append(Problem("cut_off", "tells no time zone", "E408", "give a moment in UTC"))
    for goal, _ in table.caps:
        if not {goal, f"{goal}__uncapped"} <= set(table.measures):
            what = "is capped, and its amounts are not in the table with and without the cap"
            hint = f"give sum__{goal} and sum__{goal}__uncapped, or no cap"
            problems.append(Problem(f"goals.{goal}", what, "E408", hint))
    if not table.variants or "" in {*table.variants, *chain.from_iterable(table.segments)}:
        problems.append(
            Problem(
                "variants", "a name is empty or missing", "E408", "name every variant and level"
            )
        )
    if any(len(cell) != len(table.segment_names) for cell in table.segments):
        what = "needs one level per name in every cell"
        problems.append(
            Problem("segments", what, "E408", "give each cell a level of every segment")
        )
    return problems


def _shapes(table: JointCounts) -> list[Problem]:
    cells = (len(table.variants), len(table.segments), len(table.periods), len(table.patterns))
    measures, apart = len(table.measures), len(table.apart.names)
    expected = {
        "patterns": (table.patterns, (len(table.patterns), len(table.goals))),
        "units": (table.units, cells),
        "rows": (table.rows, cells),
        "sums": (table.sums, (*cells, measures)),
        "products": (table.products, (*cells, measures, measures)),
        "apart.sums": (table.apart.sums, (*cells[:3], apart)),
        "apart.squares": (table.apart.squares, (*cells[:3], apart)),
    }
    return [
        Problem(name, f"has shape {array.shape}, not {shape}", "E408", MADE_BY)
        for name, (array, shape) in expected.items()
        if array.shape != shape
    ]


def refuse_uncountable(name: str, counts: Iterable[float]) -> None:
    """Raise CountsError where counts add up to more than arithmetic can tell apart.

    name: what they are of. counts: none negative.
    """
    if problem := _uncountable(name, sum(counts)):
        raise CountsError(problem)


def _uncountable(name: str, total: float) -> Problem | None:
    if total <= MOST:
        return None
    what = f"add up to {total:.3g}, and above {MOST:,} one more makes no difference"
    return Problem(name, what, "E410", "are these counts, or ids and times in their place?")


def falls_short(units: Integers, total: Floats, square: Floats) -> Bools:
    """Whether values of so many units cannot have this sum and sum of squares (Cauchy, Schwarz).

    What nine places took of both is allowed, and a millionth. Any shapes that broadcast.

    >>> units, totals = np.array([2, 2]), np.array([2e-5, 2.0])
    >>> falls_short(units, totals, np.zeros(2))
    array([False,  True])
    """
    least = total**2 / np.maximum(units, 1)
    short = least - square
    return (short > ROUNDED * least) & (short > NINTH * (units + 2 * abs(total)))


def possible_squares(
    names: Sequence[str], units: Integers, totals: Floats, squares: Floats
) -> Floats:
    """Sums of squares that values of so many units with these totals can have.

    names: N goals; units: (...,); totals, squares: (..., N). By Cauchy and Schwarz none is below
    total^2 / units; what rounding took is given back, and more is a CountsError.

    >>> units, totals = np.array([2]), np.array([[2e-5]])
    >>> possible_squares(["spend"], units, totals, np.zeros((1, 1)))
    array([[2.e-10]])
    """
    each = units[..., None]
    broken = falls_short(each, totals, squares)
    if broken.any():
        at = tuple(np.argwhere(broken)[0])
        what = f"squares that sum to {squares[at]:.12g} cannot have a sum of {totals[at]:.12g}"
        what += f" over {units[at[:-1]]:,} units"
        hint = "collect again, or write sums and sums of squares with all their digits"
        raise CountsError(Problem(f"goals.{names[at[-1]]}", what, "E407", hint))
    least = totals**2 / np.maximum(each, 1)
    # what arithmetic itself rounds stays as it is: methods allow for it
    return np.where(least - squares > NINTH * least, least, squares)


def _totals(table: JointCounts) -> list[Problem]:
    out = table.left_out
    counted = {
        "units": (table.units, [one.units for one in out]),
        "rows": (table.rows, [one.rows for one in out]),
    }
    found = (
        _uncountable(name, float(cells.sum(dtype=float)) + sum(others))
        for name, (cells, others) in counted.items()
    )
    return [problem for problem in found if problem is not None]


def _numbers(table: JointCounts) -> list[Problem]:
    whole = {"units": table.units, "rows": table.rows}
    totals = {
        "sums": table.sums,
        "products": table.products,
        "apart.sums": table.apart.sums,
        "apart.squares": table.apart.squares,
    }
    return [
        Problem(name, "holds a count that is negative or no whole number", "E405", MADE_BY)
        for name, array in whole.items()
        if array.dtype.kind not in "iu" or (array < 0).any()
    ] + [
        Problem(name, "holds a number that is not finite", "E405", MADE_BY)
        for name, array in totals.items()
        if not np.isfinite(array).all()
    ]
