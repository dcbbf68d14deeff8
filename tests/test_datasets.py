"""The shipped examples are what we counted, and teach what they are meant to teach."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from abmicro import Data, DataColumns, Experiment, SourceError, analyze, collect, datasets

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
