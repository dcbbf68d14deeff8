"""Do carry-through labels keep their promise? The worst error over 756 truths.

`python -m benchmarks.carry_calibration` rewrites the last part of calibration.md. A truth is a pair
of goals, a micro lift and a pass-through (`tests/calibration/carry_truths.py`). A label is wrong if
any of its claims is; the promise is at most 5 %, and at most 2.5 % for a rise of the macro that is
none. With so many truths the largest figure lies about three of its Monte-Carlo errors above what
is true of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.measure import markdown
from tests.calibration.carry_truths import EFFECTS, KAPPAS, SHAPES, Errors, Shape, errors

PAGE = Path(__file__).with_name("calibration.md")
HEAD = "## Carry-through: how often a label is wrong"
REPLICATES = 40_000


def row(shape: Shape, found: Errors) -> tuple[str, ...]:
    rates = f"{shape.micro:g}, {shape.onward:g}, {shape.without:g}"
    worst = np.unravel_index(found.wrong.argmax(), found.wrong.shape)
    where = f"{EFFECTS[worst[0]]:+g} se, {KAPPAS[worst[1]]:g}"
    return (
        shape.name,
        rates,
        f"{shape.units:,}",
        f"{found.wrong.mean():.4f}",
        f"{found.wrong.max():.4f}",
        where,
        f"{found.false_up.max():.4f}",
    )


def page() -> str:
    """This part of the page."""
    rng = np.random.default_rng(7)
    heads = ("goals", "micro, onward, without", "units per arm", "wrong, mean")
    heads += ("wrong, worst", "at micro lift, pass-through", "false rise, worst")
    error = np.sqrt(0.05 * 0.95 / REPLICATES)
    parts = (
        HEAD,
        " ".join(str(__doc__).split("\n\n")[1].split()),
        f"{len(EFFECTS)} micro lifts from {EFFECTS[0]:g} to {EFFECTS[-1]:g} standard errors, "
        f"{len(KAPPAS)} pass-throughs from {KAPPAS[0]:g} to {KAPPAS[-1]:g}, {REPLICATES:,} "
        f"experiments of each; Monte-Carlo error of a worst figure: {error:.4f}.",
        markdown(heads, [row(shape, errors(shape, REPLICATES, rng)) for shape in SHAPES]),
    )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    text = page()
    print(text)
    before = PAGE.read_text(encoding="utf-8").partition(HEAD)[0]
    PAGE.write_text(before.rstrip() + "\n\n" + text, encoding="utf-8")
