"""Types of columns in files, where they are not to be guessed from the first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from abmicro.experiment.model import Experiment, Form, TimeUnit
from abmicro.sources.fields import PARAMS, used_fields
from abmicro.sources.files import is_json, is_text
from abmicro.sources.labels import data_of
from abmicro.sources.needed import needed

_NUMBERS = dict(zip(PARAMS, ("VARCHAR", "BIGINT", "DOUBLE", "DOUBLE"), strict=True))
_VALUE = ", ".join(f"{name} {kind}" for name, kind in _NUMBERS.items())
IN_JSON = {
    Form.JSON: "JSON",
    Form.STRUCT: "JSON",
    Form.PARAMS: f'STRUCT("key" VARCHAR, "value" STRUCT({_VALUE}))[]',
}
"""Types of columns that fields look into, whose keys the first rows need not have."""


def types_of(
    experiment: Experiment, files: Sequence[Path], found: Mapping[str, str]
) -> dict[str, str]:
    """Types for `reader`, given those that DuckDB found; empty where they are right."""
    if is_text(files):
        return dict.fromkeys((one for one in _names(experiment) if one in found), "TEXT")
    told = _in_json(experiment, found) if is_json(files) else {}
    return {**found, **told} if told else {}


def is_short(experiment: Experiment, files: Sequence[Path], found: Mapping[str, str]) -> bool:
    """Whether a column that is asked for is missing from the first rows of JSON files.

    Objects need not name what they do not have, so that only all rows can tell.
    """
    fields = used_fields(experiment)
    asked = {column for _, column in needed(experiment)} - fields.keys()
    asked |= {one for field in fields.values() for one in field.columns} - fields.keys()
    return is_json(files) and not asked <= found.keys()


def _names(experiment: Experiment) -> tuple[str, ...]:
    """Columns that are names, not numbers, however their values look: 007 is not 7."""
    columns = data_of(experiment).columns
    traits = (one.column for one in experiment.segments)
    joined = (part for field in used_fields(experiment).values() for part in field.joined)
    named = (columns.unit, columns.variant, *traits, *joined)
    return tuple(dict.fromkeys(column for column in named if column is not None))


def _in_json(experiment: Experiment, found: Mapping[str, str]) -> dict[str, str]:
    """What fields look into, and a clock whose numbers are written as text (BigQuery does so)."""
    data = data_of(experiment)
    told = {
        column: IN_JSON[field.form]
        for field in used_fields(experiment).values()
        for column in field.columns
        if column in found and not field.joined
    }
    clock = str(data.columns.time)
    if data.time_unit is not TimeUnit.TIMESTAMP and found.get(clock) == "VARCHAR":
        told[clock] = "BIGINT"
    return told
