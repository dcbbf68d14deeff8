"""The first days of a test, from its log: what can speak before windows close, and what waits."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pytest

import abmicro as ab
from abmicro import Analysis, Experiment

from .checks import named

pytestmark = pytest.mark.journey

COLUMNS = {"unit": "user", "time": "ts", "event": "event", "variant": "arm"}
EXPERIMENT = Experiment(
    name="First look",
    variants=["A", "B"],
    start="2026-09-07",
    end="2026-10-05",
    goals={
        "cart": {"kind": "milestone", "window": "7d"},
        "order": {"kind": "macro", "window": "7d"},
    },
    data={"shape": "events", "columns": COLUMNS},
    exposure={"event": "seen"},
)


@cache
def looked(day: str, share: int = 2) -> Analysis:
    """A look before that day begins, at a hundred units a day; one in fifty has a cart.

    share: one unit in so many is of B.
    """
    rows: list[tuple[str, str, str, str | None]] = []
    for unit in range(1_400):
        at = f"2026-09-{7 + unit // 100:02d}"
        rows.append((f"u{unit}", f"{at} 10:00:00", "seen", "AB"[unit % share == 0]))
        if unit % 50 == 0:
            rows.append((f"u{unit}", f"{at} 10:05:00", "cart", None))
    names = [*COLUMNS.values()]
    frame = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
    figures = ab.collect_histograms(EXPERIMENT, frame, as_of=day)
    return ab.analyze(EXPERIMENT, ab.collect(EXPERIMENT, frame, as_of=day), figures)


@pytest.mark.parametrize("day", range(8, 20))
def test_no_look_at_sound_data_is_an_alarm(day: int) -> None:
    found = looked(f"2026-09-{day:02d}")
    assert {check.name for check in found.checks if check.status == "fail"} <= {"maturity"}
    assert found.verdicts[0].decision == "keep_running"


def test_the_first_look_says_when_there_will_be_results() -> None:
    found = looked("2026-09-10")
    told = (
        "Nobody in A and B has had the full time to convert yet; 300 visitors still have time; "
        "first "
        "results on 15 September."
    )
    assert named(found, "maturity").sentence == told
    assert told in found.verdicts[0].because
    for goal_check in ("runtime", "goals_fire", "gaps", "tags"):
        assert named(found, goal_check).sentence == "Nothing to check yet: nobody is judged."
    assert named(looked("2026-09-15"), "maturity").status == "pass"


def test_the_sample_ratio_speaks_from_the_first_day() -> None:
    whole = named(looked("2026-09-08", share=4), "sample_ratio")
    assert whole.status == "fail"
    assert whole.sentence.startswith("75 in A, 25 in B")
    daily = named(looked("2026-09-13", share=4), "sample_ratio.entry day")
    assert daily.status == "fail"
    assert "over 6" in daily.sentence


def test_a_goal_that_nobody_of_a_few_has_reached_is_no_distrust() -> None:
    """The orders of this shop are none, its carts two a day."""
    found = looked("2026-09-15")
    assert found.provenance.units == 100
    assert named(found, "goals_fire.order").status == "warn"
