"""What an analysis takes from the looks: its level, its units, the claims that stand, alarms."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import nan
from typing import TYPE_CHECKING, Self

from abmicro.analysis.monitoring import alarms
from abmicro.analysis.monitoring.harm import harm_alarms
from abmicro.analysis.monitoring.looks_record import LooksRecord
from abmicro.analysis.monitoring.path import (
    NOT_YET,
    Path,
    at_look,
    find_path,
    judged_at,
    looks_of,
)
from abmicro.analysis.monitoring.schedule import Schedule, schedule
from abmicro.analysis.results import (
    Check,
    LookResult,
    MonitoringAlarm,
    SampleRatioPath,
    SettledCarry,
)
from abmicro.analysis.verdict.horizon import Horizon
from abmicro.errors import CountsError, Problem
from abmicro.experiment.calendar import DAY, zone
from abmicro.experiment.monitoring import window_days
from abmicro.frozen import frozen
from abmicro.stats.sequential.settled import UNSTABLE
from abmicro.stats.verdict import BETTER, OPEN, WORSE

if TYPE_CHECKING:
    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.daily_counts import DailyCounts
    from abmicro.marginals.marginals import Marginals

DISTRUST = ("data", "sample_ratio")


@frozen(eq=False)
class Watch:
    """The looks of a test so far.

    first: day of entry. today: the last day of data that is complete.
    looks: as they are recorded. carry: labels that stand. alarms: what somebody should see.
    """

    experiment: Experiment
    marginals: Marginals
    first: date
    today: date
    schedule: Schedule
    path: Path
    looks: tuple[LookResult, ...]
    carry: tuple[SettledCarry, ...]
    alarms: tuple[MonitoringAlarm, ...]
    sample_ratio: SampleRatioPath | None
    record: LooksRecord

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        marginals: Marginals,
        until: datetime,
        record: LooksRecord | None = None,
        histograms: Histograms | None = None,
    ) -> Self:
        """Read the looks whose data are complete.

        until: the moment up to which the data are complete. record: the looks that were written
        down; where their plan was changed with a reason, they keep their critical values.
        histograms: days on which goals were reached, by units whose window is open too.
        Raises CountsError where the counts have no days of entry.
        """
        known = record or LooksRecord()
        first = min(filter(None, (experiment.start, *marginals.exposed.days)), default=None)
        if first is None or not any(marginals.exposed.days):
            what = "the counts have no days of entry, so no look can be told from another"
            hint = "name a time, or the day as `period`, or keep one file a day: --snapshots DIR"
            raise CountsError(Problem("monitoring", what, "E355", hint))
        kept = known.kept()
        past = known.days[: len(kept.z)]
        planned = schedule(experiment, first, until, past)
        path = find_path(experiment, marginals, planned.looks, kept)
        looks = looks_of(path)
        today = (until.astimezone(zone(experiment.timezone)) - timedelta(microseconds=1)).date()
        mature = marginals.daily.until(today - _wait(experiment))
        shares = alarms.sample_ratio(experiment, marginals.exposed)
        raised = (
            *known.moved_counts(marginals.daily, experiment.names),
            *alarms.missing_days(experiment, marginals.exposed),
            *alarms.shares_alarm(shares),
            *harm_alarms(experiment, marginals, histograms, today),
            *alarms.silences(experiment, mature),
            *alarms.dips(experiment, mature),
        )
        return cls(
            experiment=experiment,
            marginals=marginals,
            first=first,
            today=today,
            schedule=planned,
            path=path,
            looks=looks,
            carry=_stands(looks),
            alarms=raised,
            sample_ratio=shares,
            record=known,
        )

    @property
    def last(self) -> LookResult | None:
        """The last look that was none too early; None before the first."""
        judged = [look for look in self.looks if look.goals]
        return judged[-1] if judged else None

    @property
    def mature(self) -> DailyCounts:
        """Units and conversions of the days of entry whose windows have closed."""
        return self.marginals.daily.until(self.today - self.wait)

    @property
    def wait(self) -> timedelta:
        """How long after its day of entry a unit is mature."""
        return _wait(self.experiment)

    @property
    def is_final(self) -> bool:
        """Whether the final look has been."""
        looks = self.schedule.looks
        return bool(looks) and looks[-1].final

    @property
    def judged(self) -> Experiment:
        """The experiment at the level of the last look."""
        if self.last is None:
            return at_look(self.experiment, NOT_YET)
        return judged_at(self.experiment, self.path.bounds, self.looks.index(self.last))

    @property
    def judged_units(self) -> Marginals:
        """The units that the last look judged; before the first all there are; at its level."""
        if self.last is None:
            return self.marginals.under(self.judged)
        return self.marginals.at_look(self.judged, self.last.entry_day)

    def claim(self, variant: str, goal: str) -> int:
        """1 where a look found the goal up, -1 down; the first that crossed stands. 0: neither."""
        crossed = (
            one.crossed
            for look in self.looks
            for one in look.goals
            if (one.variant, one.goal) == (variant, goal) and one.crossed
        )
        return {"up": 1, "down": -1, None: 0}[next(crossed, None)]

    @property
    def horizon(self) -> Horizon:
        """How far the test is: before the first look, at a look, or at the end."""
        upcoming = self.schedule.next_look
        results = None if upcoming is None else upcoming + DAY
        if self.is_final:
            return Horizon("end", results)
        when = "" if results is None else f" on {results.day} {results:%B}"
        if self.last is None:
            return Horizon("before", results, f"Running: first look{when}.", closed=False)
        planned = f" of {self.schedule.planned}" if self.schedule.planned else ""
        sentence = f"Running: look {self.last.look}{planned}; the next one{when}."
        return Horizon("look", results, sentence, closed=False)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What the looks ask of the data, as checks: shares of units, missing days, agreement."""
        path = self.sample_ratio
        shares = next((one for one in self.alarms if one.kind == "sample_ratio"), None)
        gone = [one for one in self.alarms if one.kind == "data"]
        log_e, bar = (path.log_e, path.threshold) if path else (nan, nan)
        fine = "Every day the variants got their planned shares."
        answers = [
            Check(
                name="sample_ratio",
                status="fail" if shares else "pass" if path else "skipped",
                figure=log_e,
                threshold=bar,
                sentence=shares.sentence if shares else fine,
                fix=shares.fix if shares else "",
            )
        ]
        if gone:
            sentence = " ".join(alarm.sentence for alarm in gone)
            answers.append(Check("days", "fail", gone[0].figure, nan, sentence, gone[0].fix))
        answers += [
            Check("looks", "fail", nan, nan, _disagree(one), "Find out what changed on the way.")
            for one in self.carry
            if one.settled == UNSTABLE and one.micro == self.experiment.primary.name
        ]
        return tuple(answers)

    def among(self, found: tuple[Check, ...]) -> tuple[Check, ...]:
        """Checks of an analysis with those of the looks, whose sample ratio survives looking."""
        return (*(one for one in found if one.name != "sample_ratio"), *self.checks)

    def standing(self, variant: str) -> dict[str, int]:
        """States of the goals that looks have left, and of guardrails against their margins."""
        states = {
            goal.name: self.claim(variant, goal.name) * (-1 if goal.direction == "down" else 1)
            for goal in self.experiment.goals
        }
        for goal in self.experiment.goals:
            if goal.margin is not None:
                held = self._held(variant, goal.name)
                states[f"margin of {goal.name}"] = BETTER if held else OPEN
        for alarm in self.alarms:
            if alarm.variant == variant and alarm.kind == "harm":
                states[alarm.goal] = WORSE
            if alarm.variant == variant and alarm.kind == "guardrail":
                states[f"margin of {alarm.goal}"] = WORSE
        return states

    def _held(self, variant: str, goal: str) -> bool:
        """Whether a guardrail held against its margin at any look."""
        return any(
            row.noninferiority is not None and row.noninferiority.status == "held"
            for reading in self.path.readings
            for row in reading.rows
            if (row.goal, row.variant) == (goal, variant)
        )

    @property
    def labels(self) -> dict[tuple[str, str, str], str]:
        """The labels that all looks leave, by variant, micro and macro goal."""
        return {(one.variant, one.micro, one.macro): one.settled for one in self.carry}


def _wait(experiment: Experiment) -> timedelta:
    return timedelta(days=window_days(experiment))


def _disagree(one: SettledCarry) -> str:
    return f"The looks disagree about {one.macro}: the effect changed during the test."


def _stands(looks: tuple[LookResult, ...]) -> tuple[SettledCarry, ...]:
    """The labels that stand after the last look, and the day since which they do."""
    if not looks:
        return ()
    answers = []
    for place, one in enumerate(looks[-1].carry):
        labels = [look.carry[place].settled for look in looks]
        since = len(labels)
        while since and labels[since - 1] == one.settled:
            since -= 1
        sets = [look.carry[place] for look in looks]
        answers.append(
            SettledCarry(
                variant=one.variant,
                micro=one.micro,
                macro=one.macro,
                label=one.label,
                settled=one.settled,
                since=looks[since].day,
                low=max((each.low for each in sets if each.low == each.low), default=float("nan")),
                high=min(
                    (each.high for each in sets if each.high == each.high), default=float("nan")
                ),
            )
        )
    return tuple(answers)
