"""Every error abmicro raises on purpose.

    Exception
      └── AbmicroError              anything a person can mend; carries exit status and hint
            ├── DefinitionError     the experiment file or object is wrong       (exit 2)
            ├── SourceError         data missing, unreadable or of another shape (exit 3)
            ├── CountsError         a joint table that contradicts itself        (exit 3)
            └── OutputError         a result that cannot be written              (exit 3)

Functions in `stats` raise a plain `ValueError` that names argument and value: they know
neither files nor people.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what would do.

    where: dotted path of the key or argument, for example `goals.cart.kind`; may be empty.
    what: the fault with the offending value, without a full stop at the end.
    code: stable error code such as `E012`, which a reader can search for.
    hint: what would mend it; may be empty.
    line: 1-based line of the file, where known.

    >>> print(Problem("goals.cart.kind", "'mileston' is not a kind", "E012", "milestone?", 7))
    goals.cart.kind (line 7): 'mileston' is not a kind (E012); milestone?
    """

    where: str
    what: str
    code: str
    hint: str = ""
    line: int | None = None

    @property
    def headline(self) -> str:
        """Where and what, without the hint."""
        line = f" (line {self.line})" if self.line is not None else ""
        place = f"{self.where}{line}: " if self.where else ""
        return f"{place}{self.what} ({self.code})"

    def __str__(self) -> str:
        return self.headline + (f"; {self.hint}" if self.hint else "")


class AbmicroError(Exception):
    """A fault with one or more problems that a person can mend.

    >>> error = SourceError(Problem("data.source", "no such file: a.csv", "E301"))
    >>> error.exit_status, str(error)
    (3, 'data.source: no such file: a.csv (E301)')
    """

    exit_status = 2

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class DefinitionError(AbmicroError):
    """The experiment file or object breaks a rule; holds every problem found."""


class SourceError(AbmicroError):
    """Data that are missing, unreadable, empty or not of the shape that was declared."""

    exit_status = 3


class CountsError(AbmicroError):
    """A joint table that contradicts itself or the experiment it is analysed for."""

    exit_status = 3


class OutputError(AbmicroError):
    """A result that cannot be written where it was asked for."""

    exit_status = 3


def suggest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """The sentence that helps with a name that is not known.

    >>> suggest("moble", ["desktop", "mobile"])
    "did you mean 'mobile'? known: desktop, mobile"
    >>> suggest("x", [])
    'none are known'
    """
    from difflib import get_close_matches

    if not known:
        return "none are known"
    listed = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}? known: {listed}" if near else f"known: {listed}"
