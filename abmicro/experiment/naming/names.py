"""The words of one experiment: what people read in place of the names of goals and variants."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from abmicro.experiment.naming.nouns import noun_of, plural, sentence_case
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.experiment.goals.goal import Goal
    from abmicro.experiment.model import Experiment


@frozen
class Names:
    """Words by name; a name without a word of its own stands for itself.

    unit, units: one and many of what was assigned at random. goals: plural nouns; verbs: of goals
    that have one; variants: labels. currency: the code of that which amounts are in, empty where
    it is not known.

    >>> from abmicro.experiment.model import Experiment
    >>> names = Experiment(
    ...     name="Sticky button",
    ...     variants={"control": 0.5, "sticky": {"share": 0.5, "label": "Sticky button"}},
    ...     goals={"click": {"kind": "milestone", "verb": "clicked"}, "order": {"kind": "macro"}},
    ... ).names
    >>> names.of_units(1), names.of_units(24000), names.variant("sticky")
    ('1 visitor', '24,000 visitors', 'Sticky button')
    >>> names.more("click"), names.more("order"), names.fewer("order")
    ('More visitors clicked', 'More orders', 'Fewer orders')
    """

    unit: str
    units: str
    goals: Mapping[str, str]
    verbs: Mapping[str, str]
    variants: Mapping[str, str]
    currency: str = ""

    @classmethod
    def of(cls, experiment: Experiment) -> Names:
        """The words that a definition gives, and those made of its names."""
        unit = experiment.unit_name
        return cls(
            unit=unit,
            units=experiment.unit_name_plural or plural(unit),
            goals=_nouns(experiment),
            verbs={goal.name: goal.verb for goal in experiment.goals if goal.verb},
            variants={one.name: one.label or one.name for one in experiment.variants},
            currency=experiment.decision.currency or "",
        )

    def goal(self, name: str) -> str:
        """A goal within a sentence: "orders"."""
        return self.goals.get(name, name)

    def head(self, name: str) -> str:
        """A goal at the beginning of a sentence or of a row: "Orders"."""
        return sentence_case(self.goal(name).strip('"'))

    def is_plural(self, name: str) -> bool:
        """Whether a goal is called by a noun of which there are more and fewer, as in English."""
        return self.goal(name).endswith("s")

    def variant(self, name: str) -> str:
        """A variant: "Sticky button"."""
        return self.variants.get(name, name)

    def of_units(self, count: float) -> str:
        """So many units: "24,000 visitors"."""
        return f"{count:,.0f} {self.unit if count == 1 else self.units}"

    def in_words(self, text: str) -> str:
        """A text of ours that holds no name of the user, with the word for "unit" in its place.

        >>> from abmicro.experiment.model import Experiment
        >>> goals, variants = {"order": {"kind": "macro"}}, ["a", "b"]
        >>> one = Experiment(name="x", unit_name="guest", variants=variants, goals=goals)
        >>> one.names.in_words("units seen in two variants, rows without a unit id")
        'guests seen in two variants, rows without a guest id'
        """
        return re.sub(r"\bunit(s?)\b", lambda found: self.units if found[1] else self.unit, text)

    def more(self, goal: str) -> str:
        """That a rate rose, by its verb where it has one: "More visitors clicked"."""
        return f"More {self._who(goal)}"

    def fewer(self, goal: str) -> str:
        """That a rate fell: "Fewer orders"."""
        return f"Fewer {self._who(goal)}"

    def _who(self, goal: str) -> str:
        verb = self.verbs.get(goal)
        return f"{self.units} {verb}" if verb else self.goal(goal)


def _nouns(experiment: Experiment) -> dict[str, str]:
    """The words for goals, by name; two of the same noun stand by their names."""
    nouns = {goal.name: goal.label or _noun(goal, experiment) for goal in experiment.goals}
    times = Counter(nouns.values())
    return {
        goal.name: nouns[goal.name]
        if goal.label or times[nouns[goal.name]] == 1
        else goal.name.replace("_", " ")
        for goal in experiment.goals
    }


def _noun(goal: Goal, experiment: Experiment) -> str:
    """The noun of a goal without a label; an amount per event of a macro goal has a usual name."""
    if goal.value is not None and goal.per in [macro.name for macro in experiment.macros]:
        return "average order value"
    return noun_of(goal.name)
