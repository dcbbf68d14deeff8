"""The pass-through ruler of a pair of goals: question, answer and reason, and in characters."""

from __future__ import annotations

from dataclasses import replace

from abmicro.analysis.results import CarryThrough
from abmicro.phrases import asked_share
from abmicro.report.blocks import CarryAnswer, Chart
from abmicro.report.sections import goals
from abmicro.report.words import answer, carrying, label_words, shorten
from abmicro.report.words.subject import Subject

LOW, HIGH = -1.0, 2.0  # pass-throughs at the ends of the ruler; sets beyond them get an arrow
COLUMNS = 61
MARGIN = "    "
CANNOT_SAY = " these data cannot say "
READING = (
    'The line holds every answer that fits the data, the dot is the best guess. "All" means that '
    "the extra micro goals were worth as much as the usual ones. An arrow says that the line goes "
    "on."
)


def answered(
    subject: Subject, pair: CarryThrough, name: str | None, *, broad: bool = False
) -> CarryAnswer:
    """Whether the extra micro goals became macro goals; before the end, that it is too early.

    name: of the picture; None for none.
    """
    question = carrying.question(subject, pair)
    opens = _opens(subject) if subject.is_early else None
    chart = None if name is None else replace(_ruler(subject, pair, name, opens), broad=broad)
    if opens is not None:
        return CarryAnswer(question, "Too early", "off", chart, "")
    word, reason = carrying.answer(subject, pair), carrying.reason(subject, pair)
    return CarryAnswer(question, word, label_words(pair).tone, chart, reason)


def _opens(subject: Subject) -> str:
    """What stands in place of a set before there is one."""
    day = answer.day_of(subject.analysis, subject.verdict.results_on)
    return f"opens on {day}" if day else "too early"


def _ruler(subject: Subject, pair: CarryThrough, name: str, opens: str | None) -> Chart:
    choices = [("variant", pair.variant), ("micro", pair.micro), ("macro", pair.macro)]
    told = f"Share that arrived: {goals.share(pair.pass_through)}."
    lines = draw(pair, subject.names.goal(pair.macro))
    if opens is not None:
        choices.append(("opens", opens))
        told, lines = f"It {opens}.", ()
    return Chart(
        name,
        "ruler",
        tuple(choices),
        f"{carrying.question(subject, pair)} {subject.variant}",
        READING,
        told,
        lines=lines,
        broad=False,
    )


def draw(result: CarryThrough, macro: str = "") -> tuple[str, ...]:
    """Three lines: the set with its estimate, the axis with its marks, the words below them.

    `=` lies in the set, `o` is the estimate, `<` and `>` say that the set goes on beyond the ruler;
    a dotted line rules nothing out. macro: what the goal is called.
    """
    labels, axis = [" "] * COLUMNS, ["-"] * COLUMNS
    known = ((0.0, "none"), (result.threshold, asked_share(result.threshold)), (1.0, "all"))
    for place, word in known:
        at = _column(place)
        axis[at] = "|"
        begin = at - len(word) // 2
        labels[begin : begin + len(word)] = word
    against = "rose" if carrying.falls(result) else "fell"
    room = _column(0) - 3 - len(f" {against}")
    other = f"{shorten(macro or result.macro, room, ellipsis='...')} {against}"
    labels[: len(other)] = other
    more = "more than all"
    labels[COLUMNS - len(more) :] = more
    lines = (_set(result), "".join(axis), "".join(labels))
    return tuple((MARGIN + line).rstrip() for line in lines)


def is_bounded(result: CarryThrough) -> bool:
    """Whether the set of a finding is an interval that says something."""
    silent = ("no_micro_signal", "no_expected_carry")
    return result.pass_through.kind == "interval" and result.label not in silent


def _set(result: CarryThrough) -> str:
    if not is_bounded(result):
        words = CANNOT_SAY.center(COLUMNS - 2, ".")
        return f"<{words}>"
    through = result.pass_through
    line = ["=" if through.low <= _place(at) <= through.high else " " for at in range(COLUMNS)]
    if through.low < LOW:
        line[0] = "<"
    if through.high > HIGH:
        line[-1] = ">"
    if LOW <= through.estimate <= HIGH:
        line[_column(through.estimate)] = "o"
    return "".join(line)


def _column(place: float) -> int:
    return round((place - LOW) / (HIGH - LOW) * (COLUMNS - 1))


def _place(column: int) -> float:
    return LOW + column / (COLUMNS - 1) * (HIGH - LOW)
