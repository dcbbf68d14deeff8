"""The plan as a record: JSON with stable names.

Rates and lifts are fractions, numbers are never rounded. A number that cannot be computed is null;
a number of units, days or weeks that no test reaches is the string "Infinity".
"""

from __future__ import annotations

from typing import Any

from abmicro.experiment.file import toml
from abmicro.planning.results import Plan
from abmicro.report.render.dataclass_json import json_text, to_plain
from abmicro.report.render.forms import head
from abmicro.report.render.json_csv import without_secrets

SCHEMA_VERSION = 1
SECTIONS = (
    *(
        "headline",
        "shipping",
        "ship",
        "reachable",
        "arrivals",
        "options",
        "goals",
        "pairs",
        "claims",
        "weeks",
    ),
    *("curve", "promises", "waiting", "notes", "monitoring", "programme"),
)


def render(plan: Plan) -> str:
    """The record as JSON text; the same plan gives the same bytes."""
    return json_text(to_record(plan))


def to_record(plan: Plan) -> dict[str, Any]:
    """The record as plain dictionaries, lists, strings and numbers, ready for `json.dumps`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "abmicro": plan.version,
        "experiment": {
            **head(plan.experiment),
            "definition": toml.dumps(without_secrets(plan.experiment)),
        },
        **{name: to_plain(getattr(plan, name)) for name in SECTIONS},
    }
