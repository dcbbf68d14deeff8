"""What a simulation of one's own tests found: frozen, labelled records of plain numbers.

Shares are fractions of runs. A number that cannot be computed is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from abmicro.analysis.rendering import Rendered, frame
from abmicro.analysis.results import Interval
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from pandas import DataFrame

    from abmicro.experiment.model import Experiment


@frozen
class ShuffledGoal:
    """One goal in tests in which nothing differs.

    below_alpha: share of runs with p of some variant below alpha, before any correction.
    claimed: share in which some variant is called better or worse, after correction.
    bins: share of p-values of the first treated variant in each of 20 equal bins; low, high: where
    99 of 100 such shares lie if p-values are what they say.
    """

    goal: str
    below_alpha: Interval
    claimed: Interval
    bins: tuple[float, ...]
    low: float
    high: float


@frozen
class Shuffled:
    """Tests in which nothing differs, made by dealing one's own units out anew.

    how: how they were made. both: share in which primary and macro goal are called better.
    labels, decisions: shares by name, of the first treated variant. sentence: the same in words.
    """

    runs: int
    how: str
    goals: tuple[ShuffledGoal, ...]
    both: Interval
    labels: Mapping[str, float]
    decisions: Mapping[str, float]
    sentence: str


@frozen
class SimulatedTruth:
    """Tests of one truth: what is decided on the first treated variant.

    micro_lift: true lift of the primary goal; pass_through: the part of the usual macro conversions
    that its extra units bring; macro_lift: what that makes of the macro goal. units: of all
    variants. wrong_claims: share of runs that ship without a gain or see harm where there is none;
    wrongly_ruled_out: that call a lift worth finding absent, or a gain lost that arrived.
    orders_per_1000: macro conversions gained per 1,000 later units by acting on the decision;
    regret: what knowing the truth would have gained beyond that.
    """

    micro_lift: float
    pass_through: float
    macro_lift: float
    units: int
    times: float
    runs: int
    labels: Mapping[str, float]
    decisions: Mapping[str, float]
    wrong_claims: Interval
    wrongly_ruled_out: Interval
    orders_per_1000: float
    regret: float


@frozen
class ReadingMode:
    """The same tests, read at their end, at planned looks, or whenever somebody likes.

    mode: `fixed`, `group_sequential` or `peeking`. false_claims: share of tests without any
    difference in which the primary goal is called better or worse. found: share in which it is
    called better at the lift worth finding. used: mean part of the units seen at the decision.
    """

    mode: str
    looks: int
    false_claims: Interval
    found: Interval
    used: float
    sentence: str


@frozen
class Simulation(Rendered):
    """How the verdict behaves on one's own traffic.

    seed: gives the same figures again. primary: the goal whose lift is planted, macro: the goal
    that ships, None without one. skipped: checks that counts of simulated tests cannot fail.
    """

    experiment: Experiment
    version: str
    runs: int
    seed: int
    source: str
    primary: str
    macro: str | None
    headline: str
    shuffled: Shuffled
    truths: tuple[SimulatedTruth, ...]
    modes: tuple[ReadingMode, ...]
    skipped: tuple[str, ...]
    notes: tuple[str, ...]

    FORMATS: ClassVar[str] = "abmicro.simulation_formats"

    def __repr__(self) -> str:
        return f"Simulation({self.experiment.name!r}, {self.headline!r})"

    def to_pandas(self) -> DataFrame:
        """The truths as a tidy frame, nested figures as columns such as `decisions_ship`."""
        return frame(self.truths)
