"""Micro beside macro: the golden plan of the design note, and what bounds its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abmicro.stats.power.carry_through import (
    claim,
    macro_to_micro,
    moved,
    sign_error,
    sign_error_floor,
)
from abmicro.stats.power.power import units_for

CARRY = Path(__file__).parents[1] / "golden" / "carry" / "golden_carry.json"
G9 = json.loads(CARRY.read_text(encoding="utf-8"))["G9_efficiency"]
MICRO, MACRO, LIFT = 0.12, 0.03, 0.10


@pytest.mark.parametrize(
    ("name", "carried", "bar"),
    [
        ("n_macro_full_carry", 1, 0),
        ("n_macro_kappa_half", 0.5, 0),
        ("n_claim_at_least_half_true_full", 1, 0.5),
        ("n_claim_below_half_true_none", 0, 0.5),
        ("n_claim_below_full_true_none", 0, 1),
    ],
)
def test_each_claim_needs_the_golden_units(name: str, carried: float, bar: float) -> None:
    found = units_for(claim(LIFT, MICRO, MACRO, carried=carried, bar=bar))
    assert found.exact == pytest.approx(G9[name], rel=1e-9)


def test_that_the_micro_goal_moved_needs_the_golden_units() -> None:
    assert units_for(moved(LIFT, MICRO)).exact == pytest.approx(G9["n_micro"], rel=1e-9)


def test_that_the_macro_moved_is_the_claim_that_something_carried() -> None:
    found = moved(LIFT, MACRO, 0.5), claim(LIFT, MICRO, MACRO, ratio=0.5)
    assert units_for(found[0]).exact == pytest.approx(units_for(found[1]).exact)


def test_the_macro_takes_the_golden_multiple_of_the_micro() -> None:
    phi = np.sqrt(G9["phi2"])
    assert macro_to_micro(phi) == pytest.approx(G9["k"], rel=1e-12)
    ratio = G9["n_macro_kappa_half"] / G9["n_micro"]
    assert macro_to_micro(phi, carried=0.5) == pytest.approx(ratio)


def test_where_nothing_carries_the_macro_never_moves() -> None:
    assert macro_to_micro(0.5, carried=0) == np.inf
    assert units_for(claim(LIFT, MICRO, MACRO, carried=0)).control == np.inf


def test_a_pass_through_on_the_bar_is_never_told_from_it() -> None:
    assert units_for(claim(LIFT, MICRO, MACRO, carried=0.5, bar=0.5)).control == np.inf


def test_losses_carry_like_gains() -> None:
    gain = claim(1 / 0.9 - 1, MICRO, MACRO, bar=0.5)
    loss = claim(-0.1, MICRO, MACRO, bar=0.5)
    assert units_for(loss).exact == pytest.approx(units_for(gain).exact)


def test_the_sign_error_falls_to_its_floor_but_not_below() -> None:
    # Design note 1f: kappa ~ N(0.7, 0.5^2) leaves 8 %.
    floor = sign_error_floor(0.7, 0.5)
    found = sign_error(0.1, np.geomspace(1, 1e-9, 40), carried=0.7, carried_sd=0.5)
    assert floor == pytest.approx(0.0808, abs=5e-5)
    assert (np.diff(found) <= 1e-15).all()
    assert found[-1] == pytest.approx(floor)


def test_the_sign_error_is_that_of_simulated_programmes() -> None:
    # The estimate of the micro lift is given; its true value lies around it.
    rng = np.random.default_rng(7)
    seen, se, runs = np.log(1.1), 0.04, 400_000
    true = seen + se * rng.standard_normal(runs)
    macro = (0.7 + 0.5 * rng.standard_normal(runs)) * true
    expected = sign_error(0.1, se, carried=0.7, carried_sd=0.5)
    assert (macro < 0).mean() == pytest.approx(float(expected), abs=0.002)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: claim(-1, 0.1, 0.05), "lift must be above -1"),
        (lambda: claim(0.1, 0.1, 0.1), "macro must be below micro, got 0.1"),
        (lambda: claim(0.1, 0.1, 0.05, carried=np.nan), "carried must be finite"),
        (lambda: claim(0.1, 0.1, 0.05, ratio=0), "ratio must lie strictly between 0 and inf"),
        (lambda: moved(0.1, 1), "rate must lie strictly between 0 and 1"),
        (lambda: macro_to_micro(0), "phi must lie in"),
        (lambda: macro_to_micro(1.2), "phi must lie in"),
        (lambda: sign_error(0.1, 0, carried=0.7, carried_sd=0.5), "se must lie strictly"),
        (lambda: sign_error_floor(0.7, 0), "carried_sd must lie strictly between 0 and inf"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
