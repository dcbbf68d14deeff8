"""The JSON Schema tells an editor what `toml.load` will say."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from abmicro.experiment.data.derived_columns import Field, Identity
from abmicro.experiment.data.mapping import Assignment, Data, DataColumns, Exposure
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.file.json_schema import schema
from abmicro.experiment.file.template import template
from abmicro.experiment.file.toml import _TABLES
from abmicro.experiment.goals.goal import Goal
from abmicro.experiment.model import AnalysisSettings, DecisionSettings, Funnel, PlanSettings, Prior

EXAMPLE = Path(__file__).with_name("definition.toml").read_text("utf-8")
CASES = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))["case"]
SOUND = """
experiment.name = "Test"
variants.arms = ["control", "sticky"]
goals.cart.kind = "milestone"
goals.order.kind = "macro"
"""
BY_ONE_KEY = {"E004", "E010", "E011", "E012", "E013", "E014", "E015", "E023", "E031", "E032"}


def document(text: str) -> Any:
    """The file as JSON knows it: days as text, no NaN."""
    plain = json.dumps(tomllib.loads(text), default=date.isoformat)
    return json.loads(plain)


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def accepts(text: str) -> bool:
    return validator().is_valid(document(text))


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_it_knows_every_table_of_the_file_and_points_nowhere_else() -> None:
    assert set(schema()["properties"]) == {"schema", *_TABLES}
    assert "$ref" not in json.dumps(schema())


def test_looks_and_notes_of_the_calendar_are_valid_and_their_slips_are_not() -> None:
    notes = '[[experiment.notes]]\ndate = 2026-10-12\ntext = "release"\n'
    looks = '[monitoring]\nmode = "group_sequential"\nlooks = ["2026-10-20"]\n'
    assert accepts(SOUND + notes + looks)
    assert not accepts(SOUND + notes.replace("text", "note"))
    assert not accepts(SOUND + looks.replace("looks", "look"))


def test_the_example_of_the_definition_is_valid() -> None:
    assert accepts(EXAMPLE)


@pytest.mark.parametrize("shape", ["events", "units", "counts", "joint"])
def test_every_template_is_valid(shape: str) -> None:
    assert accepts(template(shape))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_template_of_every_preset_is_valid(preset: str) -> None:
    assert accepts(template("events", preset=preset))


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["code"] in BY_ONE_KEY and "nan" not in case["says"]],
    ids=lambda case: f"{case['code']}-{case['says']}",
)
def test_a_fault_of_a_single_key_is_seen_in_the_editor(case: dict[str, str]) -> None:
    assert not accepts(case.get("text") or SOUND + case["adds"])


@pytest.mark.parametrize(
    ("keys", "part", "apart"),
    [
        (("goals", "additionalProperties"), Goal, {"name"}),
        (("data",), Data, set()),
        (("data", "properties", "columns"), DataColumns, set()),
        (("data", "properties", "fields", "additionalProperties"), Field, {"name"}),
        (("data", "properties", "identity"), Identity, set()),
        (("exposure",), Exposure, set()),
        (("exposure", "properties", "assignment"), Assignment, set()),
        (("funnel",), Funnel, set()),
        (("analysis",), AnalysisSettings, set()),
        (("decision",), DecisionSettings, set()),
        (("plan",), PlanSettings, set()),
    ],
)
def test_it_knows_every_key_of_a_table(keys: tuple[str, ...], part: Any, apart: set[str]) -> None:
    table = schema()["properties"]
    for key in keys:
        table = table[key]
    assert set(table["properties"]) == set(part.model_fields) - apart


def test_it_knows_every_key_of_a_prior_and_keeps_those_of_one_goal_to_goals() -> None:
    tables = schema()["properties"]
    goal = tables["goals"]["additionalProperties"]["properties"]["prior"]["anyOf"][1]
    shared = tables["analysis"]["properties"]["prior"]["anyOf"][1]
    assert set(goal["properties"]) == set(Prior.model_fields)
    assert set(goal["properties"]) - set(shared["properties"]) == {
        *("baseline", "give_or_take", "past"),
    }


def test_what_models_say_is_said_of_their_keys() -> None:
    tables = schema()["properties"]
    goal = tables["goals"]["additionalProperties"]["properties"]
    assert goal["margin"] == {
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "description": "largest relative loss a guardrail accepts, a fraction.",
    }
    assert (goal["direction"]["enum"], goal["direction"]["default"]) == (["up", "down"], "up")
    assert tables["analysis"]["properties"]["alpha"]["default"] == 0.05


def test_every_key_is_described() -> None:
    def undescribed(table: Any, path: str) -> list[str]:
        found = []
        for name, inner in table.get("properties", {}).items():
            found += [] if inner.get("description") else [f"{path}.{name}"]
            found += undescribed(inner, f"{path}.{name}")
        return found

    assert undescribed(schema(), "") == []
