"""From a sheet of tests to the tests of a history."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.analyze import analyze
from abmicro.counts import Apart, JointCounts
from abmicro.errors import AbmicroError, Problem, SourceError
from abmicro.experiment.model import Experiment, slug
from abmicro.frozen import frozen
from abmicro.history import PastTest, finished_test
from abmicro.importing.paths import GoalPath, goal_path
from abmicro.importing.sheet_of_tests import sheet_of_tests
from abmicro.sources import vocabulary

if TYPE_CHECKING:
    from abmicro.importing.sheet_of_tests import ReadTest

SESSIONS = ("sessions", "visits", "sitzungen", "besuche", "sesiones", "sessioni", "sessies")


@frozen
class Imported:
    """The tests of a sheet. summary: what was read, in one sentence; notes: what was done to it."""

    tests: tuple[PastTest, ...]
    summary: str
    notes: tuple[str, ...]

    @property
    def kept(self) -> tuple[tuple[str, str, str | None], ...]:
        """What tells the tests from others: fingerprints of definition and counts, what shipped."""
        tests = self.tests
        return tuple((one.definition_sha256, one.counts_sha256, one.shipped) for one in tests)


@frozen
class _Choices:
    """What holds for every test of the sheet."""

    path: GoalPath
    control: str | None
    site: str


def import_tests(
    rows: Sequence[Sequence[object]],
    *,
    called: Mapping[str, str] | None = None,
    macro: str | None = None,
    path: Sequence[str] = (),
    not_path: Collection[str] = (),
    control: str | None = None,
    site: str = "",
    title: str = "",
    add_up: bool = False,
) -> Imported:
    """The tests in rows of cells, each analysed and ready for a history.

    called, title, add_up: as `sheet_of_tests` takes them. macro, path, not_path: as `goal_path`.
    control: the variant that the others are compared with, where no name tells it. site: whose
        visitors these are.

    Goals on the path are nested, so that their joint table is known; of others only totals are.

    Raises SourceError with every problem of every test at once.

    >>> rows = [
    ...     ("test", "variant", "visitors", "carts", "orders"),
    ...     *(("Button", "control", 900, 80, 20), ("Button", "new", 905, 90, 24)),
    ...     *(("Teaser", "control", 800, 75, 19), ("Teaser", "new", 805, 70, 18)),
    ... ]
    >>> import_tests(rows).summary
    'read 2 tests, 4 variants; path visitors > carts > orders'
    """
    found = sheet_of_tests(rows, called=called, title=title, add_up=add_up)
    followed = goal_path(found.tests, macro=macro, path=path, not_path=not_path)
    choices = _Choices(followed, control, site)
    keys = _keys(found.tests)
    tests: list[PastTest] = []
    problems: list[Problem] = []
    for test, key in zip(found.tests, keys, strict=True):
        try:
            tests.append(_past(test, key, choices))
        except AbmicroError as error:
            problems += (_in_sheet(test, one) for one in error.problems)
    if problems:
        raise SourceError(*problems)
    return Imported(tuple(tests), _summary(tests, found.tests, choices.path), found.notes)


def _in_sheet(test: ReadTest, problem: Problem) -> Problem:
    """A problem of a test with where it stands in the sheet."""
    return replace(
        problem,
        where=f"line {test.line}" if test.line else "sheet",
        what=f"{test.name}: {problem.what}",
    )


def _keys(tests: Sequence[ReadTest]) -> Iterator[str]:
    """A key for every test; tests called alike are told apart by their days."""
    names = [_key(test.name) for test in tests]
    often = Counter(names)
    for test, name in zip(tests, names, strict=True):
        yield f"{name}-{test.start}" if often[name] > 1 and test.start else name


def _key(name: str) -> str:
    """A short name for files; of letters that no file name has, a fingerprint."""
    plain = slug(name)
    if plain != "experiment":
        return plain[:100]
    return f"test-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _past(test: ReadTest, key: str, choices: _Choices) -> PastTest:
    variants = _control_first(test, choices.control)
    experiment = _experiment(test, key, variants, choices)
    counts = _counts(test, variants, choices.path)
    analysis = analyze(experiment, counts)
    return finished_test(analysis, counts, shipped=test.shipped, source="import")


def _control_first(test: ReadTest, control: str | None) -> tuple[str, ...]:
    """The variants, the one the others are compared with first."""
    arms = test.sheet.arms
    first = next((arm for arm in arms if control and arm.casefold() == control.casefold()), None)
    if first is None and vocabulary.is_control(arms[0]):
        first = arms[0]
    if first is None:
        what = f"no variant is called like a control: {', '.join(arms)}"
        hint = f"say which it is, e.g. --control {arms[0]!r}"
        raise SourceError(Problem("sheet", what, "E627", hint))
    return (first, *(arm for arm in arms if arm != first))


def _experiment(test: ReadTest, key: str, variants: Sequence[str], choices: _Choices) -> Experiment:
    steps = [goal for goal in choices.path.steps if goal in test.sheet.goals]
    ends = choices.path.steps[-1]
    kinds = {goal: "macro" if goal == ends else "milestone" for goal in steps}
    kinds |= {goal: "action" for goal in test.sheet.goals if goal not in steps}
    shares = dict(zip(test.sheet.arms, test.shares, strict=False))
    equal = 1 / len(variants)
    sessions = vocabulary.says(test.sheet.units, SESSIONS)
    return Experiment(
        name=test.name,
        key=key,
        start=test.start,
        end=None if test.end is None else test.end + timedelta(days=1),
        site=choices.site,
        unit_name="session" if sessions else "visitor",
        variants={arm: shares.get(arm, equal) for arm in variants},
        goals={goal: {"kind": kind} for goal, kind in kinds.items()},
    )


def _counts(test: ReadTest, variants: Sequence[str], path: GoalPath) -> JointCounts:
    """Nested goals as a path, the others by their totals alone."""
    totals = test.sheet.totals
    at = {goal: place for place, goal in enumerate(test.sheet.goals, 1)}
    steps = [goal for goal in path.steps if goal in at]
    beside = [goal for goal in test.sheet.goals if goal not in steps]
    rows = [[totals[arm][0], *(totals[arm][at[goal]] for goal in steps)] for arm in variants]
    nested = JointCounts.of_path(variants, steps, rows)
    sums = np.array([[totals[arm][at[goal]] for goal in beside] for arm in variants], dtype=float)
    sums = sums.reshape(len(variants), 1, 1, len(beside))
    return replace(nested, apart=Apart(tuple(beside), sums, sums))


def _summary(tests: Sequence[PastTest], read: Sequence[ReadTest], path: GoalPath) -> str:
    variants = sum(len(test.experiment.variants) for test in tests)
    units = read[0].sheet.units
    told = f"read {len(tests)} test{'s' * (len(tests) != 1)}, {variants} variants"
    told += f"; path {' > '.join((units, *path.steps))}"
    if path.beside:
        told += f"; by totals only: {', '.join(path.beside)}"
    failed = Counter(name for test in tests for name in test.failed_checks)
    out = sum(bool(test.failed_checks) for test in tests)
    if out:
        told += f"; {out} left out ({', '.join(name.replace('_', ' ') for name in failed)})"
    if any(test.counts_sessions for test in tests):
        told += "; its units are sessions"
    return told
