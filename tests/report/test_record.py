"""The record: JSON both ways, and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from math import inf, isnan, nan
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from abmicro import AbmicroError, Analysis, Data, SourceError
from abmicro.analysis.results import GoalResult, Interval
from abmicro.report.render import json_csv
from abmicro.report.render.dataclass_json import read, to_plain

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


def test_an_analysis_survives_json_both_ways(analysis: Analysis) -> None:
    assert json_csv.from_record(json.loads(json_csv.render(analysis))) == analysis


@given(st.builds(Interval, NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_every_number_survives_json_to_the_last_bit(interval: Interval) -> None:
    text = json.dumps(to_plain(interval), allow_nan=False)
    assert repr(read(Interval, json.loads(text), "interval")) == repr(interval)


@given(st.from_type(GoalResult))
def test_every_goal_result_survives_json(result: GoalResult) -> None:
    text = json.dumps(to_plain(result), allow_nan=False)
    assert repr(read(GoalResult, json.loads(text), "goal")) == repr(result)


def test_what_cannot_be_computed_is_null_and_an_open_end_is_named() -> None:
    plain = to_plain(Interval(nan, -inf, inf, 0.95))
    assert plain == {"estimate": None, "low": "-Infinity", "high": "Infinity", "level": 0.95}
    assert isnan(read(Interval, plain, "interval").estimate)


def test_the_names_are_those_of_the_contract(hillstrom: Analysis) -> None:
    # definition.md, section 6.
    made = json_csv.to_record(hillstrom)
    assert list(made)[:3] == ["schema_version", "experiment", "provenance"]
    assert made["experiment"].keys() >= {"name", "key", "definition_sha256"}
    assert made["provenance"].keys() >= {
        *("abmicro", "python", "numpy", "scipy", "engine", "started"),
        *("query_sha256", "rows_read", "units"),
    }
    assert made["goals"][0].keys() >= {
        *("goal", "kind", "role", "variant", "segment", "units", "reached", "rate", "difference"),
        *("lift", "p_value", "adjusted_p_value", "method", "probability_better", "expected_loss"),
        "credible",
    }
    assert made["carry_through"][0].keys() >= {
        *("variant", "micro", "macro", "label", "micro_lift", "macro_lift", "dilution"),
        *("expected_macro_lift", "pass_through", "extra_micro_per_1000", "extra_macro_per_1000"),
        *("sentence", "caveat"),
    }
    assert made["ledger"][0].keys() >= {"step", "rows"}
    assert made["ledger"][1].keys() >= {"step", "units"}
    assert made["verdicts"][0].keys() == {
        *("variant", "decision", "because", "would_change"),
        *("stage", "results_on", "cautions", "open", "basis"),
    }
    assert made["recommendation"].keys() >= {"variant", "sentence", "against"}


def test_a_record_of_the_first_version_is_still_read() -> None:
    """Written by 0.1.0 of a shop of two arms with a guardrail on revenue."""
    text = (Path(__file__).parent / "record_0_1.json").read_text(encoding="utf-8")
    old = json.loads(text)
    found = json_csv.from_record(old)
    assert old["schema_version"] == 1
    assert found.recommendation.variant is None
    assert [row.p_value for row in found.goals] == [row["p_value"] for row in old["goals"]]
    assert [one.decision for one in found.verdicts] == ["keep_running"]
    assert found.verdicts[0].open is None
    for form in ("text", "html", "md", "json"):
        assert "Sticky button" in found.render(form)
    assert json_csv.to_record(found)["schema_version"] == 2


def test_the_same_analysis_gives_the_same_bytes(hillstrom: Analysis) -> None:
    assert json_csv.render(hillstrom) == json_csv.render(hillstrom)


def test_a_connection_string_never_leaves_in_a_record(two_arms: Analysis) -> None:
    url = "postgresql://analyst:secret@warehouse/shop"
    data = Data.model_construct(shape="units", source=url, table="t")
    experiment = two_arms.experiment.model_copy(update={"data": data})
    kept = json_csv.without_secrets(experiment).data
    assert kept is not None
    assert kept.source == "postgresql://..."


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema_version",), 3, "schema_version: is 3 (E510); this abmicro reads 1 and 2"),
        (("experiment",), 5, "experiment: 5 is not an object"),
        (("experiment", "definition"), 5, "experiment.definition: 5 is not str"),
        (("provenance",), [], "provenance: [] is not an object"),
        (("goals",), {}, "goals: {} is not a list (E510)"),
        (("goals", 0), 5, "goals[0]: 5 is not an object"),
        (("ledger", 0), 5, "ledger: 5 is not an object"),
        (("goals", 0, "p_value"), "small", "goals[0].p_value: 'small' is not a number, null"),
        (("goals", 0, "rate"), None, "goals[0].rate: None is not an object"),
        (("goals", 0, "lyft"), 1, "goals[0].lyft: is not a field here"),
        (("checks", 0, "status"), "fine", "checks[0].status: 'fine' is not one of pass, warn"),
        (("ledger", 0, "rows"), 0.5, "ledger[0].count: 0.5 is not int"),
        (("verdicts", 0, "because"), "no", "verdicts[0].because: 'no' is not a list"),
    ],
)
def test_a_record_that_is_not_ours_is_refused_with_its_place(
    two_arms: Analysis, path: tuple[str | int, ...], value: object, message: str
) -> None:
    spoilt = json.loads(json_csv.render(two_arms))
    *way, last = path
    place = spoilt
    for step in way:
        place = place[step]
    place[last] = value
    with pytest.raises(SourceError) as error:
        json_csv.from_record(spoilt)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("name", ["experiment", "provenance", "goals", "verdicts"])
def test_a_part_that_is_missing_is_named(two_arms: Analysis, name: str) -> None:
    spoilt = {key: part for key, part in json_csv.to_record(two_arms).items() if key != name}
    with pytest.raises(AbmicroError, match=f"{name}: is missing from the record"):
        json_csv.from_record(spoilt)


def test_csv_has_the_same_columns_whatever_the_data(analysis: Analysis, two_arms: Analysis) -> None:
    heads = {name: text.partition("\n")[0] for name, text in json_csv.csv(analysis).items()}
    assert heads == {name: text.partition("\n")[0] for name, text in json_csv.csv(two_arms).items()}


def test_csv_keeps_numbers_whole_and_leaves_gaps_empty(two_arms: Analysis) -> None:
    first = replace(two_arms.goals[0], p_value=nan, lift=Interval(inf, 0.1, inf, 0.95))
    (row,) = _rows(json_csv.goals_csv(replace(two_arms, goals=(first,))))
    assert float(row["difference_low"]) == first.difference.low
    assert row["p_value"] == ""
    assert float(row["lift_high"]) == inf


def test_csv_lets_no_name_act_as_a_formula(hostile: Analysis) -> None:
    rows = _rows(json_csv.goals_csv(hostile))
    texts = [cell for row in rows for cell in row.values() if not _is_number(cell)]
    assert "'+sum(A1:A9)" in texts
    assert "'@risk" in texts
    assert not [cell for cell in texts if cell.startswith(("=", "+", "-", "@"))]


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
