"""The JSON Schema of the experiment file, for editors that complete and check TOML.

It describes the file, key by key, and not the classes behind it. What one key alone cannot show
(a ring of derived goals, shares that do not add up) is left to `toml.load`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from abmicro.experiment.data.derived_columns import Form
from abmicro.experiment.data.mapping import DECIMALS, THOUSANDS, Shape, TimeUnit
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.goals.goal import Direction, GoalKind, Role
from abmicro.experiment.goals.prior import NAMED
from abmicro.experiment.plan_settings import MOST_WEEKS
from abmicro.experiment.settings import Options

_Schema = dict[str, Any]


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the experiment file.

    >>> schema()["required"]
    ['experiment', 'variants', 'goals']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "abmicro experiment",
        **_table(
            "An A/B test: variants, goals, and the data that tell of them",
            {
                "schema": {"const": 1, "description": "Version of this file format"},
                "experiment": _experiment(),
                "variants": _variants(),
                "data": _data(),
                "exposure": _exposure(),
                "goals": _named("Goals by name", _goal(), minProperties=1),
                "funnel": _funnel(),
                "segments": _named("Segment name to column", _text("Column of the segment")),
                "analysis": _analysis(),
                "decision": _decision(),
                "plan": _plan(),
            },
            required=("experiment", "variants", "goals"),
        ),
    }


def _experiment() -> _Schema:
    key = _text("Short name for files; default: made from the name")
    keys = {
        "name": _name("What reports call the experiment"),
        "key": {**key, "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
        "hypothesis": {"type": "string", "description": "What was expected, and why"},
        "start": _day("First day of the experiment"),
        "end": _day("First day after the experiment"),
        "timezone": _text("Time zone of these days, e.g. Europe/Oslo", default="UTC"),
    }
    return _table("What the experiment is", keys, required=("name",))


def _variants() -> _Schema:
    share = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    arms = {"type": "array", "items": _name("An arm"), "minItems": 2, "uniqueItems": True}
    allocation = _named("Arm to share of units; the shares add up to 1", share, minProperties=2)
    phase = {"since": _day("First day of the phase"), "allocation": allocation}
    phases = _table("Shares from a day on", phase, required=tuple(phase))
    keys = {
        "control": _name("The arm the others are compared with; default: the first"),
        "allocation": allocation,
        "arms": {**arms, "description": "Arms of equal shares"},
        "ramp": {"type": "array", "items": phases, "description": "Shares that change, by day"},
    }
    either = [{"required": ["allocation"]}, {"required": ["arms"]}]
    return {**_table("The arms", keys), "oneOf": either}


def _data() -> _Schema:
    roles = {
        "unit": "the unit's id",
        "time": "the time of the event",
        "event": "the name of the event",
        "variant": "the variant",
        "session": "the session, for goals per session",
        "units": "the number of units (counts)",
        "period": "the day of entry",
    }
    columns = {role: _text(f"Column with {what}") for role, what in roles.items()}
    keys = {
        "shape": _choice("What one row is", Shape),
        "source": _text("Path (relative to this file), glob or URL; ${NAME} needs --env NAME"),
        "table": _text("Table or view of the database"),
        "preset": _choice("A known export, which fills in what is not said here", PRESETS),
        "time_unit": _choice("What the time column holds", TimeUnit, default="timestamp"),
        "day_first": {
            "type": "boolean",
            "description": "Whether 09/01/2026 is in January; default: as all dates show",
        },
        "decimal": _choice(
            "Sign before decimals; default: as all numbers show", get_args(DECIMALS)
        ),
        "thousands": _choice(
            "Sign between thousands; default: as all numbers show", get_args(THOUSANDS)
        ),
        "columns": _table("Which column holds what", columns),
        "fields": _named("Name to a value that is no column", _field()),
        "identity": _identity(),
    }
    table = _table("Where the data are and what their rows mean", keys, required=("shape",))
    persons = {"properties": {"identity": {"required": ["unit", "person"]}}}
    return {**table, "if": {"required": ["preset"]}, "else": persons}


def _field() -> _Schema:
    deeper = {"type": "array", "items": _text("A key"), "minItems": 1}
    joined = {"type": "array", "items": _text("A column or field"), "minItems": 2}
    keys = {
        "column": _text("Column that holds the value, among others"),
        "form": _choice("What that column is", Form, default="json"),
        "key": {"description": "Key of the value", "anyOf": [_text("A key"), deeper]},
        "type": _choice("What the value is", ("text", "number"), default="text"),
        "joined": {**joined, "description": "Columns whose texts make the value together"},
    }
    either = [{"required": ["column", "key"]}, {"required": ["joined"]}]
    return {**_table("A value that is no column", keys), "oneOf": either}


def _identity() -> _Schema:
    keys = {
        "source": _text("Path or glob of files that tell which units are one person"),
        "table": _text("Table or view that tells which units are one person"),
        "unit": _text("Its column of units"),
        "person": _text("Its column of persons"),
        "shared": _choice("Units of several persons", ("refuse", "apart"), default="refuse"),
    }
    return _table("Which units are one person", keys)


def _exposure() -> _Schema:
    recorded = {"type": ["string", "integer", "boolean"]}
    keys = {
        "event": _text("Event that exposes a unit; default: its first row with a variant"),
        "where": _text("Row condition of an exposure, e.g. experiment_id = 'pdp-42'"),
        "match": _named("Arm to its recorded value; default: the arm's own name", recorded),
        "crossed": _choice("Units seen in two arms", ("exclude", "first"), default="exclude"),
    }
    return _table("How a unit comes to its variant", keys)


def _goal() -> _Schema:
    keys = {
        "kind": _choice("On the path to the macro goal, beside it, or the macro goal", GoalKind),
        "role": _choice("What the goal is asked to decide", Role, default="secondary"),
        "event": _text("Recorded name of the event; default: the goal's name"),
        "column": _text("Column with 0/1 or with counts; default: the goal's name"),
        "where": _text("Row condition, e.g. page LIKE '%/pricing%'"),
        "value": _text("Column whose total is the goal, per unit or as `per` says"),
        "aggregate": _choice("How at_least adds up", ("count", "sum")),
        "at_least": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Reached from here on",
        },
        "exactly": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Per session: reached by exactly so many events",
        },
        "per": _text("What it is counted over: session, a goal, or a column of units"),
        "dedupe": _text("Column of which repeated values count once"),
        "when": _text("Expression over other goals, e.g. add_to_cart and not purchase"),
        "window": _duration("How long after the first exposure the goal counts"),
        "direction": _choice("Which way is good", Direction, default="up"),
        "margin": _fraction("Guardrail: largest relative loss accepted"),
        "mde": _fraction("Smallest relative lift worth finding"),
        "requires": _name("The goal without which this one cannot happen"),
        "prior": _prior("Prior of this rate; default: that of [analysis]", _informed()),
        "baseline": _positive("The control's rate, or mean value, before the test, for planning"),
        "sd": _positive("Value: its standard deviation over all units, for planning"),
        "phi": _fraction("Action: correlation with the macro goal over units, for planning"),
    }
    guardrail = {"properties": {"role": {"const": "guardrail"}}, "required": ["role"]}
    margin = {
        "if": guardrail,
        "then": {"required": ["margin"]},
        "else": {"not": {"required": ["margin"]}},
    }
    a_mean = {"required": ["value"], "not": {"required": ["at_least"]}}
    a_rate = {"properties": {"baseline": {"exclusiveMaximum": 1}}}
    planned = {
        "dependentRequired": {"sd": ["value", "baseline"]},
        "dependentSchemas": {
            "baseline": {"if": a_mean, "then": {"required": ["sd"]}, "else": a_rate}
        },
    }
    table = _table("Something a unit can reach or add to", keys, required=("kind",))
    return {**table, **margin, **planned}


def _funnel() -> _Schema:
    steps = {"type": "array", "items": _name("A goal"), "uniqueItems": True}
    keys = {
        "steps": {**steps, "description": "Milestones in order, the macro goal last"},
        "order": _choice(
            "Must a step come after the one before?", ("any", "strict"), default="any"
        ),
    }
    return _table("The path to the macro goal", keys)


def _analysis() -> _Schema:
    keys = {
        "alpha": _fraction("Two-sided level of a test", below=0.5, default=0.05),
        "method": _choice("Test and intervals of rates", _literals("method"), default="score"),
        "correction": _choice(
            "Over the goals and arms of a family", _literals("correction"), default="holm"
        ),
        "family": _choice("Which goals share alpha", _literals("family"), default="role"),
        "carry_threshold": _fraction("c of the pass-through ruler", default=0.5),
        "prior": _prior("Prior of every rate that has none of its own", {}),
        "rope": _fraction("Lifts between minus and plus this are as good as none"),
    }
    return _table("Choices frozen before the read-out", keys)


def _prior(description: str, more: dict[str, _Schema]) -> _Schema:
    keys = {
        **{name: _positive(f"Parameter {name} of the beta prior") for name in ("a", "b")},
        **more,
        "vague": _fraction("Share of the belief that stays with Jeffreys' prior"),
        "lift_sd": _fraction("Standard deviation of log(treated / control) around 0", below=3),
    }
    table = _table("Beta prior of a rate, with or without one of the lift", keys)
    both = {"baseline": ["give_or_take"], "give_or_take": ["baseline"]}
    forms = [{"enum": list(NAMED)}, {**table, "dependentRequired": both}]
    return {"description": description, "anyOf": forms}


def _informed() -> dict[str, _Schema]:
    """The keys that tell of one rate."""
    count = {"type": "integer", "minimum": 0}
    test = {"type": "array", "items": count, "minItems": 2, "maxItems": 2}
    return {
        "baseline": _fraction("What the rate was before"),
        "give_or_take": _positive("Standard deviation of the baseline, a fraction"),
        "past": {
            "type": "array",
            "items": test,
            "minItems": 2,
            "description": "[units that reached the goal, all units] of past tests",
        },
    }


def _literals(field: str) -> tuple[str, ...]:
    """The choices that a field of `Options` allows."""
    return get_args(Options.model_fields[field].annotation)


def _decision() -> _Schema:
    require = ("macro_up", "not_contradicted")
    keys = {
        "require": _choice('What "ship" asks of the macro goal', require, default="macro_up"),
        "minimum_runtime": _duration("No verdict before"),
        "loss_tolerance": _positive("Expected loss of the primary goal that counts as safe"),
    }
    return _table('What "ship" asks for', keys)


def _plan() -> _Schema:
    units = {"type": "number", "minimum": 0}
    traffic = {
        "description": "New units a day, by weekday from Monday on, or a .csv file of days",
        "oneOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": r"^[0-9][0-9_,'.]*( *(/|per|a) *[a-z]+)?$|\.csv$"},
            {"type": "array", "items": units, "minItems": 7, "maxItems": 7},
        ],
    }
    shares = {"type": "array", "items": _share("Share of the exposure on a day")}
    keys = {
        "traffic": traffic,
        "exposure": _share("Share of the traffic that enters the test", default=1),
        "ramp_up": {**shares, "description": "Shares of the exposure on the first days"},
        "weeks": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_WEEKS,
            "description": "Longest that the test may run",
            "default": 6,
        },
        "power": _fraction("Wanted probability of a finding", default=0.8),
        "true_share": _fraction("Share of tests like this one whose effect is real"),
        "spread": _positive("Standard deviation of true log lifts; default the planned lift"),
    }
    return _table("What is planned before the start", keys)


def _share(description: str, **more: Any) -> _Schema:
    bounds = {"exclusiveMinimum": 0, "maximum": 1}
    return {"type": "number", "description": description, **bounds, **more}


def _table(description: str, keys: dict[str, _Schema], *, required: Iterable[str] = ()) -> _Schema:
    return {
        "type": "object",
        "description": description,
        "properties": keys,
        "required": list(required),
        "additionalProperties": False,
    }


def _named(description: str, values: _Schema, **more: Any) -> _Schema:
    names = {"pattern": r"^\S(.*\S)?$"}
    return {
        "type": "object",
        "description": description,
        "propertyNames": names,
        "additionalProperties": values,
        **more,
    }


def _text(description: str, **more: Any) -> _Schema:
    return {"type": "string", "description": description, "pattern": r"\S", **more}


def _name(description: str) -> _Schema:
    return {"type": "string", "description": description, "pattern": r"^\S(.*\S)?$"}


def _choice(description: str, choices: Iterable[str], **more: Any) -> _Schema:
    return {"description": description, "enum": [str(choice) for choice in choices], **more}


def _fraction(description: str, *, below: float = 1, **more: Any) -> _Schema:
    bounds = {"exclusiveMinimum": 0, "exclusiveMaximum": below}
    return {"type": "number", "description": description, **bounds, **more}


def _positive(description: str) -> _Schema:
    return {"type": "number", "description": description, "exclusiveMinimum": 0}


def _duration(description: str) -> _Schema:
    what = f"{description}; a whole number and w, d, h, m or s, e.g. 7d"
    return {"type": "string", "description": what, "pattern": "^0*[1-9][0-9]{0,8}[wdhms]$"}


def _day(description: str) -> _Schema:
    what = f"{description}, e.g. 2026-10-05"
    return {"type": "string", "description": what, "format": "date"}
