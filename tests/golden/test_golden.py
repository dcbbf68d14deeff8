"""Every golden case whose method is in METHODS, to the tolerance the case states.

The JSON files are copies of independent reference values and are never edited by hand. Each case
names its source and the programs that agree with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abmicro.stats.carry_through.label import LABELS
from abmicro.stats.sequential.settled import UNSTABLE
from abmicro.stats.verdict import DECISIONS

from .methods import METHODS

WORDS = (*LABELS, *DECISIONS, "too_early", UNSTABLE)
ENUMERATED = {f"ci_two/{name}_exact_score_central" for name in ("diff", "ratio")}
HERE = Path(__file__).parent
READ = [
    case
    for path in sorted(HERE.glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
]
CASES = [case for case in READ if case["method"] in METHODS]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a nested answer by their path; "inf" and "-inf" are numbers here."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    elif value is None:
        return
    elif value in WORDS:
        yield path, float(WORDS.index(value))
    else:
        yield path, float(value)


def parameter(case: dict[str, Any]) -> Any:
    marks = [pytest.mark.slow] * (case["method"] in ENUMERATED)
    return pytest.param(case, id=f"{case['method']}-{case['id']}", marks=marks)


@pytest.mark.parametrize("case", [*map(parameter, CASES)])
def test_the_answer_is_the_golden_one(case: dict[str, Any]) -> None:
    got = dict(leaves(METHODS[case["method"]](case["inputs"])))
    expected = dict(leaves(case["expected"]))
    asked = {path: got[path] for path in expected}
    assert asked == pytest.approx(expected, rel=case["rtol"], abs=case.get("atol") or 0)


def test_every_method_has_a_case() -> None:
    assert set(METHODS) == {case["method"] for case in CASES}
