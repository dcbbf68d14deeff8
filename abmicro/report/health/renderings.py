"""Health as ASCII text, as Markdown, for a terminal, as one HTML page, as JSON and CSV.

The record is JSON with stable names: rates are fractions, numbers are never rounded, and one that
cannot be computed is null. The CSV has one row per source and goal.
"""

from __future__ import annotations

from abmicro.analysis.results import SourceRate
from abmicro.report.health import document
from abmicro.report.render.dataclass_json import json_text as text_of
from abmicro.report.render.forms import Forms, record
from abmicro.report.render.json_csv import csv_text, table_of
from abmicro.traffic.results import Health

SCHEMA_VERSION = 1
_FORMS = Forms(document.of, "abmicro.report.health.charts")
text, markdown, terminal = _FORMS.text, _FORMS.markdown, _FORMS.terminal
html, fragment = _FORMS.html, _FORMS.fragment


def sources_csv(health: Health) -> str:
    """One row per source and goal, rates with the ends of their ranges; all units first."""
    return csv_text(*table_of(SourceRate, health.sources))


def json_text(health: Health) -> str:
    """The record as JSON text; the same findings give the same bytes."""
    return text_of(record(health, "health", version=SCHEMA_VERSION))
