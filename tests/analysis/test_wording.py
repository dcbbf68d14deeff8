"""Every sentence about carry-through keeps to what the numbers claim."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from abmicro.analysis.carry_through import wording
from abmicro.stats.carry_through.label import LABELS

TEMPLATES = [
    template
    for name, said in vars(wording).items()
    if name.isupper()
    for template in (said.values() if isinstance(said, dict) else [said])
]

# A variant may not be said to act on a step, nor a step be recommended (carry-through note 1a).
CAUSAL = re.compile(r"\b(caus|hurts?|harm|because of|thanks to|led to|due to|improve|ship)", re.I)


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_sentence_makes_a_step_a_cause(template: str) -> None:
    assert not CAUSAL.search(template)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_sentence_ends_like_one(template: str) -> None:
    assert template.rstrip().endswith(".")


def test_every_label_has_its_sentence() -> None:
    of_looks = {"too_early", "unstable"}
    judged = {"measurement_fault", "immature", "underpowered", "loss_underpowered", *of_looks}
    assert {*LABELS, *judged} == set(wording.CARRY)


def test_sentences_of_findings_name_micro_and_macro() -> None:
    for label in LABELS:
        parsed = Formatter().parse(wording.CARRY[label])
        fields = {name.lower() for _, name, _, _ in parsed if name}
        assert {"micro", "macro"} <= fields, label
