"""Units that do what no person does are left out by a rule, the same in every variant."""

from __future__ import annotations

from typing import ClassVar

from pydantic import field_validator

from abmicro.errors import Problem
from abmicro.experiment.field_types import Positive, Text
from abmicro.experiment.strict_model import StrictModel, fault


class Exclusion(StrictModel):
    """Which units are left out for how much they did.

    more_than: so many are still kept, a whole number.
    of: the goal whose events are counted, within its window (events), or a column that holds the
        count of a unit (units).

    >>> Exclusion(more_than=30, of="cta_click").label
    'more than 30 cta_click'
    """

    toml_table: ClassVar[str] = "exposure.exclude"

    more_than: Positive
    of: Text

    @property
    def label(self) -> str:
        """What the joint table calls these units."""
        return f"more than {self.more_than:g} {self.of}"

    @field_validator("more_than", mode="after")
    @classmethod
    def _whole(cls, more_than: float) -> float:
        if more_than % 1:
            what = f"{more_than:g} events cannot be counted"
            raise fault(Problem("", what, "E048", "write a whole number"))
        return more_than
