"""Experiments as other tools describe them in JSON, as definitions of ours.

PostHog tells events, windows and shares; GrowthBook tells variations, dates, windows and the ids of
its metrics, behind which the events are known to it alone. What cannot be taken over is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from abmicro.experiment.file.toml_text import render
from abmicro.frozen import frozen

Json = Mapping[str, Any]
LARGEST = 1_000_000  # bytes; an experiment is small, a log need not be
UNITS = {"minute": "m", "hour": "h", "day": "d", "week": "w"}
MARGIN = 0.02
CONTROLS = ("control", "original", "baseline")


@frozen
class ForeignExperiment:
    """The definition, as TOML, and what its author should know of it."""

    text: str
    notes: tuple[str, ...]


def converted(content: str) -> ForeignExperiment | None:
    """The definition that a description of another tool makes; None where it is none.

    content: what the tool's interface answers for one experiment.

    >>> variants = [{"key": "control"}, {"key": "short"}]
    >>> metric = {"metric_type": "funnel", "series": [{"event": "start"}, {"event": "sent"}]}
    >>> told = {"feature_flag_key": "form", "metrics": [metric],
    ...         "parameters": {"feature_flag_variants": variants}}
    >>> [line for line in converted(json.dumps(told)).text.splitlines() if "goals" in line]
    ['[goals.start]', '[goals.sent]']
    """
    if len(content) > LARGEST or not content.lstrip().startswith("{"):
        return None
    try:
        told = json.loads(content)
    except ValueError:
        return None
    inner = told.get("experiment")
    one = inner if isinstance(inner, dict) else told
    if "feature_flag_key" in one or "feature_flag" in one:
        return _of_posthog(one)
    return _of_growthbook(one) if isinstance(one.get("variations"), list) else None


def _of_posthog(told: Json) -> ForeignExperiment:
    flag = told.get("feature_flag") or {}
    key = told.get("feature_flag_key") or flag.get("key", "")
    listed = (told.get("parameters") or {}).get("feature_flag_variants") or _listed(
        flag.get("filters") or {}
    )
    shares = {one["key"]: one.get("rollout_percentage", 0) for one in listed}
    notes: list[str] = []
    goals = dict(_posthog_goals(told, notes))
    definition = {
        **_head(told.get("name"), told.get("description"), told),
        **_variants(shares),
        "data": {"shape": "events", "preset": "posthog", "source": "events/*.parquet"},
        "exposure": {"where": f"feature_flag = '{str(key).replace(chr(39), chr(39) * 2)}'"},
        "goals": _with_roles(goals),
    }
    return _written(definition, "PostHog", notes)


def _listed(filters: Json) -> list[Json]:
    return (filters.get("multivariate") or {}).get("variants") or []


def _posthog_goals(told: Json, notes: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Goal by goal; the steps of a funnel are goals on the path to its last one."""
    for metric in [*(told.get("metrics") or []), *(told.get("metrics_secondary") or [])]:
        named = metric.get("name") or metric.get("metric_type") or "a metric"
        window = _window(metric, named, notes)
        if metric.get("metric_type") == "funnel":
            events = [one.get("event") for one in metric.get("series") or [] if one.get("event")]
            kinds = [*["milestone"] * (len(events) - 1), "macro"]
            for event, kind in zip(events, kinds, strict=False):
                yield _name(event), {"kind": kind, "event": event, **window}
        elif metric.get("metric_type") == "mean" and (source := metric.get("source")):
            yield from _posthog_mean(source, named, window, notes)
        else:
            notes.append(f"{named} is not taken over: it is no funnel and no mean of one event")


def _posthog_mean(
    source: Json, named: str, window: dict[str, str], notes: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    event, column = source.get("event"), source.get("math_property")
    if not event:
        notes.append(f"{named} is not taken over: it names no event")
    elif source.get("math") == "sum" and column:
        notes.append(f"{named} adds up {column}: name it in [data.fields]")
        yield _name(f"{event}_{column}"), {"kind": "macro", "event": event, **window}
    else:
        notes.append(f"{named} counts every {event}; here it is whether a visitor has one")
        yield _name(event), {"kind": "macro", "event": event, **window}


def _window(metric: Json, named: str, notes: list[str]) -> dict[str, str]:
    length, unit = metric.get("conversion_window"), metric.get("conversion_window_unit")
    if not length or not unit:
        return {}
    if unit not in UNITS:
        notes.append(f"the window of {named} is in {unit}s: write it in days")
        return {}
    return {"window": f"{int(length)}{UNITS[unit]}"}


def _of_growthbook(told: Json) -> ForeignExperiment:
    phase = (told.get("phases") or [{}])[-1]
    names = {
        one.get("variationId") or one.get("id") or one.get("key"): one for one in told["variations"]
    }
    weights = {one.get("variationId"): one.get("weight") for one in phase.get("trafficSplit") or []}
    shares = {_called(one): weights.get(key) or 1 for key, one in names.items()}
    match = {_called(one): str(one["key"]) for one in names.values() if "key" in one}
    notes = [
        "metrics of GrowthBook are known by their ids: write the event of each goal",
        "say in [data] where the events are and what their columns are called",
    ]
    goals = dict(_growthbook_goals(told.get("settings") or {}, notes))
    columns = {
        "unit": "user_id",
        "time": "timestamp",
        "event": "event",
        "variant": "variation_id",
    }
    definition = {
        **_head(told.get("name"), told.get("hypothesis"), _dated(phase)),
        **_variants(shares),
        "data": {"shape": "events", "source": "events/*.parquet", "columns": columns},
        "exposure": {"match": match} if match else {},
        "goals": _with_roles(goals),
    }
    return _written(definition, "GrowthBook", notes)


def _called(variation: Json) -> str:
    return str(variation.get("name") or variation.get("key"))


def _dated(phase: Json) -> Json:
    return {"start_date": phase.get("dateStarted"), "end_date": phase.get("dateEnded")}


def _growthbook_goals(settings: Json, notes: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Goals decide, the others stand beside; their kind is ours to ask for."""
    for kind, role in (
        ("goals", ""),
        ("secondaryMetrics", "secondary"),
        ("guardrails", "guardrail"),
    ):
        for metric in settings.get(kind) or []:
            told = metric.get("overrides") or {}
            goal: dict[str, Any] = {"kind": "macro", "event": metric.get("metricId", "")}
            if hours := told.get("windowHours"):
                goal["window"] = f"{int(hours)}h"
            if hours := told.get("delayHours"):
                goal["delay"] = f"{int(hours)}h"
            if role:
                goal["role"] = role
            if role == "guardrail":
                goal["margin"] = MARGIN
                notes.append(f"{goal['event']} may lose {MARGIN:.0%}: write the margin you accept")
            yield _name(goal["event"]), goal


def _head(name: object, hypothesis: object, dated: Json) -> dict[str, Any]:
    """The experiment as it is called, and its days; the one on which it ended counts no more."""
    from datetime import date

    head: dict[str, Any] = {"name": str(name or "Experiment").strip() or "Experiment"}
    if isinstance(hypothesis, str) and hypothesis.strip():
        head["hypothesis"] = " ".join(hypothesis.split())
    for key, of in (("start", "start_date"), ("end", "end_date")):
        if isinstance(text := dated.get(of), str) and len(text) >= len("2026-10-05"):
            head[key] = date.fromisoformat(text[: len("2026-10-05")])
    return {"experiment": head}


def _variants(weights: Mapping[str, float]) -> dict[str, Any]:
    total = sum(weights.values())
    names = sorted(weights, key=lambda name: name.lower() not in CONTROLS)
    shares = {name: round(weights[name] / total, 6) if total else 0 for name in names}
    if not total or abs(sum(shares.values()) - 1) > 1e-9 or not all(shares.values()):
        return {"variants": {"arms": names}}
    return {"variants": {"control": names[0], "allocation": shares}}


def _with_roles(goals: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The first goal that has no role decides."""
    first = next((name for name, goal in goals.items() if "role" not in goal), None)
    return {
        name: {**goal, "role": "primary"} if name == first else goal for name, goal in goals.items()
    }


def _name(event: str) -> str:
    """A goal's name for an event.

    >>> _name("Product Added"), _name("$pageview")
    ('product_added', 'pageview')
    """
    return re.sub(r"[^a-z0-9]+", "_", event.lower()).strip("_") or "goal"


def _written(definition: dict[str, Any], tool: str, notes: list[str]) -> ForeignExperiment:
    said = (f"taken over from {tool}; look at the kind of every goal", *dict.fromkeys(notes))
    return ForeignExperiment(render({k: v for k, v in definition.items() if v}), said)
