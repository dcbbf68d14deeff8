"""Did the extra micro goals become macro goals: the question, its answer and what it rests on."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from abmicro.analysis.results import CarryThrough
from abmicro.phrases import LOOKS_DISAGREE, NOTHING_TO_FOLLOW, asked_share, brought

if TYPE_CHECKING:
    from abmicro.report.words.subject import Subject

ANSWERS = {
    "carried": "Yes, at least {share}",
    "carried_size_open": "Yes, how much is open",
    "partly_carried": "Yes, but not all",
    "not_fully_carried": "Not all of it",
    "not_carried": "Less than {share}",
    "contradicted": "No, {macro} {against}",
    "too_early": "Too early",
    "immature": "Too early",
    "unstable": "The looks disagree",
    "measurement_fault": "Not measured well",
}
CANNOT_SAY = "Cannot say"
REASONS = {
    "no_micro_signal": NOTHING_TO_FOLLOW,
    "no_expected_carry": "With {control} there is hardly a tie between {micro} and {macro}, so no "
    "change is to be expected.",
    "too_early": "Too few {units} have got that far to follow the {micro} to the {macro}.",
    "immature": "Too many {units} may still reach the {macro}.",
    "unstable": LOOKS_DISAGREE,
    "measurement_fault": "Nothing is said before the failed check is mended.",
}


def question(subject: Subject, pair: CarryThrough) -> str:
    """What the ruler answers; a fall that is not followed is a change."""
    micro, macro = subject.names.goal(pair.micro), subject.names.goal(pair.macro)
    brings = _is_amount(subject, pair)
    if falls(pair):
        return f"Did the lost {micro} cost {macro}?"
    if pair.micro_lift.estimate < 0:
        return f"Did the change in {micro} reach {macro}?"
    return f"Did the extra {micro} {'bring more' if brings else 'become'} {macro}?"


def answer(subject: Subject, pair: CarryThrough) -> str:
    """The label in a few words."""
    gain = pair.label.removeprefix("loss_")
    through = pair.pass_through
    if gain == "carried" and through.kind == "interval" and through.low >= 1:
        return "Yes, all of it" if _is_amount(subject, pair) else "Yes, all of them"
    return ANSWERS.get(gain, CANNOT_SAY).format(
        share=asked_share(pair.threshold),
        macro=subject.names.goal(pair.macro),
        against="rose" if falls(pair) else "fell",
    )


def reason(subject: Subject, pair: CarryThrough) -> str:
    """What extra micro goals usually bring and what they came with, in people."""
    names = subject.names
    words = {
        "micro": names.goal(pair.micro),
        "macro": names.goal(pair.macro),
        "units": names.units,
        "control": subject.control,
    }
    if pair.label in REASONS:
        return REASONS[pair.label].format(**words)
    usual = pair.usual_macro_per_1000
    if usual is None or isnan(usual.estimate):
        return pair.sentence
    return brought(pair, names, is_value=_is_amount(subject, pair))


def falls(pair: CarryThrough) -> bool:
    """Whether the micro goal fell."""
    return pair.label.startswith("loss_") or (
        pair.label not in REASONS and pair.micro_lift.estimate < 0
    )


def _is_amount(subject: Subject, pair: CarryThrough) -> bool:
    """Whether the macro goal is an amount, and no number of conversions."""
    return any(row.is_value for row in subject.rows if row.goal == pair.macro)
