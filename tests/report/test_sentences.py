"""Sentences over a grid of outcomes, kept as tables that a person reads, and how easily they read.

`ABMICRO_RENEW=1` writes the tables anew; read what changed before it is committed.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abmicro import Analysis, Experiment, JointCounts, analyze, datasets
from abmicro.analysis.verdict.many_tests import judge_tests
from abmicro.counts.many_tests import table_of_tests
from abmicro.report.blocks import Headline, VariantCard
from abmicro.report.sections import first_screen

from .reading import ease, sentences, words

pytestmark = pytest.mark.journey

FOLDER = Path(__file__).with_name("sentences")
OUTCOMES: dict[str, tuple[tuple[int, ...], ...]] = {
    "both rise": ((40_000, 4_800, 1_200), (40_000, 5_600, 1_500)),
    "orders rise by less than is usual": ((400_000, 48_000, 12_000), (400_000, 52_800, 12_600)),
    "clicks rise, orders stay": ((200_000, 24_000, 6_000), (200_000, 26_400, 6_000)),
    "clicks rise, orders fall": ((200_000, 24_000, 6_000), (200_000, 26_400, 5_640)),
    "clicks rise, orders are open": ((11_980, 3_726, 326), (12_020, 4_219, 336)),
    "both fall": ((40_000, 5_600, 1_500), (40_000, 4_800, 1_200)),
    "clicks fall, orders are open": ((20_000, 5_600, 400), (20_000, 5_000, 395)),
    "orders rise alone": ((200_000, 24_000, 6_000), (200_000, 24_000, 6_600)),
    "a small rise": ((900_000, 108_000, 27_000), (900_000, 110_050, 27_000)),
    "no change": ((900_000, 108_000, 27_000), (900_000, 108_050, 27_000)),
    "few visitors": ((300, 31, 3), (300, 47, 6)),
    "clicks fall, orders fall": ((30_000, 3_600, 900), (30_000, 3_420, 810)),
    "clicks fall, orders rise": ((300_000, 36_000, 9_000), (300_000, 28_800, 11_700)),
    "clicks fall, orders hold": ((30_000, 3_600, 900), (30_000, 3_420, 968)),
    "clicks fall, orders fall by less": ((300_000, 36_000, 9_000), (300_000, 28_800, 8_100)),
    "clicks fall a little, orders hold": ((300_000, 36_000, 9_000), (300_000, 34_200, 8_775)),
    "orders fall alone": ((30_000, 3_600, 900), (30_000, 3_672, 810)),
    "both rise a little": ((30_000, 3_600, 900), (30_000, 3_780, 990)),
    "a small rise of both": ((300_000, 36_000, 9_000), (300_000, 36_720, 9_180)),
    "a small rise on a small site": ((30_000, 3_600, 900), (30_000, 3_780, 900)),
    "clicks rise a lot, orders hardly": ((30_000, 3_600, 900), (30_000, 5_040, 930)),
    "a steep rise, few orders": ((3_000, 360, 90), (3_000, 432, 81)),
    "an uneven split": ((200_000, 24_000, 6_000), (196_000, 26_400, 6_600)),
}
VERBS: dict[str, dict[str, Any]] = {
    "click": {"kind": "milestone", "label": "clicks", "verb": "clicked", "mde": 0.1},
    "order": {"kind": "macro", "label": "orders", "verb": "ordered", "mde": 0.1},
}
NOUNS = {name: {k: v for k, v in one.items() if k != "verb"} for name, one in VERBS.items()}
KEYS = {name: {k: one[k] for k in ("kind", "mde")} for name, one in VERBS.items()}
LABELS = {"control": {"share": 0.5, "label": "Today's page"}, "sticky": {"share": 0.5}}
THREE = {"control": 1 / 3, "sticky": 1 / 3, "floating": 1 / 3}


def judged(goals: dict[str, dict[str, Any]], arms: tuple[tuple[int, ...], ...]) -> Analysis:
    test = Experiment(name="Order button", variants=LABELS, goals=goals)
    return analyze(test, JointCounts.of_path(("control", "sticky"), ("click", "order"), arms))


def of_outcomes(goals: dict[str, dict[str, Any]]) -> dict[str, Analysis]:
    return {name: judged(goals, arms) for name, arms in OUTCOMES.items()}


def of_three() -> dict[str, Analysis]:
    """Two treated variants: one wins, both do as well, none settles anything."""
    base, good, best = OUTCOMES["both rise"][0], (40_000, 5_600, 1_500), (40_000, 6_400, 1_900)
    counts = {
        "one is best": (base, good, best),
        "both do as well": (base, good, (40_000, 5_640, 1_510)),
        "one wins": (base, (40_000, 4_810, 1_190), good),
        "none is settled": (base, (40_000, 4_900, 1_220), (40_000, 4_890, 1_210)),
        "both are worse": (best, base, good),
    }
    test = Experiment(name="Order button", variants=THREE, goals=VERBS)
    return {
        name: analyze(test, JointCounts.of_path(tuple(THREE), ("click", "order"), arms))
        for name, arms in counts.items()
    }


def of_amounts() -> dict[str, Analysis]:
    return {name: analyze(*datasets.load(name)) for name in ("hillstrom",)}


def of_odd_names() -> dict[str, Analysis]:
    """Goals that are called by no plural noun, and data that a check does not let pass."""
    up, down = OUTCOMES["both rise"], OUTCOMES["both fall"]
    names = {
        "a rate by its day rises": ("tutorial", "retention_7", up),
        "a rate by its day falls": ("tutorial", "retention_7", down),
        "deeds rise": ("clicked", "subscribe", up),
        "deeds are open": ("viewed", "purchased", OUTCOMES["clicks rise, orders are open"]),
    }
    arms = tuple(LABELS)
    found = {}
    for outcome, (micro, macro, counts) in names.items():
        goals = {micro: {"kind": "milestone", "mde": 0.1}, macro: {"kind": "macro", "mde": 0.1}}
        test = Experiment(name="Gate", variants=LABELS, goals=goals)
        found[outcome] = analyze(test, JointCounts.of_path(arms, (micro, macro), counts))
    cells = {(1, 1): 500, (1, 0): 3_000, (0, 1): 700, (0, 0): 15_800}
    rows = [("status", "variant", "goal__click", "goal__order", "units")]
    rows += [("analysed", arm, *cell, units) for arm in arms for cell, units in cells.items()]
    lacking = JointCounts.from_rows(rows[0], rows[1:], variants=arms)
    test = Experiment(name="Order button", variants=LABELS, goals=KEYS)
    found["orders without clicks"] = analyze(test, lacking)
    never = ((5_000, 600, 0), (5_000, 610, 60))
    found["orders never recorded"] = judged(KEYS, never)
    return found


def running() -> dict[str, Analysis]:
    start, end = date(2026, 10, 5), date(2026, 11, 2)
    test = Experiment(name="Order button", variants=LABELS, goals=VERBS, start=start, end=end)
    counts = JointCounts.of_path(
        ("control", "sticky"), ("click", "order"), OUTCOMES["clicks rise, orders are open"]
    )
    return {"day 9": analyze(test, counts, as_of=date(2026, 10, 14))}


TABLES = {
    "with_verbs": lambda: of_outcomes(VERBS),
    "with_nouns": lambda: of_outcomes(NOUNS),
    "without_words": lambda: of_outcomes(KEYS),
    "several_variants": of_three,
    "amounts": of_amounts,
    "odd_names": of_odd_names,
    "running": running,
}


@cache
def made(name: str) -> dict[str, Analysis]:
    return TABLES[name]()


def first(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """What the first screen says in sentences, by its place."""
    for block in first_screen.section(analysis).blocks:
        if isinstance(block, Headline):
            yield block.word, block.line
            yield "then", block.then
        if isinstance(block, VariantCard):
            yield f"{block.subject} {block.word}".strip(), block.why
            if block.carry is not None:
                yield block.carry.question, f"{block.carry.word}. {block.carry.reason}"
            yield from block.ways


def outcome(analysis: Analysis) -> tuple[str, str]:
    """Decision and label; without word of power, which tests in a batch do not ask for."""
    label = analysis.carry_through[0].label.replace("underpowered", "inconclusive")
    return analysis.verdicts[0].decision, label


def test_every_decision_and_label_that_random_tests_end_in_is_in_the_tables() -> None:
    rng, tests = np.random.default_rng(1), 20_000
    sizes = np.exp(rng.uniform(np.log(300), np.log(3e6), tests)).astype(int)
    more_clicks, more_orders = rng.normal(0, 0.1, (2, 2, tests)) * [[0], [1]]
    clicks = rng.binomial(sizes, 0.12 * np.exp(more_clicks))
    orders = rng.binomial(clicks, 0.25 * np.exp(more_orders))
    units = np.stack([sizes - clicks, clicks - orders, orders], axis=-1).swapaxes(0, 1)
    patterns = [[0, 0], [1, 0], [1, 1]]
    many = table_of_tests(("control", "sticky"), ("click", "order"), patterns, units)
    test = Experiment(name="Order button", variants=LABELS, goals=VERBS)
    found = judge_tests(test, many)
    met = Counter(zip(found.decision[0], found.pairs["click", "order"].label[0], strict=True))
    shown = {outcome(one) for one in made("with_verbs").values()}
    assert len(met) > 12
    assert {pair: times for pair, times in met.items() if pair not in shown} == {}


def table(name: str) -> str:
    lines = [f"# {name.replace('_', ' ').capitalize()}", ""]
    for outcome, analysis in made(name).items():
        labels = " / ".join(
            f"{one.decision}, {label}"
            for one in analysis.verdicts
            for label in [
                next((c.label for c in analysis.carry_through if c.variant == one.variant), "-")
            ]
        )
        lines += [f"## {outcome}: {labels}", "", "| where | sentence |", "|---|---|"]
        lines += [f"| {place} | {said} |" for place, said in first(analysis) if said]
        lines += [f"| all | {analysis.recommendation.sentence} |"]
        for verdict in analysis.verdicts:
            lines += [f"| because | {one} |" for one in verdict.because]
            lines += [f"| would change | {verdict.would_change} |"]
        lines += [f"| {one.micro} to {one.macro} | {one.sentence} |" for one in _pairs(analysis)]
        lines.append("")
    return "\n".join(lines)


def _pairs(analysis: Analysis) -> Iterator[Any]:
    told = {reason for verdict in analysis.verdicts for reason in verdict.because}
    yield from (one for one in analysis.carry_through if one.sentence not in told)


@pytest.mark.parametrize("name", TABLES)
def test_the_sentences_are_those_that_were_read(name: str) -> None:
    path, found = FOLDER / f"{name}.md", table(name)
    if os.environ.get("ABMICRO_RENEW"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_every_decision_and_most_labels_are_in_the_tables() -> None:
    found = [one for name in TABLES for one in made(name).values()]
    decisions = {verdict.decision for one in found for verdict in one.verdicts}
    labels = {pair.label for one in found for pair in one.carry_through}
    assert decisions == {
        *("ship", "keep_control", "keep_running", "unsettled", "too_small"),
        *("no_detectable_difference", "do_not_trust_yet"),
    }
    assert len(labels) >= 9


@pytest.mark.parametrize("name", TABLES)
def test_the_first_screen_is_plain_english(name: str) -> None:
    for outcome, analysis in made(name).items():
        said = " ".join(f"{one.rstrip('.')}." for _, one in first(analysis) if one)
        assert ease(said) >= 60, (outcome, ease(said), said)
        longest = max(sentences(said), key=lambda one: len(words(one)))
        assert len(words(longest)) <= 30, (outcome, longest)


STATISTICS = re.compile(
    r"\b(arms?|gate \d|prior|posterior|log odds|Fieller|Monte|pass-through|units?|p [<=])\b", re.I
)


@pytest.mark.parametrize("name", TABLES)
def test_statistics_and_other_peoples_words_stay_out(name: str) -> None:
    for outcome, analysis in made(name).items():
        told = [said for _, said in first(analysis)]
        for verdict in analysis.verdicts:
            trusted = verdict.decision != "do_not_trust_yet"
            told += [*verdict.because, verdict.would_change] if trusted else []
        told += [one.sentence for one in analysis.carry_through]
        assert not [one for one in told if STATISTICS.search(one)], outcome
