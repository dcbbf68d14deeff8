"""Frozen dataclasses as plain JSON values, and back by their annotations.

NaN is null; JSON has no infinities, so the open end of an interval is "Infinity" or "-Infinity".
Days are ISO text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from math import inf, isinf, isnan, nan
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from abmicro.errors import Problem, SourceError

OPEN_ENDS = {"Infinity": inf, "-Infinity": -inf}


def to_plain(value: Any) -> Any:
    """Dataclasses as dictionaries, tuples as lists, NaN as null, infinities as text."""
    if is_dataclass(value):
        return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, float) and isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and isnan(value) else value


def json_text(record: Mapping[str, Any]) -> str:
    """A record as text; the same record gives the same bytes."""
    return json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def columns(kind: Any, before: str = "") -> Iterator[str]:
    """Names of the fields of a dataclass, those of nested ones joined by `_`.

    >>> from abmicro.analysis.results import Pair
    >>> list(columns(Pair, "rate_"))
    ['rate_control', 'rate_treated']
    """
    for name, hint in get_type_hints(kind).items():
        nested = [one for one in (hint, *get_args(hint)) if is_dataclass(one)]
        if nested:
            yield from columns(nested[0], f"{before}{name}_")
        else:
            yield f"{before}{name}"


def read(kind: Any, value: Any, where: str) -> Any:
    """The value as the annotated type says; the way back from `to_plain`."""
    match get_origin(kind), get_args(kind):
        case (origin, (item, _)) if origin is tuple:
            return tuple(
                read(item, one, f"{where}[{i}]") for i, one in enumerate(rows(value, where))
            )
        case (origin, (one, none)) if origin in (Union, UnionType) and none is NoneType:
            return None if value is None else read(one, value, where)
        case (origin, choices) if origin is Literal:
            return _if(value in choices, value, where, f"one of {', '.join(choices)}")
    if is_dataclass(kind):
        return _fields(kind, value, where)
    if kind is float:
        return _float(value, where)
    if kind is date:
        return _day(value, where)
    return _if(type(value) is kind, value, where, kind.__name__)


def _fields(kind: Any, value: Any, where: str) -> Any:
    hints = get_type_hints(kind)
    if unknown := sorted(mapping(value, where).keys() - hints.keys()):
        raise fault(f"{where}.{unknown[0]}", "is not a field here", f"known: {', '.join(hints)}")
    later = {one.name for one in fields(kind) if one.default is not MISSING} - value.keys()
    found = {
        name: read(hint, member(value, name, where), f"{where}.{name}")
        for name, hint in hints.items()
        if name not in later
    }
    return kind(**found)


def _float(value: Any, where: str) -> float:
    if value is None:
        return nan
    if isinstance(value, str) and value in OPEN_ENDS:
        return OPEN_ENDS[value]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(_if(number, value, where, "a number, null, or an open end"))


def _day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise fault(where, f"{value!r} is not a day") from None


def rows(value: Any, where: str) -> list[Any]:
    """The value, which must be a list."""
    listed: list[Any] = _if(isinstance(value, list), value, where, "a list")
    return listed


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """The value, which must be an object."""
    found: Mapping[str, Any] = _if(isinstance(value, Mapping), value, where, "an object")
    return found


def member(record: Any, name: str, where: str = "") -> Any:
    """One member of what must be an object; it must be there."""
    place = f"{where}.{name}" if where else name
    if name not in mapping(record, where or "record"):
        raise fault(place, "is missing from the record")
    return record[name]


def _if(true: bool, value: Any, where: str, wanted: str) -> Any:
    if not true:
        raise fault(where, f"{value!r} is not {wanted}")
    return value


def fault(where: str, what: str, hint: str = "") -> SourceError:
    """The error of a record that is not one of ours."""
    return SourceError(Problem(where, what, "E510", hint))
