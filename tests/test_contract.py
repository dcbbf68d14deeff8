"""Names that users build on: the keys of the JSON record."""

from __future__ import annotations

import json

import pytest

from abmicro import datasets
from abmicro.analysis.analyze import analyze

INTERVAL = "estimate low high level"
ARMS = "control treated"
RECORD = {
    "experiment": "name key definition_sha256",
    "provenance": "abmicro python numpy scipy engine started query_sha256 rows_read units",
    "checks": "name status figure threshold sentence fix",
    "ledger": "step",
    "goals": "goal kind role variant segment units reached rate difference lift p_value "
    "adjusted_p_value method probability_better expected_loss credible",
    "funnel": "variant step units reached step_rate log_lift se low high per_1000",
    "carry_through": "variant micro macro label micro_lift macro_lift expected_macro_lift dilution "
    "pass_through extra_micro_per_1000 extra_macro_per_1000 sentence caveat",
    "verdicts": "variant decision because would_change",
    "recommendation": "variant sentence against",
    "recommendation.against": "variant lift adjusted_p_value",
    "goals.units": ARMS,
    "goals.reached": ARMS,
    "goals.rate": ARMS,
    "goals.difference": INTERVAL,
    "goals.lift": INTERVAL,
    "goals.credible": "difference lift",
    "goals.credible.lift": INTERVAL,
    "funnel.per_1000": INTERVAL,
    "carry_through.micro_lift": INTERVAL,
    "carry_through.pass_through": "estimate kind low high",
}


@pytest.fixture(scope="module")
def record() -> dict[str, object]:
    return json.loads(analyze(*datasets.load("hillstrom")).render("json"))


@pytest.mark.parametrize("place", RECORD)
def test_the_record_keeps_its_names(record: dict[str, object], place: str) -> None:
    found: object = record
    for name in place.split("."):
        assert isinstance(found, dict)
        found = found[name]
        found = found[0] if isinstance(found, list) else found
    assert isinstance(found, dict)
    assert set(RECORD[place].split()) <= set(found)


def test_the_record_says_its_version_first(record: dict[str, object]) -> None:
    assert next(iter(record.items())) == ("schema_version", 2)
