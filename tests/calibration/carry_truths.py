"""Worlds in which the truth about a carry-through is known, and what a label claims about it.

756 truths: seven pairs of goals (how micro and macro go together decides how their estimates vary
together), twelve true micro lifts, nine pass-throughs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abmicro.stats.carry_through.count_labels import label_joint, label_path
from abmicro.stats.foundations.cells import JointCells, NestedCounts

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class Shape(NamedTuple):
    """The control's rates of micro, macro after it, macro without it (0: a path); units per arm."""

    name: str
    micro: float
    onward: float
    without: float
    units: int


SHAPES = (
    Shape("basket to order", 0.12, 0.25, 0.0, 100_000),
    Shape("rare basket, rare order", 0.02, 0.10, 0.0, 200_000),
    Shape("view to order", 0.60, 0.05, 0.0, 50_000),
    Shape("checkout to order", 0.06, 0.70, 0.0, 200_000),
    Shape("sign-up beside orders", 0.20, 0.105, 0.03, 50_000),
    Shape("wish list, close to orders", 0.10, 0.40, 0.02, 20_000),
    Shape("video, far from orders", 0.30, 0.06, 0.03, 100_000),
)
EFFECTS = (-12.0, -6.0, -3.0, -1.5, 0.5, 1.0, 2.0, 3.0, 4.5, 7.0, 12.0, 20.0)
"""True micro log lifts in standard errors of their estimate."""
KAPPAS = (-1.0, -0.3, 0.0, 0.25, 0.5, 0.75, 1.0, 1.3, 2.0)
THRESHOLD = 0.5

# What each label claims: the sign of macro, of macro - c expected, of macro - expected, all seen in
# the direction in which the micro goal moved; 0 claims nothing.
CLAIMS = {
    "carried": (1, 1, 0),
    "carried_size_open": (1, 0, 0),
    "partly_carried": (1, 0, -1),
    "not_fully_carried": (0, 0, -1),
    "not_carried": (0, -1, -1),
    "contradicted": (-1, -1, -1),
    "inconclusive": (0, 0, 0),
}


class Errors(NamedTuple):
    """Shares (effects, kappas) of labels with a false claim, and with a false rise of the macro."""

    wrong: Floats
    false_up: Floats


def errors(shape: Shape, replicates: int, rng: np.random.Generator) -> Errors:
    """How often the label of this shape is wrong, for every effect and pass-through."""
    found = np.array(
        [
            [errors_at(shape, (effect, kappa), replicates, rng) for kappa in KAPPAS]
            for effect in EFFECTS
        ]
    )
    return Errors(found[..., 0], found[..., 1])


def errors_at(
    shape: Shape, truth: tuple[float, float], replicates: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The same at one truth: an effect and a pass-through."""
    effect, kappa = truth
    control = rates(shape, 0.0, 0.0)
    micro = effect * np.sqrt(2 * (1 - shape.micro) / (shape.units * shape.micro))
    macro = kappa * expected(shape, micro)
    arms = (
        rng.multinomial(shape.units, cells, replicates)
        for cells in (control, rates(shape, micro, macro))
    )
    wrong, false_up = false_labels(expected(shape, micro), macro)
    labels = judged(shape, *arms)
    return float(np.isin(labels, list(wrong)).mean()), float(np.isin(labels, list(false_up)).mean())


def expected(shape: Shape, micro: float) -> float:
    """The true log lift of the macro that a micro log lift leads one to expect."""
    return float(np.log(_macro(shape, micro) / _macro(shape, 0.0)))


def _macro(shape: Shape, micro: float) -> float:
    m = shape.micro * np.exp(micro)
    return m * shape.onward + (1 - m) * shape.without


def rates(shape: Shape, micro: float, macro: float) -> Floats:
    """Probabilities of both, micro only, macro only, neither at these true log lifts."""
    m = shape.micro * np.exp(micro)
    scale = _macro(shape, 0.0) * np.exp(macro) / _macro(shape, micro)
    q, r = scale * shape.onward, scale * shape.without
    return np.array([m * q, m * (1 - q), (1 - m) * r, (1 - m) * (1 - r)])


def judged(shape: Shape, control: Counts, treated: Counts) -> NDArray[np.str_]:
    """The labels of joint cells, by the method for a path where there is one."""
    if shape.without:
        return label_joint(JointCells(treated), JointCells(control), threshold=THRESHOLD)
    return label_path(
        NestedCounts(_nested(treated)), NestedCounts(_nested(control)), threshold=THRESHOLD
    )


def _nested(cells: Counts) -> Counts:
    both, micro = cells[..., 0], cells[..., 1]
    return np.stack([cells.sum(axis=-1), both + micro, both], axis=-1)


def false_labels(expects: float, macro: float) -> tuple[set[str], set[str]]:
    """Labels with a false claim for true log lifts, and those that claim a macro rise in vain."""
    wrong, false_up = set(), set()
    for prefix, way in (("", 1), ("loss_", -1)):
        toward, hoped = way * macro, way * expects
        contrasts = (toward, toward - THRESHOLD * hoped, toward - hoped)
        for label, claims in CLAIMS.items():
            # Carried claims "at least c": true on the boundary; the others claim strictly more.
            held = [
                claim * contrast > 1e-12 or (at == 1 and claim == 1 and abs(contrast) < 1e-12)
                for at, (claim, contrast) in enumerate(zip(claims, contrasts, strict=True))
                if claim
            ]
            if not all(held):
                wrong.add(prefix + label)
            if claims[0] * way > 0 and macro <= 0:
                false_up.add(prefix + label)
    return wrong, false_up
