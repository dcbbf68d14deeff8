"""The model that `query --dbt` prints, compiled as dbt compiles it, gives the joint table."""

from __future__ import annotations

import duckdb
import jinja2
import pytest

import abmicro as ab
from abmicro.sources.query import dbt_model

pytestmark = pytest.mark.journey

DEFINITION = """
experiment = { name = "Button", start = 2026-10-05, end = 2026-10-20 }
variants.arms = ["control", "sticky"]
[data]
shape = "events"
table = "events"
columns = { unit = "id", time = "ts", event = "event", variant = "arm" }
[goals.cart]
kind = "milestone"
window = "7d"
[goals.order]
kind = "macro"
window = "7d"
where = "page <> 'x'"
"""


def shop() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE analytics_events AS SELECT 'u' || n // 3 AS id, "
        "TIMESTAMP '2026-10-05 10:00:00' + INTERVAL (n) MINUTE AS ts, "
        "CASE n % 3 WHEN 0 THEN 'seen' WHEN 1 THEN 'cart' ELSE 'order' END AS event, "
        "CASE (n // 3) % 2 WHEN 0 THEN 'control' ELSE 'sticky' END AS arm, 'p' AS page "
        "FROM range(3000) AS t(n) WHERE n % 3 = 0 OR (n // 3) % 5 < 2"
    )
    return connection


def compiled(text: str) -> str:
    """What dbt sends: references in place of models, as it names them."""
    return jinja2.Template(text).render(ref=lambda model: f'"analytics_{model}"')


@pytest.mark.parametrize("histograms", [False, True])
def test_the_compiled_model_gives_the_same_table(histograms: bool) -> None:
    experiment, connection = ab.loads(DEFINITION), shop()
    connection.execute("CREATE VIEW events AS SELECT * FROM analytics_events")
    text = dbt_model(experiment, "events", histograms=histograms)
    assert text.count("{{ ref('events') }}") >= 1
    direct = connection.execute(ab.query(experiment, histograms=histograms)).fetchall()
    model = connection.execute(compiled(text)).fetchall()
    assert sorted(map(repr, model)) == sorted(map(repr, direct))
    assert len(model) > 1


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "postgres", "spark", "redshift"])
def test_the_reference_stands_bare_in_every_dialect(dialect: str) -> None:
    text = dbt_model(ab.loads(DEFINITION), "events", dialect=dialect)
    assert "{{ ref('events') }}" in text
    assert "abmicro_model_of_dbt" not in text
    assert not {'"{{', "`{{", "}}`", '}}"'} & {text[i : i + 3] for i in range(len(text))}


def test_what_dbt_would_take_for_its_language_is_refused() -> None:
    hostile = DEFINITION.replace("page <> 'x'", "page <> '{{ env_var(1) }}'")
    with pytest.raises(ab.SourceError, match="which dbt takes for its own"):
        dbt_model(ab.loads(hostile), "events")
    with pytest.raises(ab.SourceError, match="no name of a model"):
        dbt_model(ab.loads(DEFINITION), "events') }}")
