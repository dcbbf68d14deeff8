"""What a log calls things: its units, their moments, its events and variants, as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from abmicro.experiment.calendar import DAY, last_moment, midnight
from abmicro.experiment.model import Assignment, Experiment, Exposure, TimeUnit
from abmicro.sources.sql import time as clock
from abmicro.sources.sql.columns import recorded_arms, recorded_variant
from abmicro.sources.sql.fragments import condition, first_true, literal, name


@dataclass(frozen=True)
class LogWords:
    """The words of the log of an experiment.

    relation: item of FROM; until: only events before this moment are looked at; now: what is
    dated later, or later than any window of the experiment is open, is set aside before it could
    pass for the end of the data.
    """

    experiment: Experiment
    relation: str
    until: datetime | None
    now: datetime | None = None

    @cached_property
    def unit_of_time(self) -> TimeUnit:
        """What the time column holds."""
        return self.experiment.require_data().time_unit

    def column(self, role: str) -> str:
        """The column that plays a role."""
        return name(str(getattr(self.experiment.require_data().columns, role)))

    @property
    def time(self) -> str:
        """The moment of a row."""
        return clock.as_time(self.unit_of_time, str(self.experiment.require_data().columns.time))

    @property
    def in_time(self) -> list[str]:
        """Condition that keeps what happened before `until`, and rows without a time."""
        if self.until is None:
            return []
        before = f"{self.time} < {clock.moment(self.unit_of_time, self.until)}"
        return [f"({before} OR {self.column('time')} IS NULL)"]

    @property
    def last_at(self) -> str | None:
        """The last moment that a row can have: that of the run, or of the last open window."""
        known = [at for at in (self.now, last_moment(self.experiment)) if at is not None]
        if not known or self.unit_of_time is TimeUnit.ORDER:
            return None
        return clock.moment(self.unit_of_time, min(known))

    @property
    def past(self) -> str:
        """The time of a row as far as it tells up to when the data are complete.

        A log that goes on within a day of the last open window is complete up to there; a row that
        lies years ahead tells of a wrong clock.
        """
        if self.last_at is None:
            return "t"
        cases, last = [(f"t <= {self.last_at}", "t")], last_moment(self.experiment)
        if last is not None and (self.now is None or last < self.now):
            soon = last + DAY if self.now is None else min(last + DAY, self.now)
            cases.append((f"t <= {clock.moment(self.unit_of_time, soon)}", self.last_at))
        return first_true(cases, "NULL")

    @property
    def timed(self) -> str:
        """Condition that a row has a time that can be."""
        if self.last_at is None:
            return f"{self.column('time')} IS NOT NULL"
        return f"{self.time} <= {self.last_at}"

    @cached_property
    def kept(self) -> str | None:
        """Condition that a row is looked at; None where all are."""
        where = self.experiment.require_data().where
        return None if where is None else condition(where)

    def of_kept(self, value: str) -> str:
        """A value of the rows that are looked at, NULL in all others."""
        return value if self.kept is None else f"CASE WHEN {self.kept} THEN {value} END"

    @property
    def exposing(self) -> str:
        """Condition under which a row is an exposure, be it without a variant we know."""
        return self._rows_of(self.experiment.exposure)

    @property
    def telling(self) -> str:
        """Condition under which a row tells the unit's variant: an exposure, or an assignment."""
        return self._rows_of(self.assignment or self.experiment.exposure)

    @property
    def assignment(self) -> Assignment | None:
        """What tells the variant where the exposure does not."""
        return self.experiment.exposure.assignment

    def _rows_of(self, told: Exposure | Assignment) -> str:
        event, where = told.event, told.where
        seen = self.is_event(event) if event else f"{recorded_variant(self.experiment)} IS NOT NULL"
        return seen if where is None else f"{seen} AND {condition(where)}"

    def is_event(self, event: str) -> str:
        """Condition under which a row is of an event."""
        return f"CAST({self.column('event')} AS TEXT) = {literal(event)}"

    @property
    def stranger(self) -> int:
        """The position that stands for every variant the experiment does not know."""
        return len(self.experiment.variants)

    @property
    def arm(self) -> str:
        """Position of the variant that a row tells; NULL for every other row."""
        variant, arms = recorded_variant(self.experiment), recorded_arms(self.experiment)
        at = {arm.name: str(place) for place, arm in enumerate(self.experiment.variants)}
        known = [(f"{variant} = {literal(recorded)}", at[arm]) for recorded, arm in arms]
        position = first_true([(f"{variant} IS NULL", "NULL"), *known], str(self.stranger))
        return f"CASE WHEN {self.telling} THEN {position} END"

    def before(self, day: date) -> str:
        """Condition that a time lies before a day."""
        return f"t < {self.midnight(day)}"

    def midnight(self, day: date) -> str:
        """The moment at which a day begins."""
        return clock.moment(self.unit_of_time, midnight(self.experiment, day))
