"""Tests that run at the same time on the same people, as far as definitions tell.

They do where they read the same data, or where `experiment.site` is the same.
"""

from __future__ import annotations

import os
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abmicro.experiment.calendar import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abmicro.cli.watched.running_test import RunningTest
    from abmicro.experiment.model import Experiment


class Overlap(NamedTuple):
    """Two tests whose units may be the same people. until: None where neither has an end."""

    first: str
    second: str
    since: date
    until: date | None
    why: str

    @property
    def sentence(self) -> str:
        """Both tests by key, when, and why they may share their units."""
        until = "" if self.until is None else f" to {self.until.isoformat()}"
        return (
            f"{self.first} and {self.second} overlap from {self.since.isoformat()}{until}, and "
            f"{self.why}: the same people may be in both."
        )


def overlaps(tests: Sequence[RunningTest]) -> Iterator[Overlap]:
    """Every pair of tests that share days, and maybe units."""
    for one, other in combinations(tests, 2):
        why = _shared(one, other)
        (begins, ends), (begins_too, ends_too) = _span(one), _span(other)
        if not why or begins is None or begins_too is None:
            continue
        since = max(begins, begins_too)
        until = min((end for end in (ends, ends_too) if end), default=None)
        if until is None or since <= until:
            yield Overlap(one.experiment.key, other.experiment.key, since, until, why)


def _span(test: RunningTest) -> tuple[date | None, date | None]:
    """The first and the last day of entry, planned or seen."""
    shares, experiment = test.monitoring.sample_ratio, test.experiment
    seen = shares.days[0] if shares and shares.days else None
    return experiment.start or seen, None if experiment.end is None else experiment.end - DAY


def _shared(one: RunningTest, other: RunningTest) -> str:
    """Why two tests may share their units; empty where nothing says so."""
    data = [_data(test.experiment, test.file) for test in (one, other)]
    if data[0] is not None and data[0] == data[1]:
        return "read the same data"
    site, its = one.experiment.site, other.experiment.site
    return f"both are of {site}" if site and site == its else ""


def _data(experiment: Experiment, file: Path) -> tuple[str, str | None] | None:
    """What a definition reads; None where it does not say."""
    data = experiment.data
    if data is None or data.source is None:
        return None if data is None or data.table is None else ("", data.table)
    is_url = "://" in data.source
    source = data.source if is_url else os.path.realpath(file.parent / data.source)
    return source, data.table
