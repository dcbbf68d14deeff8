"""Two real logs without a test: the figures of `docs/how-to/health.md`."""

from __future__ import annotations

from pathlib import Path

import pytest

import abmicro as ab

REES46 = {
    "shape": "events",
    "columns": {"unit": "user_id", "time": "event_time", "event": "event_type"},
}
SHOP = {
    "cart": {"kind": "milestone"},
    "purchase": {"kind": "macro"},
    "revenue": {"kind": "macro", "event": "purchase", "value": "price"},
}
MSNBC = {
    "shape": "events",
    "time_unit": "order",
    "columns": {"unit": "user_id", "time": "seq", "event": "category"},
}
SITE = {
    "news": {"kind": "milestone", "event": "2"},
    "business": {"kind": "macro", "event": "12"},
    "sports": {"kind": "action", "event": "14"},
    "weather": {"kind": "action", "event": "8"},
}


def test_a_shop_of_three_hours(shared_data: Path) -> None:
    source = str(shared_data / "event_streams/rees46_2019_10_01.csv.gz")
    data = {**REES46, "source": source}
    test = ab.Experiment(name="rees46", variants=["all"], goals=SHOP, segments=["brand"], data=data)
    counts, histograms = ab.collect(test), ab.collect_histograms(test)
    found = ab.health(test, counts, histograms)
    rates = {(one.goal, one.of): one for one in found.sources if not one.segment}
    assert (found.units, rates["purchase", ""].reached) == (4_505, 193)
    assert counts.reached("cart").sum() == 111
    checks = {one.name: one for one in found.checks}
    assert checks["capture.cart"].status == "fail"
    assert "131 of 193" in checks["capture.cart"].sentence
    assert checks["double_firing"].figure == pytest.approx(0.036, abs=5e-4)
    assert found.charts[0].reason == "no day of your data is whole yet"
    tried = ab.simulate(test, counts, lifts=[0.0, 0.2])
    assert tried.shuffled.goals[0].claimed.estimate == pytest.approx(0.0536, abs=5e-4)
    ships = shipped(tried)
    assert ships[1.0] == pytest.approx(0.085, abs=6e-3)
    assert ships[0.0] == pytest.approx(0.024, abs=6e-3)


def shipped(tried: ab.Simulation) -> dict[float, float]:
    """Share of tests that ship at the planted lift, by pass-through, at the units of the log."""
    kept = (one for one in tried.truths if one.micro_lift and one.times == 1)
    return {one.pass_through: one.decisions.get("ship", 0.0) for one in kept}


@pytest.mark.slow
def test_a_site_of_a_million_in_one_day(shared_data: Path) -> None:
    source = str(shared_data / "event_streams/msnbc990928.parquet")
    test = ab.Experiment(
        name="msnbc", variants=["all"], goals=SITE, data={**MSNBC, "source": source}
    )
    counts = ab.collect(test)
    found = ab.health(test, counts)
    assert (found.units, int(counts.reached("news").sum())) == (989_818, 175_286)
    assert "88,730 of 112,183" in found.checks[0].sentence
    tried = ab.simulate(test, counts, lifts=[0.2], runs=2_000)
    ships = shipped(tried)
    assert ships[1.0] == 1.0
    assert ships[0.0] <= 0.025 + 4 * (0.025 * 0.975 / 400) ** 0.5
