"""Looking while a test runs: critical values, p-values and labels that survive looking.

How far must a score lie at each look?
    critical_values, classical_values, spent_alpha, level_of, Boundary, Kept
... with no end planned
    anytime_values, mixture_scale, mixture_log_e
What do looks cost, and when do they find something?
    inflation, inflation_of, crossing, Inflation, Crossing
Will the test still find something?
    conditional_power, predictive_power
What do looks so far say?
    sequential_p, overall_p; at a stop: at_stop, StageWise
Which carry-through labels stand?
    settle, Settled
Do arms get their shares, asked every day?
    sample_ratio_e
On which day did a rate fall?
    dip_p, one_arm_p
One rate or mean at any moment, two rates by bets
    rate_sequence, centred_rate_sequence, mean_sequence, normal_mixture_test, mixture_boundary,
    two_rates_log_e, MixtureTest
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "anytime": "anytime_values mixture_log_e mixture_scale",
    "boundaries": "Boundary Kept classical_values critical_values level_of",
    "confidence_sequences": """
        MixtureTest centred_rate_sequence mean_sequence mixture_boundary normal_mixture_test
        rate_sequence two_rates_log_e
    """,
    "crossings": """
        Crossing Inflation conditional_power crossing inflation inflation_of predictive_power
    """,
    "dips": "dip_p one_arm_p",
    "sample_ratio": "sample_ratio_e",
    "sequential_p_value": "overall_p sequential_p",
    "settled": "Settled settle",
    "spending": "spent_alpha",
    "stopping": "StageWise at_stop",
}

if TYPE_CHECKING:
    from abmicro.stats.sequential.anytime import (
        anytime_values as anytime_values,
        mixture_log_e as mixture_log_e,
        mixture_scale as mixture_scale,
    )
    from abmicro.stats.sequential.boundaries import (
        Boundary as Boundary,
        Kept as Kept,
        classical_values as classical_values,
        critical_values as critical_values,
        level_of as level_of,
    )
    from abmicro.stats.sequential.confidence_sequences import (
        MixtureTest as MixtureTest,
        centred_rate_sequence as centred_rate_sequence,
        mean_sequence as mean_sequence,
        mixture_boundary as mixture_boundary,
        normal_mixture_test as normal_mixture_test,
        rate_sequence as rate_sequence,
        two_rates_log_e as two_rates_log_e,
    )
    from abmicro.stats.sequential.crossings import (
        Crossing as Crossing,
        Inflation as Inflation,
        conditional_power as conditional_power,
        crossing as crossing,
        inflation as inflation,
        inflation_of as inflation_of,
        predictive_power as predictive_power,
    )
    from abmicro.stats.sequential.dips import dip_p as dip_p, one_arm_p as one_arm_p
    from abmicro.stats.sequential.sample_ratio import sample_ratio_e as sample_ratio_e
    from abmicro.stats.sequential.sequential_p_value import (
        overall_p as overall_p,
        sequential_p as sequential_p,
    )
    from abmicro.stats.sequential.settled import Settled as Settled, settle as settle
    from abmicro.stats.sequential.spending import spent_alpha as spent_alpha
    from abmicro.stats.sequential.stopping import StageWise as StageWise, at_stop as at_stop
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
