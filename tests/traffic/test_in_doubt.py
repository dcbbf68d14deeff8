"""A test whose traffic is in doubt shows its sources and days as `ab.health` finds them."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import product

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import abmicro as ab
from abmicro.report.render.json_csv import from_record, to_record
from abmicro.report.render.record_schema import record_schema

from .shops import GOALS, SOURCES, START, WEEKDAYS

TEST = ab.Experiment(name="Button", variants=["A", "B"], goals=GOALS, segments=["source", "device"])
LOST = 0.25  # of the units of Ads in variant B


def two_variants(*, lost: float, dip: float) -> ab.JointCounts:
    """Four weeks of two variants; B loses units of Ads, phones lose baskets on the 16th day."""
    rng, rows = np.random.default_rng(7), []
    for at, arm, source, device in product(range(28), "AB", SOURCES, ("phone", "desktop")):
        units, basket, order = SOURCES[source]
        day = START + timedelta(days=at)
        kept = 1 - lost * (arm == "B" and source == "Ads")
        fall = 1 - dip * (at == 15 and device == "phone")
        n = rng.poisson(units * (0.6 if device == "phone" else 0.4) * WEEKDAYS[day.weekday()])
        n = int(n * kept)
        carts = rng.binomial(n, basket * fall)
        orders = rng.binomial(carts, order)
        cells = ((0, 0, n - carts), (1, 0, carts - orders), (1, 1, orders))
        rows += [(arm, source, device, day, *bits) for bits in cells]
    header = ("variant", "segment__source", "segment__device", "period")
    header += ("goal__cart", "goal__order", "units")
    return ab.JointCounts.from_rows(header, rows, variants=("A", "B"))


@pytest.fixture(scope="module")
def counts() -> ab.JointCounts:
    return two_variants(lost=LOST, dip=0.8)


@pytest.fixture(scope="module")
def doubted(counts: ab.JointCounts) -> ab.Analysis:
    return ab.analyze(TEST, counts)


def test_it_says_what_health_says_of_the_same_counts(
    doubted: ab.Analysis, counts: ab.JointCounts
) -> None:
    found, health = doubted.traffic, ab.health(TEST, counts)
    assert found is not None
    assert "sample_ratio" in found.checks
    assert found.sources == health.traffic
    assert found.dips == health.dips
    assert found.dips
    assert found.odd == tuple(day for day in health.days if day.flagged)


def test_every_rendering_of_it_carries_sources_and_the_dip(doubted: ab.Analysis) -> None:
    for form in ("text", "md", "html"):
        told = doubted.render(form)
        assert f"Which {TEST.names.units} came, and when" in told
        assert "Partner X" in told
        assert "6 October" in told
        assert "fraud" not in told.lower()


def test_its_record_is_valid_and_reads_back(doubted: ab.Analysis) -> None:
    record = json.loads(doubted.render("json"))
    assert {one["source"] for one in record["traffic"]["sources"]} >= set(SOURCES)
    Draft202012Validator(record_schema()).validate(record)
    assert to_record(from_record(record)) == record


def test_a_test_whose_traffic_passes_has_an_empty_key_and_no_section() -> None:
    calm = ab.analyze(TEST, two_variants(lost=0.0, dip=0.0))
    assert (calm.traffic, to_record(calm)["traffic"]) == (None, None)
    assert "came, and when" not in calm.render("text")


def test_without_sources_and_days_it_says_what_is_missing() -> None:
    units = [[9_000, 1_100, 300], [10_000, 1_200, 330]]
    counts = ab.JointCounts.of_path(("A", "B"), ("cart", "order"), units)
    told = ab.analyze(TEST.model_copy(update={"segments": ()}), counts)
    assert told.traffic is not None
    assert (told.traffic.sources, told.traffic.odd) == ((), ())
    assert "No source is named" in told.render("text")
    assert "your data have no days of entry" in " ".join(told.render("text").split())
