"""Running tests as lines of text, as lines of JSON for a webhook, as a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abmicro.cli.watched.overlaps import Overlap
    from abmicro.cli.watched.running_test import RunningTest


def told(
    tests: Sequence[RunningTest], shared: Sequence[Overlap], form: str, *, since_last: bool
) -> str:
    """Tests in their order, then which of them share people. since_last: only what is new."""
    if since_last:
        tests = [test for test in tests if test.news]
    if form == "html":
        from abmicro.report.monitoring.page import html

        return html(tests, [one.sentence for one in shared])
    if form == "json":
        return "".join(f"{_as_json(test, shared, since_last=since_last)}\n" for test in tests)
    lines = [line for test in tests for line in _lines(test, since_last=since_last)]
    if since_last and not tests:
        lines = ["Nothing new."]
    return "\n".join((*lines, *(one.sentence for one in shared if tests), ""))


def _lines(test: RunningTest, *, since_last: bool) -> Iterator[str]:
    if since_last:
        yield f"{test.experiment.key} | {' | '.join(test.news)}"
        return
    yield test.monitoring.text
    yield f"  {test.monitoring.advice}"
    for alarm in test.monitoring.alarms:
        if alarm.severity == "warn":
            yield f"  {alarm.sentence} {alarm.fix}"


def _as_json(test: RunningTest, shared: Sequence[Overlap], *, since_last: bool) -> str:
    from abmicro.report.render.dataclass_json import to_plain

    key = test.experiment.key
    more = {
        "key": key,
        "overlaps": [one.sentence for one in shared if key in (one.first, one.second)],
        **({"news": [*test.news]} if since_last else {}),
    }
    return json.dumps({**to_plain(test.monitoring), **more}, ensure_ascii=False)
