"""Can this be trusted? Each question about the data becomes one `Check` with its number.

A failed check does not stop the analysis; it withholds the verdict. The thresholds are constants
here, each with its reason, so that a reader can find and dispute them.
"""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.over_time.time_to_goal import seen_share
from abmicro.analysis.results import Check, Status
from abmicro.analysis.trust.exclusion import excluded
from abmicro.analysis.trust.instrumentation.finding import nothing_yet
from abmicro.analysis.trust.only_there import only_there
from abmicro.analysis.trust.sample_ratio import reversals, splits
from abmicro.analysis.trust.sessions import sessionless
from abmicro.experiment.calendar import DAY, last_moment, longest_window
from abmicro.experiment.model import GoalRole
from abmicro.experiment.ramp import shares_of_phases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_totals import GoalTotals
    from abmicro.marginals.ledger import Ledger
    from abmicro.marginals.marginals import Marginals

# Crossed units above this share point to a broken assignment rather than to shared devices.
CROSSED_WARN = 0.01
# A macro goal without a window is judged once so much of what is to be expected has been seen.
SEEN = 0.95
# So many rows without a unit id are a part of the traffic that the test does not speak of.
NAMELESS_WARN = 0.05
# Some phones tell a wrong date; so many rows to come point to a time read in a wrong way.
FUTURE_FAIL = 0.01
# A variant without a single conversion is suspicious once this many were to be expected. Of a goal
# that nobody has reached no rate is known; one unit in fifty would give as many of so many units.
SILENT_EXPECTED = 20
SILENT_UNITS = 1_000
ALL_REACHED = "Each goal was reached in each variant."
NONE_MISSED = "No goal is missing where it was to be expected."


def checks(
    experiment: Experiment, marginals: Marginals, histograms: Histograms | None
) -> tuple[Check, ...]:
    """The checks of units and time, in the order in which the report shows them.

    Those of the recording of events follow them, see `faults`.
    """
    exposed, totals, ledger = marginals.exposed, marginals.goal_totals, marginals.ledger
    return (
        *splits(experiment, exposed),
        *reversals(experiment, totals),
        _crossed(experiment, marginals),
        *excluded(experiment, marginals),
        _maturity(experiment, marginals, histograms),
        _runtime(experiment, marginals, clock=None not in exposed.days),
        *_silent_goals(experiment, totals),
        *only_there(experiment, marginals.uncompared),
        *_nameless(ledger),
        *_timeless(ledger),
        *_future(experiment, marginals),
        *sessionless(experiment, marginals.session_hits),
    )


def _crossed(experiment: Experiment, marginals: Marginals) -> Check:
    kept = experiment.exposure.crossed == "first"
    crossed = marginals.ledger.units("crossed_kept" if kept else "crossed")
    total = marginals.units + crossed * (not kept)
    share = crossed / total if total else nan
    phases = shares_of_phases(experiment.variants, experiment.ramp)
    uneven = any(len(set(shares)) > 1 for shares in phases)
    status: Status = "warn" if crossed and (uneven or share > CROSSED_WARN) else "pass"
    done = "kept in the variant they saw first" if kept else "left out"
    why = (
        "With an uneven split, leaving out those seen in two variants favours the larger "
        "variant's stayers."
        if uneven
        else f"So many {experiment.names.units} in two variants point to a broken assignment."
    )
    return Check(
        name="crossed",
        status=status,
        figure=share,
        threshold=CROSSED_WARN,
        sentence=f"{experiment.names.of_units(crossed)} ({formatting.rate(share)}) "
        f"{'was' if crossed == 1 else 'were'} seen in two variants and {done}."
        if crossed
        else "Nobody was seen in two variants.",
        fix="" if status == "pass" else f"{why} Find out how anybody can change the variant.",
    )


def _maturity(experiment: Experiment, marginals: Marginals, histograms: Histograms | None) -> Check:
    """Units whose window has closed are mature; without a window it depends on the lags."""
    waiting, mature = marginals.ledger.units("immature"), marginals.units
    share = mature / (mature + waiting) if mature + waiting else nan
    macro = next((goal for goal in experiment.macros if goal.is_rate), None)
    seen = nan if histograms is None or macro is None else seen_share(histograms, macro.name)
    if macro is not None and macro.window is None and not isnan(seen):
        return _seen(experiment, macro.name, seen)
    if not waiting:
        return Check("maturity", "pass", share, nan, "Everybody had the full time to convert.")
    if not marginals.units_by_variant.all():
        return _none_closed(experiment, marginals, share)
    told = (
        f" Of all {experiment.names.goal(macro.name)} to expect {formatting.rate(seen)} have come."
        if macro
        else ""
    )
    return Check(
        name="maturity",
        status="pass",
        figure=share,
        threshold=nan,
        sentence=f"{formatting.count(waiting)} {experiment.names.units} still have time to "
        "convert and are left out; "
        f"{formatting.rate(share)} are judged.{'' if isnan(seen) else told}",
    )


def _none_closed(experiment: Experiment, marginals: Marginals, share: float) -> Check:
    """Some variant has no unit whose window has closed; when each will have one."""
    judged = zip(experiment.variants, marginals.units_by_variant, strict=True)
    empty = [experiment.names.variant(one.name) for one, units in judged if not units]
    waiting = formatting.count(marginals.ledger.units("immature"))
    day = _first_results(experiment, marginals)
    first = min(filter(None, marginals.exposed.days), default=None)
    told = f"; first results on {formatting.day(day, first)}" if day and first else ""
    return Check(
        name="maturity",
        status="fail",
        figure=share,
        threshold=nan,
        sentence=f"Nobody in {' and '.join(empty)} has had the full time to convert yet; {waiting} "
        f"{experiment.names.units} still have time{told}.",
        fix="Until then only the split, over all who entered, can be checked.",
    )


def _first_results(experiment: Experiment, marginals: Marginals) -> date | None:
    """The day on which a whole day of every variant can be read; None where none is told."""
    by_arm = marginals.exposed.by_day > 0
    days = marginals.exposed.days
    if not by_arm.any(axis=1).all() or None in days:
        return None
    last = max(int(seen.argmax()) for seen in by_arm)
    first = days[last]
    return None if first is None else first + DAY + longest_window(experiment)


def _seen(experiment: Experiment, macro: str, seen: float) -> Check:
    """Without a window units are judged at any age, so most of what is to come must have come."""
    late, names = seen < SEEN, experiment.names
    return Check(
        name="maturity",
        status="fail" if late else "pass",
        figure=seen,
        threshold=SEEN,
        sentence=f"{formatting.rate(seen)} of the {names.goal(macro)} to expect of these "
        f"{names.units} have come.",
        fix=f"Give {macro} a window, so that only {names.units} whose window has closed are "
        "judged, or wait."
        if late
        else "",
    )


def _end_of_week(experiment: Experiment, marginals: Marginals) -> date | None:
    """The last day of the week that the days so far lie in; None where the test is over."""
    first, last, moment = marginals.first_day, marginals.last_day, last_moment(experiment)
    if first is None or last is None or experiment.end is None or last + DAY >= experiment.end:
        return None
    if moment is not None and marginals.cut_off is not None and marginals.cut_off >= moment:
        return None
    return last + (-((last - first).days + 1) % 7) * DAY


def _runtime(experiment: Experiment, marginals: Marginals, *, clock: bool) -> Check:
    days = marginals.days_run
    least = experiment.decision.minimum_runtime
    wanted = nan if least is None else least.days
    if days is None and clock:
        return nothing_yet("runtime", "nobody is judged", wanted)
    if days is None:
        return Check("runtime", "skipped", nan, wanted, "Your data have no dates.")
    if least is not None and days < least.days:
        told = f"{days} days of at least {least.days} have been run."
        fix = f"Wait {least.days - days} more days; the minimum was set before the test."
        return Check("runtime", "fail", days, wanted, told, fix)
    if days % 7 and (week := _end_of_week(experiment, marginals)) is not None:
        told = f"{days} days so far. Whole weeks end on {formatting.day(week, week)}."
        return Check("runtime", "pass", days, wanted, told)
    if days % 7:
        told = f"{days} days are not whole weeks, so some weekdays count twice."
        if days < 7:
            came = f"came on {days} {'day' if days == 1 else 'days'}"
            told = f"The {experiment.names.units} judged {came}, less than a week."
        fix = f"Judge after {7 * (days // 7 + 1)} days, unless weekdays do not matter here."
        return Check("runtime", "warn", days, wanted, told, fix)
    return Check("runtime", "pass", days, wanted, f"{days} days, whole weeks.")


def _silent_goals(experiment: Experiment, totals: GoalTotals) -> Iterator[Check]:
    """Goals that never fire, at all or in one variant where conversions were to be expected."""
    if not totals.units.any():
        yield nothing_yet("goals_fire", "nobody is judged")
        return
    silent = tuple(_silent(experiment, totals))
    if not silent:
        told = ALL_REACHED if totals.reached[:, 0].all() else NONE_MISSED
        yield Check("goals_fire", "pass", 0, nan, told)
    for goal, words, fatal in silent:
        yield Check(
            name=f"goals_fire.{goal.name}",
            status="fail" if fatal else "warn",
            figure=0,
            threshold=SILENT_EXPECTED if "expected" in words else nan,
            sentence=f"{experiment.names.head(goal.name)}: {words}.",
            fix="Compare the event name or column in the definition with the data, and the tag.",
        )


def _silent(experiment: Experiment, totals: GoalTotals) -> Iterator[tuple[Goal, str, bool]]:
    """Each of these goals, where nothing was recorded of it, and whether that ends the trust."""
    units = totals.units[:, 0]
    for column, goal in enumerate(totals.rates):
        reached = totals.reached[:, 0, column]
        expected = units * (reached.sum() / units.sum())
        if not reached.any():
            is_primary = goal.role is GoalRole.PRIMARY
            yield goal, "none recorded", is_primary and units.sum() >= SILENT_UNITS
        for variant in np.flatnonzero((reached == 0) & (expected >= SILENT_EXPECTED)):
            name = experiment.names.variant(experiment.variants[variant].name)
            told = f"where about {expected[variant]:,.0f} were to be expected"
            yield goal, f"none recorded in {name}, {told}", True
    for goal, squares in zip(totals.values, totals.squares.T, strict=True):
        if not squares.any():
            yield goal, "none recorded", False


def _nameless(ledger: Ledger) -> Iterator[Check]:
    """Rows that no unit id ties to a variant, such as those of visitors who refused consent."""
    rows = ledger.rows_left.get("no_unit", 0)
    if not rows:
        return
    share = rows / ledger.rows_read
    much = share > NAMELESS_WARN
    yield Check(
        name="consent",
        status="warn" if much else "pass",
        figure=share,
        threshold=NAMELESS_WARN,
        sentence=f"{formatting.count(rows)} rows ({formatting.rate(share)}) do not say whose they "
        "are, so nobody knows their variant.",
        fix="Where another column has an id in every row, such as one from before login, make it "
        "the unit. Else compare the orders of the back office with those counted in each variant; "
        "if one variant loses more, no analysis can mend it."
        if much
        else "",
    )


def _timeless(ledger: Ledger) -> Iterator[Check]:
    """Rows that tell no time that can be read, so that nobody knows whether they count."""
    rows = ledger.rows_left.get("no_time", 0)
    if rows:
        share = rows / ledger.rows_read
        yield Check(
            name="no_time",
            status="warn",
            figure=share,
            threshold=0,
            sentence=f"{formatting.count(rows)} rows ({formatting.rate(share)}) tell no time that "
            "can be read, and are set aside.",
            fix="Look at these cells in the export, and write every time in one way.",
        )


def _future(experiment: Experiment, marginals: Marginals) -> Iterator[Check]:
    """Rows that had not happened yet when they were read, or come after the test."""
    ledger, last = marginals.ledger, last_moment(experiment)
    rows = ledger.rows_left.get("future", 0)
    if not rows:
        return
    share = rows / ledger.rows_read
    told = f"{formatting.count(rows)} rows ({formatting.rate(share)})"
    if last is not None and marginals.cut_off == last:
        sentence = (
            f"The log goes on: {told} come after the last window has closed and are set aside."
        )
        yield Check("future", "pass", share, FUTURE_FAIL, sentence)
        return
    yield Check(
        name="future",
        status="fail" if share > FUTURE_FAIL else "warn",
        figure=share,
        threshold=FUTURE_FAIL,
        sentence=f"{told} are dated later than the moment of the run"
        f"{'' if last is None else ', or than the last window of the test,'} and set aside.",
        fix="Look at the clocks of these devices, and whether times are in UTC and read in the "
        "seconds or milliseconds that they are in.",
    )
