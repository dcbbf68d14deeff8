"""What labels, decisions and statuses are called: the one table from name to words.

The wording keeps to what a test can show. A step rate after the first step compares people whom
the variant itself selected, so a label tells where a gain stopped, never what did harm there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Literal

from abmicro import formatting
from abmicro.analysis.results import CarryThrough, Check, GoalResult
from abmicro.frozen import frozen
from abmicro.phrases import asked_share
from abmicro.plain_text import STEERING

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

NOTHING = "-"
"""What stands in a cell that has nothing to say."""
LITTLE_SAVED = 0.01
"""A share of the variance below which a value from before is hardly worth its query."""

Tone = Literal["good", "bad", "open", "warn", "off"]


@frozen
class Words:
    """A title of a few words, one line that says what it means, and the tone to show it in."""

    title: str
    meaning: str
    tone: Tone


DECISIONS = {
    "ship": Words("Ship it", "The goals rose as asked, and nothing got worse.", "good"),
    "keep_control": Words("Keep control", "The variant should not replace the control.", "bad"),
    "keep_running": Words(
        "Keep running", "The test is not over, and nothing is wrong so far.", "open"
    ),
    "too_small": Words(
        "Real, but too small", "The gain is clear, and smaller than is worth finding.", "off"
    ),
    "no_detectable_difference": Words(
        "No detectable difference", "Any difference is smaller than is worth finding.", "off"
    ),
    "unsettled": Words(
        "Not settled", "The test is over, and what it was to decide is still open.", "open"
    ),
    "do_not_trust_yet": Words(
        "Do not trust yet", "A check of the data failed, so no result is given.", "warn"
    ),
}

STATUSES = {
    "pass": Words("Passed", "Nothing suspicious was found.", "good"),
    "warn": Words("Look", "Worth a look; the results stand.", "warn"),
    "fail": Words("Failed", "The results cannot be trusted until this is mended.", "bad"),
    "skipped": Words("Not possible", "The data do not allow this check.", "off"),
}

WAITING = Words("Wait", "Time mends this; nothing is wrong with the data.", "open")

GUARDS = {
    "held": Words("Held", "A loss as large as the margin is ruled out.", "good"),
    "harmed": Words("Harmed", "The loss is larger than the margin.", "bad"),
    "unclear": Words("Not shown", "A loss as large as the margin is not ruled out.", "open"),
}

LABELS = {
    "carried": Words(
        "Carried through",
        "The macro goal rose by at least the asked share of what is usual.",
        "good",
    ),
    "carried_size_open": Words(
        "Carried, amount open",
        "The macro goal rose; how much of what is usual is not settled.",
        "good",
    ),
    "partly_carried": Words("Partly carried", "The macro goal rose by less than is usual.", "good"),
    "not_fully_carried": Words(
        "Not fully carried",
        "Not all of what is usual came; whether any did is not settled.",
        "open",
    ),
    "not_carried": Words(
        "Not carried",
        "Less than the asked share of what is usual came, perhaps none of it.",
        "bad",
    ),
    "contradicted": Words("Contradicted", "The micro goal rose and the macro goal fell.", "bad"),
    "inconclusive": Words(
        "These data cannot say",
        "None and all of what is usual remain possible.",
        "open",
    ),
    "underpowered": Words(
        "Cannot tell at this size",
        "The micro goal rose; the test is too small to see the macro goal move.",
        "open",
    ),
    "loss_carried": Words(
        "Loss carried through",
        "The macro goal fell by at least the asked share of what is usual.",
        "bad",
    ),
    "loss_carried_size_open": Words(
        "Loss carried, amount open",
        "The macro goal fell too; how much of what is usual is not settled.",
        "bad",
    ),
    "loss_partly_carried": Words(
        "Loss partly carried", "The macro goal fell by less than is usual.", "bad"
    ),
    "loss_not_fully_carried": Words(
        "Loss not fully carried",
        "Not all of the usual loss came; whether any did is not settled.",
        "open",
    ),
    "loss_not_carried": Words(
        "Loss not carried",
        "Less than the asked share of the usual loss came, perhaps none of it.",
        "open",
    ),
    "loss_contradicted": Words(
        "Loss contradicted",
        "The micro goal fell and the macro goal rose: often good news, or a lost tag. "
        "Check the capture of the micro goal first.",
        "open",
    ),
    "loss_inconclusive": Words(
        "These data cannot say",
        "None and all of the usual loss remain possible.",
        "open",
    ),
    "loss_underpowered": Words(
        "Cannot tell at this size",
        "The micro goal fell; the test is too small to see the macro goal move.",
        "open",
    ),
    "no_micro_signal": Words(
        "No clear change to follow",
        "No clear change in the micro goal, so there is nothing to follow.",
        "off",
    ),
    "no_expected_carry": Words(
        "Nothing usual to follow",
        "The macro goal hardly goes with the micro goal, so no change is usual.",
        "off",
    ),
    "measurement_fault": Words(
        "Not measured well",
        "A check of the data failed; nothing is said until it is mended.",
        "warn",
    ),
    "too_early": Words(
        "Too early", "Too few have reached the macro goal for a look to say anything.", "off"
    ),
    "unstable": Words(
        "The looks disagree",
        "What one look settled another rules out: the effect changed.",
        "warn",
    ),
    "immature": Words(
        "Too early: still waiting",
        "Too many may still reach the macro goal.",
        "warn",
    ),
}

SWAPPED: dict[Tone, Tone] = {"good": "bad", "bad": "good"}

ROLES = ("primary", "guardrail", "secondary", "exploratory")

GLOSSARY = (
    (
        "Variant",
        "One version of the page. The one that the others are compared with is the control.",
    ),
    ("Micro goal", "A small step on the way: a click, a basket, a started form."),
    ("Macro goal", "What pays: an order, a lead, a booking."),
    ("Guardrail", "Something that must not get worse, such as returns or spend."),
    (
        "Range",
        "All values that fit the data. Of 100 such ranges at 95% about 95 hold the true value.",
    ),
    ("Not clear", "The range holds both a gain and a loss."),
    ("Ruler", "How much of what extra micro goals usually bring came: none, half, all."),
    ("Usual", "What the rate of the control would bring."),
    ("Look", "A day on which the plan allows a result to be read."),
    ("Segment", "A part of the visitors, such as phones."),
)


def check_words(check: Check) -> Words:
    """The words of a check; one that failed for want of time only is no fault."""
    return WAITING if check.waits else STATUSES[check.status]


def label_words(result: CarryThrough) -> Words:
    """The words of a carry-through; where less of the macro is better, a rise is no good news."""
    words = LABELS[result.label]
    if result.sign > 0:
        return words
    return replace(words, tone=SWAPPED.get(words.tone, words.tone))


def typeset(text: str) -> str:
    """ASCII numbers with a proper minus sign and the sign of infinity, as print wants them.

    >>> typeset("-5.7% (-12.0% to +inf%) on 2026-10-05")
    '−5.7% (−12.0% to ∞) on 2026-10-05'
    """
    text = re.sub(r"(?<![\w+-])\+?inf(?:%| pp|\b)", "∞", text)
    text = re.sub(r"(?<![\w-])-inf(?:%| pp|\b)", "−∞", text)
    return re.sub(r"(?<![\w-])-(?=[\d$€£¥])", "−", text).replace(" -> ", " → ")


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which names from data may hold."""
    return " ".join(STEERING.sub(" ", text).split())


def shorten(text: str, width: int, *, ellipsis: str = "…") -> str:
    """The text on one line, cut to at most `width` characters.

    >>> shorten("add to basket", 8), shorten("cart", 8)
    ('add to …', 'cart')
    """
    text = one_line(text)
    return text if len(text) <= width else text[: width - len(ellipsis)] + ellipsis


def planned_lift(value: float) -> str:
    """A lift as it was planned.

    >>> planned_lift(0.1), planned_lift(float("nan"))
    ('+10%', '-')
    """
    return NOTHING if isnan(value) else formatting.percent(value)


def at_least(threshold: float, macro: str, *, falls: bool) -> str:
    """That the asked share of a gain or a loss reached the macro goal.

    >>> at_least(0.5, "orders", falls=False), at_least(0.4, "leads", falls=True)
    ('at least half of the gain reached orders', 'at least 40% of the loss reached leads')
    """
    return f"at least {asked_share(threshold)} of the {change(falls=falls)} reached {macro}"


def change(*, falls: bool) -> str:
    """A change for the better or for the worse."""
    return "loss" if falls else "gain"


def moved(*, falls: bool) -> str:
    """Which way a goal went."""
    return "fell" if falls else "rose"


def beside(row: GoalResult, names: Names) -> Iterator[str]:
    """What stands beside a capped or adjusted goal: the same without the cap, and as it is."""
    goal = names.head(row.goal)
    if row.uncapped is not None and row.uncapped.cap is not None:
        cap, other = formatting.decimal(row.uncapped.cap).removesuffix(".00"), row.uncapped
        share = f" ({other.share} of the positive amounts are not above it)" if other.share else ""
        yield (
            f"{goal}: amounts above {cap} count as {cap}{share}; without the cap "
            f"{formatting.lift(other.lift)}, p {formatting.p_equals(other.p_value)}."
        )
    if row.unadjusted is not None:
        plain = row.unadjusted
        saved = formatting.rate(plain.variance_saved)
        few = (
            f" Few {names.units} did the same before."
            if plain.variance_saved < LITTLE_SAVED
            else ""
        )
        yield (
            f"{goal}: what {plain.before} predicts is taken off, which saves {saved} of the "
            f"variance.{few} As it is: {formatting.lift(plain.lift)}, "
            f"p {formatting.p_equals(plain.p_value)}."
        )
