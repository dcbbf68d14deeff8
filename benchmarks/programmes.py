"""Thirty small tests: what each rule of shipping gains over a programme, and what it ships in vain.

Each programme has 30 tests of 5,000 visitors (baskets 12 %, orders 3 %); true micro log lifts have
a standard deviation s, macro ones follow with a slope and a scatter t. Extra orders per 100,000
later visitors (3,000 without any change), means over 150 programmes with their Monte Carlo errors;
"before" are those of 500 programmes by another program. "> 0" ships what looks better. From
"assumed" on micro and macro together: by the default assumptions, by 30 own past tests, by 30 of
like sites with 20,000 visitors per variant, by 30 such tests of another kind ("typical"), the last
two as part of a mixture. Losers: changes shipped that are no gain.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from abmicro.stats.programme import LiftGuess, Programme, blended, programme, robust_blend
from tests.calibration.programme_worlds import KINDS, LARGE, MACRO, SMALL, Kind, MadeTests, made

RUNS, TESTS, ELSEWHERE = 150, 30, 20
VISITORS = 100_000
SIGNIFICANT, SURE = 1.96, 0.6
RULES = (
    *("truth", "macro clear", "micro clear", "macro > 0", "micro > 0"),
    *("assumed", "own", "own, P > .6", "like sites", "other sites"),
)
EXPECTED = {
    "typical": (2308, 84, 215, 566, 835, 825, 723, 591, 792, 771),
    "typical, mean +2 %": (3647, 123, 369, 1370, 1823, 1769, 1830, 1483, 1930, 1738),
    "bolder": (3935, 215, 715, 1244, 1892, 1892, 1841, 1686, 1902, 1760),
    "weak": (1374, 29, 26, 232, 135, 225, 213, 164, 191, 212),
    "unrelated": (1924, 72, 8, 421, 52, 275, 318, 224, 322, 288),
    "false friend": (1518, 42, -76, 276, -265, 13, 146, 98, 352, 52),
}
"""Means that were found before, by another program (500 programmes each)."""


def shipped(
    rng: np.random.Generator, kind: Kind, prior: Programme, elsewhere: Programme
) -> tuple[np.ndarray, np.ndarray]:
    """What each rule ships of one programme (rules, tests), and the true lifts (tests,).

    prior: what is assumed; elsewhere: what tests of another kind say.
    """
    new = made(rng, kind, TESTS, SMALL)
    own = told(made(rng, kind, TESTS, SMALL).learn(), new)
    like, other = (
        robust_blend(learnt, new.lifts, new.noise).guess
        for learnt in (made(rng, kind, TESTS, LARGE).learn(), elsewhere)
    )
    micro, macro = new.lifts.T
    z_micro, z_macro = (new.lifts / np.sqrt(new.noise[:, ::2])).T
    rules = (
        *(new.truth > 0, z_macro > SIGNIFICANT, z_micro > SIGNIFICANT, macro > 0, micro > 0),
        *(told(prior, new).mean > 0, own.mean > 0, own.p_up > SURE, like.mean > 0, other.mean > 0),
    )
    return np.stack(rules), new.truth


def told(learnt: Programme, new: MadeTests) -> LiftGuess:
    """What past tests say of new ones."""
    return blended(learnt, new.lifts, new.noise)


def measured(name: str, runs: int = RUNS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gains of each rule (rules,), their errors, and the share of losers among what it ships."""
    rng = np.random.default_rng([7, list(KINDS).index(name)])
    prior = programme([], [], [], [])
    other = [made(rng, KINDS["typical"], TESTS, LARGE).learn() for _ in range(ELSEWHERE)]
    found = [shipped(rng, KINDS[name], prior, other[run % ELSEWHERE]) for run in range(runs)]
    ships, truth = (np.stack(part) for part in zip(*found, strict=True))
    sums = (ships * truth[:, None]).sum(axis=-1)
    gains = VISITORS * MACRO * np.expm1(sums)
    lost = (ships & (truth[:, None] <= 0)).sum(axis=(0, 2)) / ships.sum(axis=(0, 2))
    return gains.mean(axis=0), gains.std(axis=0) / np.sqrt(runs), lost


def table(runs: int = RUNS) -> str:
    """Gains of each rule in each kind of programme, beside those expected."""
    lines = [f"| programme | {' | '.join(RULES)} |", f"|---|{'--:|' * len(RULES)}"]
    every = []
    for name in KINDS:
        gains, errors, lost = measured(name, runs)
        every.append(gains)
        means = (f"{gain:,.0f} ± {error:.0f}" for gain, error in zip(gains, errors, strict=True))
        lines.append(row(name, means))
        lines.append(row("before", (f"{value:,}" for value in EXPECTED[name])))
        lines.append(row("losers", (f"{100 * share:.0f}%" for share in lost)))
    lines.append(row("mean of the six", (f"{mean:,.0f}" for mean in np.mean(every, axis=0))))
    before = np.mean(list(EXPECTED.values()), axis=0)
    lines.append(row("before", (f"{mean:,.0f}" for mean in before)))
    return "\n".join(lines)


def row(head: str, cells: Iterable[str]) -> str:
    """A line of a table."""
    return f"| {head} | {' | '.join(cells)} |"


if __name__ == "__main__":
    print(table())
