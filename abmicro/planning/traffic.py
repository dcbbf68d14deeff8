"""How many units a test has after so many days, and how many days so many units take.

Units enter once, so what counts is how the number of *distinct* units grows: the visitors of two
weeks are fewer than twice those of one. Entry days of past counts show this growth day by day;
beyond them the last week repeats itself.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from math import ceil, inf, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals


WEEK = 7
ROUNDING = 1e-12  # of all units; so little is not worth a day
TAKEN_AS_NEW = (
    "The traffic is taken as new people every day: where daily visitors come back, the test takes "
    "longer. Counts of the past with entry days (--counts) know who is new."
)


@frozen
class Inflow:
    """New units by day of the test: first those of known days, then one week again and again.

    known: from the first day on. week: the seven days that follow them, repeated.
    source: where the numbers come from, as a sentence without a full stop.
    caution: what these numbers cannot know, as a sentence; empty where they know it.

    >>> inflow = Inflow((500.0, 300.0), (100.0,) * 7, "made up")
    >>> inflow.units(2), inflow.units(4), inflow.days(1000), inflow.days(0)
    (800.0, 1000.0, 4.0, 0.0)
    """

    known: tuple[float, ...]
    week: tuple[float, ...]
    source: str
    caution: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the units that come; else every figure is NaN."""
        return not isnan(sum(self.week))

    def units(self, days: int) -> float:
        """Units in the test at the end of so many days."""
        beyond, rest = divmod(max(days - len(self.known), 0), WEEK)
        return sum(self.known[:days]) + beyond * sum(self.week) + sum(self.week[:rest])

    def days(self, units: float) -> float:
        """Whole days until so many units are in; infinite where they never will be."""
        if not self.is_known:
            return nan
        wanted = units * (1 - ROUNDING)
        if not wanted > 0:
            return 0.0
        so_far = np.cumsum(self.known)
        if len(so_far) and wanted <= so_far[-1]:
            return float(np.searchsorted(so_far, wanted) + 1)
        weekly, missing = sum(self.week), wanted - sum(self.known)
        rounds = missing / weekly if weekly else inf
        if rounds == inf:
            return inf
        whole = float(max(ceil(rounds) - 1, 0))
        within = int(np.searchsorted(np.cumsum(self.week), missing - whole * weekly))
        return len(self.known) + whole * WEEK + within + 1


UNKNOWN = Inflow((), (nan,) * WEEK, "not given, so that nothing is said of weeks")


def inflow_of(experiment: Experiment, past: Marginals | None, folder: Path) -> Inflow:
    """The inflow that a definition or, without traffic in it, the past tells of.

    folder: where a relative traffic file lies. Exposure share and ramp-up are applied.
    Where neither tells, nothing is known.
    Raises SourceError for a traffic file that cannot be used.
    """
    traffic = experiment.plan.traffic
    if isinstance(traffic, str):
        inflow = _of_file(folder / traffic)
    elif traffic is not None:
        week = (traffic,) * WEEK if isinstance(traffic, float) else _turned(experiment, traffic)
        inflow = Inflow(
            (), week, f"{formatting.count(sum(week))} new ones a week, as given", TAKEN_AS_NEW
        )
    elif past is None or not past.units_by_day:
        return UNKNOWN
    else:
        inflow = _of_counts(past.units_by_day)
    return _exposed(inflow, experiment)


def _turned(experiment: Experiment, weekdays: Sequence[float]) -> tuple[float, ...]:
    """Seven numbers from Monday on as seven from the weekday of the start on."""
    first = experiment.start.weekday() if experiment.start else 0
    return (*weekdays[first:], *weekdays[:first])


def _of_counts(by_day: Mapping[date, int]) -> Inflow:
    """The growth of distinct units over the entry days of the past."""
    known = _daily(by_day)
    usual = _last_week(known)
    first = formatting.count(sum(known[:WEEK]))
    told = f"{len(known)} days of the past: {first} in the first week"
    return Inflow(known, usual, f"{told}, {_usual_in_words(known)}; those who come back count once")


def _of_file(path: Path) -> Inflow:
    """The days of a .csv file with the columns `day` and `units`, new units of each day."""
    known = _daily(dict(_rows(path)))
    usual = _last_week(known)
    sentence = f"{len(known)} days of {path.name}, {_usual_in_words(known)}"
    return Inflow(known, usual, sentence, TAKEN_AS_NEW)


def _daily(by_day: Mapping[date, float]) -> tuple[float, ...]:
    """The numbers of every day from the first to the last; a day that is not there has none."""
    first, last = min(by_day), max(by_day)
    length = (last - first).days + 1
    return tuple(float(by_day.get(first + timedelta(days=at), 0)) for at in range(length))


def _last_week(known: tuple[float, ...]) -> tuple[float, ...]:
    """The last seven days, or the mean of fewer days seven times."""
    return known[-WEEK:] if len(known) >= WEEK else (sum(known) / len(known),) * WEEK


def _usual_in_words(known: tuple[float, ...]) -> str:
    units = formatting.count(sum(_last_week(known)))
    return f"{units} in the last week" if len(known) >= WEEK else f"{units} a week at this rate"


def _rows(path: Path) -> Iterator[tuple[date, float]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}"
        raise SourceError(Problem(str(path), what, "E801", _TRAFFIC_FILE)) from None
    lines = csv.DictReader(text.splitlines())
    if not {"day", "units"} <= set(lines.fieldnames or ()):
        found = ", ".join(lines.fieldnames or ()) or "nothing"
        what = f"has no columns day and units but {found}"
        raise SourceError(Problem(str(path), what, "E801", _TRAFFIC_FILE))
    days: dict[date, float] = {}
    for at, line in enumerate(lines, start=2):
        try:
            day, units = date.fromisoformat(line["day"]), float(line["units"])
        except (TypeError, ValueError):
            day, units = date.min, -1.0
        if not 0 <= units < 1e12 or day in days:
            what = f"line {at} is not a day of its own with a number of units"
            raise SourceError(Problem(str(path), what, "E801", _TRAFFIC_FILE))
        days[day] = units
    if not any(days.values()):
        raise SourceError(Problem(str(path), "holds no units at all", "E801", _TRAFFIC_FILE))
    yield from days.items()


_TRAFFIC_FILE = "a traffic file has the head day,units and lines such as 2026-10-05,900"


def _exposed(inflow: Inflow, experiment: Experiment) -> Inflow:
    """The part of the inflow that enters the test: the exposure share, and less on ramp-up days."""
    plan = experiment.plan
    if plan.exposure == 1 and not plan.ramp_up:
        return inflow
    length = max(len(inflow.known), len(plan.ramp_up))
    raised = -(-max(length - len(inflow.known), 0) // WEEK)
    known = (*inflow.known, *(inflow.week * raised))
    shares = (*plan.ramp_up, *(1.0 for _ in known[len(plan.ramp_up) :]))
    source = inflow.source
    if plan.exposure < 1:
        source += f"; {formatting.level(plan.exposure)} of them enter the test"
    if plan.ramp_up:
        source += f"; fewer on the first {len(plan.ramp_up)} days"
    return replace(
        inflow,
        known=tuple(
            units * plan.exposure * part for units, part in zip(known, shares, strict=True)
        ),
        week=tuple(units * plan.exposure for units in inflow.week),
        source=source,
    )
