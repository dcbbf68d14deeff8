"""The macro lift of a test with what past tests say, beside the verdict."""

from __future__ import annotations

from typing import Literal

from abmicro.analysis.results.estimates import Interval
from abmicro.frozen import frozen

RowName = Literal["macro_alone", "micro_with_history", "both_with_history", "both_with_defaults"]
BasisOfHistory = Literal["own", "other", "assumption"]


@frozen
class HistoryRow:
    """What is thought of the macro lift by one way of looking at it.

    lift: relative; orders_per_1000: extra macro conversions at the control's rate; probability_up:
    that the macro goal rose.
    """

    name: RowName
    lift: Interval
    probability_up: float
    orders_per_1000: Interval


@frozen
class ProgrammeGain:
    """What a programme of such tests gains, in extra macro conversions per `per` later units.

    together: where a change ships once micro and macro together expect a gain; waiting: once the
    macro gain is significant; truth: where every gain ships. losers: share of changes shipped
    together that are no gains. proof: chance that one test proves a gain of the usual size.
    sentences: the same in words, with what it rests on.
    """

    tests: int
    per: int
    together: float
    waiting: float
    truth: float
    losers: float
    proof: float
    sentences: tuple[str, ...]


@frozen
class UnusedTest:
    """A past test that is not used, and why."""

    key: str
    why: str


@frozen
class MacroWithHistory:
    """The macro lift of one treated variant with what past tests say.

    tests: past tests used. basis: `own` tests, tests of `other` sites among them, `assumption`
    only. rows: macro alone first; without past tests those with history are missing.
    trust: weight that tests of other sites keep after the data of this one; NaN on own tests.
    conflict: by how many standard deviations the macro lift is off what the micro lift foretells;
    NaN without past tests.
    sentence: the finding; notes: what else is to be known. left_out: past tests that are not used.
    gain: what a programme of such tests gains.
    """

    variant: str
    micro: str
    macro: str
    tests: int
    basis: BasisOfHistory
    rows: tuple[HistoryRow, ...]
    trust: float
    conflict: float
    sentence: str
    notes: tuple[str, ...]
    left_out: tuple[UnusedTest, ...]
    gain: ProgrammeGain

    def row(self, name: RowName) -> HistoryRow | None:
        """The row of that name; None where it is missing."""
        return next((one for one in self.rows if one.name == name), None)

    @property
    def best(self) -> HistoryRow:
        """What is thought with all that is known."""
        found = self.row("both_with_history")
        return self.rows[-1] if found is None else found
