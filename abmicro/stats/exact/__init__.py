"""Exact tests and intervals of rates at small counts.

Two rates compared by the method that fits their counts, with an interval that agrees
    compare, TwoSampleResult
Exact tests of two rates that do not condition on their total: Barnard and Boschloo
    barnard, boschloo, boschloo_no_likelier
Exact odds ratio given the conversions of both arms, of one table or of several strata
    odds_ratio_exact, odds_ratio_midp, common_odds_ratio, CommonOdds
Fisher's exact test of two rates, and its mid-P versions that do not waste power
    fisher, fisher_midp, fisher_half_observed, fisher_half_ties
Exact test that the rate of one arm is a given one
    binomial_test
Exact intervals of difference and ratio that invert a score test for every effect
    exact_difference, exact_lift
Fisher's exact test for more than two arms
    freeman_halton
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "automatic": "TwoSampleResult compare",
    "barnard_boschloo": "barnard boschloo boschloo_no_likelier",
    "conditional_odds_ratio": "odds_ratio_exact odds_ratio_midp CommonOdds common_odds_ratio",
    "fisher_tests": "fisher fisher_midp fisher_half_observed fisher_half_ties",
    "one_rate": "binomial_test",
    "score_interval": "exact_difference exact_lift",
    "several_arms": "freeman_halton",
}

if TYPE_CHECKING:
    from abmicro.stats.exact.automatic import (
        TwoSampleResult as TwoSampleResult,
        compare as compare,
    )
    from abmicro.stats.exact.barnard_boschloo import (
        barnard as barnard,
        boschloo as boschloo,
        boschloo_no_likelier as boschloo_no_likelier,
    )
    from abmicro.stats.exact.conditional_odds_ratio import (
        CommonOdds as CommonOdds,
        common_odds_ratio as common_odds_ratio,
        odds_ratio_exact as odds_ratio_exact,
        odds_ratio_midp as odds_ratio_midp,
    )
    from abmicro.stats.exact.fisher_tests import (
        fisher as fisher,
        fisher_half_observed as fisher_half_observed,
        fisher_half_ties as fisher_half_ties,
        fisher_midp as fisher_midp,
    )
    from abmicro.stats.exact.one_rate import (
        binomial_test as binomial_test,
    )
    from abmicro.stats.exact.score_interval import (
        exact_difference as exact_difference,
        exact_lift as exact_lift,
    )
    from abmicro.stats.exact.several_arms import (
        freeman_halton as freeman_halton,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
