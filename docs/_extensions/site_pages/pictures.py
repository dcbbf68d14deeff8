"""Pictures of the explanations, drawn at every build by the charts that reports have."""

from __future__ import annotations

from pathlib import Path

import abmicro as ab
from abmicro.datasets import load

DEFINITION = """
experiment.name = "Button"
variants.arms = ["control", "new"]
goals.click.kind = "milestone"
goals.order.kind = "macro"
"""
RULERS = {
    "carried": (40_000, 4_000, 1_600, 4_800, 1_930),
    "partly_carried": (150_000, 15_000, 6_000, 18_000, 6_500),
    "not_carried": (40_000, 4_000, 1_600, 4_800, 1_610),
    "contradicted": (40_000, 4_000, 1_600, 4_800, 1_430),
    "inconclusive": (8_000, 800, 80, 920, 86),
}
"""By label: units of each variant; clicks and orders of the control and of the new button."""


def analysis_of(label: str) -> ab.Analysis:
    """The test that the ruler of a label is drawn of."""
    units, *reached = RULERS[label]
    path = [(units, *reached[:2]), (units, *reached[2:])]
    counts = ab.JointCounts.of_path(("control", "new"), ("click", "order"), path)
    return ab.analyze(ab.loads(DEFINITION), counts)


def draw(folder: Path) -> None:
    """Draw them as SVG files of this folder."""
    for label in RULERS:
        analysis_of(label).plot.ruler().savefig(folder / f"ruler_{label}.svg")
    watched = ab.analyze(*load("asos")).plot
    watched.evidence().savefig(folder / "bounds.svg")
    watched.lift_path().savefig(folder / "looks.svg")
