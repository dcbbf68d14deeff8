"""The file of `abmicro init` for a test whose end is known: with looks where its data have days."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from abmicro.errors import DefinitionError
from abmicro.experiment.data.mapping import Shape
from abmicro.experiment.file.toml import loads

_END = re.compile(r"^# end = \S+", re.MULTILINE)
_LOOKS = re.compile(r'^# (?=\[monitoring\]$|mode = "group_sequential")', re.MULTILINE)


def with_end(text: str, end: date) -> str:
    """A file from `template` with the first day after the test.

    Its `[monitoring]`, so far a comment, is live where units have days and nothing else is missing
    for looks, such as the window of a goal that decides.

    >>> from abmicro.experiment.file.template import template
    >>> live = with_end(template("events"), date(2026, 11, 2))
    >>> loads(live).monitoring.mode, loads(live).end
    ('group_sequential', datetime.date(2026, 11, 2))
    >>> loads(with_end(template("units"), date(2026, 11, 2))).monitoring.mode
    'fixed'
    """
    ended = _END.sub(f"end = {end.isoformat()}", text, count=1)
    if not _has_days(ended):
        return ended
    live = _LOOKS.sub("", ended)
    try:
        loads(live)
    except DefinitionError:
        return ended
    return live


def _has_days(text: str) -> bool:
    """Whether the data say on which day a unit entered."""
    data = tomllib.loads(text)["data"]
    if data["shape"] == Shape.EVENTS:
        return bool(data.get("time_unit") != "order")
    return "period" in data.get("columns", {})
