"""Health as ASCII text, as Markdown, for a terminal, as one HTML page, as JSON and CSV.

The record is JSON with stable names: rates are fractions, numbers are never rounded, and one that
cannot be computed is null. The CSV has one row per source and goal.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from abmicro.analysis.results import SourceRate
from abmicro.experiment.file import toml
from abmicro.report.health import document
from abmicro.report.render.dataclass_json import to_plain
from abmicro.report.render.json_csv import csv_text, table_of, without_secrets
from abmicro.traffic.results import Health

SCHEMA_VERSION = 1
APART = ("experiment", "version")


def text(health: Health) -> str:
    """Health as lines of ASCII; names stay as they are."""
    from abmicro.report.render.text import page

    return page(document.of(health))


def markdown(health: Health) -> str:
    """Health as GitHub-flavoured Markdown; every name is escaped."""
    from abmicro.report.render.markdown import page

    return page(document.of(health))


def terminal(health: Health) -> str:
    """Health with colour codes."""
    from abmicro.report.render.terminal import page

    return page(document.of(health))


def html(health: Health) -> str:
    """Health as one HTML document; every name from definition or data is escaped."""
    from abmicro.report.health.charts import draw
    from abmicro.report.render.html_page import page

    return page(document.of(health), draw)


def fragment(health: Health) -> str:
    """The page in a frame of its own, for a notebook."""
    from abmicro.report.render.html_page import framed

    return framed(document.title(health), html(health))


def sources_csv(health: Health) -> str:
    """One row per source and goal, rates with the ends of their ranges; all units first."""
    return csv_text(*table_of(SourceRate, health.sources))


def json_text(health: Health) -> str:
    """The record as JSON text; the same findings give the same bytes."""
    return json.dumps(to_record(health), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_record(health: Health) -> dict[str, Any]:
    """The record as plain dictionaries, lists, strings and numbers, ready for `json.dumps`."""
    experiment = without_secrets(health.experiment)
    names = (one.name for one in fields(health) if one.name not in APART)
    return {
        "schema_version": SCHEMA_VERSION,
        "abmicro": health.version,
        "experiment": {
            "name": experiment.name,
            "key": experiment.key,
            "definition_sha256": toml.definition_hash(health.experiment),
        },
        "health": {name: to_plain(getattr(health, name)) for name in names},
    }
