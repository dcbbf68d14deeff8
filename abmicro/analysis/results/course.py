"""Where a test stands in time."""

from __future__ import annotations

from datetime import date

from abmicro.frozen import frozen


@frozen
class Course:
    """The days of a test; None where data and definition do not tell.

    first_day: of entry. last_day: of the data. last_entry: on which a unit may still enter.
    day: how many days of entry have passed, at most `days`: how many are planned.
    """

    first_day: date | None = None
    last_day: date | None = None
    last_entry: date | None = None
    day: int | None = None
    days: int | None = None
