"""The JSON Schema of the record takes every record that is written, and nothing else."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import abmicro as ab
from abmicro import datasets
from abmicro.cli import run
from abmicro.report.render.json_csv import to_record
from abmicro.report.render.record_schema import record_schema


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(record_schema())
    return Draft202012Validator(record_schema())


@pytest.fixture(scope="module", params=datasets.names())
def record(request: pytest.FixtureRequest) -> Any:
    analysis = ab.analyze(*datasets.load(request.param)[:2], expert=True)
    return json.loads(json.dumps(to_record(analysis)))


def test_the_record_of_every_shipped_test_is_valid(
    record: Any, validator: Draft202012Validator
) -> None:
    assert [error.message for error in validator.iter_errors(record)] == []


@pytest.mark.parametrize("path", [("goals", 0, "lift"), ("verdicts", 0, "decision"), ("checks",)])
def test_a_record_that_lacks_a_name_or_has_another_is_not(
    path: tuple[str | int, ...], record: Any, validator: Draft202012Validator
) -> None:
    for name in ("lacks", "has"):
        spoilt = copy.deepcopy(record)
        inner = spoilt
        for step in path[:-1]:
            inner = inner[step]
        value = inner.pop(path[-1])
        if name == "has":
            inner |= {path[-1]: value, "another": value}
        assert not validator.is_valid(spoilt)


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--record"]) == 0
    assert json.loads(capsys.readouterr().out) == record_schema()
