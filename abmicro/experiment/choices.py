"""What the analyst chooses before the read-out: the path, the level, what "ship" asks for."""

from __future__ import annotations

from typing import ClassVar, Literal

from abmicro.experiment.part import Part
from abmicro.experiment.values import Alpha, Duration, Fraction, Positive


class Funnel(Part):
    """Milestones in order and the macro goal they lead to.

    steps: goal names, the macro goal last. order: `any`, or `strict` (each step at or after the
    one before).

    >>> Funnel(steps=["cart", "order"]).steps
    ('cart', 'order')
    """

    toml_table: ClassVar[str] = "funnel"

    steps: tuple[str, ...] = ()
    order: Literal["any", "strict"] = "any"


class Prior(Part):
    """Beta prior of every rate.

    >>> Prior().a
    0.5
    """

    toml_table: ClassVar[str] = "analysis.prior"

    a: Positive = 0.5
    b: Positive = 0.5


class Options(Part):
    """Choices of the analysis, frozen before the read-out.

    alpha: two-sided level, below 0.5.
    method: of rates: `score` (Miettinen-Nurminen), or `automatic`, which takes Boschloo's exact
        test where a cell of the table expects fewer than five units.
    correction: over the goals and arms of a family. `dunnett` takes the arms of each goal together
        by the law of their largest score and shares alpha equally among goals.
    family: which goals share alpha: the primary in one family and the secondary in another
        (`role`), or both in one (`all`).
    carry_threshold: c of the pass-through ruler, between 0 and 1. prior: beta prior of every rate.

    >>> Options(alpha=0.1).correction
    'holm'
    """

    toml_table: ClassVar[str] = "analysis"

    alpha: Alpha = 0.05
    method: Literal["score", "automatic"] = "score"
    correction: Literal[
        "none", "holm", "hochberg", "hommel", "bonferroni", "dunnett", "bh", "by"
    ] = "holm"
    family: Literal["role", "all"] = "role"
    carry_threshold: Fraction = 0.5
    prior: Prior = Prior()


class Decision(Part):
    """What "ship" asks for.

    require: of the macro goal, `macro_up` or `not_contradicted`.
    minimum_runtime: no verdict before; a duration such as "14d".

    >>> Decision(minimum_runtime="2w").minimum_runtime.days
    14
    """

    toml_table: ClassVar[str] = "decision"

    require: Literal["macro_up", "not_contradicted"] = "macro_up"
    minimum_runtime: Duration | None = None
