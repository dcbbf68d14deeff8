"""A history: finished tests as plain files in a folder, without a database and without a person.

`KEY.toml` holds record and definition, `KEY.counts.csv` (or `.counts.parquet`) the joint table,
`history.toml` the choices for all. Each file is written whole; the counts of a test come first, so
that a test is there when its `KEY.toml` is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from math import nan
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Self

from abmicro.atomic_files import write_text
from abmicro.counts import JointCounts
from abmicro.errors import AbmicroError, DefinitionError, Problem, SourceError
from abmicro.experiment.bounds import MOST_BYTES
from abmicro.experiment.file import bounded_reading
from abmicro.experiment.strict_model import shown
from abmicro.frozen import frozen
from abmicro.history.lifts import PastLifts, past_lifts
from abmicro.history.past_log import PastLog, past_log
from abmicro.history.past_test import PastTest, collapsed, counts_hash, finished_test
from abmicro.history.record_file import SCHEMA, read_text, text_of
from abmicro.history.settings import HistorySettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from abmicro.analysis.results import Analysis
    from abmicro.experiment.model import Experiment

SETTINGS = "history.toml"
_COUNTS = (".counts.csv", ".counts.parquet")


@frozen(eq=False)
class History:
    """Finished tests, in the order of their days and keys, and the choices for all of them.

    tests: none is twice. settings: see `HistorySettings`. folder: where they are kept; None: in
    memory only. warnings: what stands and should be known, such as counts edited by hand (E613).

    Raises DefinitionError for two tests of one key (E611), of the same counts (E612), and
    of persons beside sessions (E614).

    >>> history = History()
    >>> len(history.tests), history.lifts(["cart", "order"]).lifts.shape
    (0, (0, 2))
    """

    tests: tuple[PastTest, ...] = ()
    settings: HistorySettings = field(default_factory=HistorySettings)
    folder: Path | None = None
    warnings: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tests", tuple(sorted(self.tests, key=_by_day)))
        if problems := tuple(_clashes(self.tests)):
            raise DefinitionError(*problems)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The history in a folder; an empty folder holds no test.

        Raises SourceError where there is no folder (E301), DefinitionError with every problem of
        every file.
        """
        folder = Path(folder)
        if not folder.is_dir():
            hint = "add a test first: `abmicro history add experiment.toml`"
            raise SourceError(Problem(str(folder), "no such folder", "E301", hint))
        problems: list[Problem] = []
        settings, tests = HistorySettings(), []
        for path in sorted(folder.glob("*.toml")):
            try:
                if path.name == SETTINGS:
                    settings = _read_settings(path)
                else:
                    tests.append(_read_test(path))
            except AbmicroError as error:
                problems += (replace(one, where=_of(path, one.where)) for one in error.problems)
        problems += _clashes(tests) if not problems else ()
        if problems:
            raise DefinitionError(*problems)
        return cls(tuple(tests), settings, folder, tuple(_edited(tests)))

    @property
    def usual_units(self) -> float:
        """Units of all variants of a usual test: as the settings say, else the median of the tests.

        NaN without either.
        """
        if self.settings.units_per_test is not None:
            return self.settings.units_per_test
        sizes = [float(test.counts.units.sum()) for test in self.tests]
        return median(sizes) if sizes else nan

    def add(
        self,
        analysis: Analysis,
        counts: JointCounts,
        *,
        shipped: str | None = None,
        replacing: bool = False,
    ) -> Self:
        """The history with a test that was analysed, written where the history has a folder.

        counts: the joint table that was analysed. shipped: the variant that went live, or
        `control`. replacing: as in `with_test`.

        Raises DefinitionError for a test that still runs (E619), and as `with_test`.
        """
        test = finished_test(analysis, counts, shipped=shipped, keep=self.settings.keep)
        return self.with_test(test, replacing=replacing)

    def with_test(self, test: PastTest, *, replacing: bool = False) -> Self:
        """The history with one more test, which is written where the history has a folder.

        A test that is there already changes nothing, but that it may tell what shipped where that
        was not known. replacing: let it take the place of the test of its key.

        Raises DefinitionError for a key that another test has (E611), for another variant that
        shipped (E635), and as `History`; OutputError where it cannot be written.
        """
        return self.with_tests([test], replacing=replacing)

    def with_tests(self, tests: Iterable[PastTest], *, replacing: bool = False) -> Self:
        """The same for several tests: all of them, or none where one is refused."""
        held = {test.key.casefold(): test for test in self.tests}
        new: dict[str, PastTest] = {}
        problems: list[Problem] = []
        for test in tests:
            name = test.key.casefold()
            found = _kept(test, held.get(name), may_replace=replacing and name not in new)
            if isinstance(found, Problem):
                problems.append(found)
            elif found is not held.get(name):
                held[name] = new[name] = found
        if problems:
            raise DefinitionError(*problems)
        grown = replace(self, tests=tuple(held.values())) if new else self
        for test in new.values():
            if self.folder is not None:
                _write(self.folder, test)
        return grown

    def without(self, experiment: Experiment, counts: JointCounts | None = None) -> Self:
        """The history without a test itself, known by its key or by its counts."""
        own = None if counts is None else self._hash(experiment, counts)
        kept = (
            test for test in self.tests if test.key != experiment.key and test.counts_sha256 != own
        )
        return replace(self, tests=tuple(kept))

    def _hash(self, experiment: Experiment, counts: JointCounts) -> str:
        return counts_hash(collapsed(experiment, counts, self.settings.keep))

    def added_before(self, day: date) -> Self:
        """The tests that were added before a day."""
        return replace(self, tests=tuple(test for test in self.tests if test.added < day))

    def as_log(self) -> PastLog:
        """The visitors of all tests as one log, with the goals of most of them; see `past_log`."""
        return past_log(self.tests)

    def lifts(self, goals: Sequence[str], like: Experiment | None = None) -> PastLifts:
        """The log lifts of these goals in all tests that have them; see `past_lifts`."""
        return past_lifts(self.tests, goals, self.settings, like)


_OTHER_KEY = 'give the test a key of its own: key = "..." in [experiment]'


def _by_day(test: PastTest) -> tuple[str, str]:
    day = test.experiment.start or test.added
    return day.isoformat(), test.key


def _clashes(tests: Sequence[PastTest]) -> Iterator[Problem]:
    """Tests that stand twice, or of other units than the first."""
    keys: dict[str, PastTest] = {}
    hashes: dict[str, str] = {}
    for test in tests:
        before = keys.setdefault(test.key.casefold(), test)
        if before is not test:
            yield _other_counts(before)
        same = hashes.setdefault(test.counts_sha256, test.key)
        if same != test.key:
            what = f"{test.key} has the counts of {same}, so one test would count twice"
            yield Problem(f"{test.key}.counts.csv", what, "E612", "keep one of the two")
        if test.counts_sessions != tests[0].counts_sessions:
            units = ["sessions" if one.counts_sessions else "persons" for one in (test, tests[0])]
            what = f"{test.key} counts {units[0]}, {tests[0].key} {units[1]}"
            hint = "keep tests of persons and of sessions in two histories"
            yield Problem(f"{test.key}.toml", what, "E614", hint)


def _kept(test: PastTest, before: PastTest | None, *, may_replace: bool) -> PastTest | Problem:
    """The test that stands under a key afterwards, or why a new one cannot have it."""
    if f"{test.key.casefold()}.toml" == SETTINGS:
        what = f"a test called {test.key!r} would take the place of {SETTINGS}"
        return Problem("experiment.key", what, "E611", _OTHER_KEY)
    if before is None or (may_replace and before.key == test.key):
        return test
    if may_replace or before.counts_sha256 != test.counts_sha256:
        return _other_counts(before)
    if test.shipped in (None, before.shipped):
        return before
    if before.shipped is None:
        return replace(before, shipped=test.shipped)
    return _shipped_twice(before, test)


def _other_counts(before: PastTest) -> Problem:
    what = f"{before.key} is there already, with other counts"
    return Problem(f"{before.key}.toml", what, "E611", f"replace it (--replace), or {_OTHER_KEY}")


def _shipped_twice(before: PastTest, test: PastTest) -> Problem:
    what = f"{before.key} is there already, and says that {before.shipped} shipped"
    hint = f"let {test.shipped} take its place with --replace"
    return Problem("shipped", what, "E635", hint)


def _edited(tests: Sequence[PastTest]) -> Iterator[Problem]:
    for test in tests:
        if test.is_edited:
            what = "the counts are no longer those that were added"
            hint = "put them back, or add the test again with --replace"
            yield Problem(f"{test.key}.counts.csv", what, "E613", hint)


def _of(path: Path, where: str) -> str:
    """The place of a problem: the file, and the key in it."""
    name = path.name
    return where if where.startswith((name, path.stem)) else f"{name}: {where}" if where else name


def _read_settings(path: Path) -> HistorySettings:
    try:
        keys = tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        hint = "text stands in quotes, a table begins with [name]"
        raise DefinitionError(Problem(SETTINGS, f"is not TOML: {error}", "E001", hint)) from None
    if (schema := keys.pop("schema", SCHEMA)) != SCHEMA:
        what, hint = f"{shown(schema)} is not a version this abmicro reads", "upgrade abmicro"
        raise DefinitionError(Problem("schema", what, "E615", hint))
    return HistorySettings(**keys)


def _read_test(path: Path) -> PastTest:
    head, experiment = read_text(_text(path), path.name)
    if experiment.key != path.stem:
        what = f"is the test of key {experiment.key!r}, which its name does not say"
        raise DefinitionError(Problem(path.name, what, "E510", f"call it {experiment.key}.toml"))
    found = [file for end in _COUNTS if (file := path.with_name(path.stem + end)).is_file()]
    if len(found) != 1:
        what = "has two files of counts" if found else f"has no {path.stem}.counts.csv beside it"
        hint = "remove one of them" if found else "put it back, or add the test again"
        raise DefinitionError(Problem(path.name, what, "E510", hint))
    counts = JointCounts.load(found[0])
    variants = tuple(variant.name for variant in experiment.variants)
    if counts.variants != variants:
        if experiment.control.name not in counts.variants:
            what = f"the control {experiment.control.name!r} is not among the counts"
        else:
            what = f"is of {', '.join(counts.variants)}, the record of {', '.join(variants)}"
        raise DefinitionError(Problem(found[0].name, what, "E617", _AGAIN))
    return head.of(experiment, counts)


_AGAIN = "put the counts back as they were, or add the test again"


def _text(path: Path) -> str:
    try:
        text = bounded_reading.read_text(path, MOST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        what, hint = f"cannot be read: {error}", "put the file back as it was, or remove it"
        raise SourceError(Problem(path.name, what, "E510", hint)) from None
    if text is None:
        what, hint = f"is longer than {MOST_BYTES >> 10} KB", "put the file back as it was"
        raise SourceError(Problem(path.name, what, "E510", hint))
    return text


def _write(folder: Path, test: PastTest) -> None:
    """Counts, then the record that makes them a test."""
    for end in _COUNTS[1:]:
        (folder / f"{test.key}{end}").unlink(missing_ok=True)
    test.counts.save(folder / f"{test.key}{_COUNTS[0]}")
    write_text(folder / f"{test.key}.toml", text_of(test))
