"""Short forms in which Python may give the parts of an experiment, turned into the full ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from abmicro.experiment.data.derived_columns import Field
from abmicro.experiment.data.presets import fill_in
from abmicro.experiment.strict_model import StrictModel


def plain(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an experiment with every list and mapping as a list of named tables.

    keys: `variants` as names or name to share, `goals` as name to keys, `segments` as columns or
        name to column, `funnel` as steps, `data` as keys, which its preset fills up; anything
        else, and any other form, passes as it is.

    >>> plain({"variants": ["a", "b"]})
    {'variants': [{'name': 'a', 'share': 0.5}, {'name': 'b', 'share': 0.5}]}
    """
    return {name: _FORMS[name](one) if name in _FORMS else one for name, one in keys.items()}


def plain_data(data: Any) -> Any:
    """The keys of `[data]` with what its preset says, its fields as a list of named tables."""
    if not isinstance(data, Mapping):
        return data
    keys = dict(data)
    if isinstance(keys.get("columns"), StrictModel):
        keys["columns"] = keys["columns"].model_dump(exclude_none=True)
    fields = keys.get("fields")
    if isinstance(fields, (list, tuple)) and all(isinstance(one, Field) for one in fields):
        keys["fields"] = {one.name: _own_keys(one) for one in fields}
    keys = fill_in(keys)
    return keys | {"fields": _named(keys["fields"], "column")} if "fields" in keys else keys


def scaled(shares: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whole numbers as shares of their sum; fractions, and what is no ratio, as they stand.

    >>> scaled({"control": 3, "sticky": 1})
    {'control': 0.75, 'sticky': 0.25}
    """
    if not all(type(share) is int and share >= 0 for share in shares.values()):
        return shares
    total = sum(shares.values())
    return shares if total <= 1 else {name: share / total for name, share in shares.items()}


def _variants(variants: Any) -> Any:
    if isinstance(variants, (list, tuple)) and all(
        isinstance(variant, str) for variant in variants
    ):
        return [{"name": variant, "share": 1 / len(variants)} for variant in variants]
    return _named(scaled(variants) if isinstance(variants, Mapping) else variants, "share")


def _goals(goals: Any) -> Any:
    return _named(goals, "kind")


def _segments(segments: Any) -> Any:
    if isinstance(segments, (list, tuple)):
        return [{"name": one, "column": one} if isinstance(one, str) else one for one in segments]
    return _named(segments, "column")


def _funnel(funnel: Any) -> Any:
    return {"steps": funnel} if isinstance(funnel, (list, tuple)) else funnel


def _named(tables: Any, main: str) -> Any:
    """Name to table (or to its main key alone) as a list of tables that hold their name."""
    if not isinstance(tables, Mapping):
        return list(tables) if isinstance(tables, Iterator) else tables
    return [
        {"name": name, **(value if isinstance(value, Mapping) else {main: value})}
        for name, value in tables.items()
    ]


def _own_keys(field: Field) -> dict[str, Any]:
    """What a field says, without its name."""
    return field.model_dump(exclude_defaults=True, exclude={"name"})


_FORMS: dict[str, Callable[[Any], Any]] = {
    "data": plain_data,
    "variants": _variants,
    "goals": _goals,
    "segments": _segments,
    "funnel": _funnel,
}
