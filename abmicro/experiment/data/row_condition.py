"""Row conditions: the closed grammar of `where`.

A definition may come from a stranger, so its `where` is no door: only what is listed here passes,
node by node and argument by argument, and everything else is refused by name. What passes can
compare columns of the row at hand and do nothing else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from abmicro.errors import DefinitionError, Problem
from abmicro.experiment.strict_model import shown

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokens import Token

_LONGEST, _DEEPEST = 4000, 20
_ALLOWED = (
    "a row condition has columns, literals, comparison, arithmetic, AND, OR, NOT, IN (list), "
    "BETWEEN, LIKE, IS NULL, lower, upper, trim, length, coalesce, abs, round, substring"
)
_IN_WORDS = {
    "star": "a star",
    "lambda": "a lambda",
    "window": "a window",
    "dot": "a name of more than four parts",
    "placeholder": "a placeholder",
    "parameter": "a parameter",
    "escape": "LIKE with ESCAPE",
    "ilike": "ILIKE (write lower(column) LIKE)",
    "dpipe": "the operator ||",
}


def parse_condition(text: str) -> exp.Expression:
    """The syntax tree of a row condition, or the reason why it is none.

    text: a condition in portable SQL: column names (dots reach into a nested field, double quotes
        hold any name), literals, comparison, arithmetic, AND, OR, NOT, IN (list), BETWEEN, LIKE,
        IS NULL and lower, upper, trim, length, coalesce, abs, round, substring.

    Returns the sqlglot tree with every name marked as quoted, so that no dialect can read a column
    as a keyword or as a function without parentheses.
    Raises DefinitionError (E039) that names what does not belong.

    >>> print(parse_condition("page LIKE '%/pricing%' AND price > 0").sql())
    "page" LIKE '%/pricing%' AND "price" > 0
    >>> try:
    ...     parse_condition("page IN (SELECT secret FROM staff)")
    ... except DefinitionError as error:
    ...     print(error.problems[0].what)
    holds a subquery
    """
    tree = _tree(text)
    _check_nodes(tree)
    return _with_quoted_names(tree)


def _tree(text: str) -> exp.Expression:
    from sqlglot import Tokenizer, exp, parse_one
    from sqlglot.errors import SqlglotError

    if len(text) > _LONGEST:
        raise _refused(f"has {len(text)} letters; at most {_LONGEST} are read")
    try:
        _check_tokens(Tokenizer().tokenize(text))
        return parse_one(text, into=exp.Condition)
    except SqlglotError as error:
        raise _refused(f"{shown(text)} is not a condition") from error
    except RecursionError as error:
        raise _refused(f"is nested deeper than {_DEEPEST}") from error


def _check_tokens(tokens: list[Token]) -> None:
    """What the parser would swallow without a trace."""
    from sqlglot import TokenType

    if not tokens:
        raise _refused("is empty", "write a condition or drop the key")
    if any(token.comments for token in tokens):
        raise _refused("holds a comment", "write the comment in the TOML file, after a #")
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise _refused("holds a semicolon", "one condition has no second statement")


def _check_nodes(tree: exp.Expression) -> None:
    grammar = _grammar()
    for node in tree.walk():
        if type(node) not in grammar.arguments:
            raise _refused(f"holds {_named(node)}")
    if type(tree) not in grammar.conditions:
        raise _refused("compares nothing")
    for node in tree.walk():
        given = {name for name, value in node.args.items() if value}
        if extra := given - grammar.arguments[type(node)]:
            raise _refused(f"holds {_named(node)} with {', '.join(sorted(extra))}")
        _check_members(node)
    _check_depth(tree, grammar.chains)


def _check_depth(tree: exp.Expression, chains: tuple[type, ...]) -> None:
    """Sums and chains of AND and OR may be long; anything else that stacks up may not."""
    depths: dict[int, int] = {}
    for node in tree.walk():
        depths[id(node)] = depths.get(id(node.parent), 0) + (not isinstance(node, chains))
        if depths[id(node)] > _DEEPEST:
            raise _refused(f"is nested deeper than {_DEEPEST}")


def _check_members(node: exp.Expression) -> None:
    from sqlglot import exp

    if isinstance(node, exp.In) and not node.expressions:
        raise _refused("holds IN without a list")
    if isinstance(node, exp.Is) and not isinstance(node.expression, (exp.Null, exp.Boolean)):
        raise _refused("holds IS before something else than NULL, TRUE or FALSE")


def _with_quoted_names(tree: exp.Expression) -> exp.Expression:
    from sqlglot import exp

    for name in tree.find_all(exp.Identifier):
        name.set("quoted", True)
    return tree


def _named(node: exp.Expression) -> str:
    from sqlglot import exp

    if isinstance(node, (exp.Query, exp.Subquery)):
        return "a subquery"
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        return f"the function {name.lower()}"
    return _IN_WORDS.get(node.key, f"{node.key!r}")


def _refused(what: str, hint: str = _ALLOWED) -> DefinitionError:
    return DefinitionError(Problem("", what, "E039", hint))


class _Grammar(NamedTuple):
    """What may stand in a condition; sqlglot's classes, hence built when first needed."""

    arguments: dict[type, frozenset[str]]
    conditions: frozenset[type]
    chains: tuple[type, ...]


@cache
def _grammar() -> _Grammar:
    from sqlglot import exp

    two = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
    joins = (exp.And, exp.Or)
    compare = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.Is)
    one = (exp.Not, exp.Neg, exp.Paren, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Abs)
    arguments = {
        **dict.fromkeys((*two, *joins, *compare), frozenset({"this", "expression"})),
        **dict.fromkeys((*one, exp.Boolean), frozenset({"this"})),
        exp.Null: frozenset[str](),
        exp.Column: frozenset({"this", "table", "db", "catalog"}),
        exp.Identifier: frozenset({"this", "quoted"}),
        exp.Literal: frozenset({"this", "is_string"}),
        exp.In: frozenset({"this", "expressions"}),
        exp.Between: frozenset({"this", "low", "high"}),
        exp.Coalesce: frozenset({"this", "expressions"}),
        exp.Round: frozenset({"this", "decimals"}),
        exp.Substring: frozenset({"this", "start", "length"}),
    }
    truths = (exp.In, exp.Between, exp.Not, exp.Paren, exp.Column, exp.Coalesce)
    return _Grammar(arguments, frozenset((*joins, *compare, *truths)), (*two, *joins))
