"""A Bayesian view made by hand from normal laws of the lift, for tests of rendering only."""

from __future__ import annotations

from math import exp, pi, sqrt

from abmicro.analysis.results import (
    Analysis,
    Bayes,
    Curve,
    Drawn,
    Equivalence,
    Evidence,
    GoalResult,
    Pair,
    Posterior,
    PriorSensitivity,
    Standing,
    Stopping,
)

PRIORS = ("Jeffreys' beta (0.5, 0.5)", "uniform beta (1, 1)", "beta (12, 88)")
POINTS = [(at - 24) / 7 for at in range(49)]


def view(analysis: Analysis) -> Bayes:
    """Every part of the view for the rates over all units."""
    rows = [row for row in analysis.goals if row.segment is None and row.credible is not None]
    last = rows[-1].goal
    primary = [row for row in rows if row.role == "primary"]
    arms = [arm.name for arm in analysis.experiment.variants]
    return Bayes(
        posteriors=tuple(_posterior(row, drawn=row in primary or row.goal == last) for row in rows),
        standings=tuple(
            Standing(goal, arm, 1 / len(arms), 0.001 * at)
            for goal in dict.fromkeys(row.goal for row in rows)
            for at, arm in enumerate(arms)
            if len(arms) > 2
        ),
        sensitivity=tuple(
            PriorSensitivity(row.goal, row.variant, prior, row.probability_better, row.lift)
            for row in primary
            for prior in PRIORS
        ),
        stopping=tuple(
            Stopping(
                goal=row.goal,
                variant=row.variant,
                tolerance=0.0005,
                choice=row.variant,
                loss=row.expected_loss,
                safe=row.expected_loss < 0.0005,
                looks=14,
                stopped=Drawn(0.95, 0.005),
                mistaken=Drawn(0.48, 0.011),
            )
            for row in primary
        ),
        evidence=tuple(
            Evidence(row.goal, row.variant, 0.05, -1.975, -9.0, Pair(9_000, 8_000), 0.61)
            for row in primary
        ),
    )


def _posterior(row: GoalResult, *, drawn: bool) -> Posterior:
    spread = (row.lift.high - row.lift.low) / 3.92
    curve = Curve(
        lift=tuple(row.lift.estimate + point * spread for point in POINTS),
        posterior=tuple(exp(-(point**2) / 2) / sqrt(2 * pi) / spread for point in POINTS),
        prior=tuple(0.1 for _ in POINTS),
    )
    equivalence = Equivalence(0.01, 0.1, 0.2, 0.7, row.lift)
    return Posterior(row.goal, row.variant, PRIORS[0], equivalence, curve if drawn else None)
