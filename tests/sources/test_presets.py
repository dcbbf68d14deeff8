"""From the raw export of each tool to the verdict; the files are in the schema of the tool.

All files tell the same story (`presets/story.py`), so all tools must count the same.
"""

from __future__ import annotations

from collections import Counter

import pytest
from sqlglot import exp, parse_one

from abmicro.analysis.analyze import analyze
from abmicro.counts import NO_SESSION, SESSION_HITS, JointCounts
from abmicro.errors import SourceError
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.file.template import template
from abmicro.experiment.file.toml import loads
from abmicro.experiment.model import Experiment, GoalKind, GoalRole
from abmicro.sources.collect import collect
from abmicro.sources.collect_histograms import collect_histograms
from abmicro.sources.sql.select import select

from .presets import story

pytestmark = pytest.mark.journey

CART = "add_to_cart"
OF_PERSONS = '\n[data.identity]\nsource = "{source}"\n'  # its columns are those of the preset


def experiment(preset: str, *, persons: bool = False) -> Experiment:
    """What `abmicro init --preset` writes, with the names of the experiment put in."""
    text = template("events", preset=preset, source=story.TOLD[preset][0])
    text = text.replace("pdp-sticky-cta", "buttons").replace("-EXPERIMENT-", "-buttons-")
    return loads(text + persons * OF_PERSONS.format(source=story.PERSONS[preset]))


def counted(preset: str, *, persons: bool = False) -> JointCounts:
    return collect(experiment(preset, persons=persons), folder=story.HERE / preset)


def reached(counts: JointCounts, goal: str) -> list[int]:
    found: list[int] = counts.reached(goal).sum(axis=(1, 2)).tolist()
    return found


def test_the_files_hold_what_the_story_tells() -> None:
    told = dict(story.files())
    assert {path: path.read_text(encoding="utf-8") for path in told} == told


@pytest.mark.parametrize("preset", PRESETS)
def test_every_tool_counts_what_the_story_tells(preset: str) -> None:
    counts = counted(preset)
    macro = experiment(preset).macros[0].name
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [22, 20]  # 40, a phone and a laptop
    assert reached(counts, CART) == [8, 10]
    assert reached(counts, macro) == [3, 3]
    if "begin_checkout" in counts.goals:
        assert reached(counts, "begin_checkout") == [4, 4]


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_left_out_is_told(preset: str) -> None:
    lost: Counter[str] = Counter()
    for out in counted(preset).left_out:
        lost[out.step] += out.units or out.rows
    # the variant of another experiment, or the condition, tells that `elsewhere` is not ours
    unexposed = {"no_exposure": 2, "unknown_variant": 1} if preset == "ga4" else {"no_exposure": 3}
    assert lost == {"crossed": 1, "no_unit": 1, **unexposed}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_devices_of_a_person_become_one_unit(preset: str) -> None:
    counts = counted(preset, persons=True)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [21, 20]
    assert reached(counts, CART) == [8, 10]
    macro = counts.goals.index(experiment(preset).macros[0].name)
    both = counts.patterns[:, counts.goals.index(CART)] & counts.patterns[:, macro]
    assert counts.units[..., both].sum(axis=(1, 2, 3)).tolist() == [3, 3]  # ann's cart and order


@pytest.mark.parametrize(
    "preset", [name for name, one in PRESETS.items() if "segments" in one.start]
)
def test_the_usual_segment_is_the_trait_of_the_exposure(preset: str) -> None:
    counts = counted(preset)
    assert sorted(level for (level,) in counts.segments) == ["desktop", "mobile"]
    assert counts.units.sum(axis=(0, 2, 3)).tolist() == [10, 32]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_raw_export_leads_to_a_verdict(preset: str) -> None:
    asked = experiment(preset)
    histograms = collect_histograms(asked, folder=story.HERE / preset)
    analysis = analyze(asked, counted(preset), histograms)
    assert analysis.verdicts[0].because
    assert "sticky" in analysis.render("text")


WAREHOUSES = (
    *("bigquery", "snowflake", "databricks", "redshift", "trino", "athena"),
    *("clickhouse", "spark", "postgres"),
)
NO_LISTS = ("redshift", "postgres")
"""Where a row cannot hold the repeated parameters of GA4."""


@pytest.mark.parametrize("dialect", WAREHOUSES)
@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_printed_for_a_warehouse_is_read_back(preset: str, dialect: str) -> None:
    asked = experiment(preset, persons=True)
    if preset == "ga4" and dialect in NO_LISTS:
        with pytest.raises(SourceError) as caught:
            select(asked, dialect=dialect)
        assert str(caught.value) == (
            f"data.fields: {dialect} cannot look into repeated pairs (event_params) (E309); "
            "make columns of these values in a view, or hold them as JSON and name them so"
        )
        return
    text = select(asked, dialect=dialect)
    tree = parse_one(text.partition("SETTINGS")[0], read=dialect)
    assert not list(tree.find_all(exp.Command))
    assert {"base", "abmicro_persons", "abmicro_person"} <= {
        one.this for one in tree.find_all(exp.Identifier)
    }
    assert "STRUCT_EXTRACT" not in text


@pytest.mark.parametrize("preset", ["ga4", "snowplow"])
def test_tools_that_tell_sessions_count_the_same_sessions(preset: str) -> None:
    test = experiment(preset)
    cart = test.goal(CART)
    keys = {"name": "visits", "kind": GoalKind.ACTION, "role": GoalRole.SECONDARY, "per": "session"}
    ratio = cart.model_copy(update=keys | {"event": cart.event or cart.name})
    counts = collect(
        test.model_copy(update={"goals": (*test.goals, ratio)}), folder=story.HERE / preset
    )
    goals = [label for label in counts.measures if label not in (NO_SESSION, SESSION_HITS)]
    totals = (counts.moments(label)[1].sum(axis=(1, 2)).tolist() for label in goals)
    assert [*totals] == [[8, 10], [22, 20]]  # of all sessions those with a cart, delivered twice
