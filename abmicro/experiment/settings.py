"""What the analyst chooses before the read-out: the path, the level, what "ship" asks for."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from abmicro.errors import Problem
from abmicro.experiment.field_types import NAME_SCHEMA, Alpha, Duration, Fraction, Number, Positive
from abmicro.experiment.goals.prior import Prior, PriorChoice
from abmicro.experiment.plan_settings import DAYS_OF_A_MONTH, as_traffic
from abmicro.experiment.strict_model import StrictModel, fault, shown

_STEPS = WithJsonSchema({"type": "array", "items": NAME_SCHEMA, "uniqueItems": True})


_AUDIENCE = WithJsonSchema(
    {
        "oneOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": r"^[0-9][0-9_,'.]*( *(/|per|a) *[a-z]+)?$"},
        ]
    }
)
_CHANCE = WithJsonSchema({"type": "number", "minimum": 0.5, "exclusiveMaximum": 1})
_CURRENCY = WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})


def as_audience(value: Any) -> Any:
    """Units a day who would see the winner, from "27000/month" or a number a day.

    >>> as_audience("6300/week")
    900.0
    """
    units = as_traffic(value)
    if not isinstance(units, float):
        what = f"{shown(value)} is not how many see the winner"
        raise fault(Problem("", what, "E013", 'write "27000/month" or "900/day"'))
    return units


def as_chance(value: float) -> float:
    """A validator: a chance from 0.5 to below 1.

    >>> as_chance(0.6)
    0.6
    """
    if not 0.5 <= value < 1:
        what = f"{shown(value)} is not a chance from 0.5 to below 1"
        raise fault(Problem("", what, "E014", "write likely = 0.6; 0.5 ships most, and gains most"))
    return value


def as_currency(code: str) -> str:
    """A validator: a currency by its three letters.

    >>> as_currency("EUR")
    'EUR'
    """
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        what = f"{shown(code)} is not a currency"
        raise fault(Problem("", what, "E084", 'write its three letters, e.g. "EUR"'))
    return code


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

    def parts(self, hypotheses: int) -> tuple[float, ...]:
        """The part of alpha that each of 1, 2, ... hypotheses has, as Holm's test shares it.

        >>> AnalysisSettings().parts(4)
        (1.0, 0.5, 0.3333333333333333, 0.25)
        """
        return tuple(1 / left for left in range(1, hypotheses + 1))


class LookSettings(AnalysisSettings):
    """The choices of an analysis at a look while the test runs.

    levels: the alpha at this look of each hypothesis while 1, 2, ... share the alpha of all looks;
        empty where they share that of the look.
    """

    levels: tuple[float, ...] = ()

    def parts(self, hypotheses: int) -> tuple[float, ...]:
        """The part of the look's alpha that each of 1, 2, ... hypotheses has.

        >>> LookSettings(alpha=0.01, levels=(0.01, 0.002)).parts(2)
        (1.0, 0.2)
        """
        if not self.levels:
            return super().parts(hypotheses)
        return tuple(min(level / self.alpha, 1.0) for level in self.levels[:hypotheses])


class DecisionSettings(StrictModel):
    """What "ship" asks for.

    require: of the macro goal at the end of the funnel, `macro_up`, `not_contradicted`, or that a
        gain is `likely` by past tests and this one together, whatever the primary goal does; asked
        at the end only, and of ten past tests or more that were added before the start.
    likely: the chance of a gain that this takes, from 0.5 to below 1.
    minimum_runtime: before it only trust and harm speak; a duration such as "14d".
    loss_tolerance: expected loss of the primary goal, in its own unit per unit (0.0005 is 0.05
        percentage points of a rate), below which a choice counts as safe; reported beside the
        gates, never one of them.
    traffic: units that would see the winner, "27000/month", "900/day" or a number a day; effects
        are told per month of it.
    order_value: what a conversion of the macro goal is worth, in the currency.
    currency: of this and of amounts, three letters such as "EUR".

    >>> DecisionSettings(minimum_runtime="2w", traffic="27000/month").per_month
    27000.0
    """

    toml_table: ClassVar[str] = "decision"

    require: Literal["macro_up", "not_contradicted", "likely"] = "macro_up"
    likely: Annotated[Number, AfterValidator(as_chance), _CHANCE] = 0.6
    minimum_runtime: Duration | None = None
    loss_tolerance: Positive | None = None
    traffic: Annotated[float, BeforeValidator(as_audience), _AUDIENCE] | None = None
    order_value: Positive | None = None
    currency: Annotated[str, AfterValidator(as_currency), _CURRENCY] | None = None

    @property
    def per_month(self) -> float | None:
        """Units of a month that would see the winner; None where the definition does not say."""
        return None if self.traffic is None else round(self.traffic * DAYS_OF_A_MONTH, 6)


class ReportSettings(StrictModel):
    """How a report speaks.

    language: of its pages; English is the only one so far.

    >>> ReportSettings().language
    'en'
    """

    toml_table: ClassVar[str] = "report"

    language: Literal["en"] = "en"
