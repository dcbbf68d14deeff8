"""A simulation as ASCII text, as Markdown, for a terminal, as one HTML page, as JSON.

The record is JSON with stable names: rates are fractions, numbers are never rounded, and one that
cannot be computed is null.
"""

from __future__ import annotations

from abmicro.report.render.dataclass_json import json_text as text_of
from abmicro.report.render.forms import Forms, record
from abmicro.report.simulation import document
from abmicro.simulation.results import Simulation

SCHEMA_VERSION = 1
_FORMS = Forms(document.of, "abmicro.report.simulation.charts")
text, markdown, terminal = _FORMS.text, _FORMS.markdown, _FORMS.terminal
html, fragment = _FORMS.html, _FORMS.fragment


def json_text(found: Simulation) -> str:
    """The record as JSON text; the same simulation gives the same bytes."""
    return text_of(record(found, "simulation", version=SCHEMA_VERSION))
