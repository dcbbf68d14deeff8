"""Statistics of A/B tests, as a textbook: arrays in, arrays out; no experiment, no label, no file.

    >>> from abmicro.stats import foundations, proportions
    >>> treated, control = foundations.Binomial(244, 10_000), foundations.Binomial(200, 10_000)
    >>> found = proportions.lift(treated, control)
    >>> [round(float(value), 3) for value in found]
    [0.22, 0.014, 0.467]
    >>> print(round(float(proportions.score_test(treated, control).p), 4))
    0.0347

Which function answers which question; the docstring of a chapter names all it holds:

Two rates (`proportions`)
    How large is the difference, the relative lift?  proportions.difference, proportions.lift
    Do the rates differ?                             proportions.score_test
    ... by another known method                      proportions.newcombe, proportions.g_test, ...
    As odds ratio                                    proportions.odds_ratio
    With equal tails for unequal arms                proportions.skewed_difference
    At its level whatever the sizes of the arms      proportions.robust_difference,
                                                     proportions.robust_score_test
    Is it no worse, or about as good?                proportions.noninferiority,
                                                     proportions.equivalence
One rate
    Its interval; is it a given one?                 proportions.wilson,
                                                     proportions.rate_score_test
Few units (`exact`)
    The right method by itself                       exact.compare
    Fisher, Barnard, Boschloo                        exact.fisher, exact.barnard, exact.boschloo
    Exact intervals                                  exact.exact_difference, exact.exact_lift,
                                                     exact.odds_ratio_exact
Means (`means`)
    A value per unit, such as revenue                means.welch_difference, means.lift_of_means
    A total in which few large values weigh much     means.amount_difference, means.amount_lift
    Less noise by a value known before               means.cuped, means.lin, means.g_computation
Ratios
    Rates per session or item, by user               means.session_rates
    Any ratio of two estimates                       foundations.fieller
Strata (`stratified`)
    One effect over segments or weeks                stratified.stratified_difference,
                                                     stratified.stratified_lift
    Does the effect differ between them?             stratified.interaction_test
    Does pooling turn it around?                     stratified.simpson
Several arms or hypotheses (`multiplicity`)
    Every arm against one control                    multiplicity.many_to_one
    Any difference, a trend over arms?               multiplicity.omnibus, multiplicity.trend
    Adjusted p-values                                multiplicity.holm, multiplicity.adjusted
    Hypotheses in an order                           multiplicity.gates, multiplicity.graphical
    Goals times arms                                 multiplicity.max_t
Power (`power`)
    Units of a test, its power                       power.units_for, power.power_of with a design:
                                                     power.pooled, power.means, ...
    What can so many units find?                     power.detectable
    The same by enumeration                          power.exact_units, power.exact_findings
    Several arms, equivalence                        power.power_of_arms,
                                                     power.units_for_equivalence
    A decision that asks for several findings        power.joint_power
    With a belief about the effect                   power.assurance, power.expected_regret
    How far do findings exaggerate?                  power.winners_curse
Carry-through (`carry_through`)
    How much of a micro lift reaches the macro?      carry_through.path, carry_through.joint
    The same within strata                           carry_through.path_strata,
                                                     carry_through.joint_strata
    Where in the funnel does a lift arise or leak?   carry_through.decompose, carry_through.leaks
    Its power                                        power.claim, power.macro_power
Decisions (`verdict`)
    Ship, keep the control, not settled ...?         verdict.decide
    What does the wrong choice cost on average?      verdict.expected_losses
Causes (`mediation`)
    How much goes through the micro goal?            mediation.mediation, mediation.sensitivity
    Is it a stand-in for the macro goal?             mediation.surrogate,
                                                     mediation.principal_strata
Time (`time_to_event`)
    Who converts within a time?                      time_to_event.incidence
    More conversions, or sooner?                     time_to_event.acceleration
    Does the effect fade?                            time_to_event.trend
Bayes (`bayes`)
    A rate, two rates                                bayes.posterior, bayes.compare
    Which of many arms is best?                      bayes.probability_best
    Priors from what is known                        bayes.from_baseline, bayes.from_past,
                                                     bayes.robust, bayes.lift_posterior
    A value per unit                                 bayes.compare_values
    Evidence for no difference                       bayes.independent_rates, bayes.log_odds_factor
    May the test stop, will it succeed?              bayes.stop, bayes.probability_of_success
Looks while a test runs (`sequential`)
    How far must a score lie at each look?           sequential.critical_values,
                                                     sequential.anytime_values
    The p-value, the effect at a stop                sequential.sequential_p, sequential.at_stop
    What do looks cost, will they find something?    sequential.inflation,
                                                     sequential.conditional_power
    Which carry-through label stands?                sequential.settle
    Do the arms get their shares, asked every day?   sequential.sample_ratio_e
Many tests together (`programme`)
    What usually becomes of a micro lift?            programme.typical_step
    What do past tests say about a new one?          programme.programme, programme.blended
    How large were the true lifts?                   programme.lift_law, programme.gain
    Which goals tell how the macro moves?            programme.goal_quality,
                                                     programme.greedy_goals
    What do many tests gain, what is chance?         programme.programme_value,
                                                     programme.chance_wins
Checks (`quality`)
    Did the arms get their shares of units?          quality.sample_ratio
    Which sources, which days differ?                quality.source_rates, quality.day_scores
    Does a tag miss events, do bots make them?       quality.looks_lost, quality.longest_silence,
                                                     quality.fit_negative_binomial
Building blocks (`foundations`)
    Counts, an estimate with its interval            foundations.Binomial, foundations.Effect
    Bootstrap and permutation                        foundations.bootstrap_counts, foundations.bca,
                                                     foundations.permutation_test
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

CHAPTERS = (
    "foundations",
    "proportions",
    "means",
    "exact",
    "stratified",
    "multiplicity",
    "power",
    "carry_through",
    "time_to_event",
    "bayes",
    "quality",
    "mediation",
    "verdict",
    "sequential",
    "programme",
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load a chapter when it is first used (PEP 562)."""
        if name not in CHAPTERS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    """The chapters, in alphabetical order as `dir` gives them."""
    return sorted(CHAPTERS)
