"""A check of an analysis, by its name."""

from __future__ import annotations

from abmicro.analysis.results import Analysis, Check


def named(analysis: Analysis, name: str) -> Check:
    return next(check for check in analysis.checks if check.name == name)
