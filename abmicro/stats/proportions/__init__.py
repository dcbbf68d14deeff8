"""One rate, and two rates compared.

Is the treated arm no worse than the control, or about as good? Tests against a margin
    noninferiority, relative_noninferiority, equivalence, NullTest, EquivalenceTest
Two rates compared by the default methods: intervals and tests that cannot disagree
    newcombe, difference, lift, score_test, ratio_score_test
Odds ratio of two rates: intervals and the score test
    odds_ratio, uninflated_odds_ratio, woolf, gart, mover_odds_ratio, odds_score_test
The rate of one arm: intervals and a test
    wilson, wilson_corrected, wald, agresti_coull, jeffreys, clopper_pearson, midp, rate_score_test
Difference and lift of two rates by methods other than the defaults of `proportions`
    wald_difference, agresti_caffo, pooled_difference, mee, koopman, katz, adjusted_log, mover_lift
Tests of two rates other than the defaults of `proportions`
    pooled_test, unpooled_test, yates_test, g_test, farrington_manning, ratio_farrington_manning
Score intervals corrected for skewness (SCAS): equal tails also where the arms are not equal
    skewed_difference, skewed_lift
Two rates in arms of different sizes: two score tests that err on opposite sides, both must reject
    robust_difference, robust_lift, robust_score_test, robust_ratio_test, rate_scores, are_uneven,
    RateScores
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "margin_tests": "NullTest EquivalenceTest noninferiority relative_noninferiority equivalence",
    "miettinen_nurminen": "newcombe difference lift score_test ratio_score_test",
    "odds_ratios": "odds_ratio uninflated_odds_ratio woolf gart mover_odds_ratio odds_score_test",
    "one_sample": """
        wilson wilson_corrected wald agresti_coull jeffreys clopper_pearson midp
        rate_score_test
    """,
    "other_intervals": """
        wald_difference agresti_caffo pooled_difference mee koopman katz adjusted_log
        mover_lift
    """,
    "other_tests": """
        pooled_test unpooled_test yates_test g_test farrington_manning
        ratio_farrington_manning
    """,
    "scas": "skewed_difference skewed_lift",
    "uneven_arms": """
        RateScores are_uneven rate_scores robust_difference robust_lift robust_ratio_test
        robust_score_test
    """,
}

if TYPE_CHECKING:
    from abmicro.stats.proportions.margin_tests import (
        EquivalenceTest as EquivalenceTest,
        NullTest as NullTest,
        equivalence as equivalence,
        noninferiority as noninferiority,
        relative_noninferiority as relative_noninferiority,
    )
    from abmicro.stats.proportions.miettinen_nurminen import (
        difference as difference,
        lift as lift,
        newcombe as newcombe,
        ratio_score_test as ratio_score_test,
        score_test as score_test,
    )
    from abmicro.stats.proportions.odds_ratios import (
        gart as gart,
        mover_odds_ratio as mover_odds_ratio,
        odds_ratio as odds_ratio,
        odds_score_test as odds_score_test,
        uninflated_odds_ratio as uninflated_odds_ratio,
        woolf as woolf,
    )
    from abmicro.stats.proportions.one_sample import (
        agresti_coull as agresti_coull,
        clopper_pearson as clopper_pearson,
        jeffreys as jeffreys,
        midp as midp,
        rate_score_test as rate_score_test,
        wald as wald,
        wilson as wilson,
        wilson_corrected as wilson_corrected,
    )
    from abmicro.stats.proportions.other_intervals import (
        adjusted_log as adjusted_log,
        agresti_caffo as agresti_caffo,
        katz as katz,
        koopman as koopman,
        mee as mee,
        mover_lift as mover_lift,
        pooled_difference as pooled_difference,
        wald_difference as wald_difference,
    )
    from abmicro.stats.proportions.other_tests import (
        farrington_manning as farrington_manning,
        g_test as g_test,
        pooled_test as pooled_test,
        ratio_farrington_manning as ratio_farrington_manning,
        unpooled_test as unpooled_test,
        yates_test as yates_test,
    )
    from abmicro.stats.proportions.scas import (
        skewed_difference as skewed_difference,
        skewed_lift as skewed_lift,
    )
    from abmicro.stats.proportions.uneven_arms import (
        RateScores as RateScores,
        are_uneven as are_uneven,
        rate_scores as rate_scores,
        robust_difference as robust_difference,
        robust_lift as robust_lift,
        robust_ratio_test as robust_ratio_test,
        robust_score_test as robust_score_test,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
