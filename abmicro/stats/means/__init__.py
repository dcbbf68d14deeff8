"""Means of a value per unit, ratios of means, and adjustment by covariates.

Two means of an amount per unit, such as spend: Welch's and Student's test, and both must reject
    amounts, amounts_within, amount_difference, amount_lift, amount_noninferiority, effective_size,
    Amounts
Two values per unit, y and x, as units, totals, squares and products
    PairMoments
Differences of means with less noise: by a value known before the exposure, or by strata
    cuped, ancova, lin, post_stratified_means, cap, Adjusted, Capped
Rates per row where units bring several rows: sessions in users, items in orders
    clustered_rate, clustered_difference, clustered_lift, clustered_noninferiority,
    naive_score_test, rao_scott, ClusteredRate, RaoScott
Difference of two rates adjusted by a logistic regression on a covariate
    g_computation
Amounts without what their past predicts (CUPED), from sums of any number of arms and strata
    prediction, Prediction
Two rates per session: the delta method and a shared variance, and both must reject
    session_rates, session_rates_within
Two means of a value per unit, such as spend, from sums and sums of squares
    post_stratified, welch_difference, lift_of_means, mean_noninferiority, Moments, Mean,
    MeanDifference
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "amounts_per_unit": """
        Amounts amounts amounts_within amount_difference amount_lift amount_noninferiority
        effective_size
    """,
    "bivariate_moments": "PairMoments",
    "covariate_adjustment": "Adjusted Capped cuped ancova lin post_stratified_means cap",
    "delta_method": """
        ClusteredRate RaoScott clustered_rate clustered_difference clustered_lift
        clustered_noninferiority naive_score_test rao_scott
    """,
    "past_values": "Prediction prediction",
    "rates_per_session": "session_rates session_rates_within",
    "standardization": "g_computation",
    "welch": """
        Moments Mean post_stratified MeanDifference welch_difference lift_of_means
        mean_noninferiority
    """,
}

if TYPE_CHECKING:
    from abmicro.stats.means.amounts_per_unit import (
        Amounts as Amounts,
        amount_difference as amount_difference,
        amount_lift as amount_lift,
        amount_noninferiority as amount_noninferiority,
        amounts as amounts,
        amounts_within as amounts_within,
        effective_size as effective_size,
    )
    from abmicro.stats.means.bivariate_moments import (
        PairMoments as PairMoments,
    )
    from abmicro.stats.means.covariate_adjustment import (
        Adjusted as Adjusted,
        Capped as Capped,
        ancova as ancova,
        cap as cap,
        cuped as cuped,
        lin as lin,
        post_stratified_means as post_stratified_means,
    )
    from abmicro.stats.means.delta_method import (
        ClusteredRate as ClusteredRate,
        RaoScott as RaoScott,
        clustered_difference as clustered_difference,
        clustered_lift as clustered_lift,
        clustered_noninferiority as clustered_noninferiority,
        clustered_rate as clustered_rate,
        naive_score_test as naive_score_test,
        rao_scott as rao_scott,
    )
    from abmicro.stats.means.past_values import (
        Prediction as Prediction,
        prediction as prediction,
    )
    from abmicro.stats.means.rates_per_session import (
        session_rates as session_rates,
        session_rates_within as session_rates_within,
    )
    from abmicro.stats.means.standardization import (
        g_computation as g_computation,
    )
    from abmicro.stats.means.welch import (
        Mean as Mean,
        MeanDifference as MeanDifference,
        Moments as Moments,
        lift_of_means as lift_of_means,
        mean_noninferiority as mean_noninferiority,
        post_stratified as post_stratified,
        welch_difference as welch_difference,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
