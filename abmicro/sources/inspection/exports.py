"""Exports of tools that a preset knows: recognised by their columns, told by what they record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from abmicro.errors import SourceError
from abmicro.experiment.data.presets import PRESETS, Preset
from abmicro.experiment.model import Experiment
from abmicro.frozen import frozen
from abmicro.sources.engines.engine import Source, locked, open_source
from abmicro.sources.engines.files import reader
from abmicro.sources.inspection.goals import Goals
from abmicro.sources.inspection.recorded_arms import Arms, Recorded, arms_of
from abmicro.sources.sql.fragments import condition, flag, literal, name, select
from abmicro.sources.text.workbooks import ENDINGS

EXAMPLE = "'pdp-sticky-cta'"
"""What presets call the experiment in their example."""

MOST_VALUES = 100

Keys = Mapping[str, Any]


@frozen
class Export:
    """A known export and what it records.

    preset: its name. arms: control first; empty where no variant was found. exposure, goals and
    segments: tables of the experiment file. notes: what was found, for the owner of the data.
    """

    preset: str
    arms: tuple[str, ...]
    exposure: Keys
    goals: Goals
    segments: Mapping[str, str]
    notes: tuple[str, ...]


def preset_of(columns: Mapping[str, str]) -> str | None:
    """The preset whose columns of unit, time, event and variant are all among these.

    >>> preset_of(dict.fromkeys(["distinct_id", "timestamp", "event", "properties"], "VARCHAR"))
    'posthog'
    """
    return next((one for one in PRESETS if _asked(PRESETS[one]) <= columns.keys()), None)


def _asked(preset: Preset) -> set[str]:
    columns = (preset.columns[role] for role in ("unit", "time", "event", "variant"))
    return {_held_by(preset, column) for column in columns}


def _held_by(preset: Preset, column: str) -> str:
    """The column of the data that holds what a name of the preset stands for."""
    held: str = preset.fields[column].get("column", column) if column in preset.fields else column
    return held


def export_among(files: Sequence[Path], path: str, preset: str | None = None) -> Export | None:
    """The known export that files hold, and what it records; None for any other rows.

    path: that names the files. preset: the only one that is looked for.
    Raises SourceError for an export that cannot be read.
    """
    if files[0].suffix.lower() in ENDINGS:
        return None
    columns: dict[str, str] = {}
    with locked(files) as engine, suppress(SourceError):  # a sheet below titles has no names
        columns = engine.columns(reader(files))
    named = preset_of(columns)
    if named is None or preset not in (None, named):
        return None
    asking = _asking(named, columns)
    with open_source(asking, path, None) as source:
        return _Reader(named, asking, source).export()


def _asking(named: str, columns: Mapping[str, str]) -> Experiment:
    """An experiment that asks for all that the preset knows and the data have."""
    preset = PRESETS[named]
    start = preset.start
    where = start["exposure"].get("where")
    segments = {one: column for one, column in start.get("segments", {}).items()
                if _held_by(preset, column) in columns}  # fmt: skip
    return Experiment(
        name=named,
        variants=["a", "b"],
        data={"shape": "events", "preset": named, "source": named},
        exposure={"event": preset.event, **({} if where is None else {"where": where})},
        goals={goal: dict(keys) for goal, keys in start["goals"].items()},
        segments=segments,
    )


class _Reader:
    """Questions to one export."""

    def __init__(self, named: str, asking: Experiment, source: Source) -> None:
        self.named, self.asking, self.source = named, asking, source
        self.preset = PRESETS[named]

    def export(self) -> Export:
        event, found = self.variants()
        variants = arms_of(found)
        goals = self.preset.start["goals"]
        return Export(
            preset=self.named,
            arms=tuple(variants.recorded),
            exposure={"event": event, **self.telling(variants)},
            goals={goal: dict(goals[goal]) for goal in self.goals()},
            segments={one.name: one.column for one in self.asking.segments},
            notes=(f"recognised: {self.preset.title}", *self.notes(event, variants)),
        )

    def telling(self, variants: Arms) -> dict[str, Any]:
        """Which experiment it is, and how variants are recorded, where that is not their name."""
        where = self.asking.exposure.where
        told = {"where": where.replace(EXAMPLE, literal(variants.experiment))} if where else {}
        differ = any(variant != value for variant, value in variants.recorded.items())
        return {
            **(told if variants.experiment else {}),
            **({"match": variants.recorded} if differ else {}),
        }

    def variants(self) -> tuple[str, Recorded]:
        """The event that exposes and what it records; another event where that one never does."""
        variant, event = self.text("variant"), self.text("event")
        told = re.search(rf"(\w+) = {EXAMPLE}", self.asking.exposure.where or "")
        title = f"CAST({name(told[1])} AS TEXT)" if told else "''"
        items = [
            (event, "event"),
            (title, "title"),
            (variant, "variant"),
            (f"COUNT(DISTINCT {self.text('unit')})", "units"),
        ]
        where = [f"{variant} IS NOT NULL", f"{variant} <> ''"]
        sql = select(items, self.source.relation, where=where, group=[event, title, variant])
        found = self.rows(f"{sql}\nORDER BY units DESC, variant LIMIT {MOST_VALUES}")
        events = [one for one, *_ in found]
        usual = self.preset.event
        exposing = events[0] if events and usual not in events else usual
        return exposing, [(title or "", value, units)
                          for one, title, value, units in found if one == exposing]  # fmt: skip

    def goals(self) -> list[str]:
        """The usual goals of which there are events."""
        items = []
        for at, goal in enumerate(self.asking.goals):
            hit = f"{self.text('event')} = {literal(goal.event or goal.name)}"
            hit += "" if goal.where is None else f" AND {condition(goal.where)}"
            items.append((f"MAX({flag(hit)})", f"h{at}"))
        (row,) = self.rows(select(items, self.source.relation))
        return [goal.name for goal, there in zip(self.asking.goals, row, strict=True) if there]

    def notes(self, event: str, variants: Arms) -> Iterator[str]:
        if not variants.recorded:
            column = self.preset.columns["variant"]
            yield f"no row names a variant in {column}; mend [exposure] and [data.fields]"
            return
        yield f"variants that {event} records: {', '.join(variants.recorded)}"
        yield f"the control is taken to be {next(iter(variants.recorded))}"
        if variants.others:
            yield f"other experiments are there and left out: {', '.join(variants.others)}"

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return list(self.source.engine.rows(text))

    def text(self, role: str) -> str:
        return f"CAST({name(self.preset.columns[role])} AS TEXT)"
