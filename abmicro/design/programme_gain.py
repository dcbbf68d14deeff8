"""What many tests at this traffic gain, in words: both halves of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from abmicro import formatting
from abmicro.stats.programme import programme_worth

if TYPE_CHECKING:
    from abmicro.array_types import Floats
    from abmicro.experiment.naming.names import Names
    from abmicro.stats.programme import Programme, ProgrammeWorth

TESTS, PER = 30, 100_000
ENOUGH_TESTS = 20
"""Past tests from which on they say how far changes move goals; below it is assumed."""

INSURANCE = (
    "The large step is to use both goals together. Thirty past tests of your own add little to "
    "that on average. They are insurance: where the two goals pulled apart, they turned 13 extra "
    "orders into 146 in our simulations (5,000 visitors a test)."
)
BOTH_HALVES = (
    "What to expect of 30 tests with 5,000 visitors each, by simulation of six kinds of "
    "programmes: waiting for significant orders gains 94 orders per 100,000 later visitors, "
    "shipping what micro and macro goal together favour gains 833, with own history 845, with that "
    "of like sites 915, and knowing the truth 2,451. And 30 to 47% of what ships so is no gain. "
    f"{INSURANCE}"
)


def programme_gain(
    changes: Programme,
    noise: Sequence[float] | Floats,
    rate: float,
    names: Names,
    pair: tuple[str, str],
    *,
    past: int,
) -> dict[str, Any]:
    """What `TESTS` tests of this noise gain among `PER` later units: the fields of `ProgrammeGain`.

    noise: of the log lifts, as in `programme_worth`. rate: of the macro goal. pair: micro and macro
    goal. past: tests that tell how far changes move goals; 0 where that is assumed.
    """
    found = programme_worth(changes, noise, rate, tests=TESTS, per=PER)
    figures = {name: float(value) for name, value in found._asdict().items()}
    sentences = _in_words(found, names, *pair, past=past)
    return {"tests": TESTS, "per": PER, "sentences": sentences, **figures}


def _in_words(
    found: ProgrammeWorth, names: Names, micro: str, macro: str, *, past: int
) -> tuple[str, ...]:
    """What a programme gains, what keeps it from more, and what this rests on."""
    steps, ends = names.goal(micro), names.goal(macro)
    proof = max(round(100 * float(found.proof)), 1)
    shipped = f"shipping whatever {steps} and {ends} together favour"
    basis = (
        f"This rests on {past} past tests."
        if past
        else f"This assumes that changes move {steps} by about 5%, and {ends} by 0.7 of that, give "
        "or take 3%."
    )
    return (
        f"At this traffic about {proof} in 100 tests can prove a usual gain in {ends}.",
        f"Over {TESTS} such tests, {shipped} gains about {_round(found.together)} {ends} per "
        f"{PER:,} later {names.units}. Waiting for significant {ends} gains "
        f"{_round(found.waiting)}, knowing the truth {_round(found.truth)}.",
        f"About {round(10 * float(found.losers))} in 10 of the changes shipped so are no gains.",
        basis,
        INSURANCE,
    )


def _round(value: object) -> str:
    """Two significant digits: more would be pretended."""
    number = float(value)  # type: ignore[arg-type]
    if abs(number) < 10:
        return formatting.count(number)
    digits = len(f"{abs(number):.0f}") - 2
    return formatting.count(round(number, -digits))
