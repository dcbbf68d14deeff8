"""Glue of `methods` for the checks of the recording, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.quality.outages import daily_gaps

Inputs = dict[str, Any]


def gap_day(case: Inputs) -> object:
    treated, control = (Binomial(case[arm], case[f"{arm}_units"]) for arm in ("treated", "control"))
    found = daily_gaps(treated, control)
    return {"share": found.share[case["day"]], "p": found.p[case["day"]]}


CHECKS: dict[str, Callable[[Inputs], object]] = {"verdict/gap_day": gap_day}
