"""Counts that were pasted or typed, and the answer to them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import Analysis
from abmicro.app.cells import Cells, cells_of, faults, too_many
from abmicro.app.shell.forms import Mistake, amount
from abmicro.app.shell.told import mistakes_of
from abmicro.app.unread import why_unread
from abmicro.comparison.pasted import counts_of, experiment_of
from abmicro.comparison.typed import arms_of
from abmicro.counts import JointCounts
from abmicro.errors import AbmicroError
from abmicro.frozen import frozen
from abmicro.sources.sheets.sheet import CountsSheet, read_sheet

MOST_TEXT = 60_000
NAMES = "Correct those in the table below, then show the answer."


@frozen
class Answer:
    """What pasted counts say.

    cells: as a table to type into, where they are one. read: what was understood, in sentences.
    mistakes: what keeps them from an answer. analysis: None where there is none.
    """

    cells: Cells | None = None
    read: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    sheet: CountsSheet | None = None
    counts: JointCounts | None = None
    analysis: Analysis | None = None


@frozen
class Wishes:
    """What is known beside the counts, as typed; each may be empty.

    control: name of the variant to compare with; by default the one that is called like a control.
    split: planned shares such as 50/50; by default equal ones. month: visitors of a month.
    worth: of what pays, in `currency`.
    """

    control: str = ""
    split: str = ""
    month: str = ""
    worth: str = ""
    currency: str = ""

    def mistakes(self, arms: int) -> Iterator[Mistake]:
        """What is no number, or not as many shares as there are variants."""
        if _shares(self.split, arms) is None:
            what = f"“{self.split[:40]}” is not {arms} shares."
            yield Mistake(what, "split", "Write them like 50/50.", label="Planned split")
        for field, label in (("month", "Visitors a month"), ("worth", "Value of an order")):
            text = getattr(self, field)
            if text and not amount(text):
                yield Mistake(f"“{text[:20]}” must be a number above 0.", field, label=label)

    @property
    def decision(self) -> dict[str, Any]:
        """The keys of [decision]."""
        month, worth = amount(self.month), amount(self.worth)
        keys: dict[str, Any] = {"traffic": f"{month:.0f}/month"} if month else {}
        return keys | ({"order_value": worth, "currency": self.currency or "EUR"} if worth else {})


NO_WISHES = Wishes()


@lru_cache(maxsize=64)
def answer_to(paste: str, wishes: Wishes = NO_WISHES) -> Answer:
    """The answer to pasted counts."""
    if not paste.strip():
        return Answer()
    if len(paste) > MOST_TEXT:
        what = f"That is a text of {len(paste):,} letters, too long for the counts of a test."
        remedy = "Save it as a file and choose it under File."
        return Answer(mistakes=(Mistake(what, "paste", remedy),))
    cells = cells_of(paste)
    if cells is not None and not cells.are_named:
        named = Mistake("There are no names above the numbers.", "cell-0-0", NAMES)
        return Answer(cells.named(), mistakes=(named,))
    try:
        sheet = read_sheet(paste)
    except AbmicroError as error:
        return Answer(cells, mistakes=why_unread(paste, cells, error))
    if wrong := (*wishes.mistakes(len(sheet.arms)), *_empty(sheet), *_left_out(sheet, cells)):
        return Answer(cells, mistakes=wrong, sheet=sheet)
    arms = _control_first(sheet.arms, wishes.control)
    shares = _shares(wishes.split, len(arms)) or ()
    try:
        variants = dict(zip(arms, shares, strict=True))
        experiment = experiment_of(sheet, variants=variants, decision=wishes.decision)
        counts = counts_of(sheet, experiment)
        found_out = analyze(experiment, counts)
    except AbmicroError as error:
        return Answer(cells, mistakes=mistakes_of(error, "paste"), sheet=sheet)
    return Answer(cells, tuple(_read(sheet, found_out)), (), sheet, counts, found_out)


def quick_line(answer: Answer) -> str:
    """The same counts as a line for a terminal; empty where they are more than a path of goals."""
    sheet, analysis = answer.sheet, answer.analysis
    if sheet is None or analysis is None or sheet.segments or sheet.period:
        return ""
    goals = (goal.column or goal.name for goal in analysis.experiment.goals)
    places = [0, *(1 + at for at in map(sheet.goals.index, goals))]
    path = {
        one.name: [sheet.totals[one.name][at] for at in places]
        for one in analysis.experiment.variants
    }
    words = [f"{name}={'/'.join(map(str, counts))}" for name, counts in path.items()]
    return f"abmicro quick {' '.join(map(shlex.quote, words))}" if _tells(words, path) else ""


def _tells(words: Sequence[str], path: Mapping[str, Sequence[int]]) -> bool:
    """Whether the words of a command line say these counts, and they are a path of goals."""
    try:
        read = {one.name: [*one.counts] for one in arms_of(words)}
    except AbmicroError:
        return False
    return read == path and all(sorted(one, reverse=True) == list(one) for one in path.values())


def _control_first(arms: Sequence[str], control: str) -> tuple[str, ...]:
    return tuple(sorted(arms, key=lambda one: one != control)) if control in arms else tuple(arms)


def _shares(split: str, arms: int) -> list[float] | None:
    """Planned shares that add up to 1; None where the text tells none."""
    if not split.strip():
        return [1 / arms] * arms
    try:
        found = [float(one) for one in re.split(r"[\s/:;%]+", split.strip().strip("%"))]
    except ValueError:
        return None
    if len(found) != arms or not all(0 < one < 1e9 for one in found):
        return None
    return [one / sum(found) for one in found]


def _empty(sheet: CountsSheet) -> Iterator[Mistake]:
    """Variants that nobody saw."""
    for arm, (units, *_) in sheet.totals.items():
        if not units:
            what = f"“{arm[:40]}” has no {sheet.units}."
            yield Mistake(what, "paste", "Enter how many saw it, or leave the variant out.")


def _left_out(sheet: CountsSheet, cells: Cells | None) -> tuple[Mistake, ...]:
    """What keeps a column from being a goal though it looks like one: single cells of it."""
    if cells is None or sheet.units not in cells.rows[0]:
        return ()
    aside = [at for at, name in enumerate(cells.rows[0]) if at and name not in sheet.names]
    return (*faults(cells, aside), *too_many(cells, aside, cells.rows[0].index(sheet.units)))


def _read(sheet: CountsSheet, analysis: Analysis) -> Sequence[str]:
    experiment = analysis.experiment
    goals = len(experiment.goals)
    said = [f"Read {len(experiment.variants)} variants and {goals} goal{'s' * (goals > 1)}."]
    if experiment.funnel.steps:
        said.append(f"Steps: {', then '.join(experiment.funnel.steps)}.")
    said.append(f"“{experiment.control.name}” is the control.")
    return [*said, *(f"{note[:1].upper()}{note[1:]}." for note in sheet.notes)]
