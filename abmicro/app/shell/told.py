"""Errors in the words of a page: what is wrong and what to do here, without keys and flags."""

from __future__ import annotations

import re
from pathlib import Path

from abmicro.app.runs.desk import ENDINGS
from abmicro.app.shell.forms import Mistake
from abmicro.errors import AbmicroError, Problem

ELSEWHERE = re.compile(r"--|\[\w+|\w = |`|##|\bulimit\b|TMPDIR")
"""What only a terminal or a definition knows."""

REMEDIES = {
    "E001": "Mend it in an editor, or save it once more from the page of goals.",
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
NEWER = {
    "E305": "Export it with the columns of the first file.",
    "E306": "Export it with the variant of everybody, as in the first file.",
    "E307": "Export it with the columns of the first file.",
    "E326": "Call the sheet as in the first file.",
    "E336": "Export it with the columns of the first file.",
}
"""For a newer file, whose columns nobody can choose."""
_KEPT = r"data(?:\.(?:csv|tsv|txt|jsonl?|ndjson|parquet|xls[xm]|gz))+"
OURS = (
    (re.compile(rf"(?:\bFile )?'(?:[^']*[/\\])?{_KEPT}'"), "the file"),
    (re.compile(rf"(?:\S*[/\\])?\b{_KEPT}\b"), "the file"),
    (re.compile(r"^the file: (?=cannot )"), "the file "),
    (re.compile(r"^(\S+) units carry "), r"\1 visitors saw "),
)
"""How a file is called where it is kept, and what only a table calls people; and other words."""


def mistakes_of(error: AbmicroError, field: str = "") -> tuple[Mistake, ...]:
    """The problems of an error as mistakes on a page; `field` is where they can be mended."""
    return tuple(told_of(problem, field) for problem in error.problems)


def told_of(problem: Problem, field: str = "") -> Mistake:
    """One problem as a mistake on a page."""
    what = _in_our_words(problem.what)
    if problem.code.startswith("E0") and problem.where and not Path(problem.where).is_absolute():
        what = f"{problem.where}: {what}"
    hint = "" if ELSEWHERE.search(problem.hint) else problem.hint
    known = REMEDIES | NEWER if field == "upload" else REMEDIES
    remedy = known.get(problem.code) or (hint[:1].upper() + hint[1:])
    what = what[:1].upper() + what[1:]
    return Mistake(_ended(what), field, _ended(remedy), problem.code)


def _in_our_words(text: str) -> str:
    for pattern, ours in OURS:
        text = pattern.sub(ours, text)
    return text


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "?")) else f"{text}."


def noted(note: str) -> str:
    """A remark of the reader as a sentence of a page; advice for a terminal is left out.

    >>> noted("uid repeats, so that its rows add up; if a row is an event, use --shape events")
    'Uid repeats, so that its rows add up.'
    """
    parts = [part for part in note.split("; ") if not ELSEWHERE.search(part)]
    told = _in_our_words("; ".join(parts))
    return _ended(told[:1].upper() + told[1:])


def no_such_form(name: str) -> Mistake:
    """What is said of a file whose name has an ending that nobody here can read."""
    listed = ", ".join(one for one in ENDINGS if one.count(".") == 1)
    what = f"“{name[:80]}” is of a form that cannot be read."
    return Mistake(what, "upload", f"Save it as one of {listed}.")
