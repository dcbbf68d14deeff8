"""The seventeen scenarios of the carry-through note, section 6, and how often each answer comes.

Where the note gives no figure for a reading, the one expected is that of a truth without an effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .carry_readings import (
    BASE,
    Answers,
    Play,
    bots,
    capture_gap,
    delayed,
    hidden_type,
    leak,
    lifted,
    novelty,
    over_firing,
    ramp,
    sign_ups,
)

Shares = Mapping[str, Mapping[str, float]]

REPLICATES = 20_000
CHUNK = 4_000

TOGETHER = {
    "macro up": ("carried", "carried_size_open", "partly_carried"),
    "carried or size open": ("carried", "carried_size_open"),
    "part was lost": ("not_carried", "not_fully_carried"),
}
"""Answers that the note counts together."""


class Scenario(NamedTuple):
    """A world of known truth: what is read of it, and the published share of each answer."""

    name: str
    truth: str
    units: str
    published: Shares
    play: Play


def observed(scenario: Scenario) -> Mapping[str, Answers]:
    """The answers in all replicates, by what is read; the same on every call."""
    rng = np.random.default_rng(20_240_611)
    played = [scenario.play(rng, CHUNK) for _ in range(REPLICATES // CHUNK)]
    return {read: np.concatenate([one[read] for one in played]) for read in scenario.published}


def share(answers: Answers, asked: str) -> float:
    """How often the answer, or one of those counted together, came."""
    if asked == "loss":
        return float(np.char.startswith(answers, "loss_").mean())
    return float(np.isin(answers, TOGETHER.get(asked, (asked,))).mean())


def _paths(
    name: str, truth: str, rates: tuple[float, float], published: Mapping[int, Mapping[str, float]]
) -> tuple[Scenario, ...]:
    """A path at several units per arm."""
    return tuple(
        Scenario(name, truth, f"{units:,}", {"label": shares}, lifted(units, *rates))
        for units, shares in published.items()
    )


SOUND = {"no_micro_signal": 0.95}

SCENARIOS = (
    *_paths(
        "S1",
        "baskets +10 %, orders +10 %",
        (0.132, 0.033),
        {
            400_000: {"carried": 0.99},
            200_000: {"carried": 0.83, "carried_size_open": 0.14, "partly_carried": 0.02},
            40_000: {
                "carried_size_open": 0.42,
                "inconclusive": 0.30,
                "carried": 0.25,
                "not_fully_carried": 0.03,
            },
        },
    ),
    *_paths(
        "S2",
        "baskets +10 %, orders +5 %",
        (0.132, 0.0315),
        {
            400_000: {"partly_carried": 0.94, "carried": 0.035, "not_carried": 0.017},
            200_000: {
                "partly_carried": 0.64,
                "not_fully_carried": 0.19,
                "carried_size_open": 0.12,
            },
        },
    ),
    *_paths(
        "S3",
        "baskets +10 %, orders as before",
        (0.132, 0.03),
        {
            400_000: {"not_carried": 0.94, "macro up": 0.027, "contradicted": 0.028},
            200_000: {"not_carried": 0.80, "not_fully_carried": 0.15},
            40_000: {"not_fully_carried": 0.51, "not_carried": 0.24, "inconclusive": 0.21},
        },
    ),
    *_paths(
        "S4",
        "baskets +10 %, orders -6 %",
        (0.132, 0.0282),
        {
            200_000: {"contradicted": 0.93, "not_carried": 0.07},
            40_000: {"not_carried": 0.51, "contradicted": 0.34},
        },
    ),
    Scenario(
        "S5",
        "beside the path; many micro conversions of people who do not buy, buyers put off",
        "200,000",
        {"label": {"contradicted": 0.99}},
        hidden_type,
    ),
    Scenario(
        "S6",
        "no effect; the control's mobile tag catches 70 %",
        "40,000",
        {
            "check of capture": {"alarm": 1.0},
            "as recorded, were it shown": {"not_carried": 0.49, "not_fully_carried": 0.45},
            "closed, were it shown": {"part was lost": 0.94},
            "corrected on mobile": SOUND,
        },
        capture_gap,
    ),
    Scenario(
        "S7",
        "no effect; the variant fires the micro goal for 2 % of those without it",
        "200,000",
        {
            "label": {"not_carried": 0.96, "contradicted": 0.02, "partly_carried": 0.02},
            "check of the prerequisite": {"alarm": 1.0},
            "with the prerequisite": SOUND,
        },
        over_firing,
    ),
    Scenario(
        "S8",
        "no effect; a ramp from 10 % to half of the traffic, into a season",
        "84,000, 36,000",
        {"label, were it pooled": {"carried": 1.0}, "label": {"no_micro_signal": 0.946}},
        ramp,
    ),
    *_paths(
        "S9",
        "baskets +15 %, orders +15 %",
        (0.138, 0.0345),
        {2_500: {"no_micro_signal": 0.52, "inconclusive": 0.35, "carried or size open": 0.12}},
    ),
    Scenario(
        "S10",
        "a novelty: +20 %, +10 %, 0, 0 in four weeks, all of it carried",
        "200,000",
        {
            "trend over weeks": {"alarm": 1.0},
            "label": {"carried": 0.62, "carried_size_open": 0.35},
            "last two weeks": {"no_micro_signal": 0.96},
        },
        novelty,
    ),
    Scenario(
        "S11a",
        "baskets +10 %, orders +10 %, orders late in both arms",
        "200,000",
        {
            "label, were it shown at the cut": {"carried": 0.76},
            "check of maturity": {"alarm": 1.0},
            "label, when all are mature": {"carried": 0.85},
            "acceleration": {"alarm": 0.05},
        },
        delayed(0.033, 6),
    ),
    Scenario(
        "S11b",
        "baskets +10 %, orders as before, only sooner",
        "200,000",
        {
            "label, were it shown at the cut": {"carried": 0.86},
            "check of maturity": {"alarm": 1.0},
            "units mature at the cut": {"macro up": 0.025},
            "label, when all are mature": {
                "not_carried": 0.80,
                "not_fully_carried": 0.15,
                "contradicted": 0.03,
            },
            "acceleration": {"alarm": 1.0},
            "incidence at the cut": {"alarm": 0.05},
        },
        delayed(0.03, 2),
    ),
    *_paths(
        "S12",
        "no effect",
        BASE,
        {40_000: {"no_micro_signal": 0.945, "macro up": 0.004, "loss": 0.03}},
    ),
    Scenario(
        "S13",
        "baskets +12 %, fewer of them pass checkout",
        "200,000",
        {
            "label": {"not_fully_carried": 0.23, "not_carried": 0.38, "partly_carried": 0.38},
            "leak at checkout": {"alarm": 1.0},
            "leak at the order": {"alarm": 0.045},
        },
        leak,
    ),
    Scenario(
        "S14",
        "beside the path; sign-ups +30 %, orders as before",
        "200,000",
        {"label": {"inconclusive": 0.84, "not_fully_carried": 0.07, "not_carried": 0.04}},
        sign_ups,
    ),
    *_paths("S15", "baskets +10 %, orders +21 %", (0.132, 0.0363), {200_000: {"carried": 1.0}}),
    Scenario(
        "S16",
        "no effect on people; 1.5 % of the variant's units are bots",
        "200,000",
        {
            "label": {"not_carried": 0.86, "contradicted": 0.13},
            "check of bots": {"alarm": 1.0},
            "without them": SOUND,
        },
        bots,
    ),
    Scenario(
        "S17",
        "baskets as before, orders +10 %",
        "200,000",
        {"label": SOUND, "macro note": {"alarm": 1.0}},
        lifted(200_000, 0.12, 0.033),
    ),
)


FEW = tuple(
    Scenario(
        "1e",
        f"{orders} orders expected per arm, baskets +30 %, orders as before",
        "2,000",
        {"label": {"macro up": 0.022, "contradicted": 0.0185}},
        lifted(2_000, 0.26, orders / 2_000, base=(0.2, orders / 2_000)),
    )
    for orders in (10, 20)
)
"""Few orders; the note gives ranges, whose middles stand here."""
