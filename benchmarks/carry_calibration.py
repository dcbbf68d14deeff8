"""Do carry-through labels keep their promise? The worst error over 756 truths, and 17 scenarios.

`python -m benchmarks.carry_calibration` rewrites this part of calibration.md, from the truths
and scenarios that the slow tests assert (`tests/calibration/`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import verdict_calibration
from benchmarks.measure import markdown
from tests.calibration.carry_scenarios import (
    FEW,
    REPLICATES,
    SCENARIOS,
    TOGETHER,
    Answers,
    Scenario,
    observed,
    share,
)
from tests.calibration.carry_truths import EFFECTS, KAPPAS, SHAPES, Floats, Shape, errors, errors_at

PAGE = Path(__file__).with_name("calibration.md")
NEXT = verdict_calibration.HEAD
HEAD = "## Carry-through: how often a label is wrong"
SEARCHED = 40_000
AGAIN, ROUNDS = 400_000, 10
COMMON = 0.03  # from this share on an answer is shown that the note does not list

SEARCH = """A truth is a pair of goals, a micro lift and a pass-through: {effects} micro lifts from
{least:g} to {most:g} standard errors, {kappas} pass-throughs from {low:g} to {high:g}, {searched:,}
experiments of each (Monte-Carlo error of a worst figure: {error:.4f}). A label is wrong if any of
its claims is; the promise is at most 5 %, and at most 2.5 % for a rise of the macro that is none.
The largest of so many figures lies about three of their errors above what is true of it; so each
worst truth is met again by {again:,} new experiments (error {smaller:.4f})."""
SCENES = """The worlds of the design note, section 6, {replicates:,} experiments of each
(Monte-Carlo error at most {error:.4f}); published shares stem from 4,000 and are rounded. Answers
that the note does not list are shown from a share of {common:g} on. The control's rates are 12 %
baskets and 3 % orders, the level is 95 %, half of the expected lift counts as carried. Checks of
recording alarm at 0.001 here, trends, leaks, acceleration and incidence at 0.05. Where the note
gives no share, the one that the truth demands stands under "published"."""
DIFFERENCES = """S6: the note read the table as recorded, in which orders lack their basket; abmicro
closes the path before it reads a label, and withholds this one. S8: a gate at 0.05 rejects 0.05;
the note drew 0.054."""


class Worst(NamedTuple):
    """The largest share over the truths of a shape, where it is, and the share there again."""

    found: float
    where: str
    again: float


def worst(shape: Shape, shares: Floats, kind: int, rng: np.random.Generator) -> Worst:
    effect, kappa = [*product(EFFECTS, KAPPAS)][int(shares.argmax())]
    rounds = [errors_at(shape, (effect, kappa), AGAIN, rng)[kind] for _ in range(ROUNDS)]
    return Worst(float(shares.max()), f"{effect:+g} se, {kappa:g}", float(np.mean(rounds)))


def searched() -> Iterator[tuple[str, ...]]:
    """One row per shape, then the worst of all."""
    rng = np.random.default_rng(7)
    every = []
    for shape in SHAPES:
        found = errors(shape, SEARCHED, rng)
        pair = [worst(shape, shares, kind, rng) for kind, shares in enumerate(found)]
        every.append(pair)
        rates = f"{shape.micro:g}, {shape.onward:g}, {shape.without:g}"
        figures = (text for one in pair for text in told(*one))
        yield shape.name, rates, f"{shape.units:,}", f"{found.wrong.mean():.4f}", *figures
    figures = (
        text
        for kind in zip(*every, strict=True)
        for text in told(max(one.found for one in kind), "", max(one.again for one in kind))
    )
    yield "all", "", "", "", *figures


def told(found: float, where: str, again: float) -> tuple[str, str, str]:
    return f"{found:.4f}", where, f"{again:.4f}"


def played(scenarios: tuple[Scenario, ...]) -> Iterator[tuple[str, ...]]:
    """One row per answer; what repeats the row above is left out."""
    before: tuple[str, ...] = ()
    for scenario in scenarios:
        world = scenario.name, scenario.truth, scenario.units
        for read, answers in observed(scenario).items():
            for answer, published in answered(answers, scenario.published[read]):
                row = (*world, read)
                same = [row[: at + 1] == before[: at + 1] for at in range(len(row))]
                kept = ("" if seen else text for text, seen in zip(row, same, strict=True))
                yield *kept, answer, published, f"{share(answers, answer):.3f}"
                before = row


def answered(answers: Answers, published: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Every answer that is published, with its share, and every other that is common."""
    yield from ((answer, f"{value:g}") for answer, value in published.items())
    known = {one for answer in published for one in TOGETHER.get(answer, (answer,))}
    names, counts = np.unique(answers, return_counts=True)
    for name in names[np.argsort(-counts, kind="stable")].tolist():
        if name not in {*known, "quiet"} and share(answers, name) >= COMMON:
            yield name, ""


def page() -> str:
    """This part of the page."""
    heads = ("goals", "micro, onward, without", "units per arm", "wrong, mean", "wrong, worst")
    heads += ("at micro lift, pass-through", "again", "false rise, worst", "at", "again")
    scene = ("scenario", "truth", "units per arm", "read", "answer", "published", "observed")
    search = SEARCH.format(
        effects=len(EFFECTS),
        least=EFFECTS[0],
        most=EFFECTS[-1],
        kappas=len(KAPPAS),
        low=KAPPAS[0],
        high=KAPPAS[-1],
        searched=SEARCHED,
        error=error(0.05, SEARCHED),
        again=AGAIN * ROUNDS,
        smaller=error(0.05, AGAIN * ROUNDS),
    )
    parts = (
        HEAD,
        "`python -m benchmarks.carry_calibration` rewrites what follows.",
        search,
        markdown(heads, searched()),
        "## Carry-through: seventeen scenarios",
        SCENES.format(replicates=REPLICATES, error=error(0.5, REPLICATES), common=COMMON),
        markdown(scene, played(SCENARIOS), names=5),
        DIFFERENCES,
        "## Carry-through: few orders",
        "The promise is at most 0.025 of each; the note's shares are the middles of its ranges.",
        markdown(scene, played(FEW), names=5),
    )
    return "\n\n".join(parts) + "\n"


def error(rate: float, replicates: int) -> float:
    """Monte-Carlo standard error of a share."""
    return float(np.sqrt(rate * (1 - rate) / replicates))


if __name__ == "__main__":
    text = page()
    print(text)
    known = PAGE.read_text(encoding="utf-8")
    before, after = known.partition(HEAD)[0], "".join(known.partition(NEXT)[1:])
    PAGE.write_text(f"{before.rstrip()}\n\n{text}\n{after}".rstrip() + "\n", encoding="utf-8")
