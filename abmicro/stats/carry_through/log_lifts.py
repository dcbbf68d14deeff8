"""Log lifts of micro and macro, with the variances and covariances that the ruler needs."""

from __future__ import annotations

import numpy as np

from abmicro.stats.carry_through.expected_lift import Joint, expected_lift
from abmicro.stats.carry_through.label import Logs
from abmicro.stats.foundations.log_ratio import Nested, log_ratio
from abmicro.stats.foundations.validation import Floats


def path_logs(counts: Nested) -> Logs:
    """On a path the micro lift is expected whole, and Cov(macro, micro) is the micro's variance."""
    (micro, var_micro), (macro, var_macro) = (
        log_ratio(
            (counts.treated[..., goal], counts.treated[..., 0]),
            (counts.control[..., goal], counts.control[..., 0]),
        )
        for goal in (1, 2)
    )
    return Logs(micro, var_micro, macro, var_macro, micro, var_micro, var_micro)


def joint_logs(joint: Joint) -> tuple[Logs, Floats]:
    """The log lifts of the means, and the dilution."""
    (micro, var_micro), (macro, var_macro) = micro_and_macro(joint)
    expected = expected_lift(joint)
    covariances = expected.variance, expected.covariance
    return Logs(
        micro, var_micro, macro, var_macro, expected.estimate, *covariances
    ), expected.dilution


def micro_and_macro(joint: Joint) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Log lift and variance of both goals."""
    return (
        _log_ratio(joint.micro, (joint.spread[0].micro, joint.spread[1].micro)),
        _log_ratio(joint.macro, (joint.spread[0].macro, joint.spread[1].macro)),
    )


def micro_macro_covariance(joint: Joint) -> Floats:
    """Covariance of the estimated log lifts of micro and macro."""
    of_control, of_treated = (
        spread.micro_macro / (m * np.where(y > 0, y, np.nan))
        for spread, m, y in zip(joint.spread, joint.micro, joint.macro, strict=True)
    )
    return np.asarray(of_control + of_treated)


def _log_ratio(
    means: tuple[Floats, Floats], variances: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Log of treated over control and its variance; NaN where a mean is not above zero."""
    control, treated = (np.where(mean > 0, mean, np.nan) for mean in means)
    estimate = np.log(treated) - np.log(control)
    return estimate, variances[0] / control**2 + variances[1] / treated**2
