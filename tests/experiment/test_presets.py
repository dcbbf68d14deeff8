"""What a preset fills in, and what it leaves to the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from abmicro.experiment.data import presets
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.file.template import template
from abmicro.experiment.file.toml import dumps, loads
from abmicro.experiment.lint import warnings
from abmicro.experiment.model import Data, DataColumns, Experiment, Field, Form

SOUND = """\
experiment.name = "Test"
variants.arms = ["control", "sticky"]
goals.cart.kind = "milestone"
goals.order.kind = "macro"
data.shape = "events"
"""


def data_of(text: str) -> Data:
    data = loads(SOUND + text).data
    assert data is not None
    return data


def fields_of(data: Data) -> dict[str, Field]:
    return {field.name: field for field in data.fields}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_file_of_every_preset_loads_without_problem_or_warning(preset: str) -> None:
    told = loads(template("events", preset=preset))
    assert warnings(told) == ()
    assert told.data is not None
    assert told.exposure.event == PRESETS[preset].event
    assert len(told.funnel.steps) >= 2


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_preset_says_is_not_written_again(preset: str) -> None:
    told = loads(template("events", preset=preset))
    text = dumps(told)
    assert "[data.fields" not in text
    assert "[data.columns" not in text
    assert loads(text) == told


def test_a_preset_is_a_file_of_data() -> None:
    folder = Path(presets.__file__).with_suffix("")
    assert sorted(file.stem for file in folder.glob("*.toml")) == list(PRESETS)
    assert "joined" in PRESETS["ga4"].fields["session"]
    with pytest.raises(KeyError):
        PRESETS["../presets/ga4"]


def test_what_the_file_says_comes_first() -> None:
    data = data_of(
        'data.preset = "ga4"\n'
        'data.time_unit = "timestamp"\n'
        'data.columns.unit = "user_id"\n'
        'data.fields.value = { column = "event_params", form = "params", key = "worth" }\n'
    )
    assert data.time_unit.value == "timestamp"
    assert (data.columns.unit, data.columns.event) == ("user_id", "event_name")
    assert fields_of(data)["value"].key == ("worth",)
    assert fields_of(data)["value"].type == "text"
    assert fields_of(data)["browser"].form is Form.STRUCT


def test_what_the_file_says_beside_its_preset_is_written_again() -> None:
    told = loads(
        SOUND + 'data.preset = "ga4"\ndata.time_unit = "timestamp"\nexposure.event = "seen"\n'
        'data.columns.unit = "user_id"\ndata.identity = { source = "x.csv", person = "p" }\n'
        'data.fields.plan = { column = "event_params", form = "params", key = "plan" }\n'
        'data.fields.session = { joined = ["user_id", "ga_session_id"] }\n'
    )
    assert loads(dumps(told)) == told


def test_an_exposure_event_of_ones_own_is_kept() -> None:
    told = loads(SOUND + 'data.preset = "segment"\nexposure.event = "ab_seen"\n')
    assert told.exposure.event == "ab_seen"


def test_identity_is_filled_in_only_where_the_file_has_one() -> None:
    assert data_of('data.preset = "posthog"\n').identity is None
    told = data_of('data.preset = "posthog"\ndata.identity.table = "persons"\n').identity
    assert told is not None
    assert (told.unit, told.person, told.shared) == ("distinct_id", "person_id", "refuse")


@pytest.mark.parametrize(
    "columns", [{"unit": "me"}, DataColumns(unit="me")], ids=["a mapping", "a part"]
)
def test_python_says_it_as_the_file_does(columns: Any) -> None:
    own = {"plan": {"column": "properties", "key": "plan"}}
    said = Data(shape="events", preset="posthog", columns=columns, fields=own)
    parts = [Field(name="plan", column="properties", key="plan")]
    assert said == Data(shape="events", preset="posthog", columns=columns, fields=parts)
    assert (said.columns.unit, said.columns.event) == ("me", "event")
    goals = {"order": {"kind": "macro"}}
    test = Experiment(name="Test", variants=["control", "sticky"], goals=goals, data=said)
    assert test.exposure.event == "$feature_flag_called"


def test_a_field_is_its_column_form_and_key() -> None:
    deep = Field(name="browser", column="device", form="struct", key=["web_info", "browser"])
    assert deep.columns == ("device",)
    assert deep.model_dump(exclude_defaults=True)["key"] == ("web_info", "browser")
