"""The choices for a whole history, as they stand in its `history.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from abmicro.errors import Problem
from abmicro.experiment.field_types import Name, Number, Positive, Prose, between
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.strict_model import StrictModel, fault
from abmicro.stats.programme import ProgrammePrior


def _share(value: float) -> float:
    return value if value == 1 else between(0, 1)(value)


class SlopePrior(StrictModel):
    """What is thought of the slope of macro on micro log lifts: mean and standard deviation."""

    toml_table: ClassVar[str] = "prior.slope"

    mean: Number = 0.7
    sd: Positive = 0.5


class LiftPrior(StrictModel):
    """What is thought of the lifts of changes before any test; see `ProgrammePrior`.

    >>> LiftPrior().programme.slope
    0.7
    """

    toml_table: ClassVar[str] = "prior"

    slope: SlopePrior = SlopePrior()
    lift_sd: Positive = 0.10
    around_sd: Positive = 0.05
    mean_sd: Positive = 0.02
    intercept_sd: Positive = 0.01

    @property
    def programme(self) -> ProgrammePrior:
        """The same as `stats.programme` takes it."""
        spreads = self.model_dump(exclude={"slope"})
        return ProgrammePrior(slope=self.slope.mean, slope_sd=self.slope.sd, **spreads)


class HistorySettings(StrictModel):
    """Names and choices that hold for all tests of a history.

    units_per_test: of all arms together, for which goals are ranked; None: the median of the tests.
    keep: segments that are kept in the records.
    aliases: goal to the other names that past tests give it.
    retired: goal to why it is used no longer.
    prior: of the programme model. trust: the chance beforehand that a new test is of the kind of
        those of other sites.

    Raises DefinitionError for an alias of two goals or of itself (E616).

    >>> HistorySettings(aliases={"cart": ["basket"]}).goal("basket")
    'cart'
    """

    units_per_test: Positive | None = None
    keep: tuple[Name, ...] = ()
    aliases: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    retired: dict[Name, Prose] = Field(default_factory=dict)
    prior: LiftPrior = LiftPrior()
    trust: Annotated[Number, AfterValidator(_share)] = 0.8

    def goal(self, name: str) -> str:
        """What a goal is called in the history."""
        return next((goal for goal, others in self.aliases.items() if name in others), name)

    @model_validator(mode="after")
    def _keep_aliases_apart(self) -> Self:
        if problems := tuple(_crossed(self.aliases)):
            raise fault(*problems)
        return self


def _crossed(aliases: dict[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Aliases by which one name means two goals."""
    meant: dict[str, str] = {}
    for goal, others in aliases.items():
        for other in others:
            where = dotted("aliases", goal)
            if other in aliases:
                what = f"{other!r} is {'the goal itself' if other == goal else 'a goal of its own'}"
                yield Problem(where, what, "E616", "list each name under one goal")
            elif meant.setdefault(other, goal) != goal:
                what = f"{other!r} stands for {meant[other]!r} already"
                yield Problem(where, what, "E616", "list each name under one goal")
