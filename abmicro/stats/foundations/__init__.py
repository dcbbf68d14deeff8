"""What every chapter rests on: counts of an arm, effects, score statistics, ratios.

The counts of an arm, and of two arms to be compared
    Binomial
Counts of an arm on a path, and of two goals together, by name: no array passes for another
    NestedCounts, JointCells
What a method returns: an estimate with its interval, or a score with its p-value
    critical, tail, Effect, ScoreTest, Alternative
The values of a ratio that data do not contradict: an interval, two rays or the whole line
    fieller, Kind, FiellerSet
Beta laws on the logit scale, where their densities are log-concave, and how to integrate them
    Beta
Bootstrap and permutation of joint counts: units are redrawn as whole cells, not one by one
    reached, bootstrap_counts, permuted_counts, percentile, bca, permutation_test, Permutation
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "binomial": "Binomial",
    "cells": "NestedCounts JointCells",
    "effect": "Effect ScoreTest critical tail Alternative",
    "fieller_sets": "Kind FiellerSet fieller",
    "numerics.beta_distribution": "Beta",
    "resampling": """
        Permutation reached bootstrap_counts permuted_counts percentile bca permutation_test
    """,
}

if TYPE_CHECKING:
    from abmicro.stats.foundations.binomial import (
        Binomial as Binomial,
    )
    from abmicro.stats.foundations.cells import (
        JointCells as JointCells,
        NestedCounts as NestedCounts,
    )
    from abmicro.stats.foundations.effect import (
        Alternative as Alternative,
        Effect as Effect,
        ScoreTest as ScoreTest,
        critical as critical,
        tail as tail,
    )
    from abmicro.stats.foundations.fieller_sets import (
        FiellerSet as FiellerSet,
        Kind as Kind,
        fieller as fieller,
    )
    from abmicro.stats.foundations.numerics.beta_distribution import (
        Beta as Beta,
    )
    from abmicro.stats.foundations.resampling import (
        Permutation as Permutation,
        bca as bca,
        bootstrap_counts as bootstrap_counts,
        percentile as percentile,
        permutation_test as permutation_test,
        permuted_counts as permuted_counts,
        reached as reached,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
