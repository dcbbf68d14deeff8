"""The blocks of the first screen: the answer, a card for each variant, trust in one row."""

from __future__ import annotations

from abmicro.frozen import frozen
from abmicro.report.blocks.elements import Chart, Item
from abmicro.report.words import Tone


@frozen
class Headline:
    """The one decision on the whole test: its word and sign, the line, what follows it."""

    word: str
    tone: Tone
    icon: str
    line: str
    then: str = ""


@frozen
class Counted:
    """A goal in people: its counts and rates in control and variant, the change and its range.

    treated: empty where there is one figure for all, which `small` explains. done: the share of a
    way that is behind, drawn as a bar.
    """

    name: str
    control: str
    treated: str = ""
    small: tuple[str, str] = ("", "")
    change: str = ""
    span: str = ""
    done: float | None = None


@frozen
class CarryAnswer:
    """Whether the extra micro goals became macro goals: question, answer, picture, reason."""

    question: str
    word: str
    tone: Tone
    chart: Chart | None
    reason: str


@frozen
class Amount:
    """What a change amounts to over so many units: the best guess and its range."""

    head: str
    value: str
    span: str


@frozen
class VariantCard:
    """One treated variant on the first screen.

    word: empty where the answer on top has told it. ways: what can be done now, head and sentence.
    """

    subject: str
    against: str
    word: str
    tone: Tone
    icon: str
    why: str
    counts: tuple[Counted, ...]
    carry: CarryAnswer | None = None
    amounts: tuple[Amount, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@frozen
class TrustRow:
    """All checks in one row that unfolds: how many passed, what else, when to look again.

    loud: checks that failed or warn, never folded away; quiet: the others.
    """

    tone: Tone
    head: str
    rest: str
    loud: tuple[Item, ...]
    quiet: tuple[Item, ...]
    when: str = ""
