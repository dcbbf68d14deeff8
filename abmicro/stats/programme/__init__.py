"""Many tests together: what past ones say about the next, and what a programme of them is worth.

What usually becomes of a micro lift?
    typical_step, carried_macro, TypicalStep, LiftGuess
How do micro and macro lifts go together over past tests?
    arm_rates, goal_rates, programme, summary, true_sign_agreement; ArmRates, GoalRates, Programme,
    ProgrammePrior, ProgrammeSummary
What do they say about a new test?
    micro_only, blended, robust_blend, conflict, threshold, proxy_quality; ProxyQuality, RobustGuess
How large were true lifts, what did the changes shipped gain?
    lift_law, LiftLaw; gain, GainKept; shrunken, expected_macro
Do the signs of two goals agree, and what does a plain line through the lifts say?
    directions, sign_table, SignTable; raw_line, RawLine
Which goals tell how the macro goal moves?
    goal_quality, greedy_goals, GoalSet; from: structural_omega, learn_omega
Who converts, in one log?
    association, GoalAssociation
What do many tests gain, and what would chance give?
    programme_value, programme_worth, typical_programme, ProgrammeWorth; chance_wins,
    chance_of_wins, chance_agreement, chance_of_ups, ChanceWins
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "goals": """
        GoalAssociation GoalSet association goal_quality greedy_goals learn_omega structural_omega
    """,
    "guesses": """
        GainKept ProgrammeSummary ProxyQuality RobustGuess blended conflict gain micro_only
        proxy_quality robust_blend summary threshold true_sign_agreement
    """,
    "lift_laws": "LiftLaw lift_law",
    "log_rates": "GoalRates goal_rates",
    "mixtures": "LiftGuess",
    "model": "ArmRates Programme ProgrammePrior arm_rates programme",
    "past_arms": "RawLine SignTable directions expected_macro raw_line shrunken sign_table",
    "step_lifts": "TypicalStep carried_macro typical_step",
    "value": """
        ChanceWins chance_agreement chance_of_ups chance_of_wins chance_wins programme_value
    """,
    "worth": "ProgrammeWorth programme_worth typical_programme",
}

if TYPE_CHECKING:
    from abmicro.stats.programme.goals import (
        GoalAssociation as GoalAssociation,
        GoalSet as GoalSet,
        association as association,
        goal_quality as goal_quality,
        greedy_goals as greedy_goals,
        learn_omega as learn_omega,
        structural_omega as structural_omega,
    )
    from abmicro.stats.programme.guesses import (
        GainKept as GainKept,
        ProgrammeSummary as ProgrammeSummary,
        ProxyQuality as ProxyQuality,
        RobustGuess as RobustGuess,
        blended as blended,
        conflict as conflict,
        gain as gain,
        micro_only as micro_only,
        proxy_quality as proxy_quality,
        robust_blend as robust_blend,
        summary as summary,
        threshold as threshold,
        true_sign_agreement as true_sign_agreement,
    )
    from abmicro.stats.programme.lift_laws import (
        LiftLaw as LiftLaw,
        lift_law as lift_law,
    )
    from abmicro.stats.programme.log_rates import (
        GoalRates as GoalRates,
        goal_rates as goal_rates,
    )
    from abmicro.stats.programme.mixtures import LiftGuess as LiftGuess
    from abmicro.stats.programme.model import (
        ArmRates as ArmRates,
        Programme as Programme,
        ProgrammePrior as ProgrammePrior,
        arm_rates as arm_rates,
        programme as programme,
    )
    from abmicro.stats.programme.past_arms import (
        RawLine as RawLine,
        SignTable as SignTable,
        directions as directions,
        expected_macro as expected_macro,
        raw_line as raw_line,
        shrunken as shrunken,
        sign_table as sign_table,
    )
    from abmicro.stats.programme.step_lifts import (
        TypicalStep as TypicalStep,
        carried_macro as carried_macro,
        typical_step as typical_step,
    )
    from abmicro.stats.programme.value import (
        ChanceWins as ChanceWins,
        chance_agreement as chance_agreement,
        chance_of_ups as chance_of_ups,
        chance_of_wins as chance_of_wins,
        chance_wins as chance_wins,
        programme_value as programme_value,
    )
    from abmicro.stats.programme.worth import (
        ProgrammeWorth as ProgrammeWorth,
        programme_worth as programme_worth,
        typical_programme as typical_programme,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
