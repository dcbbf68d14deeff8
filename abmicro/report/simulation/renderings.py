"""A simulation as ASCII text, as Markdown, for a terminal, as one HTML page, as JSON.

The record is JSON with stable names: rates are fractions, numbers are never rounded, and one that
cannot be computed is null.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from abmicro.experiment.file import toml
from abmicro.report.render.dataclass_json import to_plain
from abmicro.report.render.json_csv import without_secrets
from abmicro.report.simulation import document
from abmicro.simulation.results import Simulation

SCHEMA_VERSION = 1
APART = ("experiment", "version")


def text(found: Simulation) -> str:
    """A simulation as lines of ASCII; names stay as they are."""
    from abmicro.report.render.text import page

    return page(document.of(found))


def markdown(found: Simulation) -> str:
    """A simulation as GitHub-flavoured Markdown; every name is escaped."""
    from abmicro.report.render.markdown import page

    return page(document.of(found))


def terminal(found: Simulation) -> str:
    """A simulation with colour codes."""
    from abmicro.report.render.terminal import page

    return page(document.of(found))


def html(found: Simulation) -> str:
    """A simulation as one HTML document; every name from definition or data is escaped."""
    from abmicro.report.render.html_page import page
    from abmicro.report.simulation.charts import draw

    return page(document.of(found), draw)


def fragment(found: Simulation) -> str:
    """The page in a frame of its own, for a notebook."""
    from abmicro.report.render.html_page import framed

    return framed(document.title(found), html(found))


def json_text(found: Simulation) -> str:
    """The record as JSON text; the same simulation gives the same bytes."""
    return json.dumps(to_record(found), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_record(found: Simulation) -> dict[str, Any]:
    """The record as plain dictionaries, lists, strings and numbers, ready for `json.dumps`."""
    experiment = without_secrets(found.experiment)
    names = (one.name for one in fields(found) if one.name not in APART)
    return {
        "schema_version": SCHEMA_VERSION,
        "abmicro": found.version,
        "experiment": {
            "name": experiment.name,
            "key": experiment.key,
            "definition_sha256": toml.definition_hash(found.experiment),
        },
        "simulation": {name: to_plain(getattr(found, name)) for name in names},
    }
