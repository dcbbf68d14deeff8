"""What the analyst chooses before the read-out: the path, the level, what "ship" asks for."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import WithJsonSchema

from abmicro.experiment.field_types import NAME_SCHEMA, Alpha, Duration, Fraction, Positive
from abmicro.experiment.goals.prior import Prior, PriorChoice
from abmicro.experiment.strict_model import StrictModel

_STEPS = WithJsonSchema({"type": "array", "items": NAME_SCHEMA, "uniqueItems": True})


class Funnel(StrictModel):
    """Milestones in order and the macro goal they lead to.

    steps: goal names, the macro goal last; default the milestones in order, then the first macro
        goal.
    order: `any`, or `strict` (each step at or after the one before).

    >>> Funnel(steps=["cart", "order"]).steps
    ('cart', 'order')
    """

    toml_table: ClassVar[str] = "funnel"

    steps: Annotated[tuple[str, ...], _STEPS] = ()
    order: Literal["any", "strict"] = "any"


class AnalysisSettings(StrictModel):
    """Choices of the analysis, frozen before the read-out.

    alpha: two-sided level, below 0.5.
    method: of rates: `score` (Miettinen-Nurminen), or `automatic`, which takes Boschloo's exact
        test where a cell of the table expects fewer than five units.
    correction: over the goals and variants of a family. `dunnett` takes the variants of each goal
    together
        by the law of their largest score and shares alpha equally among goals. Macro goals beside
        the primary one stand outside it: they are judged at alpha over the variants, in one step.
    family: which goals share alpha: the primary in one family and the secondary in another
        (`role`), or both in one (`all`).
    carry_threshold: c of the pass-through ruler, between 0 and 1.
    prior: of every rate that has none of its own: `jeffreys`, `uniform` or the keys of a `Prior`.
    rope: region of practical equivalence: lifts between minus and plus this fraction are as good as
        none.

    >>> AnalysisSettings(alpha=0.1).correction
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
    prior: PriorChoice = Prior()
    rope: Fraction | None = None

    @property
    def confidence(self) -> float:
        """The level of two-sided intervals that agree with tests at alpha.

        >>> AnalysisSettings(alpha=0.1).confidence
        0.9
        """
        return 1 - self.alpha


class DecisionSettings(StrictModel):
    """What "ship" asks for.

    require: of the macro goal at the end of the funnel, `macro_up` or `not_contradicted`.
    minimum_runtime: before it only trust and harm speak; a duration such as "14d".
    loss_tolerance: expected loss of the primary goal, in its own unit per unit (0.0005 is 0.05
        percentage points of a rate), below which a choice counts as safe; reported beside the
        gates, never one of them.

    >>> DecisionSettings(minimum_runtime="2w").minimum_runtime.days
    14
    """

    toml_table: ClassVar[str] = "decision"

    require: Literal["macro_up", "not_contradicted"] = "macro_up"
    minimum_runtime: Duration | None = None
    loss_tolerance: Positive | None = None
