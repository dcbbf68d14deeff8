"""How the units are divided among the variants once the test runs as meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.experiment.ramp import shares_of_phases

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment


def shares(experiment: Experiment) -> dict[str, float]:
    """The share of every variant, after a ramp that of the last phase in which all have one.

    >>> from abmicro import Experiment
    >>> shares(Experiment(name="t", variants={"a": 0.6, "b": 0.4}, goals={"x": "milestone"}))
    {'a': 0.6, 'b': 0.4}
    """
    phases = shares_of_phases(experiment.variants, experiment.ramp)
    last = next(shares for shares in reversed(phases) if all(shares))
    return {variant.name: share for variant, share in zip(experiment.variants, last, strict=True)}


def ratios(experiment: Experiment) -> dict[str, float]:
    """Units of every treated variant for one of the control."""
    divided = shares(experiment)
    control = divided[experiment.control.name]
    return {variant.name: divided[variant.name] / control for variant in experiment.treated}
