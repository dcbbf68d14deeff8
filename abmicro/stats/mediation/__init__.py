"""Measures of one experiment for experts: each rests on an assumption that its docstring names.

How soon the causal reading of `mediation` breaks when intent moves both goals
    sensitivity, rho_without_effect, kappa_without_harm, Sensitivity
How much of the macro difference goes through the micro goal, if nothing else moves both
    mediation, Mediation
Micro and macro goal of the same units taken together: did either move, did both?
    two_goals, TwoGoals
Weak extra micro converters, or harm to good customers? What the counts leave open
    principal_strata, PrincipalStrata
Classical measures of a micro goal as a stand-in for the macro goal, from one experiment
    surrogate, Surrogate
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "confounding": "Sensitivity sensitivity rho_without_effect kappa_without_harm",
    "effects": "Mediation mediation",
    "joint_tests": "TwoGoals two_goals",
    "principal_stratification": "PrincipalStrata principal_strata",
    "surrogacy": "Surrogate surrogate",
}

if TYPE_CHECKING:
    from abmicro.stats.mediation.confounding import (
        Sensitivity as Sensitivity,
        kappa_without_harm as kappa_without_harm,
        rho_without_effect as rho_without_effect,
        sensitivity as sensitivity,
    )
    from abmicro.stats.mediation.effects import (
        Mediation as Mediation,
        mediation as mediation,
    )
    from abmicro.stats.mediation.joint_tests import (
        TwoGoals as TwoGoals,
        two_goals as two_goals,
    )
    from abmicro.stats.mediation.principal_stratification import (
        PrincipalStrata as PrincipalStrata,
        principal_strata as principal_strata,
    )
    from abmicro.stats.mediation.surrogacy import (
        Surrogate as Surrogate,
        surrogate as surrogate,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
