"""What the parts of a plan are called."""

from __future__ import annotations

from abmicro.planning.results import ClaimName, OptionName

CLAIMS: dict[ClaimName, str] = {
    "micro_moved": "{micro} moved",
    "macro_up": "{macro} moved too",
    "at_least": "{share} of it or more",
    "less_than_full": "not all of it arrived",
}

OPTIONS: dict[OptionName, str] = {
    "other_goal": "A goal nearer the change",
    "bolder": "A bolder variant",
    "fewer_arms": "A simpler split",
    "no_loss": "Show that nothing is lost",
    "longer": "Longer",
    "more_traffic": "More of the traffic",
    "loss_tolerance": "A Bayesian decision",
}

CLAIMS_NOTE = (
    "Each line is a statement and what is true when it is found with the planned power, at the "
    "level at which the analysis makes it: that a goal moved, at that of the goal; what share of "
    "the gain arrived, at that of the pair, which all pairs share that do not decide."
)
SIZES_NOTE = (
    "Units in all are those of all variants together, the control among them; time is in whole "
    "weeks, "
    "so that every weekday counts equally. Power, and the smallest lift found with the planned "
    "power, are those after {weeks}."
)
UNTIMED_NOTE = (
    "Units in all are those of all variants together, the control among them. Give traffic to "
    "learn "
    "how many weeks they take, and what each week can find."
)
GUARD_NOTE = (
    "Planned, for a guardrail, is its margin: units and power are those of ruling out so large a "
    "change for the worse where there is none at all."
)
SHIP_NOTE = (
    "All of these must be found in the same data; how they go together, by the path or by the "
    "counts, is reckoned with."
)
SHIP_POWER_NOTE = "Power is that of each by itself after {weeks}; together they have {power}."
ANY_ARM_NOTE = (
    "Units and power are those of one comparison: of the {arms} treated variants the one with the "
    "smallest share against the control, at its part of the level. Chance that at least one is "
    "found, if all have the planned lift: {chances}."
)
WEEKS_NOTE = (
    "Found: the smallest lift found with the planned power. Sure: the chance that the posterior "
    "probability of a change in the good direction reaches 95%, if the planned lift is true."
)
PROMISES_NOTE = (
    "If the planned lift is true and the test ends as planned. Exaggeration: how many times too "
    "large a significant lift is on average. Wrong sign: significant lifts that point the wrong "
    "way. Assurance: chance of a significant gain, averaged over lifts believed to lie around "
    "zero. Safe after: units in all variants from which taking the better-looking variant loses, "
    "on "
    "average over the same lifts, no more than is tolerated ({loss} of {goal})."
)
WINS_NOTE = (
    "Significant gains in ten tests such as this one, if so large a share of them has the planned "
    "effect and the others none: an assumption, set plan.true_share to yours."
)
WAITING_NOTE = (
    "On average over the lifts believed, as a share of the conversions of {weeks}: what is lost "
    "while only some units get the better variant, and what is lost afterwards where the worse was "
    "taken. The better-looking variant is taken, significant or not."
)

LOOKS_NOTE = (
    "Units in all variants: of a test that is read once, with looks if it runs to its end, and on "
    "average with looks, if what is planned is true and if nothing moves. Mean days go with the "
    "planned lift and the units that come, windows included. Not before: the day on which the "
    "first look can be read whose bound is within reach and that has conversions enough."
)
LOOKS_WEEKS_NOTE = (
    "The chance that each finding is made by the end of the week, if what is planned is true; "
    "without traffic, of a test that brings the units of the second column."
)

POWER_READING = (
    "How likely a lift is found in {weeks}, by its true size. Marks stand at the planned lifts; "
    "where a line crosses the dashed one lies the smallest lift that can be relied on to be found."
)
WEEKS_READING = (
    "Each mark is the smallest lift found with the planned power after so many weeks. The axis is "
    "logarithmic: to halve a lift takes four times the units."
)
CLAIMS_READING = (
    "Each mark is the number of units in all variants from which a statement is found with the "
    "planned "
    "power, in brackets what is true then. The axis is logarithmic."
)

SOURCES = (
    (
        "Units and power",
        "Pooled score test, the test of the analysis; margins by restricted rates; amounts by the "
        "wider of Welch's and Student's errors, with the spread that the lift brings.",
        "Fleiss, Levin and Paik (2003), ch. 4; Farrington and Manning (1990), Stat Med 9:1447-1454",
    ),
    (
        "Shipping",
        "All findings at once: joint normal law of their statistics, with their correlations.",
        "Genz (1992), J Comput Graph Stat 1:141-149",
    ),
    (
        "Looks while it runs",
        "Alpha spent by the calendar; without an end a normal mixture.",
        "Lan and DeMets (1983), Biometrika 70:659-663; Robbins (1970), Ann Math Stat 41:1397-1409",
    ),
    (
        "Carry-through",
        "Contrasts of the two log lifts, with the control's rates in both variants.",
        "",
    ),
    (
        "Exaggeration and wrong sign",
        "What significant lifts are like at this power.",
        "Gelman and Carlin (2014), Perspect Psychol Sci 9:641-651; Lu, Qiu and Deng (2019)",
    ),
    (
        "False positive risk",
        "Wins without an effect among all wins, for an assumed share of true effects.",
        "Kohavi, Deng and Vermeer (2022), KDD, A/B testing intuition busters",
    ),
    (
        "Assurance, waiting and error",
        "Averages over a normal belief about the log lift.",
        "O'Hagan, Stevens and Campbell (2005), Pharm Stat 4:187-201; Raiffa and Schlaifer (1961)",
    ),
)
