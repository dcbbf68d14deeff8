"""One effect over strata, such as devices or weeks.

Did the arms' shares of the units stay the same, over days or between segments?
    same_shares
Score interval and test of a difference of two rates over strata
    by_size, by_share, by_variance, stratified_difference, stratified_score_test
Is the effect the same in every stratum? Tests of homogeneity, and of the mix behind a reversal
    interaction_test, common_odds_ratio, breslow_day, tarone, cochran_q, simpson, Homogeneity,
    Simpson
One effect over strata, such as devices or weeks, that compares units only within a stratum
    mantel_haenszel_difference, greenland_robins_difference, inverse_variance_difference,
    mantel_haenszel_lift, mantel_haenszel_odds_ratio, cochran_mantel_haenszel, post_stratified_rate,
    post_stratified_difference
Score interval and test of a ratio of two rates over strata
    stratified_lift, stratified_ratio_score_test
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "allocation": "same_shares",
    "difference_score": "by_size by_share by_variance stratified_difference stratified_score_test",
    "homogeneity": """
        Homogeneity Simpson interaction_test common_odds_ratio breslow_day tarone cochran_q
        simpson
    """,
    "mantel_haenszel": """
        mantel_haenszel_difference greenland_robins_difference inverse_variance_difference
        mantel_haenszel_lift mantel_haenszel_odds_ratio cochran_mantel_haenszel
        post_stratified_rate post_stratified_difference
    """,
    "ratio_score": "stratified_lift stratified_ratio_score_test",
}

if TYPE_CHECKING:
    from abmicro.stats.stratified.allocation import (
        same_shares as same_shares,
    )
    from abmicro.stats.stratified.difference_score import (
        by_share as by_share,
        by_size as by_size,
        by_variance as by_variance,
        stratified_difference as stratified_difference,
        stratified_score_test as stratified_score_test,
    )
    from abmicro.stats.stratified.homogeneity import (
        Homogeneity as Homogeneity,
        Simpson as Simpson,
        breslow_day as breslow_day,
        cochran_q as cochran_q,
        common_odds_ratio as common_odds_ratio,
        interaction_test as interaction_test,
        simpson as simpson,
        tarone as tarone,
    )
    from abmicro.stats.stratified.mantel_haenszel import (
        cochran_mantel_haenszel as cochran_mantel_haenszel,
        greenland_robins_difference as greenland_robins_difference,
        inverse_variance_difference as inverse_variance_difference,
        mantel_haenszel_difference as mantel_haenszel_difference,
        mantel_haenszel_lift as mantel_haenszel_lift,
        mantel_haenszel_odds_ratio as mantel_haenszel_odds_ratio,
        post_stratified_difference as post_stratified_difference,
        post_stratified_rate as post_stratified_rate,
    )
    from abmicro.stats.stratified.ratio_score import (
        stratified_lift as stratified_lift,
        stratified_ratio_score_test as stratified_ratio_score_test,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
