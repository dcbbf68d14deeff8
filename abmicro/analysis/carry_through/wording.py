"""Every sentence about carry-through that the tool can write.

The wording keeps to what the numbers claim: a step is a place, not a cause, because the variant
itself changed who reaches it. *Usual* is what the control's rate would bring.
`tests/analysis/test_wording.py` walks all templates.
"""

from __future__ import annotations

from abmicro.phrases import LOOKS_DISAGREE, NOTHING_TO_FOLLOW

CARRY = {
    "carried": "{Macro} rose, by at least {share} of what the extra {micro} usually bring.",
    "carried_size_open": "{Macro} rose too. How much of what the extra {micro} usually bring is "
    "not settled yet.",
    "partly_carried": "{Macro} rose, by less than the extra {micro} usually bring.",
    "not_fully_carried": "The extra {micro} did not bring all the {macro} they usually bring. "
    "Whether they brought any is not settled.",
    "not_carried": "The extra {micro} brought less than {share} of the {macro} they usually bring, "
    "perhaps none.",
    "contradicted": "{Micro} rose and {macro} fell.",
    "inconclusive": "These data cannot say: the extra {micro} may have brought all the {macro} "
    "they usually bring, or none.",
    "underpowered": "These data cannot say whether the extra {micro} brought {macro}: the test is "
    "too small.",
    "loss_carried": "{Macro} fell, by at least {share} of what the lost {micro} usually bring.",
    "loss_carried_size_open": "{Macro} fell too. How much of what the lost {micro} usually bring "
    "is not settled yet.",
    "loss_partly_carried": "{Macro} fell, by less than the lost {micro} usually bring.",
    "loss_not_fully_carried": "The lost {micro} did not cost all the {macro} they usually bring. "
    "Whether they cost any is not settled.",
    "loss_not_carried": "The lost {micro} cost less than {share} of the {macro} they usually "
    "bring, perhaps none.",
    "loss_contradicted": "{Micro} fell and {macro} rose. Often that is good news, sometimes a lost "
    "tag: look at how {micro} are recorded first.",
    "loss_inconclusive": "These data cannot say: the lost {micro} may have cost all the {macro} "
    "they usually bring, or none.",
    "loss_underpowered": "These data cannot say whether the lost {micro} cost {macro}: the test is "
    "too small.",
    "no_micro_signal": NOTHING_TO_FOLLOW,
    "no_expected_carry": "{Micro} changed, but with the control there is hardly a tie between "
    "{micro} and {macro}, so no change is to be expected.",
    "measurement_fault": "Nothing is said before this is mended: {withheld}. The numbers are shown "
    "for orientation only.",
    "too_early": "Too early: too few {units} have reached {macro} to follow the {micro} there.",
    "unstable": LOOKS_DISAGREE,
    "immature": "Too early: {units} still have time to reach {macro}.",
}

MACRO_WITHOUT_MICRO = " {Macro} changed all the same: {macro_change}."

LESS_IS_BETTER = " Of {macro}, less is better."

NEEDED = (
    " A change of {planned} in {micro} that reaches {macro} in full takes {more} more {units} to "
    "see."
)
NO_PLAN = " How many {units} it takes depends on the change in {micro} that is worth finding (mde)."

PER_1000 = " Per 1,000 {units}: {micro} and {macro}."
MORE = " That is more than the extra {micro} alone usually bring."
MORE_LOSS = " That is more than the lost {micro} alone usually cost."
UNBOUNDED = " What share of it came cannot be told."

LEAKS = (
    " With {variant}, clearly {lost} of those who had got to the step before went on to {steps}. "
    "They are not the same people in both variants, so this shows where, not why."
)

POSTERIOR = (
    " The counts are small. The chance that {macro} {moved} is {up}, that at least {share} of what "
    "is usual came {at_least}, all of it {full}."
)

CAVEAT = (
    "The ruler describes where the variants differ. The proof is the change in the goal that pays, "
    "over everybody in each variant."
)
ASSOCIATION = (
    "Where people also reach the goal that pays without the step, what is usual counts the "
    "difference that the step makes in the control: an upper mark, not a forecast."
)
SHAKY = "{Micro} to {macro}: fewer than ten in one of the counts, so read the ranges as rough."
