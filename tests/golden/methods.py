"""Golden method name -> function of a case's inputs that returns what the case expects.

Thin glue over the public API, sorted by name. Arm A is control, B is treated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .methods_arms import ARMS
from .methods_bayes import BAYES
from .methods_bayes_factors import BAYES_FACTORS
from .methods_checks import CHECKS
from .methods_exact import EXACT
from .methods_history import HISTORY
from .methods_power import POWER
from .methods_rates import RATES
from .methods_sequential import SEQUENTIAL
from .methods_strata import STRATA
from .methods_verdict import VERDICT

Inputs = dict[str, Any]


METHODS: dict[str, Callable[[Inputs], object]] = {
    **ARMS,
    **BAYES,
    **BAYES_FACTORS,
    **CHECKS,
    **EXACT,
    **HISTORY,
    **POWER,
    **RATES,
    **SEQUENTIAL,
    **STRATA,
    **VERDICT,
}
