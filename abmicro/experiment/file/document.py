"""The tables and keys of the experiment file, from an experiment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from abmicro.experiment.data.presets import find_preset, omit_preset

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment

HEAD = (
    *("name", "key", "hypothesis", "start", "end", "timezone", "site"),
    *("unit_name", "unit_name_plural", "notes"),
)
"""Keys of the table `experiment`."""


def document(experiment: Experiment) -> dict[str, Any]:
    """The tables and keys of the file, without what is left at its default."""
    tables = experiment.model_dump(exclude_defaults=True)
    exposure = tables.get("exposure", {})
    preset = find_preset(tables.get("data", {}))
    usual = preset.event if preset is not None and len(experiment.variants) > 1 else None
    if exposure.get("event") == usual:
        exposure.pop("event", None)
    shares = {variant.name: variant.share for variant in experiment.variants}
    phases = [{"since": one.since, "allocation": dict(one.allocation)} for one in experiment.ramp]
    labels = {variant.name: variant.label for variant in experiment.variants if variant.label}
    more = {"ramp": phases, "labels": labels}
    written = {
        "schema": 1,
        "experiment": {name: tables[name] for name in HEAD if name in tables},
        "variants": {"control": experiment.control.name, "allocation": shares}
        | {name: one for name, one in more.items() if one},
        "data": _data(tables.get("data", {})),
        "exposure": exposure
        | ({"match": _listed(exposure["match"])} if "match" in exposure else {}),
        "goals": {goal.pop("name"): goal for goal in tables["goals"]},
        "funnel": tables.get("funnel"),
        "segments": _segments(experiment),
        "analysis": tables.get("analysis"),
        "decision": tables.get("decision"),
        "plan": tables.get("plan"),
        "monitoring": tables.get("monitoring"),
        "report": tables.get("report"),
    }
    return {name: table for name, table in written.items() if table}


def _segments(experiment: Experiment) -> dict[str, Any]:
    """Columns where they say all; else tables throughout, which keep their order in a file."""
    segments = experiment.segments
    if not experiment.known_before:
        return {segment.name: segment.column for segment in segments}
    return {one.name: one.model_dump(exclude_defaults=True, exclude={"name"}) for one in segments}


def _listed(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Recorded values by their variant, several of one as a list."""
    found: dict[str, list[str]] = {}
    for variant, value in pairs:
        found.setdefault(variant, []).append(value)
    return {variant: values[0] if len(values) == 1 else values for variant, values in found.items()}


def _data(table: dict[str, Any]) -> dict[str, Any]:
    """The table of the data without what its preset says."""
    if "fields" in table:
        table["fields"] = {field.pop("name"): field for field in table["fields"]}
    return omit_preset(table)
