"""The JSON Schema of the experiment file, for editors that complete and check TOML.

Keys, types, choices and defaults are those of the models, descriptions those of their docstrings.
Here stands only what the file says in another form (members of a list as tables under their names)
and which keys ask for one another. What one key alone cannot show (a ring of derived goals, shares
that do not add up) is left to `toml.load`.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any

from abmicro.experiment.data.derived_columns import Field, Identity
from abmicro.experiment.data.exclusion import Exclusion
from abmicro.experiment.data.mapping import Assignment, Data, DataColumns, Exposure
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.field_types import NAME_SCHEMA, TEXT_SCHEMA
from abmicro.experiment.file.document import HEAD
from abmicro.experiment.goals.goal import Goal
from abmicro.experiment.goals.prior import NAMED, Prior
from abmicro.experiment.model import Experiment
from abmicro.experiment.monitoring import CalendarNote, MonitoringSettings
from abmicro.experiment.plan_settings import PlanSettings
from abmicro.experiment.ramp import Phase
from abmicro.experiment.settings import AnalysisSettings, DecisionSettings, Funnel, ReportSettings
from abmicro.experiment.strict_model import StrictModel
from abmicro.experiment.variants import Segment

_Schema = dict[str, Any]
_KEY = re.compile(r"^([a-z_]+(?:, [a-z_]+)*): (.+(?:\n {4,}\S.*)*)", re.MULTILINE)
_OF_ONE_GOAL = ("baseline", "give_or_take", "past")
_NAMED_PRIOR = {"enum": list(NAMED)}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the experiment file.

    >>> schema()["required"]
    ['experiment', 'variants', 'goals']
    """
    tables = {
        "schema": {"const": 1, "description": "Version of this file format"},
        "experiment": _experiment(),
        "variants": _variants(),
        "data": _data(),
        "exposure": _exposure(),
        "goals": _named("Goals by name", _goal(), minProperties=1),
        "funnel": _table(Funnel),
        "segments": _named("Segment name to its column, or to a table", _segment()),
        "analysis": _analysis(),
        "decision": _table(DecisionSettings),
        "plan": _table(PlanSettings),
        "monitoring": _table(MonitoringSettings),
        "report": _table(ReportSettings),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "abmicro experiment",
        **_object(_title(Experiment), tables, ("experiment", "variants", "goals")),
    }


def _experiment() -> _Schema:
    keys = {name: key for name, key in _keys(Experiment).items() if name in HEAD}
    keys["notes"] |= {"items": _table(CalendarNote)}
    return _object("What the experiment is", keys, ("name",))


def _variants() -> _Schema:
    variants = {"type": "array", "items": NAME_SCHEMA, "minItems": 1, "uniqueItems": True}
    phase = _table(Phase)
    phase["properties"]["allocation"] = _allocation({"minimum": 0})
    keys = {
        "control": {**NAME_SCHEMA, "description": "The variant the others are compared with"},
        "allocation": _allocation({"exclusiveMinimum": 0}),
        "arms": {**variants, "description": "Variants of equal shares, the control first"},
        "labels": _named("Variant to what people read in place of its name", TEXT_SCHEMA),
        "ramp": {"type": "array", "items": phase, "description": _title(Phase)},
    }
    either = [{"required": ["allocation"]}, {"required": ["arms"]}]
    return {**_object("The variants", keys), "oneOf": either}


def _allocation(least: _Schema) -> _Schema:
    share = {**least, "anyOf": [{"type": "number", "maximum": 1}, {"type": "integer"}]}
    what = "Variant to its share; the shares add up to 1, or are whole numbers such as 2 and 1"
    return _named(what, share, minProperties=1)


def _data() -> _Schema:
    table, keys = _table(Data), _keys(Data)
    table["properties"] |= {
        "preset": {"description": keys["preset"]["description"], "enum": list(PRESETS)},
        "columns": _table(DataColumns),
        "fields": _named(keys["fields"]["description"], _field()),
        "identity": {**_table(Identity), "required": []},
    }
    persons = {"properties": {"identity": {"required": ["unit", "person"]}}}
    return {**table, "if": {"required": ["preset"]}, "else": persons}


def _field() -> _Schema:
    either = [{"required": ["column", "key"]}, {"required": ["joined"]}]
    return {**_table(Field), "oneOf": either}


def _exposure() -> _Schema:
    table = _table(Exposure)
    one = {"type": ["string", "integer", "boolean"]}
    recorded = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    description = table["properties"]["match"]["description"]
    table["properties"]["exclude"] = _table(Exclusion)
    table["properties"]["match"] = _named(description, recorded)
    told = table["properties"]["assignment"]["description"]
    table["properties"]["assignment"] = {**_table(Assignment), "description": told}
    return table


def _segment() -> _Schema:
    """A segment by its column alone or as a table."""
    table = _table(Segment)
    column = {**TEXT_SCHEMA, "description": _descriptions(Segment)["column"]}
    table["properties"] = {"column": column, **table["properties"]}
    return {"anyOf": [TEXT_SCHEMA, {**table, "required": ["column"]}]}


def _goal() -> _Schema:
    table = _table(Goal)
    table["properties"]["prior"] = _prior(Goal, apart=())
    guardrail = {"properties": {"role": {"const": "guardrail"}}, "required": ["role"]}
    a_mean = {"required": ["value"], "not": {"required": ["at_least"]}}
    a_rate = {"properties": {"baseline": {"exclusiveMaximum": 1}}}
    rules = {
        "if": guardrail,
        "then": {"required": ["margin"]},
        "else": {"not": {"required": ["margin"]}},
        "dependentRequired": {"sd": ["value", "baseline"], "lift_by": ["value"]},
        "dependentSchemas": {
            "baseline": {"if": a_mean, "then": {"required": ["sd"]}, "else": a_rate}
        },
    }
    return {**table, **rules}


def _analysis() -> _Schema:
    table = _table(AnalysisSettings)
    table["properties"]["prior"] = _prior(AnalysisSettings, apart=_OF_ONE_GOAL)
    return table


def _prior(holder: type[StrictModel], *, apart: tuple[str, ...]) -> _Schema:
    """A prior by its name or as a table without the keys that stand apart."""
    table = _table(Prior)
    table["properties"] = {
        name: key for name, key in table["properties"].items() if name not in apart
    }
    both = {"baseline": ["give_or_take"], "give_or_take": ["baseline"]}
    forms = [_NAMED_PRIOR, {**table, "dependentRequired": both}]
    return {"description": _descriptions(holder)["prior"], "anyOf": forms}


def _table(part: type[StrictModel]) -> _Schema:
    """The table of a model: its keys, without those that the heading of the table says."""
    keys = _keys(part)
    required = [name for name in keys if part.model_fields[name].is_required()]
    return _object(_title(part), keys, required)


def _keys(part: type[StrictModel]) -> dict[str, _Schema]:
    made = part.model_json_schema()
    described, shared = _descriptions(part), made.get("$defs", {})
    return {
        name: {**_plain(key, shared), "description": described.get(name, "")}
        for name, key in made["properties"].items()
        if name not in part.heading
    }


def _plain(key: _Schema, shared: dict[str, _Schema]) -> _Schema:
    """What pydantic says of one key, as TOML knows it: no null, no title, no reference."""
    kept = {
        name: value
        for name, value in key.items()
        if name not in ("title", "$ref", "anyOf") and not (name == "default" and not value)
    }
    if "$ref" in key:
        target = _plain(shared[key["$ref"].rpartition("/")[2]], shared)
        return {**{name: one for name, one in target.items() if name != "description"}, **kept}
    forms = [_plain(form, shared) for form in key.get("anyOf", ()) if form != {"type": "null"}]
    if len(forms) == 1:
        return {**forms[0], **kept}
    return {**kept, "anyOf": forms} if forms else kept


def _descriptions(part: type[StrictModel]) -> dict[str, str]:
    """Key to what the docstring of its model says of it."""
    return {
        name: " ".join(text.split())
        for names, text in _KEY.findall(cleandoc(part.__doc__ or ""))
        for name in names.split(", ")
    }


def _title(part: type[StrictModel]) -> str:
    return cleandoc(part.__doc__ or "").partition("\n")[0].rstrip(".")


def _object(
    description: str, keys: dict[str, _Schema], required: list[str] | tuple[str, ...] = ()
) -> _Schema:
    return {
        "type": "object",
        "description": description,
        "properties": keys,
        "required": list(required),
        "additionalProperties": False,
    }


def _named(description: str, values: _Schema, **more: Any) -> _Schema:
    """A table of tables or values, each under the name of its own."""
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": NAME_SCHEMA["pattern"]},
        "additionalProperties": values,
        **more,
    }
