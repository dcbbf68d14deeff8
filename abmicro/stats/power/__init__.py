"""How likely a test is to find an effect, and how many units it takes.

Micro beside macro: the units of each claim about the carry-through of a lift
    claim, moved, macro_to_micro, sign_error, sign_error_floor
Designs for `power`: what a test of rates, of means or of a margin sees of an effect
    pooled, unpooled, control_variance, arcsine, log_ratio, farrington_manning,
    farrington_manning_ratio, means, amounts, amounts_at_margin, design_effect, corrected
What so many units can find, and how they are best divided among the arms
    detectable, DetectableRate
Power of any test of two rates at all, from its p-values of every table that has any chance
    enumerated_findings
How likely two one-sided tests are to show that an effect lies between two margins
    power_of_equivalence, units_for_equivalence
Power of the tests of two rates by enumeration: what the formulas of `designs` approach
    score, pearson, midp, exact_findings, exact_units, units_for_rates
Planning with a belief about the effect: assurance, expected loss, and what waiting costs
    assurance, expected_loss, units_for_loss, expected_regret, Regret
What a planned micro lift leads one to expect of the macro test, and the units that needs
    macro_power, MacroPower
How likely a test is to find an effect, and how many units it takes
    findings, power_of, units_for, Design, Findings, Units
Power of several tests at once, such as all that a decision to ship asks for
    joint_power, path_correlation
Power of several arms that share a control
    dunnett_alpha, power_of_arms, ArmsPower
What not to promise: how far findings exaggerate, and how many of them are none
    winners_curse, false_positive_risk, expected_wins, WinnersCurse, Wins
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "carry_through": "claim moved macro_to_micro sign_error sign_error_floor",
    "designs": """
        pooled unpooled control_variance arcsine log_ratio farrington_manning
        farrington_manning_ratio means amounts amounts_at_margin design_effect corrected
    """,
    "detectable_effect": "DetectableRate detectable",
    "enumeration": "enumerated_findings",
    "equivalence": "power_of_equivalence units_for_equivalence",
    "exact": "score pearson midp exact_findings exact_units units_for_rates",
    "expected_power": "Regret assurance expected_loss units_for_loss expected_regret",
    "joint": "joint_power path_correlation",
    "macro_goal": "MacroPower macro_power",
    "power": "Design Findings Units findings power_of units_for",
    "several_arms": "ArmsPower dunnett_alpha power_of_arms",
    "type_m_s": "WinnersCurse Wins winners_curse false_positive_risk expected_wins",
}

if TYPE_CHECKING:
    from abmicro.stats.power.carry_through import (
        claim as claim,
        macro_to_micro as macro_to_micro,
        moved as moved,
        sign_error as sign_error,
        sign_error_floor as sign_error_floor,
    )
    from abmicro.stats.power.designs import (
        amounts as amounts,
        amounts_at_margin as amounts_at_margin,
        arcsine as arcsine,
        control_variance as control_variance,
        corrected as corrected,
        design_effect as design_effect,
        farrington_manning as farrington_manning,
        farrington_manning_ratio as farrington_manning_ratio,
        log_ratio as log_ratio,
        means as means,
        pooled as pooled,
        unpooled as unpooled,
    )
    from abmicro.stats.power.detectable_effect import (
        DetectableRate as DetectableRate,
        detectable as detectable,
    )
    from abmicro.stats.power.enumeration import (
        enumerated_findings as enumerated_findings,
    )
    from abmicro.stats.power.equivalence import (
        power_of_equivalence as power_of_equivalence,
        units_for_equivalence as units_for_equivalence,
    )
    from abmicro.stats.power.exact import (
        exact_findings as exact_findings,
        exact_units as exact_units,
        midp as midp,
        pearson as pearson,
        score as score,
        units_for_rates as units_for_rates,
    )
    from abmicro.stats.power.expected_power import (
        Regret as Regret,
        assurance as assurance,
        expected_loss as expected_loss,
        expected_regret as expected_regret,
        units_for_loss as units_for_loss,
    )
    from abmicro.stats.power.joint import (
        joint_power as joint_power,
        path_correlation as path_correlation,
    )
    from abmicro.stats.power.macro_goal import (
        MacroPower as MacroPower,
        macro_power as macro_power,
    )
    from abmicro.stats.power.power import (
        Design as Design,
        Findings as Findings,
        Units as Units,
        findings as findings,
        power_of as power_of,
        units_for as units_for,
    )
    from abmicro.stats.power.several_arms import (
        ArmsPower as ArmsPower,
        dunnett_alpha as dunnett_alpha,
        power_of_arms as power_of_arms,
    )
    from abmicro.stats.power.type_m_s import (
        WinnersCurse as WinnersCurse,
        Wins as Wins,
        expected_wins as expected_wins,
        false_positive_risk as false_positive_risk,
        winners_curse as winners_curse,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
