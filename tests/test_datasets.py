"""The shipped examples are what we counted, and teach what they are meant to teach."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from abmicro import (
    Data,
    DataColumns,
    Experiment,
    SourceError,
    analyze,
    collect,
    datasets,
    monitor,
)

PAGES = (
    *("frontpage", "news", "tech", "local", "opinion", "on-air", "misc", "weather", "msn-news"),
    *("health", "living", "business", "msn-sports", "sports", "summary", "bbs", "travel"),
)


def with_data(name: str, **data: object) -> Experiment:
    """The shipped experiment with raw data in place of its counts."""
    return datasets.load(name)[0].model_copy(update={"data": Data(**data)})


def test_the_e_mail_counts_are_those_of_the_raw_file(shared_data: Path) -> None:
    raw = with_data(
        "hillstrom",
        shape="units",
        source=str(shared_data / "hillstrom" / "hillstrom.csv.gz"),
        columns=DataColumns(variant="segment"),
    )
    assert collect(raw) == datasets.load("hillstrom")[1]


@pytest.mark.journey
def test_the_news_counts_are_those_of_the_raw_page_views(shared_data: Path) -> None:
    raw = with_data(
        "msnbc",
        shape="events",
        table="views",
        time_unit="order",
        columns=DataColumns(unit="user_id", time="seq", event="page", variant="arm"),
    )
    three = raw.goal("three_news_pages").model_copy(update={"event": "news", "at_least": 3})
    goals = tuple(three if goal.name == three.name else goal for goal in raw.goals)
    raw = raw.model_copy(update={"goals": goals})
    file = shared_data / "event_streams" / "msnbc990928.parquet"
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE pages AS SELECT ? AS names", [list(PAGES)])
        connection.execute(f"""
            CREATE VIEW views AS SELECT *, page AS first_page FROM (
                SELECT user_id, seq, names[category] AS page,
                CASE WHEN md5(CAST(user_id AS TEXT)) < '8' THEN 'A' ELSE 'B' END AS arm
                FROM '{file}', pages)""")
        assert collect(raw, connection) == datasets.load("msnbc")[1]


def test_the_shop_counts_by_day_are_those_of_the_totals_so_far(shared_data: Path) -> None:
    file = shared_data / "asos" / "asos_digital_experiments_dataset.parquet"
    totals = duckdb.sql(f"""
        SELECT count_c, count_t, round(mean_c * count_c), round(mean_t * count_t) FROM (
            SELECT *, row_number() OVER (
                PARTITION BY floor(time_since_start) ORDER BY time_since_start DESC) AS late
            FROM '{file}' WHERE (experiment_id, variant_id, metric_id) = ('e4b7b9', 1, 1))
        WHERE late = 1 ORDER BY time_since_start LIMIT 28""").fetchall()
    _, counts = datasets.load("asos")
    reached = counts.reached("response").sum(axis=1)
    so_far = np.cumsum(np.concatenate([counts.units.sum(axis=(1, 3)), reached]), axis=1)
    assert so_far.T.tolist() == [list(map(int, row)) for row in totals]


def test_the_shop_test_is_ready_before_its_end_and_stays_so() -> None:
    """Looked at every day from the first week on; the score falls back once, the claim stands."""
    found = monitor(*datasets.load("asos"), as_of=date(2020, 2, 3))
    scores = [look.goals[0].z for look in found.path]
    crossed = [abs(z) > look.critical for z, look in zip(scores, found.path, strict=True)]
    assert len(crossed) == 22
    assert crossed.index(True) == 9
    assert max(scores[:9]) > 1.96  # a test at 1.96 every day says "better" from the sixth look on
    assert not crossed[14]
    assert found.goals[0].crossed_at == date(2020, 1, 21)
    assert found.state == "finished"
    assert [one.decision for one in found.variants] == ["ship"]


def test_the_e_mails_carried_their_visits_to_orders() -> None:
    # MineThatData 2008; the rates stand in the README of the raw file
    analysis = analyze(*datasets.load("hillstrom"))
    assert [verdict.decision for verdict in analysis.verdicts] == ["ship", "ship"]
    orders = [carry.label for carry in analysis.carry_through if carry.macro == "conversion"]
    assert orders == ["carried", "carried"]
    visits = [row for row in analysis.goals if row.goal == "visit" and row.segment is None]
    assert [round(row.rate.treated, 4) for row in visits] == [0.1828, 0.1514]


def test_nothing_against_nothing_shows_no_difference() -> None:
    analysis = analyze(*datasets.load("msnbc"))
    assert [verdict.decision for verdict in analysis.verdicts] == ["no_detectable_difference"]
    assert all(row.adjusted_p_value > 0.05 for row in analysis.goals)
    assert {check.status for check in analysis.checks} <= {"pass", "skipped"}


@pytest.mark.parametrize("name", datasets.names())
def test_every_example_says_where_it_comes_from(name: str) -> None:
    text = (Path(datasets.__file__).parent / name / "README.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("**Origin**", "**Licence**", "**What was counted**"))
    assert datasets.headline(name) in text


def test_an_unknown_example_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SourceError, match=r"no example 'hillstorm' .* did you mean 'hillstrom'"):
        datasets.load("hillstorm")
