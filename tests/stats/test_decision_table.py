"""The table of decisions, row by row, as the verdict note 4 has it."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from abmicro.stats.verdict import (
    BETTER,
    DECISIONS,
    NO_MACRO,
    NOT_ASKED,
    OPEN,
    REASONS,
    WORSE,
    Gates,
    decide,
)

PLAIN: dict[str, Any] = {
    "trusted": True,
    "ended": True,
    "primary": OPEN,
    "inside": False,
    "macro": OPEN,
    "others": OPEN,
    "guardrails": BETTER,
    "lost": False,
    "fading": False,
    "required": True,
}
STATES = (WORSE, OPEN, BETTER)
TRUTHS = (False, True)


def decided(**states: Any) -> tuple[str, str]:
    found = decide(Gates(**PLAIN | states))
    return str(found.decision), str(found.reason)


def test_a_failed_check_decides_before_everything() -> None:
    for primary, macro, ended in product(STATES, STATES, TRUTHS):
        assert decided(trusted=False, primary=primary, macro=macro, ended=ended) == (
            "do_not_trust_yet",
            "check_failed",
        )


@pytest.mark.parametrize("ended", TRUTHS)
def test_harm_keeps_the_control_whatever_else_is_better(ended: bool) -> None:
    for name, reason in (
        ("primary", "primary_worse"),
        ("macro", "macro_worse"),
        ("others", "macro_worse"),
        ("guardrails", "guardrail_harmed"),
    ):
        best = {"primary": BETTER, "macro": BETTER} | {name: WORSE}
        assert decided(ended=ended, **best) == ("keep_control", reason)


def test_before_the_end_nothing_else_speaks() -> None:
    for primary, macro, guards in product((OPEN, BETTER), (OPEN, BETTER, NO_MACRO), (OPEN, BETTER)):
        for inside, lost in product(TRUTHS, TRUTHS):
            states = {"primary": primary, "macro": macro, "guardrails": guards}
            assert decided(ended=False, inside=inside, lost=lost, **states) == (
                "keep_running",
                "before_end",
            )


# Columns: macro up; none; open and the gain lost; open. Where two words stand, the second is of an
# interval inside the lift worth finding.
AT_THE_END = {
    (BETTER, BETTER): ("ship", "ship", "keep_control", ("unsettled", "too_small")),
    (BETTER, OPEN): ("unsettled", "unsettled", "keep_control", ("unsettled", "too_small")),
    (OPEN, BETTER): (
        "unsettled",
        ("unsettled", "no_detectable_difference"),
        ("unsettled", "no_detectable_difference"),
        ("unsettled", "no_detectable_difference"),
    ),
}
AT_THE_END[OPEN, OPEN] = AT_THE_END[OPEN, BETTER]
COLUMNS = ((BETTER, False), (NO_MACRO, False), (OPEN, True), (OPEN, False))


@pytest.mark.parametrize(("primary", "guards"), AT_THE_END)
@pytest.mark.parametrize("inside", TRUTHS)
def test_every_place_of_the_table_at_the_end(primary: int, guards: int, inside: bool) -> None:
    for (macro, lost), words in zip(COLUMNS, AT_THE_END[primary, guards], strict=True):
        expected = words if isinstance(words, str) else words[inside]
        states = {"primary": primary, "guardrails": guards, "macro": macro, "lost": lost}
        assert decided(inside=inside, **states)[0] == expected


@pytest.mark.parametrize("inside", TRUTHS)
def test_where_the_macro_is_not_required_only_a_lost_gain_stops_it(inside: bool) -> None:
    better = {"primary": BETTER, "required": False, "inside": inside}
    assert decided(**better)[0] == "ship"
    assert decided(**better, guardrails=OPEN) == ("unsettled", "guardrail_open")
    assert decided(**better, lost=True) == ("keep_control", "gain_lost")


def test_a_fading_gain_does_not_ship() -> None:
    up = {"primary": BETTER, "macro": BETTER}
    assert decided(**up) == ("ship", "all_passed")
    assert decided(**up, fading=True) == ("unsettled", "gain_fading")
    assert decided(**up, fading=True, guardrails=OPEN) == ("unsettled", "guardrail_open")


def test_unsettled_names_what_is_open() -> None:
    assert decided(primary=BETTER) == ("unsettled", "macro_open")
    assert decided(primary=BETTER, guardrails=OPEN) == ("unsettled", "macro_open")
    assert decided(primary=BETTER, macro=BETTER, guardrails=OPEN)[1] == "guardrail_open"
    assert decided(macro=BETTER) == ("unsettled", "macro_alone")
    assert decided() == ("unsettled", "primary_open")


def test_where_past_tests_are_asked_only_they_and_the_guardrails_ship() -> None:
    for primary, macro, fading in product((OPEN, BETTER), (OPEN, BETTER), TRUTHS):
        states = {"primary": primary, "macro": macro, "fading": fading, "required": False}
        assert decided(likely=BETTER, **states) == ("ship", "likely_up")
        assert decided(likely=OPEN, **states) == ("unsettled", "not_likely")
        assert decided(likely=BETTER, guardrails=OPEN, **states)[1] == "guardrail_open"
        assert decided(likely=OPEN, guardrails=OPEN, **states)[1] == "not_likely"


def test_past_tests_speak_after_trust_harm_and_a_lost_gain() -> None:
    assert decided(likely=BETTER, trusted=False)[1] == "check_failed"
    assert decided(likely=BETTER, macro=WORSE)[1] == "macro_worse"
    assert decided(likely=BETTER, ended=False)[1] == "before_end"
    assert decided(likely=BETTER, primary=BETTER, lost=True)[1] == "gain_lost"


def test_a_batch_is_decided_as_its_members_are() -> None:
    axes = {
        **dict.fromkeys(("trusted", "ended", "inside", "lost", "fading", "required"), TRUTHS),
        **dict.fromkeys(("primary", "others", "guardrails"), STATES),
        "macro": (*STATES, NO_MACRO),
        "likely": (OPEN, BETTER, NOT_ASKED),
    }
    every = [dict(zip(axes, states, strict=True)) for states in product(*axes.values())]
    some = np.random.default_rng(1).choice(len(every), 400, replace=False)
    together = decide(Gates(**{name: [one[name] for one in every] for name in axes}))
    assert set(together.decision.tolist()) == set(DECISIONS)
    assert set(together.reason.tolist()) == set(REASONS)
    for at in some:
        assert decided(**every[at]) == (together.decision[at], together.reason[at])


def test_states_of_shapes_that_broadcast_are_decided_together() -> None:
    found = decide(Gates(**PLAIN | {"primary": [[BETTER], [OPEN]], "macro": [BETTER, OPEN]}))
    assert found.decision.tolist() == [["ship", "unsettled"], ["unsettled", "unsettled"]]


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="primary must be one of"):
        decided(primary=NO_MACRO)
    with pytest.raises(ValueError, match="macro must be one of"):
        decided(macro=3)
