"""A choice of goals as ASCII text, Markdown, for a terminal, as one HTML page, as JSON.

The record is JSON with stable names: rates are fractions, numbers are never rounded, and one that
cannot be computed is null.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from abmicro.experiment.file import toml
from abmicro.goal_choice.results import GoalChoice
from abmicro.report.goal_choice import document
from abmicro.report.render.dataclass_json import to_plain
from abmicro.report.render.json_csv import without_secrets

SCHEMA_VERSION = 1
APART = ("experiment", "version")


def text(choice: GoalChoice) -> str:
    """The choice as lines of ASCII; names stay as they are."""
    from abmicro.report.render.text import page

    return page(document.of(choice))


def markdown(choice: GoalChoice) -> str:
    """The choice as GitHub-flavoured Markdown; every name is escaped."""
    from abmicro.report.render.markdown import page

    return page(document.of(choice))


def terminal(choice: GoalChoice) -> str:
    """The choice with colour codes."""
    from abmicro.report.render.terminal import page

    return page(document.of(choice))


def html(choice: GoalChoice) -> str:
    """The choice as one HTML document; every name from the definition is escaped."""
    from abmicro.report.goal_choice.charts import draw
    from abmicro.report.render.html_page import page

    return page(document.of(choice), draw)


def fragment(choice: GoalChoice) -> str:
    """The page in a frame of its own, for a notebook."""
    from abmicro.report.render.html_page import framed

    return framed(document.title(choice), html(choice))


def json_text(choice: GoalChoice) -> str:
    """The record as JSON text; the same choice gives the same bytes."""
    return json.dumps(to_record(choice), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_record(choice: GoalChoice) -> dict[str, Any]:
    """The record as plain dictionaries, lists, strings and numbers, ready for `json.dumps`."""
    experiment = without_secrets(choice.experiment)
    names = (one.name for one in fields(choice) if one.name not in APART)
    return {
        "schema_version": SCHEMA_VERSION,
        "abmicro": choice.version,
        "experiment": {
            "name": experiment.name,
            "key": experiment.key,
            "definition_sha256": toml.definition_hash(choice.experiment),
        },
        "goal_choice": {name: to_plain(getattr(choice, name)) for name in names},
    }
