"""Errors in the words of a page: what is wrong and what to do here, without keys and flags."""

from __future__ import annotations

import re

from abmicro.app.shell.forms import Mistake
from abmicro.errors import AbmicroError, Problem

ELSEWHERE = re.compile(r"--\w|\[\w+|\w = |`|\bulimit\b|TMPDIR|--")
"""What only a terminal or a definition knows."""

REMEDIES = {
    "E302": "Export it again and look into it before you choose it.",
    "E303": "Save it as .csv or .xlsx.",
    "E304": "Save it again and choose it once more.",
    "E305": "Choose the columns below.",
    "E306": "Choose the column of the variant below.",
    "E307": "Choose other columns below, or mend the file.",
    "E312": "Choose the column that tells people apart, or say that a row is an event.",
    "E318": "Write all dates and numbers in one way.",
    "E326": "Choose the sheet below.",
    "E335": "Keep one table: names of columns above, one row for each variant.",
    "E336": "Call the columns variant, visitors, then each goal.",
    "E407": "Enter the visitors first, then each step in its order.",
    "E503": "Close other programs, or take a smaller file.",
}


def mistakes_of(error: AbmicroError, field: str = "") -> tuple[Mistake, ...]:
    """The problems of an error as mistakes on a page; `field` is where they can be mended."""
    return tuple(told_of(problem, field) for problem in error.problems)


def told_of(problem: Problem, field: str = "") -> Mistake:
    """One problem as a mistake on a page."""
    what = problem.what[:1].upper() + problem.what[1:]
    if problem.code.startswith("E0") and problem.where:
        what = f"{problem.where}: {problem.what}"
    hint = "" if ELSEWHERE.search(problem.hint) else problem.hint
    remedy = REMEDIES.get(problem.code) or (hint[:1].upper() + hint[1:])
    return Mistake(_ended(what), field, _ended(remedy), problem.code)


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "?")) else f"{text}."


def noted(note: str) -> str:
    """A remark of the reader as a sentence of a page; advice for a terminal is left out.

    >>> noted("uid repeats, so that its rows add up; if a row is an event, use --shape events")
    'Uid repeats, so that its rows add up.'
    """
    parts = [part for part in note.split("; ") if not ELSEWHERE.search(part)]
    told = "; ".join(parts)
    return _ended(told[:1].upper() + told[1:])
