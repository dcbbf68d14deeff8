"""An experiment in the making: a file, what was recognised in it, and what its owner chose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from abmicro.app.shell.forms import Mistake, amount
from abmicro.app.shell.packed import Chosen
from abmicro.experiment.model import Experiment, Shape
from abmicro.experiment.naming.nouns import noun_of
from abmicro.frozen import frozen
from abmicro.sources.inspection.candidates import Candidate, Candidates
from abmicro.sources.inspection.inspect import Sniffed

if TYPE_CHECKING:
    from abmicro.app.jobs.look import FirstLook

ROLES = {
    "step": "Step to what pays",
    "pays": "Pays",
    "beside": "Beside the path",
    "hold": "Must not fall",
    "limit": "Must not rise",
}
GUARDS = ("hold", "limit")
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "NOK", "SEK", "DKK", "PLN")
COLUMNS = {
    Shape.EVENTS: ("unit", "time", "event", "variant"),
    Shape.UNITS: ("unit", "variant"),
    Shape.COUNTS: (),
    Shape.JOINT: (),
}
GUESSED = {"milestone": "step", "action": "beside", "macro": "pays"}
MOST_WATCHED = 10
FEW, COMMON = 100, 0.5
"""A goal below is rare, one above this share of people is common."""
FAR = 10**12
NUMBERS = (
    ("rise", "Smallest rise worth having", 1000),
    ("window", "Time to count", 365),
    ("month", "Visitors a month", FAR),
    ("worth", "What one is worth", FAR),
)
"""Fields of numbers above 0: name, what they are called, the largest."""
LONG = 14
"""Days of data from which on a week to convert is a good start."""


def data_of(seen: Sniffed, chosen: Chosen) -> dict[str, Any]:
    """The keys of [data] that look and choices make together."""
    if seen.preset is not None:
        return {"shape": str(Shape.EVENTS), "preset": seen.preset}
    own = {role: chosen[role] for role in COLUMNS[seen.shape] if chosen.get(role)}
    columns = {**seen.columns, **{role: name for role, name in own.items() if name != "-"}}
    columns = {role: name for role, name in columns.items() if own.get(role) != "-"}
    keys = dict(seen.data)
    if columns.get("unit") is None:
        keys.pop("repeats", None)
    return {"shape": str(seen.shape), **({"columns": columns} if columns else {}), **keys}


@frozen
class GoalLine:
    """One line of the goals: a candidate, whether it is watched and as what."""

    name: str
    is_used: bool
    role: str
    label: str
    margin: str = ""


@frozen
class Draft:
    """What a definition is made of.

    chosen: `control`, `name`, `decides`, `window`, `rise`, `month`, `worth`, `currency`.
    """

    name: str
    look: FirstLook
    found: Candidates
    chosen: Chosen
    lines: tuple[GoalLine, ...]

    @classmethod
    def of(cls, name: str, look: FirstLook, found: Candidates, chosen: Chosen) -> Draft:
        """The draft that choices make; lines that were not chosen yet are guessed."""
        saved = _saved(chosen.get("goals", ""))
        known = {one.name: one for one in saved}
        rest = [line for one in found.goals if (line := _guess(one, found)).name not in known]
        there = {one.name for one in found.goals}
        if saved:
            rest = [replace(line, is_used=False) for line in rest]
        return cls(name, look, found, chosen, (*(one for one in saved if one.name in there), *rest))

    @property
    def seen(self) -> Sniffed:
        """What the file seems to be."""
        if self.look.seen is None:
            raise ValueError("a file that was not recognised has no draft")
        return self.look.seen

    @property
    def has_clock(self) -> bool:
        """Whether time to convert can be chosen."""
        return self.seen.shape is Shape.EVENTS and self.found.days is not None

    @property
    def used(self) -> tuple[GoalLine, ...]:
        """The goals that are watched, in their order."""
        return tuple(line for line in self.lines if line.is_used)

    @property
    def decides(self) -> str:
        """The goal that decides: as chosen, else the first step, else what pays."""
        names = [line.name for line in self.used if line.role not in GUARDS]
        if (chosen := self.chosen.get("decides", "")) in names:
            return chosen
        steps = [line.name for line in self.used if line.role in ("step", "beside")]
        return next(iter([*steps, *names]), "")

    @property
    def window(self) -> str:
        """Days to convert, as typed; empty for until the end of the data."""
        usual = "7" if (self.found.days or 0) >= LONG else ""
        return self.chosen.get("window", usual).replace("-", "") if self.has_clock else ""

    @property
    def arms(self) -> tuple[str, ...]:
        """The variants, control first."""
        arms = self.seen.arms if self._keeps_arms else tuple(self.found.arms)
        control = self.chosen.get("control", "")
        return tuple(sorted(arms, key=lambda one: one != control)) if control in arms else arms

    @property
    def _keeps_arms(self) -> bool:
        role = self.chosen.get("variant", "")
        return bool(self.seen.arms) and role in ("", self.seen.columns.get("variant", ""))

    def candidate(self, name: str) -> Candidate:
        """The candidate of a line."""
        return next(one for one in self.found.goals if one.name == name)

    def mistakes(self) -> Iterator[Mistake]:
        """What keeps the choices from being a definition."""
        used = self.used
        if len(self.arms) < 2:
            remedy = "Choose the column of the variant under File."
            yield Mistake("The file names fewer than two variants.", "", remedy)
        if not any(line.role == "pays" for line in used):
            yield Mistake("Choose the goal that pays, for example orders.", "goals")
        if len(used) > MOST_WATCHED + 5:
            what = f"{len(used)} goals are too many to watch."
            yield Mistake(what, "goals", "Untick those you would not act on.")
        yield from self._no_numbers()
        for line in used:
            if line.role in GUARDS and not _between(line.margin or "5", 99):
                what = f"{line.label}: “{line.margin[:20]}” must be a number from 0 to 99."
                yield Mistake(what, "goals")

    def _no_numbers(self) -> Iterator[Mistake]:
        for field, label, most in NUMBERS:
            text = self.window if field == "window" else self.chosen.get(field, "")
            if text and not _between(text, most):
                above = f" and at most {most:,}" if most < FAR else ""
                what = f"“{text[:20]}” must be a number above 0{above}."
                yield Mistake(what, field, label=label)

    def experiment(self, source: str | None = None) -> Experiment:
        """The definition; DefinitionError where the choices break a rule of it."""
        seen, arms = self.seen, self.arms
        data = data_of(seen, self.chosen) | ({"source": source} if source else {})
        keys: dict[str, Any] = {
            "name": self.chosen.get("name") or self.name,
            "variants": list(arms),
            "data": data,
            "goals": {line.name: self._goal(line) for line in self.used},
            "segments": dict(seen.segments),
            "decision": self._decision(),
        }
        if seen.exposure:
            keys["exposure"] = dict(seen.exposure)
        return Experiment(**keys)

    def of_traffic(self, source: str) -> Experiment:
        """The definition of the visitors of a file, whether or not a test ran among them."""
        if len(self.arms) > 1:
            return self.experiment(source)
        data = data_of(self.seen, self.chosen)
        columns = {
            role: name for role, name in data.get("columns", {}).items() if role != "variant"
        }
        return Experiment(
            name=self.chosen.get("name") or self.name,
            variants=["everybody"],
            data=data | {"columns": columns, "source": source},
            goals={line.name: self._goal(line) for line in self.used},
            segments=dict(self.seen.segments),
        )

    def _goal(self, line: GoalLine) -> dict[str, Any]:
        one = self.candidate(line.name)
        step = "action" if one.is_amount else "milestone"
        kind = {"step": step, "beside": "action", "pays": "macro"}.get(line.role)
        kind = kind or ("macro" if one.is_amount or one.kind == "macro" else "action")
        goal: dict[str, Any] = {"kind": kind, **one.keys}
        if line.label not in ("", line.name):
            goal["label"] = line.label
        if line.role in GUARDS:
            goal |= {"role": "guardrail", "margin": (amount(line.margin) or 5) / 100}
            goal |= {"direction": "down"} if line.role == "limit" else {}
        if line.name == self.decides:
            goal["role"] = "primary"
            if rise := amount(self.chosen.get("rise", "")):
                goal["mde"] = rise / 100
        if self.window:
            goal["window"] = f"{amount(self.window):.0f}d"
        return goal

    def _decision(self) -> dict[str, Any]:
        month, worth = (amount(self.chosen.get(one, "")) for one in ("month", "worth"))
        found: dict[str, Any] = {"traffic": f"{month:.0f}/month"} if month else {}
        if worth:
            found |= {"order_value": worth, "currency": self.chosen.get("currency") or "EUR"}
        return found


def packed_lines(lines: Sequence[GoalLine]) -> str:
    """Lines as text for an address."""
    rows = [[one.name, int(one.is_used), one.role, one.label, one.margin] for one in lines]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _saved(text: str) -> tuple[GoalLine, ...]:
    try:
        return tuple(_line(*row) for row in json.loads(text or "[]"))
    except (ValueError, TypeError):
        return ()


def _line(name: str, used: int, role: str, label: str, margin: str) -> GoalLine:
    known = role if role in ROLES else "beside"
    return GoalLine(str(name), bool(used), known, str(label), str(margin))


def _guess(one: Candidate, found: Candidates) -> GoalLine:
    """A line as it stands before anybody chose: what was recognised is ticked, the rest is not."""
    share = one.people / found.people if found.people else 0
    is_used = bool(one.kind) and (share <= 0.99 or one.is_amount)
    return GoalLine(one.name, is_used, GUESSED.get(one.kind, "beside"), noun_of(one.name))


def _between(text: str, most: float) -> bool:
    number = amount(text)
    return number is not None and 0 < number <= most
