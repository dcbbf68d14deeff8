"""Every sentence about carry-through that the tool can write.

The wording keeps to what the numbers claim: a step is a place, not a cause, because the variant
itself changed who reaches it. `tests/analysis/test_wording.py` walks all templates.
"""

from __future__ import annotations

CARRY = {
    "carried": "The {gain} in {micro} carried through: {macro} rose, by at least {share} of what "
    "the control's pass-through leads one to expect.",
    "carried_size_open": "{macro} rose along with {micro}; how much of the expected {gain} arrived "
    "is not settled yet.",
    "partly_carried": "{macro} rose, but by less than the {gain} in {micro} leads one to expect.",
    "not_fully_carried": "Part of the {gain} in {micro} did not reach {macro}; whether any of it "
    "did is not settled.",
    "not_carried": "Less than {share} of the {gain} in {micro} reached {macro}; it may be none.",
    "contradicted": "{micro} rose while {macro} fell.",
    "inconclusive": "{micro} rose, but it is not settled whether all of the {gain} reached {macro} "
    "or none of it.",
    "underpowered": "{micro} rose, but this test is too small to tell whether {macro} followed.",
    "loss_carried": "The {loss} in {micro} carried through: {macro} fell, by at least {share} of "
    "what the control's pass-through leads one to expect.",
    "loss_carried_size_open": "{macro} fell along with {micro}; how much of the expected {loss} "
    "arrived is not settled yet.",
    "loss_partly_carried": "{macro} fell, but by less than the {loss} in {micro} leads one to "
    "expect.",
    "loss_not_fully_carried": "Part of the {loss} in {micro} did not reach {macro}; whether any of "
    "it did is not settled.",
    "loss_not_carried": "Less than {share} of the {loss} in {micro} reached {macro}; it may be "
    "none.",
    "loss_contradicted": "{micro} fell while {macro} rose: often good news, sometimes a lost tag; "
    "look at how {micro} is recorded first.",
    "loss_inconclusive": "{micro} fell, but it is not settled whether all of the {loss} reached "
    "{macro} or none of it.",
    "loss_underpowered": "{micro} fell, but this test is too small to tell whether {macro} "
    "followed.",
    "no_micro_signal": "{micro} shows no clear change, so there is nothing to follow to {macro}.",
    "no_expected_carry": "{micro} moved, but in the control {macro} hardly goes with {micro}, so "
    "no clear change in {macro} is to be expected.",
    "measurement_fault": "No finding before this is mended: {withheld}. The numbers are shown for "
    "orientation only.",
    "too_early": "It is too early to follow {micro} to {macro}: too few units have reached it.",
    "unstable": "The looks disagree about {macro}: the effect changed during the test.",
    "immature": "No finding yet: no arm may be judged before conversion windows have closed.",
}

MACRO_WITHOUT_MICRO = " {macro} changed ({macro_lift}); {micro} shows no clear change."

LESS_IS_BETTER = " Of {macro}, less is better."

PLANNED = (
    " Had the planned {planned} in {micro} carried in full, the chance to see {macro} move would "
    "be {power} by now."
)
NEEDED = " For {power}{level} this takes {total} units in all: {more} more."
NO_PLAN = " Set goals.{micro}.mde to learn how many units it takes to tell."

EXPECTED = (
    " At the control's pass-through one would expect {macro} to change by {expected}; it changed "
    "by {macro_lift}."
)
MORE = " That is clearly more than {micro} alone leads one to expect."

LEAKS = (
    " Of the units that had got to the step before, a clearly {lost} share in {variant} than in "
    "the control went on to {steps}. Who gets that far differs between the arms, so this tells "
    "where, not why."
)

PER_1000 = (
    " Per 1,000 units of {variant}: {extra_micro} with {micro} and {extra_macro} with {macro}, at "
    "{level} confidence."
)

PER_1000_VALUE = (
    " Per 1,000 units of {variant}: {extra_micro} with {micro} and {extra_macro} of {macro}, at "
    "{level} confidence."
)

PASS_THROUGH = {
    "interval": " Pass-through {estimate}, between {low} and {high}.",
    "rays": " The pass-through has no bounds (below {low} or above {high}): the change in {macro} "
    "that {micro} leads one to expect is not distinguishable from zero.",
    "line": " A pass-through cannot be computed: the change in {micro} is not distinguishable "
    "from zero.",
    "unexpected": " A pass-through cannot be computed: the change in {macro} that {micro} leads "
    "one to expect is not distinguishable from zero.",
    "unbounded": " At the level that several pairs share the pass-through has no bounds, so no "
    "amount is told of {micro} to {macro}.",
    "none": " A pass-through cannot be computed: {micro} or {macro} has no lift here.",
}

POSTERIOR = (
    " The posterior chance that {macro} {moved} is {up}; that at least {share} of the expected "
    "{change} arrived {at_least}, that all of it did {full} (drawn, give or take {error})."
)

CAVEAT = (
    "The pass-through describes where the arms differ; the change in the macro goal per exposed "
    "unit is the randomised answer."
)
ASSOCIATION = (
    "Off the path, what is expected of the macro goal rests on how often, in the control, it goes "
    "with the micro goal: an upper reference, not a prediction."
)
SHAKY = (
    "{micro} to {macro}: an arm has fewer than ten conversions in one of the counts, so read the "
    "intervals as rough."
)
