"""A test that is being planned: numbers that people type, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from math import isfinite
from string import ascii_uppercase

from abmicro.app.shell.forms import Mistake, amount
from abmicro.app.shell.packed import Chosen
from abmicro.app.shell.told import mistakes_of
from abmicro.errors import AbmicroError
from abmicro.experiment.file.toml import dumps
from abmicro.experiment.model import Experiment
from abmicro.frozen import frozen
from abmicro.planning.plan import plan
from abmicro.planning.results import Plan, PlannedStatement

START: Mapping[str, str] = {
    "step": "baskets",
    "pays": "orders",
    "base": "12",
    "macro": "3",
    "rise": "10",
    "traffic": "900",
    "arms": "2",
    "weeks": "6",
    "looks": "end",
}
LIMITS = {
    "base": (0.01, 99, "12"),
    "macro": (0.001, 99, "3"),
    "rise": (0.1, 500, "10"),
    "traffic": (1, 10**9, "900"),
    "arms": (2, 10, "2"),
    "weeks": (1, 52, "6"),
}
LABELS = {
    "rise": "Rise worth finding",
    "traffic": "New visitors a day",
    "arms": "Variants",
    "weeks": "At most",
}
LOOKS = {"end": "Only at the end", "weekly": "Every week", "daily": "Every day, from day 14"}
SAID = {"micro_moved": "{step} rose", "macro_up": "{pays} rose too",
        "at_least": "at least half of the gain reached {pays}"}  # fmt: skip
FAR = 520
"""Weeks beyond which a number of them says nothing."""


@frozen
class Claimed:
    """A statement and what it costs. weeks: None where it would take more than ten years."""

    text: str
    visitors: float
    weeks: int | None
    fits: bool
    is_micro: bool


@frozen
class PlanAnswer:
    """What a plan says, or why there is none."""

    chosen: Mapping[str, str]
    mistakes: tuple[Mistake, ...] = ()
    plan: Plan | None = None
    claims: tuple[Claimed, ...] = ()
    definition: str = ""

    @property
    def most_weeks(self) -> int:
        """The longest of the statements, for bars."""
        return max((one.weeks or 0 for one in self.claims), default=1) or 1


def planned(chosen: Chosen) -> PlanAnswer:
    """The plan of what was typed; numbers that were left out are those of the example."""
    return _planned(tuple((name, chosen.get(name, "") or START[name]) for name in START))


@lru_cache(maxsize=64)
def _planned(typed: tuple[tuple[str, str], ...]) -> PlanAnswer:
    chosen = dict(typed)
    if mistakes := tuple(_mistakes(chosen)):
        return PlanAnswer(chosen, mistakes)
    try:
        experiment = experiment_of(chosen)
        found = plan(experiment)
    except AbmicroError as error:
        return PlanAnswer(chosen, mistakes_of(error))
    first = {one.claim: one for one in reversed(found.claims)}
    claims = tuple(_claimed(first[claim], chosen) for claim in SAID if claim in first)
    return PlanAnswer(chosen, (), found, claims, dumps(experiment))


def _mistakes(chosen: Mapping[str, str]) -> Iterator[Mistake]:
    labels = LABELS | {
        "base": f"{chosen['step'].capitalize()} today",
        "macro": f"{chosen['pays'].capitalize()} today",
    }
    for name, (least, most, usual) in LIMITS.items():
        number = amount(chosen[name])
        if number is None or not least <= number <= most:
            what = f"“{chosen[name][:20]}” must be a number from {least:,} to {most:,}"
            yield Mistake(f"{what}, for example {usual}.", name, label=labels[name])
        elif name in ("arms", "weeks") and number != int(number):
            yield Mistake(
                f"“{chosen[name][:20]}” must be a whole number.", name, label=labels[name]
            )
    base, macro = amount(chosen["base"]), amount(chosen["macro"])
    if base and macro and macro > base:
        what = (
            f"Of 100 visitors {macro:g} reach {chosen['pays']}, but only {base:g} {chosen['step']}."
        )
        yield Mistake(what, "macro", f"Enter at most {base:g}.")
    if chosen["step"].strip().lower() == chosen["pays"].strip().lower():
        yield Mistake("Give the step and the goal that pays two names.", "step")


def experiment_of(chosen: Mapping[str, str]) -> Experiment:
    """The definition of the test that is planned; DefinitionError where a rule is broken."""
    numbers = {name: amount(chosen[name]) or 0 for name in LIMITS}
    arms, weeks = int(numbers["arms"]), int(numbers["weeks"])
    looks = chosen["looks"]
    monitoring = {} if looks not in ("weekly", "daily") else {
        "mode": "group_sequential", "looks": looks, "first_look": "14d"}  # fmt: skip
    if monitoring and weeks <= 2:
        monitoring["first_look"] = "7d"
    begin = date.today() + timedelta(days=7 - date.today().weekday())
    return Experiment(
        name=f"{chosen['step']} and {chosen['pays']}",
        start=begin,
        end=begin + timedelta(weeks=weeks),
        variants=["control", *(f"variant {one}" for one in ascii_uppercase[1:arms])],
        goals={
            chosen["step"]: {
                "kind": "milestone",
                "baseline": numbers["base"] / 100,
                "mde": numbers["rise"] / 100,
                "window": "7d",
            },
            chosen["pays"]: {"kind": "macro", "baseline": numbers["macro"] / 100, "window": "7d"},
        },
        plan={"traffic": f"{numbers['traffic']:.0f}/day", "weeks": weeks},
        **({"monitoring": monitoring} if monitoring else {}),
    )


def _claimed(one: PlannedStatement, chosen: Mapping[str, str]) -> Claimed:
    weeks = one.size.weeks
    return Claimed(
        text=SAID[one.claim].format(**chosen),
        visitors=one.size.total,
        weeks=int(weeks) if isfinite(weeks) and weeks <= FAR else None,
        fits=one.fits,
        is_micro=one.claim == "micro_moved",
    )
