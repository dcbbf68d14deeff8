"""How the numbers of a report were made: what was used, in words, with its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

from abmicro import formatting
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
    "Delta": "Deng, Knoblich and Lu (2018), KDD; Fieller (1954), JRSS B 16:175-185",
    "Welch": "Welch (1947), Biometrika 34:28-35; Student (1908), Biometrika 6:1-25; "
    "Fieller (1954), JRSS B 16:175-185",
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
    yield from _bayes(analysis)
    if analysis.carry_through:
        yield from _carry_through(analysis)


def _bayes(analysis: Analysis) -> Iterator[Method]:
    known = [goal for goal in analysis.goals if goal.credible]
    priors = [analysis.experiment.analysis.prior]
    priors += [goal.prior for goal in analysis.experiment.goals if goal.prior]
    if any(not goal.is_value for goal in known):
        use = "Chance to win, expected losses and credible intervals of rates, by quadrature."
        yield Method("Beta-binomial posterior", use, "Stucchio (2015), Bayesian A/B testing at VWO")
    if any(goal.is_value for goal in known):
        use = "The same of values: how many spend times how much, by characteristic functions."
        yield Method("Posterior of a value per unit", use)
    if any(prior.past for prior in priors):
        source = "Skellam (1948), JRSS B 10:257-261"
        yield Method("Prior from past tests", "Beta law by its marginal likelihood.", source)
    if any(prior.vague for prior in priors):
        use = "A prior mixed with Jeffreys', weighted by how well each foresaw the data."
        yield Method("Robust prior", use, "Schmidli et al. (2014), Biometrics 70:1023-1032")
    if analysis.bayes.sensitivity:
        use = (
            "The primary goal under several priors; a sceptic's is normal on the log lift and "
            "gives a rise beyond the smallest lift worth finding one chance in twenty."
        )
        source = "Spiegelhalter, Freedman and Parmar (1994), JRSS A 157:357-416"
        yield Method("Sensitivity to the prior", use, source)
    if analysis.bayes.evidence:
        use = (
            "No difference against a difference about as large as planned (log odds), and against "
            "two unrelated rates."
        )
        yield Method("Bayes factors", use, "Kass and Vaidyanathan (1992), JRSS B 54:129-144")
    if any(not isnan(one.success) for one in analysis.bayes.evidence):
        use = "Chance that the planned end brings success, from beta-binomial laws of what comes."
        source = "Spiegelhalter, Freedman and Blackburn (1986), Controlled Clinical Trials 7:8-17"
        yield Method("Predictive probability", use, source)
    if analysis.experiment.analysis.rope is not None:
        source = "Kruschke (2018), Advances in Methods and Practices in Psychological Science 1:270"
        yield Method("Region of practical equivalence", "Lifts that count as none.", source)


def _carry_through(analysis: Analysis) -> Iterator[Method]:
    level = formatting.level(analysis.carry_through[0].pass_through.level)
    yield Method(
        "Pass-through set",
        f"Fieller set of log macro lift over log expected lift (of amounts: of the differences, by "
        f"Welch and Student) at {level}; whatever the truth, a label is wrong at most as often as "
        "the level allows.",
        "Fieller (1954), JRSS B 16:175-185; von Luxburg and Franz (2009), Statistica Sinica 19",
    )
    if analysis.funnel:
        yield Method(
            "Funnel decomposition",
            "The log macro lift is the exact sum of the log step lifts; contributions per 1,000 "
            "units by the logarithmic mean, so that they add up.",
            "Ang (2005), Energy Policy 33:867-871",
        )
