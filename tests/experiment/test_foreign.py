"""Experiments of PostHog and GrowthBook as their interfaces answer, as definitions of ours."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import abmicro as ab
from abmicro.cli import run
from abmicro.experiment.file.foreign import converted

POSTHOG: dict[str, Any] = {
    "id": 11,
    "name": "Shorter form",
    "description": "Fewer fields,\nmore sign-ups",
    "start_date": "2026-10-05T09:12:00Z",
    "end_date": None,
    "feature_flag_key": "short-form",
    "parameters": {
        "feature_flag_variants": [
            {"key": "short", "rollout_percentage": 40},
            {"key": "control", "rollout_percentage": 60},
        ]
    },
    "metrics": [
        {
            "kind": "ExperimentMetric",
            "metric_type": "funnel",
            "name": "Sign-up",
            "conversion_window": 14,
            "conversion_window_unit": "day",
            "series": [
                {"kind": "EventsNode", "event": "Form Started"},
                {"kind": "EventsNode", "event": "signed_up"},
            ],
        }
    ],
    "metrics_secondary": [
        {
            "kind": "ExperimentMetric",
            "metric_type": "ratio",
            "name": "Pages per visit",
        }
    ],
}
GROWTHBOOK: dict[str, Any] = {
    "experiment": {
        "id": "exp_1",
        "name": "Sticky button",
        "hypothesis": "A button that stays is used",
        "trackingKey": "sticky",
        "variations": [
            {"variationId": "v0", "key": "0", "name": "Control"},
            {"variationId": "v1", "key": "1", "name": "Sticky"},
        ],
        "phases": [
            {
                "dateStarted": "2026-10-05T00:00:00.000Z",
                "dateEnded": "2026-11-02T00:00:00.000Z",
                "trafficSplit": [
                    {"variationId": "v0", "weight": 0.5},
                    {"variationId": "v1", "weight": 0.5},
                ],
            }
        ],
        "settings": {
            "goals": [{"metricId": "met_cart", "overrides": {"windowHours": 72}}],
            "secondaryMetrics": [{"metricId": "met_order", "overrides": {"delayHours": 2}}],
            "guardrails": [{"metricId": "met_returns"}],
        },
    }
}


def taken_over(told: dict[str, Any]) -> tuple[ab.Experiment, tuple[str, ...]]:
    found = converted(json.dumps(told))
    assert found is not None
    return ab.loads(found.text), found.notes


def test_posthog_tells_events_windows_and_shares() -> None:
    test, notes = taken_over(POSTHOG)
    assert (test.name, test.start, test.end) == ("Shorter form", date(2026, 10, 5), None)
    assert {one.name: one.share for one in test.variants} == {"control": 0.6, "short": 0.4}
    assert test.control.name == "control"
    assert test.exposure.where == "feature_flag = 'short-form'"
    goals = {one.name: (one.kind, one.role, one.event, one.window) for one in test.goals}
    fortnight = timedelta(days=14)
    assert goals["form_started"] == ("milestone", "primary", "Form Started", fortnight)
    assert goals["signed_up"][0] == "macro"
    assert any("Pages per visit is not taken over" in note for note in notes)


def test_growthbook_tells_variations_days_and_windows() -> None:
    test, notes = taken_over(GROWTHBOOK)
    assert (test.start, test.end) == (date(2026, 10, 5), date(2026, 11, 2))
    assert test.control.name == "Control"
    goals = {one.name: one for one in test.goals}
    assert goals["met_cart"].window == timedelta(hours=72)
    assert goals["met_cart"].role == "primary"
    assert goals["met_order"].delay == timedelta(hours=2)
    assert goals["met_returns"].role == "guardrail"
    assert any("write the event of each goal" in note for note in notes)


@pytest.mark.parametrize("tool", [POSTHOG, GROWTHBOOK], ids=["posthog", "growthbook"])
def test_init_writes_a_file_that_loads_and_says_what_is_left_to_do(
    tool: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "their.json").write_text(json.dumps(tool), encoding="utf-8")
    assert run(["init", str(tmp_path / "test"), "--from", str(tmp_path / "their.json")]) == 0
    assert "taken over from" in capsys.readouterr().err
    assert ab.load(tmp_path / "test" / "experiment.toml").goals


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', '{"id": 1}\n{"id": 2}', "null"])
def test_what_is_no_experiment_is_left_to_the_reader_of_data(content: str) -> None:
    assert converted(content) is None


printable = st.characters(categories=["L", "N", "P", "S"])
hostile = st.text(printable, min_size=1, max_size=30)


@given(hostile, hostile, hostile)
def test_no_name_breaks_out_of_the_file(name: str, flag: str, event: str) -> None:
    metric = {"metric_type": "funnel", "series": [{"event": event}]}
    told = {"name": name, "feature_flag_key": flag, "metrics": [metric], "metrics_secondary": []}
    test, _ = taken_over({**POSTHOG, **told})
    assert (test.name, test.goals[0].event) == (name, event)
    assert len(test.goals) == 1
