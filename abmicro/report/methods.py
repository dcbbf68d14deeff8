"""How the numbers of a report were made: what was used, in words, with its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from abmicro import number
from abmicro.analysis.results import Analysis


@dataclass(frozen=True, slots=True)
class Method:
    """A method, what it was used for, and where it is described (empty where the use says all)."""

    name: str
    use: str
    source: str = ""


EFFECTS = {
    "Boschloo": "Boschloo (1970), Statistica Neerlandica 24:1-9",
    "Miettinen": "Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226",
    "Newcombe": "Newcombe (1998), Statistics in Medicine 17:873-890",
    "Welch": "Welch (1947), Biometrika 34:28-35; Fieller (1954), JRSS B 16:175-185",
}
CORRECTIONS = {
    "holm": ("Holm", "Holm (1979), Scandinavian Journal of Statistics 6:65-70"),
    "bonferroni": ("Bonferroni", "Dunn (1961), JASA 56:52-64"),
    "by": ("Benjamini-Yekutieli", "Benjamini and Yekutieli (2001), Annals of Statistics 29:1165"),
    "dunnett": ("Dunnett", "Dunnett (1955), JASA 50:1096-1121"),
    "hommel": ("Hommel", "Hommel (1988), Biometrika 75:383-386"),
    "hochberg": ("Hochberg", "Hochberg (1988), Biometrika 75:800-802"),
    "bh": ("Benjamini-Hochberg", "Benjamini and Hochberg (1995), JRSS B 57:289-300"),
}


_FAMILIES = {
    "role": "the arms of the primary goal, and over the secondary goals of all arms",
    "all": "the primary and secondary goals of all arms together",
}


def used(analysis: Analysis) -> Iterator[Method]:
    """Every method behind this analysis, in the order of the report."""
    options = analysis.experiment.analysis
    yield Method(
        "Sample ratio",
        "Chi-square test of the sizes of the arms against the planned shares; alarm at p < 0.001.",
        "Fabijan et al. (2019), KDD, diagnosing sample ratio mismatch",
    )
    for name in dict.fromkeys(goal.method for goal in analysis.goals):
        source = next((text for key, text in EFFECTS.items() if key in name), "")
        yield Method(name, "Test, difference and lift of a goal, from one statistic.", source)
    if options.correction in CORRECTIONS:
        name, source = CORRECTIONS[options.correction]
        use = f"Adjusted p over {_FAMILIES[options.family]}, alpha {options.alpha:g}."
        yield Method(name, use, source)
    if any(goal.noninferiority for goal in analysis.goals):
        use = (
            f"Guardrails against their margins, one-sided, alpha {options.alpha:g}; all must pass."
        )
        yield Method("Non-inferiority", use)
    if any(goal.credible for goal in analysis.goals):
        prior = options.prior
        use = (
            f"Chance to win and expected loss; beta prior ({prior.a:g}, {prior.b:g}) of every rate."
        )
        yield Method("Beta-binomial posterior", use)
    if analysis.carry_through:
        yield from _carry_through(analysis)


def _carry_through(analysis: Analysis) -> Iterator[Method]:
    level = number.level(analysis.carry_through[0].pass_through.level)
    yield Method(
        "Pass-through set",
        f"Fieller set of log macro lift over log expected lift at {level}; whatever the truth, a "
        "label is wrong at most as often as the level allows.",
        "Fieller (1954), JRSS B 16:175-185; von Luxburg and Franz (2009), Statistica Sinica 19",
    )
    if analysis.funnel:
        yield Method(
            "Funnel decomposition",
            "The log macro lift is the exact sum of the log step lifts; contributions per 1,000 "
            "units by the logarithmic mean, so that they add up.",
            "Ang (2005), Energy Policy 33:867-871",
        )
