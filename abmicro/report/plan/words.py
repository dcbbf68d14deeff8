"""What the parts of a plan are called."""

from __future__ import annotations

from abmicro.planning.results import ClaimName, OptionName

CLAIMS: dict[ClaimName, str] = {
    "micro_moved": "{micro} moved",
    "macro_up": "{macro} moved too",
    "at_least": "{share} or more got there",
    "less_than_full": "not all got there",
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
    "Each line is a statement that the analysis may make, and what it takes to make it with the "
    "planned power."
)
SIZES_NOTE = (
    "In all: all variants together, the control among them. Time is in whole weeks, so that every "
    "weekday counts equally. Power, and the smallest change found, are those after {weeks}."
)
UNTIMED_NOTE = (
    "In all: all variants together, the control among them. Give traffic to learn how many weeks "
    "that takes, and what each week can find."
)
GUARD_NOTE = (
    "Planned, for a guardrail, is its margin: that of a loss which the test is to rule out, where "
    "there is none at all."
)
SHIP_NOTE = "All of these must be found in the same data; that they go together is reckoned with."
SHIP_POWER_NOTE = "Power is that of each by itself after {weeks}; together they have {power}."
ANY_ARM_NOTE = (
    "Each of the {arms} treated variants is compared with the control; sizes and power are those "
    "of the smallest. Chance that at least one is found, if all change as planned: {chances}."
)
WEEKS_NOTE = (
    "Smallest found: the smallest change, with the planned power. 95% certain: the chance that the "
    "Bayesian view is 95% sure of a change for the better, if the planned one is true."
)
PROMISES_NOTE = (
    "If the planned change is true and the test ends as planned. Exaggeration: how many times too "
    "large a clear result looks on average. Wrong way: clear results that point the wrong way. "
    "Chance of a gain: of a clear one, averaged over changes believed to lie around zero. Safe "
    "after so many: from there on, taking the better-looking variant loses on average no more than "
    "is tolerated ({loss} of {goal})."
)
WINS_NOTE = (
    "Clear gains in ten tests such as this one, if so large a share of them really changes as "
    "planned and the others do nothing: an assumption, set plan.true_share to yours."
)
WAITING_NOTE = (
    "On average, as a share of the conversions of {weeks}: what is lost while only some {units} "
    "get the better variant, and what is lost afterwards where the worse was taken. The "
    "better-looking variant is taken, clear or not."
)

LOOKS_NOTE = (
    "So many {units} in all variants: of a test that is read once, with looks if it runs to its "
    "end, and on average with looks, if what is planned is true and if nothing moves. Mean days go "
    "with the planned change, windows included. Not before: the first look that can say anything."
)
LOOKS_WEEKS_NOTE = (
    "The chance that each finding is made by the end of the week, if what is planned is true."
)

POWER_READING = (
    "How likely a change is found in {weeks}, by its true size. Marks stand at planned changes; "
    "where a line crosses the dashed one lies the smallest change that you can rely on to find."
)
WEEKS_READING = (
    "Each mark is the smallest change found with the planned power after so many weeks. To halve "
    "it takes four times as many {units}."
)
CLAIMS_READING = (
    "Each mark is the number of {units} in all variants from which a statement can be made with "
    "the planned power, in brackets what is true then. Each step of the scale multiplies."
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
