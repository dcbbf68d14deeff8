"""Units for a lift: facts of the design note and what must hold for any plan."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.power import units_for_lift

HALVES = {"control_share": 0.5, "treated_share": 0.5}


def test_the_micro_gate_of_the_design_note() -> None:
    # Carry-through note 1f, G9: m = 12 %, +10 %, power 0.8: 12,672 units per arm.
    assert units_for_lift(0.1, 0.12, **HALVES) == pytest.approx(2 * 12_672, abs=2)


def test_macro_up_at_full_carry_of_the_design_note() -> None:
    # The same plan for the macro rate of 3 %: 55,874 units per arm.
    assert units_for_lift(0.1, 0.03, **HALVES) == pytest.approx(2 * 55_874, abs=2)


def test_an_uneven_split_needs_more_units() -> None:
    uneven = units_for_lift(0.1, 0.12, control_share=0.9, treated_share=0.1)
    assert uneven > 2.7 * units_for_lift(0.1, 0.12, **HALVES)


def test_no_lift_needs_infinitely_many_units() -> None:
    assert units_for_lift(0, 0.12, **HALVES) == np.inf


@pytest.mark.parametrize(
    ("lift", "rate", "named"), [(-1, 0.1, "lift"), (0.1, 0, "rate"), (0.1, 1, "rate")]
)
def test_impossible_plans_are_refused(lift: float, rate: float, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        units_for_lift(lift, rate, **HALVES)
