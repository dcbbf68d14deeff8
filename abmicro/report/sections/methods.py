"""How the numbers of a report were made: what was used, in words, with its source."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import Analysis
from abmicro.experiment.model import Experiment
from abmicro.experiment.monitoring import correction_of
from abmicro.report.blocks import Block, Fold, Heading, Note, Paragraph, Section, Term, Terms
from abmicro.report.words import (
    DECISIONS,
    GLOSSARY,
    GUARDS,
    LABELS,
    STATUSES,
    WAITING,
    Words,
    answer,
)
from abmicro.report.words.subject import subjects

EFFECTS = {
    "CUPED": "Deng, Xu, Kohavi and Walker (2013), WSDM; Welch (1947), Biometrika 34:28-35; "
    "Student (1908), Biometrika 6:1-25",
    "skewness": "Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226; Laud (2017), "
    "Pharmaceutical Statistics 16:334-348",
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
    "role": "the variants of the primary goal, and over the secondary goals of all variants",
    "all": "the primary and secondary goals of all variants together",
}


FINDINGS: tuple[Words, ...] = (
    *DECISIONS.values(),
    *STATUSES.values(),
    WAITING,
    *GUARDS.values(),
    *LABELS.values(),
)


def section(analysis: Analysis) -> Section:
    """Every method that was used, with its source, and what the words of a report mean."""
    blocks = (Terms(tuple(used(analysis))), glossary())
    return Section("methods", "Methods and glossary", blocks, "Methods")


def glossary() -> Fold:
    """The terms of a report, then its decisions, statuses and labels."""
    blocks: tuple[Block, ...] = (
        Terms(tuple(Term(*term) for term in GLOSSARY)),
        Heading("Decisions, checks, guardrails and findings"),
        Terms(tuple(Term(words.title, words.meaning) for words in FINDINGS)),
    )
    return Fold("Glossary", blocks, dense=True)


def used(analysis: Analysis) -> Iterator[Term]:
    """Every method behind this analysis, in the order of the report."""
    options = analysis.experiment.analysis
    yield Term(
        "Sample ratio",
        "Test of the sizes of the variants against the planned shares, exact for two variants "
        "and for few "
        "units, chi-square else; alarm at p < 0.001.",
        "Fabijan et al. (2019), KDD, diagnosing sample ratio mismatch",
    )
    for name in dict.fromkeys(goal.method for goal in analysis.goals):
        source = next((text for key, text in EFFECTS.items() if key in name), "")
        yield Term(name, "Test, difference and lift of a goal, from one statistic.", source)
    correction = correction_of(analysis.experiment)
    if correction in CORRECTIONS:
        name, source = CORRECTIONS[correction]
        use = f"Adjusted p over {_FAMILIES[options.family]}, alpha {options.alpha:g}."
        yield Term(name, use, source)
    if len(analysis.verdicts) > 1 and any(one.kind == "macro" for one in analysis.goals):
        use = (
            "Macro goals beside the primary stand outside that: each p times the variants (of "
            "macro goals that cannot ship: times the macro goals too), in one step."
        )
        yield Term("Bonferroni over variants", use, "Dunn (1961), JASA 56:52-64")
    if any(goal.noninferiority for goal in analysis.goals):
        use = (
            f"Guardrails against their margins, one-sided, alpha {options.alpha:g}; all must pass."
        )
        yield Term("Non-inferiority", use)
    yield from _bayes(analysis)
    if analysis.uncompared:
        use = "Rates of goals that the control lacks, with Wilson's interval; not compared."
        source = "Wilson (1927), Journal of the American Statistical Association 22:209-212"
        yield Term("Goals of some variants", use, source)
    if analysis.carry_through:
        yield from _carry_through(analysis)


def _bayes(analysis: Analysis) -> Iterator[Term]:
    known = [goal for goal in analysis.goals if goal.credible]
    if any(not goal.is_value for goal in known):
        use = "Chance to win, expected losses and credible intervals of rates, by quadrature."
        yield Term("Beta-binomial posterior", use, "Stucchio (2015), Bayesian A/B testing at VWO")
    if any(goal.is_value for goal in known):
        use = "The same of values: how many spend times how much, by characteristic functions."
        yield Term("Posterior of a value per unit", use)
    yield from _priors(analysis.experiment)
    if analysis.bayes.sensitivity:
        use = (
            "The primary goal under several priors; a sceptic's is normal on the log lift and "
            "gives a rise beyond the smallest lift worth finding one chance in twenty."
        )
        source = "Spiegelhalter, Freedman and Parmar (1994), JRSS A 157:357-416"
        yield Term("Sensitivity to the prior", use, source)
    if analysis.bayes.evidence:
        use = (
            "No difference against a difference about as large as planned (log odds), and against "
            "two unrelated rates."
        )
        yield Term("Bayes factors", use, "Kass and Vaidyanathan (1992), JRSS B 54:129-144")
    if any(not isnan(one.success) for one in analysis.bayes.evidence):
        use = "Chance that the planned end brings success, from beta-binomial laws of what comes."
        source = "Spiegelhalter, Freedman and Blackburn (1986), Controlled Clinical Trials 7:8-17"
        yield Term("Predictive probability", use, source)
    if analysis.experiment.analysis.rope is not None:
        source = "Kruschke (2018), Advances in Methods and Practices in Psychological Science 1:270"
        yield Term("Region of practical equivalence", "Lifts that count as none.", source)


def _priors(experiment: Experiment) -> Iterator[Term]:
    priors = [experiment.analysis.prior, *(goal.prior for goal in experiment.goals if goal.prior)]
    if any(prior.past for prior in priors):
        source = "Skellam (1948), JRSS B 10:257-261"
        yield Term("Prior from past tests", "Beta law by its marginal likelihood.", source)
    if any(prior.vague for prior in priors):
        use = "A prior mixed with Jeffreys', weighted by how well each foresaw the data."
        yield Term("Robust prior", use, "Schmidli et al. (2014), Biometrics 70:1023-1032")


def _carry_through(analysis: Analysis) -> Iterator[Term]:
    levels = dict.fromkeys(one.pass_through.level for one in analysis.carry_through)
    level = " or ".join(map(formatting.level, levels))
    yield Term(
        "Pass-through set",
        f"Fieller set of log macro lift over log expected lift (of amounts: of the differences, by "
        f"Welch and Student) at {level}; whether micro and macro moved is what their rows say. The "
        "pair of the primary goal is wrong at most as often as alpha allows over all variants, the "
        "other pairs together as often again.",
        "Fieller (1954), JRSS B 16:175-185; von Luxburg and Franz (2009), Statistica Sinica 19",
    )
    if analysis.funnel:
        yield Term(
            "Funnel decomposition",
            "The log macro lift is the exact sum of the log step lifts; contributions per 1,000 "
            "units by the logarithmic mean, so that they add up.",
            "Ang (2005), Energy Policy 33:867-871",
        )


def decided(analysis: Analysis) -> Section:
    """The reasons of every variant in full."""
    head = "How it was decided"
    return Section("decided", head, tuple(_decisions(analysis)), head)


def _decisions(analysis: Analysis) -> Iterator[Block]:
    if analysis.recommendation.sentence:
        yield Paragraph(analysis.recommendation.sentence)
    for subject in subjects(analysis):
        verdict = subject.verdict
        word = answer.pill(subject).word
        yield Heading(subject.variant, word[:1].lower() + word[1:])
        yield from map(Paragraph, verdict.because)
        if verdict.would_change:
            yield Note(verdict.would_change)
