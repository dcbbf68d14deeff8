"""What known exports call things: a preset is a file of data, `presets/NAME.toml`, and no code.

A preset fills in what `[data]` and `[exposure]` leave open; what the file says comes first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, Any

from abmicro.frozen import frozen

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Keys = Mapping[str, Any]


@frozen
class Preset:
    """A known export of events, in the words of the experiment file.

    title: the tool and its export. columns, fields, time_unit, identity: as in `[data]`; of
    `identity` only the names of its columns. event: that exposes. start: tables of the file that
    `abmicro init` writes, as an example of what the tool records: `source`, `exposure`, `goals`
    and `segments`. remarks: what the owner of such an export should know.
    """

    title: str
    columns: Keys
    event: str
    fields: Keys = field(default_factory=dict)
    time_unit: str = "timestamp"
    identity: Keys = field(default_factory=dict)
    start: Keys = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, Keys]:
        """The tables of `[data]` that it fills in; `identity` only where the file has one."""
        return {"columns": self.columns, "fields": self.fields, "identity": self.identity}


class _Presets(Mapping[str, Preset]):
    """Name to preset, sorted; a file is read when its preset is first asked for."""

    def __getitem__(self, name: str) -> Preset:
        if name not in _names():
            raise KeyError(name)
        return _read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())


def _folder() -> Traversable:
    from importlib import resources

    return resources.files(__package__) / "presets"


@cache
def _names() -> tuple[str, ...]:
    files = (one.name for one in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


@cache
def _read(name: str) -> Preset:
    keys = tomllib.loads((_folder() / f"{name}.toml").read_text("utf-8"))
    return Preset(**_lists_as_tuples(keys))


def _lists_as_tuples(value: Any) -> Any:
    """The same keys with lists as the tuples that a definition holds."""
    if isinstance(value, dict):
        return {key: _lists_as_tuples(one) for key, one in value.items()}
    return tuple(map(_lists_as_tuples, value)) if isinstance(value, list) else value


PRESETS: Mapping[str, Preset] = _Presets()
"""Name to preset."""


def fill_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `[data]`, and under them what their preset says; unchanged without a known one.

    data: `columns` and `fields`, where given, are mappings.

    >>> fill_in({"shape": "events", "preset": "segment"})["columns"]["unit"]
    'anonymous_id'
    """
    preset = find_preset(data)
    if preset is None:
        return dict(data)
    filled = {"time_unit": preset.time_unit, **data}
    for name, keys in preset.tables.items():
        own = data.get(name, None if name == "identity" else {})
        if isinstance(own, Mapping):
            filled[name] = {**keys, **own}
    return filled


def omit_preset(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `[data]` that its preset does not say already: what `fill_in` undoes.

    >>> columns = {"unit": "anonymous_id", "time": "at"}
    >>> omit_preset({"shape": "events", "preset": "segment", "columns": columns})
    {'shape': 'events', 'preset': 'segment', 'columns': {'time': 'at'}}
    """
    preset = find_preset(data)
    if preset is None:
        return dict(data)
    own = {name: value for name, value in data.items() if name != "time_unit"}
    for name in preset.tables.keys() & data.keys():
        said = preset.tables[name]
        own[name] = {key: value for key, value in data[name].items() if said.get(key) != value}
    if (unit := data.get("time_unit", "timestamp")) != preset.time_unit:
        own["time_unit"] = unit
    return {name: value for name, value in own.items() if value != {}}


def find_preset(data: Mapping[str, Any]) -> Preset | None:
    """The preset that the keys of `[data]` name; None without one, and for rows that are no events.

    >>> find_preset({"shape": "events", "preset": "ga4"}).event
    'experience_impression'
    """
    named = data.get("preset")
    known = PRESETS.get(named) if isinstance(named, str) else None
    return known if data.get("shape") == "events" else None
