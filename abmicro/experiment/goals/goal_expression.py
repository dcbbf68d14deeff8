"""Derived goals: `add_to_cart and not purchase`, parsed to a small tree and read off any truths.

The grammar, from the loosest binding to the tightest:

    either    = both { "or" both }
    both      = negation { "and" negation }
    negation  = "not" negation | "(" either ")" | name
    name      = letters, digits and underscores, not starting with a digit
              | any text between backticks (a backtick inside is doubled)

`and`, `or`, `not` may be written in any case; a goal of such a name stands in backticks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import reduce
from operator import and_, or_
from typing import Any, NoReturn

from abmicro.errors import DefinitionError, Problem
from abmicro.frozen import frozen

_DEEPEST = 50
_TOKEN = re.compile(r"\s*(?:(?P<paren>[()])|(?P<word>[^\W\d]\w*)|`(?P<wild>(?:[^`]|``)+)`)")
_OTHER_WAYS = {"&": "write and", "|": "write or", "!": "write not", "~": "write not"}
_WILD = "put a name that is not one word between backticks, e.g. `add-to-cart`"


@frozen
class Reached:
    """The unit reached the goal of this name."""

    name: str

    @property
    def names(self) -> tuple[str, ...]:
        """The goals the expression speaks of, each once, in order of appearance."""
        return (self.name,)

    def truth(self, lookup: Callable[[str], Any]) -> Any:
        """Whether the expression holds, given whether each goal was reached.

        lookup: goal name to a truth or a bool array; all of one shape.
        Returns a truth or a bool array of that shape.
        """
        return lookup(self.name)


@frozen
class Not:
    """The inner expression does not hold."""

    inner: Expression

    @property
    def names(self) -> tuple[str, ...]:
        """As for `Reached`."""
        return self.inner.names

    def truth(self, lookup: Callable[[str], Any]) -> Any:
        """As for `Reached`."""
        return self.inner.truth(lookup) ^ True  # unlike `~`, also right for a plain truth


@frozen
class Joined:
    """All parts hold (`and`), or at least one does (`or`)."""

    word: str
    parts: tuple[Expression, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """As for `Reached`."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.names))

    def truth(self, lookup: Callable[[str], Any]) -> Any:
        """As for `Reached`."""
        join = and_ if self.word == "and" else or_
        return reduce(join, (part.truth(lookup) for part in self.parts))


Expression = Reached | Not | Joined


def parse_expression(text: str) -> Expression:
    """The tree of an expression over goal names.

    text: an expression in the grammar at the head of this module, nested at most 50 deep.

    Returns a frozen tree with `names` and `truth(lookup)`.
    Raises DefinitionError (E038) that names the column where reading stopped.

    >>> tree = parse_expression("cart and not (order or `phone order`)")
    >>> tree.names
    ('cart', 'order', 'phone order')
    >>> tree.truth({"cart": True, "order": False, "phone order": False}.get)
    True
    """
    reader = _ExpressionReader(text)
    tree = reader.joined("or", depth=0)
    if reader.now != _End:
        reader.fail("and, or, or the end")
    return tree


class _End:
    """The token after the last one."""


@frozen
class _Name:
    """A word of the text that names a goal."""

    name: str


class _ExpressionReader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.column = 1
        self._tokens = self._scan()
        self.now: object = None
        self._advance()

    def joined(self, word: str, *, depth: int) -> Expression:
        """`either` for "or", `both` for "and"."""
        inner = self.negation if word == "and" else self._both
        parts = [inner(depth=depth)]
        while self.now == word:
            self._advance()
            parts.append(inner(depth=depth))
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def negation(self, *, depth: int) -> Expression:
        if depth > _DEEPEST:
            self._stop(f"is nested deeper than {_DEEPEST}", "split it into several goals")
        now = self.now
        if isinstance(now, _Name):
            self._advance()
            return Reached(now.name)
        if now == "not":
            self._advance()
            return Not(self.negation(depth=depth + 1))
        if now != "(":
            self.fail("a goal, not or an opening parenthesis")
        self._advance()
        inner = self.joined("or", depth=depth + 1)
        if self.now != ")":
            self.fail("a closing parenthesis")
        self._advance()
        return inner

    def fail(self, expected: str) -> NoReturn:
        """Refuse the present token."""
        found = "the end" if self.now is _End else repr(getattr(self.now, "name", self.now))
        hint = "join goals by and, or, not, e.g. cart and not buy"
        self._stop(f"has {found} where {expected} should stand", hint)

    def _both(self, *, depth: int) -> Expression:
        return self.joined("and", depth=depth)

    def _advance(self) -> None:
        self.now = next(self._tokens, _End)

    def _scan(self) -> Iterator[object]:
        at, end = 0, len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                self._refuse_letter(at)
            self.column = match.end() - len(match[0].lstrip()) + 1
            at = match.end()
            if match["wild"]:
                yield _Name(match["wild"].replace("``", "`"))
            elif match["word"] and match["word"].lower() not in {"and", "or", "not"}:
                yield _Name(match["word"])
            else:
                yield match[0].strip().lower()
        self.column = end + 1

    def _refuse_letter(self, at: int) -> NoReturn:
        at += len(self.text[at:]) - len(self.text[at:].lstrip())
        self.column = at + 1
        what = f"has {self.text[at]!r}, which means nothing here"
        self._stop(what, _OTHER_WAYS.get(self.text[at], _WILD))

    def _stop(self, what: str, hint: str) -> NoReturn:
        raise DefinitionError(Problem("", f"column {self.column} {what}", "E038", hint))
