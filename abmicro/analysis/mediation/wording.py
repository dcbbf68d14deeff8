"""What the expert panel says of each measure, and what must hold for it to mean anything."""

from __future__ import annotations

from typing import NamedTuple


class Saying(NamedTuple):
    """Title of a measure, its sentence with places for numbers, and its warning."""

    title: str
    sentence: str
    warning: str


INTENT = (
    "Holds only if nothing, not even a visitor's intent, moves both {micro} and {macro}; intent "
    "nearly always does."
)
NOT_PROOF = "Compares people whom the variant itself selected, so it can refute but never prove."

SAYINGS = {
    "phi": Saying(
        "Same people (phi)",
        "Among {units} of the control {micro} and {macro} go together with phi {control}, in "
        "{variant} with {treated}.",
        "It says that the same people do both, not that moving one moves the other.",
    ),
    "joint_test": Saying(
        "Anything moved",
        "Both lifts tested together: p {p}.",
        "One test of two goals; it does not say which of them moved.",
    ),
    "through": Saying(
        "Through the micro goal",
        "{figure} of {macro} per 1,000 {units} at the control's pass-through; {other} at that of "
        "{variant}.",
        INTENT,
    ),
    "beside": Saying(
        "Beside the micro goal",
        "{figure} of {macro} per 1,000 {units} with the micro rate of {variant}; {other} with the "
        "control's.",
        INTENT,
    ),
    "share_through": Saying(
        "Share through the micro goal",
        "{figure} of the change in {macro} goes through {micro}.",
        INTENT + " Outside 0 to 1 the two parts pull in opposite directions.",
    ),
    "hidden_intent": Saying(
        "Hidden intent that undoes it",
        "The part through {micro} turns zero if intent ties the two goals with a correlation of "
        "{figure}.",
        "The correlation cannot be seen in the data.",
    ),
    "innocent": Saying(
        "Pass-through of a mere nudge",
        "A variant that only tips people over would show a pass-through of "
        "{figure} if intent tied the two goals with a correlation of, say, 0.4.",
        "Assumes normal intent; the correlation cannot be seen in the data.",
    ),
    "explained": Saying(
        "Proportion explained (Freedman)",
        "{figure} of the log odds ratio of {macro} is explained by {micro}.",
        NOT_PROOF + " Odds ratios do not add up, so values outside 0 to 1 are common.",
    ),
    "relative_effect": Saying(
        "Relative effect",
        "The log odds ratio of {macro} is {figure} times that of {micro}.",
        "Both effects are randomised; their ratio is a description of this one test.",
    ),
    "association": Saying(
        "Adjusted association",
        "Within a variant the odds of {macro} are {figure} times as high with {micro} as without "
        "it.",
        "An association between people, not an effect.",
    ),
    "prentice": Saying(
        "Prentice's fourth criterion",
        "Among {units} alike in {micro} the variants differ in {macro} with p {p}.",
        "Not rejecting it proves nothing. " + NOT_PROOF,
    ),
    "movers": Saying(
        "People that the variant moved",
        "Of those who did {micro} with {variant} and would not have with the control, between "
        "{low} and {high} went on to {macro}.",
        "Bounds at the observed rates, without sampling error; assumes that {variant} keeps nobody "
        "from {micro}.",
    ),
    "always": Saying(
        "People that needed no moving",
        "For those who do {micro} in either variant the rate of {macro} differs by {low} to "
        "{high}.",
        "Weak newcomers and a loss among good customers cannot be told apart inside these bounds; "
        "same assumption as above.",
    ),
}

UNCLEAR = (
    "Not shown: the effect on {macro} is less than four standard errors from zero, and a share of "
    "it would be noise."
)
NEVER = (
    "No correlation up to 0.95 turns the part through {micro} to zero, since nobody reaches "
    "{macro} without it."
)
UNKNOWN = "Cannot be computed from these counts."
ENDLESS = "infinitely many"
