"""The experiment file: read with all its problems at once, each with its line; written back."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Any, TypeGuard

from abmicro.errors import DefinitionError, Problem, suggest
from abmicro.experiment.bounds import DEEPEST, MOST_BYTES, MOST_PROBLEMS, oversized
from abmicro.experiment.file.bounded_reading import read_text
from abmicro.experiment.file.document import HEAD
from abmicro.experiment.file.line_numbers import deepest_key, key_lines, line_of
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.model import Experiment
from abmicro.experiment.shorthand import scaled
from abmicro.experiment.strict_model import first_of, shown

_SCHEMA = 1
_VARIANTS = ("control", "allocation", "arms", "ramp", "labels")
_TABLES = (
    *("experiment", "variants", "data", "exposure", "goals"),
    *("funnel", "segments", "analysis", "decision", "plan", "monitoring", "report"),
)
_DATA = (".csv", ".tsv", ".xlsx", ".parquet", ".json", ".jsonl", ".gz")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


def load(path: str | Path, *, env: Iterable[str] = ()) -> Experiment:
    """The experiment that a TOML file defines.

    path: a UTF-8 file of at most 256 KB. A relative `data.source` in it is left as it is written.
    env: names of variables of the environment that ${NAME} in its sources may stand for.

    Raises DefinitionError with every problem at once, each with its dotted path and line; E002 for
    a file that is missing or cannot be read, E003 for one that is not UTF-8, E001 for one that is
    not TOML, E634 for data by the end of their name.
    """
    path = Path(path)
    if path.suffix.lower() in _DATA and path.is_file():
        hint = f"`abmicro init test --from {quote(str(path))}` writes a definition for it"
        raise _refused(path, "holds data, and is no definition", "E634", hint)
    try:
        text = read_text(path, MOST_BYTES)
    except FileNotFoundError:
        raise _refused(path, "no such file", "E002", _nearby(path)) from None
    except IsADirectoryError:
        raise _refused(path, "is a folder, not a file", "E002", _inside(path)) from None
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text (byte {error.start})"
        raise _refused(path, what, "E003", "save it as UTF-8 in the editor") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, f"cannot be read: {reason}", "E002", "") from None
    if text is None:
        raise _refused(path, _TOO_LONG, "E002", _TRY)
    return loads(text, where=str(path), env=env)


def loads(text: str, *, where: str = "", env: Iterable[str] = ()) -> Experiment:
    """The experiment that a TOML text defines.

    text: the whole text. where: what to call it in problems that belong to no key.
    env: names of variables of the environment that ${NAME} in its sources may stand for.

    Raises DefinitionError with every problem at once, in the order of their lines.

    >>> experiment = loads('''
    ... experiment.name = "Sticky button"
    ... variants.arms = ["control", "sticky"]
    ... goals.cart.kind = "milestone"
    ... goals.order.kind = "macro"
    ... ''')
    >>> [goal.name for goal in experiment.goals]
    ['cart', 'order']
    """
    _refuse_oversized_text(text, where)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(_not_toml(str(error), text, where)) from None
    except (RecursionError, ValueError) as error:
        what = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DefinitionError(Problem(where, what, "E001", _TRY)) from None
    experiment = of_document(document, text, where=where)
    if env and experiment.data is not None:
        return experiment.model_copy(update={"data": experiment.data.allowing(env)})
    return experiment


def of_document(document: Mapping[str, Any], text: str = "", *, where: str = "") -> Experiment:
    """The experiment of a TOML document that was parsed already.

    text: from which the lines of problems are told. where: as in `loads`.

    Raises DefinitionError as `loads`.
    """
    if large := oversized(document):
        named = [replace(one, where=one.where or where or "definition") for one in large]
        raise DefinitionError(*_in_order(named, text))
    problems = list(islice(_misfits(document), MOST_PROBLEMS))
    told = tuple(problem.where for problem in problems)
    try:
        experiment = Experiment(**_keys(document))
    except DefinitionError as error:
        problems += (one for one in error.problems if not _is_told(one.where, told))
    if problems:
        raise DefinitionError(*first_of(_in_order(problems, text)))
    return experiment


def dumps(experiment: Experiment) -> str:
    """The experiment as TOML text, with what was left at its default left out.

    `loads(dumps(experiment)) == experiment` for every experiment.
    """
    return str(experiment)


def definition_hash(experiment: Experiment) -> str:
    """SHA-256 of the canonical TOML: the same for two experiments exactly when they are equal."""
    return hashlib.sha256(dumps(experiment).encode()).hexdigest()


_TOO_LONG = f"is longer than {MOST_BYTES >> 10} KB, so it is no definition"
_TRY = "`abmicro init` writes a commented definition"


def _refuse_oversized_text(text: str, where: str) -> None:
    """What must be known before the text is read as TOML, for that would take too long."""
    if len(text) > MOST_BYTES:
        raise DefinitionError(Problem(where, _TOO_LONG, "E002", _TRY))
    parts, line = deepest_key(text)
    if parts > DEEPEST:
        what = f"holds a key of {parts:,} parts; at most {DEEPEST} are read"
        raise DefinitionError(Problem(where, what, "E028", "name a table of the definition", line))


def _refused(path: Path, what: str, code: str, hint: str) -> DefinitionError:
    return DefinitionError(Problem(str(path), what, code, hint))


def _nearby(path: Path) -> str:
    try:
        beside = sorted(other.name for other in path.parent.glob("*.toml"))
    except OSError:
        beside = []
    return suggest(path.name, beside) if beside else _TRY


def _inside(path: Path) -> str:
    return (
        f"did you mean {path / 'experiment.toml'}?" if (path / "experiment.toml").is_file() else ""
    )


def _not_toml(message: str, text: str, where: str) -> Problem:
    """The fault of the syntax; its place is in the message of tomllib."""
    place = _PLACE.search(message)
    last = text.count("\n") + 1
    line = int(place[1]) if place and place[1] else last
    what = f"is not TOML: {_PLACE.sub('', message)}"
    return Problem(where, what, "E001", "text stands in quotes, a table begins with [name]", line)


def _is_told(where: str, told: tuple[str, ...]) -> bool:
    """Whether a problem lies in or around a place of which the outline complained."""
    return any(f"{where}.".startswith(f"{one}.") or one.startswith(f"{where}.") for one in told)


def _in_order(problems: list[Problem], text: str) -> list[Problem]:
    """The problems with their lines, from the top of the file to its end."""
    lines = key_lines(text)
    placed = [replace(one, line=line_of(one.where, lines)) for one in problems]
    return sorted(placed, key=lambda one: one.line or 0)


def _misfits(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the outline of the file: unknown tables, wrong places, the variants."""
    if (schema := document.get("schema", _SCHEMA)) != _SCHEMA:
        what = f"{shown(schema)} is not a version this abmicro reads"
        yield Problem("schema", what, "E004", f"write schema = {_SCHEMA}, or upgrade abmicro")
    yield from _unknown("", document, ("schema", *_TABLES))
    for name in _TABLES:
        if name in document and not isinstance(document[name], Mapping):
            what = f"{shown(document[name])} is not a table"
            yield Problem(name, what, "E013", f"write [{name}] on a line of its own")
    yield from _unknown("experiment", _table(document, "experiment"), HEAD)
    yield from _arms_misfits(_table(document, "variants"))
    for name, goal in _table(document, "goals").items():
        if not isinstance(goal, Mapping):
            what = f"{shown(goal)} is not a table"
            hint = f'write [{dotted("goals", name)}] and its keys, e.g. kind = "milestone"'
            yield Problem(dotted("goals", name), what, "E013", hint)
        elif "name" in goal:
            what = "the name of a goal stands in its heading"
            yield Problem(dotted("goals", name, "name"), what, "E010", "drop this key")


def _arms_misfits(variants: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _unknown("variants", variants, _VARIANTS)
    allocation, arms = variants.get("allocation"), variants.get("arms")
    if variants and (allocation is None) == (arms is None):
        what = (
            "the variants are listed twice" if arms is not None else "the variants are not listed"
        )
        hint = 'keep one of allocation = { a = 0.5, b = 0.5 } and arms = ["a", "b"] (equal shares)'
        yield Problem("variants", what, "E023", hint)
    if allocation is not None and not isinstance(allocation, Mapping):
        what = f"{shown(allocation)} is not a table of shares"
        yield Problem("variants.allocation", what, "E013", "write { a = 0.5, b = 0.5 }")
    if arms is not None and not _is_names(arms):
        what = f"{shown(arms)} is not a list of names"
        yield Problem("variants.arms", what, "E013", 'write ["a", "b"]')
    listed = list(
        allocation if isinstance(allocation, Mapping) else arms if _is_names(arms) else ()
    )
    yield from _labels_misfits(variants.get("labels"), listed)
    if listed and (control := variants.get("control", listed[0])) not in listed:
        what = f"{shown(control)} is not among the variants"
        yield Problem("variants.control", what, "E022", suggest(str(control), listed))


def _labels_misfits(labels: Any, listed: list[str]) -> Iterator[Problem]:
    hint = f'write {{ {listed[0] if listed else "control"} = "Today\'s page" }}'
    if labels is not None and not isinstance(labels, Mapping):
        what = f"{shown(labels)} is not a table of labels"
        yield Problem("variants.labels", what, "E013", hint)
        return
    for name, label in (labels or {}).items():
        where = dotted("variants", "labels", name)
        if listed and name not in listed:
            what = f"{shown(name)} is not among the variants"
            yield Problem(where, what, "E082", suggest(name, listed))
        elif not isinstance(label, str):
            yield Problem(where, f"{shown(label)} is not text in quotes", "E013", hint)


def _unknown(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[Problem]:
    for name in table:
        if name not in known:
            path = dotted(*(one for one in (where,) if one), name)
            yield Problem(path, f"{name!r} is not a key here", "E010", suggest(name, known))


def _keys(document: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an Experiment, from what fits the outline."""
    head = _table(document, "experiment")
    keys = {name: head[name] for name in HEAD if name in head}
    keys |= {name: _table(document, name) for name in _TABLES[2:] if name in document}
    if "goals" in keys:
        keys["goals"] = {name: _nameless(goal) for name, goal in keys["goals"].items()}
    if "variants" in document:
        keys["variants"] = _arms(_table(document, "variants"))
        if "ramp" in _table(document, "variants"):
            keys["ramp"] = document["variants"]["ramp"]
    return keys


def _nameless(goal: Any) -> dict[str, Any]:
    keys = goal.items() if isinstance(goal, Mapping) else ()
    return {name: value for name, value in keys if name != "name"}


def _arms(variants: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every variant with its share, the control first."""
    shares, arms = variants.get("allocation"), variants.get("arms")
    if isinstance(shares, Mapping):
        listed = [{"name": variant, "share": share} for variant, share in scaled(shares).items()]
    elif _is_names(arms):
        listed = [{"name": variant, "share": 1 / len(arms)} for variant in arms]
    else:
        listed = []
    labels = _table(variants, "labels")
    for variant in listed:
        if isinstance(label := labels.get(variant["name"]), str):
            variant["label"] = label
    return sorted(listed, key=lambda variant: variant["name"] != variants.get("control"))


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of the document; empty where it is missing or something else."""
    table = document.get(name)
    return table if isinstance(table, Mapping) else {}


def _is_names(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
