"""Thousands of tests at all their looks: every one of them as `monitor` tells of it by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from abmicro import Experiment, JointCounts, monitor
from abmicro.analysis.monitoring.many_tests import WatchedTests, watch_tests
from abmicro.counts.many_tests import table_of_tests
from abmicro.errors import CountsError

START, DAYS = date(2026, 10, 5), 10
PATTERNS = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1]]
GOALS: dict[str, dict[str, Any]] = {
    "cart": {"kind": "milestone"},
    "order": {"kind": "macro"},
    "video": {"kind": "action"},
}
UNITS = (900, 700, 300)  # a day, by variant


def experiment(mode: str, **keys: Any) -> Experiment:
    usual: dict[str, Any] = {
        "name": "t",
        "start": START,
        "end": START + timedelta(days=DAYS),
        "variants": ["A", "B", "C"],
        "goals": GOALS,
        "monitoring": {"mode": mode, "first_look": "3d"},
    }
    return Experiment(**usual | keys)


def drawn(tests: int, **more: Any) -> JointCounts:
    """Tests of all sorts of truths, one of them with hardly an order."""
    rng = np.random.default_rng(18)
    cells = np.zeros((tests, 3, DAYS, len(PATTERNS)), dtype=np.int64)
    for test in range(tests):
        for arm, size in enumerate(UNITS):
            up = rng.choice([0, 0.3, -0.3, 0.6]) if arm else 0
            cart, onward = 0.12 * (1 + up), 0.25 if test else 0.005
            onward *= rng.choice([1, 0.6, 1.2]) if arm else 1
            path = np.array([1 - cart, cart * (1 - onward), cart * onward])
            truth = np.concatenate([0.7 * path, 0.3 * path])
            cells[test, arm] = rng.multinomial(size, truth, DAYS)
    days = [START + timedelta(days=at) for at in range(DAYS)]
    return table_of_tests(("A", "B", "C"), tuple(GOALS), PATTERNS, cells, days=days, **more)


def one_of(tests: JointCounts, at: int) -> JointCounts:
    """One of the tests as the table of an experiment by itself."""
    part = np.s_[:, at : at + 1]
    return replace(
        tests,
        segment_names=(),
        segments=((),),
        units=tests.units[part],
        rows=tests.rows[part],
        sums=tests.sums[part],
        products=tests.products[part],
        apart=replace(
            tests.apart, sums=tests.apart.sums[:, :1], squares=tests.apart.squares[:, :1]
        ),
        cut_off=datetime(2026, 10, 5 + DAYS, tzinfo=UTC),
    )


@pytest.mark.parametrize("mode", ["group_sequential", "anytime"])
def test_each_of_many_is_told_as_by_itself(mode: str) -> None:
    subject, tests = experiment(mode), drawn(5)
    together = watch_tests(subject, tests)
    for test in range(5):
        alone = monitor(subject, one_of(tests, test))
        assert [look.day for look in alone.path] == [look.day for look in together.looks]
        for at, look in enumerate(alone.path):
            assert look.critical == pytest.approx(together.bounds.critical[at])
            for one in look.goals:
                variant = "ABC".index(one.variant) - 1
                z = together.z[one.goal][variant, test, at]
                assert one.z == pytest.approx(z, rel=1e-9, nan_ok=True)
            for pair in look.carry:
                variant = "ABC".index(pair.variant) - 1
                found = together.pairs[pair.micro, pair.macro]
                label = pair.label.replace("underpowered", "inconclusive")
                assert label == found.label[variant, test, at]
                settled = pair.settled.replace("underpowered", "inconclusive")
                assert settled == found.settled[variant, test, at]


def test_the_first_crossing_stands() -> None:
    subject, tests = experiment("group_sequential"), drawn(40)
    found = watch_tests(subject, tests)
    crossed = found.crossed("cart")
    assert {-1, 0, 1} <= set(np.unique(crossed).tolist())
    moved = np.diff(crossed, axis=-1) != 0
    assert (crossed[..., :-1][moved] == 0).all()
    assert crossed_alone(found) == crossed[1, 3].tolist()


def crossed_alone(found: WatchedTests) -> list[int]:
    """The same of the third test and second variant, look by look."""
    standing, told = 0, []
    for z, bound in zip(found.z["cart"][1, 3], found.bounds.critical, strict=True):
        standing = standing or (int(np.sign(z)) if abs(z) > bound else 0)
        told.append(standing)
    return told


def test_tests_of_different_units_share_no_bounds() -> None:
    tests = drawn(2)
    more = tests.units + (np.arange(len(PATTERNS)) == 0) * (np.arange(2)[:, None, None] == 1)
    tests = replace(tests, units=more, rows=more)
    with pytest.raises(CountsError, match="different units"):
        watch_tests(experiment("group_sequential"), tests)
