"""A choice of goals as ASCII text, Markdown, for a terminal, as one HTML page, as JSON.

The record is JSON with stable names: rates are fractions, numbers are never rounded, and one that
cannot be computed is null.
"""

from __future__ import annotations

from abmicro.goal_choice.results import GoalChoice
from abmicro.report.goal_choice import document
from abmicro.report.render.dataclass_json import json_text as text_of
from abmicro.report.render.forms import Forms, record

SCHEMA_VERSION = 1
_FORMS = Forms(document.of, "abmicro.report.goal_choice.charts")
text, markdown, terminal = _FORMS.text, _FORMS.markdown, _FORMS.terminal
html, fragment = _FORMS.html, _FORMS.fragment


def json_text(choice: GoalChoice) -> str:
    """The record as JSON text; the same choice gives the same bytes."""
    return text_of(record(choice, "goal_choice", version=SCHEMA_VERSION))
