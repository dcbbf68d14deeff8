"""The views of docs/recipes.md run, and what they make is counted."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from abmicro import collect, load
from abmicro.cli import run
from abmicro.experiment.file.toml import loads

pytestmark = pytest.mark.journey

RECIPES = (Path(__file__).parents[1] / "docs" / "recipes.md").read_text(encoding="utf-8")
SECTIONS = dict(
    zip(*[iter(re.split(r"^## (.*)\n", RECIPES, flags=re.MULTILINE)[1:])] * 2, strict=True)
)
FRAME = """
experiment.name = "Recipe"
variants.arms = ["control", "sticky"]
goals.{cart} = {{ kind = "milestone", role = "primary" }}
goals.purchase = {{ kind = "macro"{order} }}
{more}
"""


def blocks(section: str, language: str) -> list[str]:
    """The code of a section."""
    return re.findall(rf"```{language}\n(.*?)```", SECTIONS[section], flags=re.DOTALL)


def counted(
    section: str, tables: str, definition: str, *, cart: str = "cart", order: str = ""
) -> tuple[list[int], list[int], list[int]]:
    """Units, carts and orders of each arm, after the view of a section has been made."""
    shop = duckdb.connect()
    shop.execute(tables)
    shop.execute(blocks(section, "sql")[0])
    counts = collect(loads(FRAME.format(cart=cart, order=order, more=definition)), shop)
    units = counts.units.sum(axis=(1, 2, 3)).tolist()
    reached = (counts.reached(goal).sum(axis=(1, 2)).tolist() for goal in (cart, "purchase"))
    return units, *reached  # type: ignore[return-value]


def test_matomo() -> None:
    tables = """
    CREATE TABLE matomo_log_abtesting AS SELECT * FROM (VALUES
      ('\\xAA'::BLOB, 7, 0, 1, TIMESTAMP '2026-10-05 10:00:00'),
      ('\\xBB'::BLOB, 7, 1, 1, TIMESTAMP '2026-10-05 10:00:00'),
      ('\\xCC'::BLOB, 7, 1, 0, TIMESTAMP '2026-10-05 10:00:00'))
      AS t(idvisitor, idexperiment, idvariation, entered, server_time);
    CREATE TABLE matomo_log_action AS SELECT * FROM (VALUES
      (1, 'shop.example/p'), (2, 'shop'), (3, 'cart')) AS t(idaction, name);
    CREATE TABLE matomo_log_link_visit_action AS SELECT * FROM (VALUES
      ('\\xBB'::BLOB, TIMESTAMP '2026-10-05 10:00:05', 1, 2, 3),
      ('\\xAA'::BLOB, TIMESTAMP '2026-10-05 10:00:05', 1, NULL, NULL))
      AS t(idvisitor, server_time, idaction_url, idaction_event_category, idaction_event_action);
    CREATE TABLE matomo_log_conversion AS SELECT * FROM (VALUES
      ('\\xBB'::BLOB, TIMESTAMP '2026-10-05 10:00:09', 0, 'shop.example/thanks', 'o-1', 49.5))
      AS t(idvisitor, server_time, idgoal, url, idorder, revenue);
    """
    first = blocks("Matomo, with its A/B testing plugin", "toml")[0]
    intro = re.findall(r"```toml\n(.*?)```", RECIPES, flags=re.DOTALL)[0]
    found = counted("Matomo, with its A/B testing plugin", tables, intro + first)
    assert found == ([1, 1], [0, 1], [0, 1])


def test_optimizely() -> None:
    tables = """
    CREATE TABLE decisions AS SELECT * FROM (VALUES
      ('a', 1791187200000, '9300000000001', '9300000000002', false),
      ('b', 1791187200000, '9300000000001', '9300000000003', false),
      ('c', 1791187200000, '9300000000001', '9300000000003', true))
      AS t(visitor_id, timestamp, experiment_id, variation_id, is_holdback);
    CREATE TABLE conversions AS SELECT * FROM (VALUES
      ('a', 1791187201000, 'cart', NULL, 'u1'), ('b', 1791187201000, 'purchase', 4950, 'u2'))
      AS t(visitor_id, timestamp, event_name, revenue, uuid);
    """
    definition = "".join(blocks("Optimizely", "toml"))
    assert counted("Optimizely", tables, definition) == ([1, 1], [1, 0], [0, 1])


def test_segment() -> None:
    tables = """
    CREATE TABLE tracks AS SELECT * FROM (VALUES
      ('1', 'a', TIMESTAMP '2026-10-05 10:00:00', 'experiment_viewed'),
      ('2', 'b', TIMESTAMP '2026-10-05 10:00:00', 'experiment_viewed'),
      ('3', 'b', TIMESTAMP '2026-10-05 10:00:01', 'product_added'),
      ('4', 'b', TIMESTAMP '2026-10-05 10:00:02', 'order_completed'))
      AS t(id, anonymous_id, timestamp, event);
    CREATE TABLE experiment_viewed AS SELECT * FROM (VALUES
      ('1', 'buttons', 'control'), ('2', 'buttons', 'sticky'))
      AS t(id, experiment_id, variation_id);
    """
    definition = (
        '[data]\nshape = "events"\npreset = "segment"\ntable = "abmicro_events"\n'
        "[exposure]\nwhere = \"experiment_id = 'buttons'\"\n"
    )
    found = counted(
        "Segment and RudderStack in a warehouse",
        tables,
        definition,
        cart="product_added",
        order=', event = "order_completed"',
    )
    assert found == ([1, 1], [0, 1], [0, 1])


def test_ga4_with_parameters_as_json() -> None:
    shop = duckdb.connect()
    shop.execute("""
    CREATE TABLE ga4_events AS SELECT * FROM (VALUES
      ('a', 1791187200000000, 'experience_impression', '{"exp_variant_string": "control"}'),
      ('b', 1791187200000000, 'experience_impression', '{"exp_variant_string": "sticky"}'),
      ('b', 1791187201000000, 'cart', '{}'))
      AS t(user_pseudo_id, event_timestamp, event_name, event_params)
    """)
    (definition,) = blocks("GA4 where rows cannot hold lists", "toml")
    counts = collect(loads(FRAME.format(cart="cart", order="", more=definition)), shop)
    assert counts.reached("cart").sum(axis=(1, 2)).tolist() == [0, 1]


@pytest.mark.parametrize("at", [0, 1], ids=["VWO", "Optimizely"])
def test_result_sheets_of_tools(at: int, tmp_path: Path) -> None:
    sheet = tmp_path / "results.csv"
    section = "Results of a testing tool as a sheet: VWO, Optimizely"
    sheet.write_text(blocks(section, "csv")[at], encoding="utf-8")
    assert run(["init", str(tmp_path / "new"), "--from", str(sheet)]) == 0
    definition = load(tmp_path / "new" / "experiment.toml")
    counts = collect(definition, folder=tmp_path / "new")
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [10000, 10050]
    assert counts.reached("Add to cart").ravel().tolist() == [1200, 1350]
    assert counts.reached("Purchase").ravel().tolist() == [300, 318]
