"""The file `abmicro init` writes."""

from __future__ import annotations

import re

import pytest

from abmicro.experiment.file.template import template
from abmicro.experiment.file.toml import loads
from abmicro.experiment.lint import warnings
from abmicro.experiment.model import Shape


@pytest.mark.parametrize("shape", list(Shape))
def test_every_template_loads_without_problem_or_warning(shape: Shape) -> None:
    told = loads(template(shape))
    assert told.data is not None
    assert told.data.shape is shape
    assert warnings(told) == ()


@pytest.mark.parametrize("shape", list(Shape))
def test_every_commented_key_of_a_template_is_sound(shape: Shape) -> None:
    text = re.sub(r"^# (?=\[|\w+ = )", "", template(shape), flags=re.MULTILINE)
    assert text != template(shape)
    assert loads(text).goals


def test_what_is_known_of_the_data_takes_the_place_of_the_example() -> None:
    told = loads(
        template(
            "units",
            source="june.csv",
            columns={"variant": "segment"},
            variants=["No E-Mail", "Mens E-Mail"],
            goals={
                "visit": {"kind": "milestone"},
                "bought": {"kind": "macro", "column": "conversion"},
            },
            segments={"channel": "channel"},
        )
    )
    assert told.data is not None
    assert (told.data.source, told.data.columns.variant) == ("june.csv", "segment")
    assert [arm.name for arm in told.variants] == ["No E-Mail", "Mens E-Mail"]
    assert told.funnel.steps == ("visit", "bought")
    assert told.segments[0].column == "channel"


def test_the_comments_stay_when_the_example_goes() -> None:
    text = template("events", goals={"lead": {"kind": "macro"}})
    assert "# role: primary (decides)" in text
    assert "add_to_cart]" not in text.split("## Funnel")[0]


def test_columns_that_are_not_given_stay_as_in_the_example() -> None:
    told = loads(template("events", source="log.parquet"))
    assert told.data is not None
    assert told.data.columns.time == "timestamp"


def test_an_unknown_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="wide"):
        template("wide")
