"""Faults of recording that fake a micro gain or loss, each seen in counts alone.

Counts of events that no person makes: beyond a quantile of a law fitted to the control
    fit_negative_binomial, quantile, NegativeBinomial
The micro lift that a tag would have shown if it had caught as much in both arms
    capture_corrected, CaptureCounts, CaptureCorrected
A micro change that the pass-through rate undoes to the unit: the mark of a tag, not of people
    step_lifts, looks_lost, one_level, StepLifts, OneLevel
A tag that fell silent for a while in one arm, against the arms that went on recording
    daily_gaps, longest_silence, DailyGaps, Silence
Rates by source, shrunken; days that differ from the others of their weekday
    source_rates, day_scores, odd_days, smallest_dip, DayScores, OddDays, SourceRates
A source against all others; a change parted into other people and other rates of the same people
    chance_below, split_change, ChangeSplit
Did the arms receive the shares of units that the design gave them?
    sample_ratio, sample_ratio_g, sample_ratio_exact, sample_ratio_of_groups,
    sample_ratio_over_phases, SampleRatio
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "bots": "NegativeBinomial fit_negative_binomial quantile",
    "capture_rate": "CaptureCounts CaptureCorrected capture_corrected",
    "lost_tag": "StepLifts step_lifts looks_lost OneLevel one_level",
    "outages": "DailyGaps daily_gaps Silence longest_silence",
    "sample_ratio_mismatch": """
        SampleRatio sample_ratio sample_ratio_g sample_ratio_exact sample_ratio_of_groups
        sample_ratio_over_phases
    """,
    "mix": "ChangeSplit split_change",
    "signals": "chance_below",
    "traffic": "DayScores OddDays SourceRates day_scores odd_days smallest_dip source_rates",
}

if TYPE_CHECKING:
    from abmicro.stats.quality.bots import (
        NegativeBinomial as NegativeBinomial,
        fit_negative_binomial as fit_negative_binomial,
        quantile as quantile,
    )
    from abmicro.stats.quality.capture_rate import (
        CaptureCorrected as CaptureCorrected,
        CaptureCounts as CaptureCounts,
        capture_corrected as capture_corrected,
    )
    from abmicro.stats.quality.lost_tag import (
        OneLevel as OneLevel,
        StepLifts as StepLifts,
        looks_lost as looks_lost,
        one_level as one_level,
        step_lifts as step_lifts,
    )
    from abmicro.stats.quality.mix import (
        ChangeSplit as ChangeSplit,
        split_change as split_change,
    )
    from abmicro.stats.quality.outages import (
        DailyGaps as DailyGaps,
        Silence as Silence,
        daily_gaps as daily_gaps,
        longest_silence as longest_silence,
    )
    from abmicro.stats.quality.sample_ratio_mismatch import (
        SampleRatio as SampleRatio,
        sample_ratio as sample_ratio,
        sample_ratio_exact as sample_ratio_exact,
        sample_ratio_g as sample_ratio_g,
        sample_ratio_of_groups as sample_ratio_of_groups,
        sample_ratio_over_phases as sample_ratio_over_phases,
    )
    from abmicro.stats.quality.signals import chance_below as chance_below
    from abmicro.stats.quality.traffic import (
        DayScores as DayScores,
        OddDays as OddDays,
        SourceRates as SourceRates,
        day_scores as day_scores,
        odd_days as odd_days,
        smallest_dip as smallest_dip,
        source_rates as source_rates,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
