"""Laws of definitions: what is written is read back, what is no definition is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import example, given, strategies as st

from abmicro.errors import CODES, DefinitionError
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.data.row_condition import parse_condition
from abmicro.experiment.field_types import as_duration, duration_text
from abmicro.experiment.file.line_numbers import key_lines
from abmicro.experiment.file.toml import definition_hash, dumps, loads
from abmicro.experiment.file.toml_text import render
from abmicro.experiment.goals.goal_expression import parse_expression
from abmicro.experiment.model import Data, Experiment, Field, Goal, Identity, Prior, ordered_step

from ..examples import examples

WILD = [
    '"; DROP TABLE x; --',
    "<script>alert(1)</script>",
    "a.b",
    "`",
    "'",
    "\\",
    "{}",
    "購入 ✓",
    "#",
]
printable = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1)
names = (
    (st.sampled_from(WILD) | printable)
    .map(str.strip)
    .filter(lambda name: name and not name.endswith(ordered_step("")))
)
fractions = st.floats(0, 1, exclude_min=True, exclude_max=True)
positive = st.floats(0.01, 100)
tests = st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
priors = (
    st.builds(Prior, a=positive, b=positive, vague=st.none() | fractions)
    | st.builds(
        Prior,
        past=st.lists(tests, min_size=1, max_size=3).map(lambda past: [(1, 3), *past]),
        lift_sd=st.none() | fractions,
    )
    | st.floats(0.001, 0.999).map(
        lambda m: Prior(baseline=m, give_or_take=(m * (1 - m)) ** 0.5 / 2)
    )
)
durations = st.integers(1, 10**8).map(lambda seconds: timedelta(seconds=seconds))


def codes(read: Callable[[str], object], text: str) -> set[str]:
    """The codes of what is wrong with a text; empty where it is read."""
    try:
        read(text)
    except DefinitionError as error:
        return {problem.code for problem in error.problems}
    return set()


def distinct(size: int, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(names, min_size=least, max_size=size, unique_by=str.casefold)


@st.composite
def variants(draw: st.DrawFn) -> dict[str, float]:
    arms = draw(distinct(4, least=2))
    weights = [draw(st.integers(1, 9)) for _ in arms]
    return {arm: weight / sum(weights) for arm, weight in zip(arms, weights, strict=True)}


@st.composite
def ramps(draw: st.DrawFn, arms: list[str], start: date | None) -> list[dict[str, Any]]:
    """Up to two phases from the second day on."""
    weights = [[draw(st.integers(1, 9)) for _ in arms] for _ in range(draw(st.integers(0, 2)))]
    return [
        {
            "since": (start or date(2026, 10, 5)) + timedelta(days=at + 1),
            "allocation": {arm: one / sum(phase) for arm, one in zip(arms, phase, strict=True)},
        }
        for at, phase in enumerate(weights)
    ]


@st.composite
def goals(draw: st.DrawFn, shape: str) -> list[Goal]:
    found = []
    for place, name in enumerate(draw(distinct(5, least=1))):
        role = (
            draw(st.sampled_from(["secondary", "exploratory", "guardrail"])) if place else "primary"
        )
        keys: dict[str, Any] = {
            "role": role,
            "margin": draw(fractions) if role == "guardrail" else None,
            "mde": draw(st.none() | fractions),
            "direction": draw(st.sampled_from(["up", "down"])),
            "gameable": draw(st.none() | st.booleans()),
            "prior": draw(st.none() | priors) if shape == "events" else None,
        }
        if shape == "events":
            keys["event"] = draw(st.none() | names)
            keys["at_least"] = draw(st.none() | st.integers(1, 99))
            keys["dedupe"] = draw(st.none() | names)
        else:
            keys[draw(st.sampled_from(["column", "value"]))] = draw(st.none() | names)
        kind = draw(st.sampled_from(["milestone", "action", "macro"]))
        found.append(Goal(name=name, kind=kind, **keys))
    update: dict[str, Any] = {"window": draw(st.none() | durations)}
    rates = [goal.name for goal in found if not goal.is_value]
    if draw(st.booleans()) and len(rates) > 1 and not found[-1].is_value:
        found[-1] = found[-1].model_copy(update={"requires": rates[0]})
    return [goal.model_copy(update=update) for goal in found]


inside = st.builds(
    Field,
    name=st.just("?"),
    column=names,
    form=st.sampled_from(["json", "struct", "params"]),
    key=st.from_regex("[a-z $.]*[a-z]", fullmatch=True),
    type=st.sampled_from(["text", "number"]),
)
parts = names.map("part {}".format)
joined = st.builds(Field, name=st.just("?"), joined=st.lists(parts, min_size=2, max_size=3))


@st.composite
def of_data(draw: st.DrawFn, shape: str) -> dict[str, Any]:
    """What a definition may say of its data besides their shape."""
    roles = ("unit", "time", "event", "variant") if shape == "events" else ("variant",)
    preset = draw(st.none() | st.sampled_from(list(PRESETS))) if shape == "events" else None
    columns = draw(st.lists(names, min_size=4, max_size=4, unique=True))
    named = dict(zip(roles, columns, strict=False))
    if preset is not None:
        named = {role: named[role] for role in draw(st.sets(st.sampled_from(roles), max_size=2))}
    found = [draw(inside | joined).model_copy(update={"name": name}) for name in draw(distinct(2))]
    who = st.builds(Identity, table=names, unit=names, person=names)
    return {
        "preset": preset,
        "columns": named,
        "fields": found,
        "time_unit": draw(st.sampled_from(["timestamp", "us"])) if shape == "events" else None,
        "identity": draw(st.none() | who) if shape == "events" else None,
    }


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    shape = draw(st.sampled_from(["events", "units"]))
    told = {key: value for key, value in draw(of_data(shape)).items() if value is not None}
    start = draw(st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)))
    arms = draw(variants())
    return Experiment(
        name=draw(names),
        hypothesis=draw(st.text(st.characters(codec="utf-8"), max_size=40)),
        start=start,
        end=start and start + timedelta(days=draw(st.integers(3, 99))),
        timezone=draw(st.sampled_from(["UTC", "Europe/Oslo", "America/New_York"])),
        variants=arms,
        ramp=draw(ramps(list(arms), start)) if shape == "events" else (),
        data=Data(shape=shape, source=draw(names), **told),
        exposure={"match": {arm: f"{place}{arm}" for place, arm in enumerate(arms)}},
        goals=draw(goals(shape)),
        segments={
            name: draw(
                names | st.fixed_dictionaries({"column": names, "known_before": st.booleans()})
            )
            for name in draw(distinct(3))
        },
        analysis={
            "alpha": draw(st.floats(0.001, 0.4)),
            "prior": draw(st.sampled_from(["jeffreys", "uniform"]) | st.builds(Prior, a=positive)),
            "rope": draw(st.none() | fractions),
        },
        decision={
            "minimum_runtime": draw(st.none() | durations),
            "loss_tolerance": draw(st.none() | positive),
        },
    )


@given(experiments())
@examples(60)
def test_what_is_written_is_read_back_equal(experiment: Experiment) -> None:
    again = loads(dumps(experiment))
    assert again == experiment
    assert hash(again) == hash(experiment)
    assert dumps(again) == dumps(experiment)


@given(experiments())
@examples(30)
def test_a_definition_without_its_data_is_read_back_equal(experiment: Experiment) -> None:
    """As a history keeps it."""
    kept = experiment.model_copy(update={"data": None})
    assert loads(dumps(kept)) == kept


@given(experiments(), experiments())
@examples(20)
def test_equal_experiments_and_only_they_have_one_hash(one: Experiment, other: Experiment) -> None:
    assert (definition_hash(one) == definition_hash(other)) == (one == other)


@given(experiments())
@examples(30)
def test_exactly_one_goal_is_primary_and_the_shares_are_whole(experiment: Experiment) -> None:
    assert [goal.role for goal in experiment.goals].count(experiment.primary.role) == 1
    assert abs(sum(variant.share for variant in experiment.variants) - 1) < 1e-9


values = st.recursive(
    st.text(st.characters(codec="utf-8"), max_size=20)
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
documents = st.recursive(
    st.dictionaries(printable, values, max_size=3),
    lambda inner: st.dictionaries(printable, values | inner, max_size=3),
    max_leaves=8,
)


@given(documents)
def test_any_document_survives_rendering(document: dict[str, Any]) -> None:
    assert tomllib.loads(render(document)) == document


@given(documents)
def test_every_key_of_a_document_is_found_on_its_line(document: dict[str, Any]) -> None:
    text = render(document)
    lines = text.split("\n")
    for path, line in key_lines(text).items():
        assert render({path[-1]: 1}).split(" = ")[0] in lines[line - 1]

    def paths(table: dict[str, Any], above: tuple[str, ...]) -> set[tuple[str, ...]]:
        inner = {(*above, name) for name in table}
        for name, value in table.items():
            if isinstance(value, dict):
                inner |= paths(value, (*above, name))
        return inner

    assert set(key_lines(text)) == paths(document, ())


SOUND = """
[experiment]
name = "Test"
[variants]
arms = ["control", "sticky"]
[goals.cart]
kind = "milestone"
window = "7d"
[goals.order]
kind = "macro"
[funnel]
steps = ["cart", "order"]
"""
PIECES = ["experiment", "variants", "goals", "cart", "kind", "arms", "name", "funnel", "steps"]
anything = values | documents | st.sampled_from(["action", "macro", "7d", 0.5, True, "cart"])


@given(
    st.lists(
        st.tuples(st.sampled_from([*PIECES, "data", "shape", "exposure"]), anything), max_size=6
    )
)
@examples(150)
@example([("goals", {"cart": {"kind": {}}})])
@example([("variants", {"allocation": {"a": [], "b": 0.5}, "control": []})])
def test_any_table_is_read_or_refused(pairs: list[tuple[str, Any]]) -> None:
    document = tomllib.loads(SOUND)
    for name, value in pairs:
        table = document
        while name in table and isinstance(table[name], dict) and table[name]:
            table, name = table[name], next(iter(table[name]))
        table[name] = value
    assert codes(loads, render(document)) <= set(CODES)


@given(st.integers(0, len(SOUND)), st.text(alphabet="[]{}=\"'\\#.\n a1é", max_size=4))
@examples(150)
def test_any_damage_to_the_text_is_read_or_refused(place: int, dirt: str) -> None:
    assert codes(loads, SOUND[:place] + dirt + SOUND[place + 1 :]) <= set(CODES)


@given(durations)
def test_a_duration_survives_its_text(duration: timedelta) -> None:
    assert as_duration(duration_text(duration)) == duration


expressions = st.recursive(
    st.sampled_from("abc"),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} and {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} or {pair[1]})"),
        inner.map(lambda text: f"not {text}"),
    ),
    max_leaves=12,
)


@given(expressions, st.fixed_dictionaries(dict.fromkeys("abc", st.booleans())))
def test_an_expression_is_true_when_python_says_so(text: str, reached: dict[str, bool]) -> None:
    truth = parse_expression(text).truth(reached.__getitem__)
    assert truth is eval(text, {}, dict(reached))  # noqa: S307 the text is ours


@given(names)
def test_any_name_can_be_spoken_of_in_an_expression(name: str) -> None:
    quoted = name.replace("`", "``")
    assert parse_expression(f"not `{quoted}`").names == (name,)


@given(st.text(alphabet="ab &|()not`\"'-\n", max_size=30))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    assert codes(parse_expression, text) <= {"E038"}


WORDS = """
a b.c 1 'x' "q" ( ) , = <> < >= + - * / % and or not in between like is null true lower coalesce
round substring trim select from case when then end cast as :: [ ] { } ; -- /* */ -> exists any all
distinct over interval date count sum getenv read_csv ? : @ $1 || ~ ! union
"""
HARMLESS = """
Column Identifier Literal Boolean Null Neg Paren And Or Not EQ NEQ GT GTE LT LTE Add Sub Mul Div Mod
In Between Like Is Lower Upper Trim Length Coalesce Abs Round Substring
"""


@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=10).map(" ".join))
@examples(300)
def test_nothing_outside_the_grammar_passes_as_a_condition(text: str) -> None:
    if found := codes(parse_condition, text):
        assert found == {"E039"}
    else:
        nodes = list(parse_condition(text).walk())
        assert {type(node).__name__ for node in nodes} <= set(HARMLESS.split())
        assert not any(node.comments for node in nodes)


@given(st.text(max_size=40))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    assert codes(parse_condition, text) <= {"E039"}


@given(names, st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_condition_keeps_its_names_and_texts_through_a_dialect(name: str, text: str) -> None:
    column, literal = name.replace('"', '""'), text.replace("'", "''")
    tree = parse_condition(f"\"{column}\" = '{literal}'")
    assert (tree.this.name, tree.expression.name) == (name, text)
    assert parse_condition(tree.sql()) == tree
