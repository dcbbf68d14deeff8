"""The scenarios of the carry-through note, section 6, drawn and read, one function each.

A function draws so many experiments and returns, by what is read, the answer in each: a label, or
whether a check raises an alarm. All are read in one go by the functions that read one experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from abmicro.analysis.trust.checks import SEEN
from abmicro.analysis.trust.instrumentation.finding import CAPTURE_FLOOR, EVENTS_FLOOR
from abmicro.analysis.trust.instrumentation.firing import BOT_SHARE
from abmicro.stats.carry_through.count_labels import label_joint, label_path
from abmicro.stats.carry_through.funnel_decomposition import decompose
from abmicro.stats.carry_through.leak import leaks
from abmicro.stats.carry_through.pass_through import path, path_strata
from abmicro.stats.exact.fisher_tests import fisher
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.log_ratio import log_lift
from abmicro.stats.quality.bots import fit_negative_binomial, quantile
from abmicro.stats.quality.capture_rate import CaptureCounts, capture_corrected
from abmicro.stats.time_to_event.kaplan_meier import incidence, incidence_lift, maturity
from abmicro.stats.time_to_event.lag_shift import acceleration
from abmicro.stats.time_to_event.slope import trend

from .carry_worlds import (
    HOURS,
    REPEATS,
    Counts,
    as_recorded,
    captured,
    cells_of,
    closed,
    drawn,
    late,
    repeats,
    repeats_of_bots,
    typed,
)

Rng = np.random.Generator
Answers = NDArray[np.str_]
Play = Callable[[Rng, int], Mapping[str, Answers]]

BASE = (0.12, 0.03)
"""The control's rates of micro and macro."""
ALARM = 0.001
"""Level of the checks of recording here; the tool's own is higher, 0.01 over all of a kind."""


def alarm(raised: NDArray[np.bool_]) -> Answers:
    return np.where(raised, "alarm", "quiet")


def differs(treated: Binomial, control: Binomial, floor: float) -> NDArray[np.bool_]:
    """Whether shares of suspicious units differ by more than chance and floor."""
    of_treated, of_control = (arm.reached / arm.trials for arm in (treated, control))
    clear = np.abs(of_treated - of_control) >= floor
    return np.asarray((fisher(treated, control) < ALARM) & clear)


def lifted(units: int, micro: float, macro: float, *, base: tuple[float, float] = BASE) -> Play:
    """A path from the base to these rates."""

    def play(rng: Rng, size: int) -> Mapping[str, Answers]:
        control, treated = (drawn(rng, size, units, *rates) for rates in (base, (micro, macro)))
        found = path(NestedCounts(treated), NestedCounts(control))
        return {"label": found.label, "macro note": alarm(found.macro.p < 0.05)}

    return play


def hidden_type(rng: Rng, size: int) -> Mapping[str, Answers]:
    """S5: 30 % are engaged; the variant draws the others to the micro goal and costs orders."""
    control = typed(rng, size, 200_000, (0.3, 0.5, 0.08), (0.7, 0.1, 0.01))
    treated = typed(rng, size, 200_000, (0.3, 0.5, 0.072), (0.7, 0.25, 0.01))
    return {"label": label_joint(JointCells(treated), JointCells(control))}


def capture_gap(rng: Rng, size: int) -> Mapping[str, Answers]:
    mobile = [captured(rng, size, 24_000, caught) for caught in (0.7, 1.0)]
    desktop = [drawn(rng, size, 16_000, 0.15, 0.0495) for _ in mobile]
    control, treated = (Binomial(arm[:, 3], arm[:, 2]) for arm in mobile)
    pairs = list(zip(mobile, desktop, strict=True))
    recorded = [as_recorded(m) + cells_of(d) for m, d in pairs]
    return {
        "check of capture": alarm(differs(treated, control, CAPTURE_FLOOR)),
        "as recorded, were it shown": label_joint(*map(JointCells, recorded[::-1])),
        "closed, were it shown": label_path(
            *map(NestedCounts, [*(closed(m) + d for m, d in pairs)][::-1])
        ),
        "corrected on mobile": capture_corrected(*map(CaptureCounts, mobile[::-1])).label,
    }


def over_firing(rng: Rng, size: int) -> Mapping[str, Answers]:
    control, treated = (drawn(rng, size, 200_000, *BASE) for _ in range(2))
    alone = rng.binomial(200_000 - treated[:, 1], 0.02)
    fired = treated + alone[:, None] * np.array([0, 1, 0])
    unasked = Binomial(alone, fired[:, 1]), Binomial(0, control[:, 1])
    return {
        "label": label_path(NestedCounts(fired), NestedCounts(control)),
        "check of the prerequisite": alarm(differs(*unasked, EVENTS_FLOOR)),
        "with the prerequisite": label_path(NestedCounts(treated), NestedCounts(control)),
    }


def ramp(rng: Rng, size: int) -> Mapping[str, Answers]:
    season = ((0.10, 0.02), (0.16, 0.048))
    control, treated = (
        np.stack([drawn(rng, size, n, *at) for n, at in zip(units, season, strict=True)], axis=1)
        for units in ((54_000, 30_000), (6_000, 30_000))
    )
    return {
        "label, were it pooled": label_path(
            NestedCounts(treated.sum(axis=1)), NestedCounts(control.sum(axis=1))
        ),
        "label": path_strata(NestedCounts(treated), NestedCounts(control)).label,
    }


def novelty(rng: Rng, size: int) -> Mapping[str, Answers]:
    lifts = (1.2, 1.1, 1.0, 1.0)
    control, treated = (
        np.stack([drawn(rng, size, 50_000, 0.12 * up, 0.03 * up) for up in ups], axis=1)
        for ups in ((1.0,) * 4, lifts)
    )
    micro = log_lift((treated[..., 1], 50_000), (control[..., 1], 50_000), level=0.95)
    return {
        "trend over weeks": alarm(trend(micro.estimate, micro.se**2, np.arange(4)).p < 0.05),
        "label": label_path(NestedCounts(treated.sum(axis=1)), NestedCounts(control.sum(axis=1))),
        "last two weeks": label_path(
            NestedCounts(treated[:, 2:].sum(axis=1)), NestedCounts(control[:, 2:].sum(axis=1))
        ),
    }


def delayed(macro: float, days: float) -> Play:
    """S11: control orders come after six days on average, treated ones after `days`."""

    def play(rng: Rng, size: int) -> Mapping[str, Answers]:
        control = late(rng, size, 200_000, BASE, 6)
        treated = late(rng, size, 200_000, (0.132, macro), days)
        curves = [incidence(arm.seen, arm.left) for arm in (treated, control)]
        return {
            "label, were it shown at the cut": label_path(
                NestedCounts(treated.cut), NestedCounts(control.cut)
            ),
            "check of maturity": alarm(maturity(curves[1]) < SEEN),
            "units mature at the cut": label_path(
                NestedCounts(treated.mature), NestedCounts(control.mature)
            ),
            "label, when all are mature": label_path(
                NestedCounts(treated.complete), NestedCounts(control.complete)
            ),
            "acceleration": alarm(acceleration(HOURS, treated.lags, control.lags).p < 0.05),
            "incidence at the cut": alarm(incidence_lift(*curves).p < 0.05),
        }

    return play


def leak(rng: Rng, size: int) -> Mapping[str, Answers]:
    control = drawn(rng, size, 200_000, 0.12, 0.06, 0.03)
    treated = drawn(rng, size, 200_000, 0.1344, 0.1344 * 0.46, 0.1344 * 0.23)
    steps = decompose(NestedCounts(treated), NestedCounts(control)).steps
    named = leaks(steps.estimate[..., 1:], steps.se[..., 1:]) < 0.05
    return {
        "label": label_path(
            NestedCounts(treated[:, [0, 1, 3]]), NestedCounts(control[:, [0, 1, 3]])
        ),
        "leak at checkout": alarm(named[:, 0]),
        "leak at the order": alarm(named[:, 1]),
    }


def sign_ups(rng: Rng, size: int) -> Mapping[str, Answers]:
    def cells(micro: float) -> list[float]:
        both = 0.06 * micro
        return [both, micro - both, 0.03 - both, 0.97 - micro + both]

    arms = [rng.multinomial(200_000, cells(micro), size=size) for micro in (0.05, 0.065)]
    return {"label": label_joint(*map(JointCells, arms[::-1]))}


def bots(rng: Rng, size: int) -> Mapping[str, Answers]:
    robots = rng.binomial(200_000, 0.015, size)
    control, people = (drawn(rng, size, units, *BASE) for units in (200_000, 200_000 - robots))
    treated = people + _reached_micro(robots)
    events = [repeats(rng, control[:, 1]), repeats(rng, people[:, 1]), repeats_of_bots(rng, robots)]
    most = quantile(fit_negative_binomial(REPEATS, events[0]), BOT_SHARE)[:, None]
    odd = [
        (many * (most < REPEATS)).sum(axis=1) for many in (*events, repeats_of_bots(rng, robots))
    ]
    suspects = Binomial(odd[1] + odd[2], treated[:, 1]), Binomial(odd[0], control[:, 1])
    kept = _without(rng, people, odd[1]) + _reached_micro(robots - odd[2])
    return {
        "label": label_path(NestedCounts(treated), NestedCounts(control)),
        "check of bots": alarm(differs(*suspects, EVENTS_FLOOR)),
        "without them": label_path(
            NestedCounts(kept), NestedCounts(_without(rng, control, odd[0]))
        ),
    }


def _reached_micro(units: Counts) -> Counts:
    """Units with the micro goal that go no further."""
    return units[:, None] * np.array([1, 1, 0])


def _without(rng: Rng, path: Counts, few: Counts) -> Counts:
    """The path without a few of the units that have the micro goal, whoever they are."""
    macro = rng.hypergeometric(path[:, 2], path[:, 1] - path[:, 2], few)
    return path - np.stack([few, few, macro], axis=-1)
