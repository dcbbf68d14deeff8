"""The visitors of all past tests as one log, for those who have a sheet of tests and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from abmicro.counts import JointCounts
from abmicro.errors import DefinitionError, Problem

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.history.past_test import PastTest

CONTROL, TREATED = "control", "treated"


class PastLog(NamedTuple):
    """A definition of the goals, and the counts of all controls and of all other variants."""

    experiment: Experiment
    counts: JointCounts


def past_log(tests: Iterable[PastTest]) -> PastLog:
    """The counts of all tests that have the goals of most tests, added up.

    Goals are those of the latest such test. Tests that failed a check are left out.

    Raises DefinitionError where there is none.
    """
    sound = [test for test in tests if not test.failed_checks]
    often = Counter(test.counts.columns.names for test in sound)
    if not often:
        hint = "add tests first: `abmicro history import past.csv`"
        what = "there is no past test to take visitors from"
        raise DefinitionError(Problem("history", what, "E633", hint))
    (names, _), *_ = often.most_common(1)
    alike = [test for test in sound if test.counts.columns.names == names]
    rows = [row for test in alike for row in _rows(test, names.index("variant"))]
    counts = JointCounts.from_rows(names, rows, variants=(CONTROL, TREATED))
    return PastLog(_goals_of(alike[-1].experiment, f"{len(alike)} past tests"), counts)


def _rows(test: PastTest, place: int) -> Iterator[tuple[object, ...]]:
    """The rows of a test, its variants called control or treated."""
    own = test.experiment.control.name
    for row in test.counts.to_rows():
        called = row[place] and (CONTROL if row[place] == own else TREATED)
        yield (*row[:place], called, *row[place + 1 :])


def _goals_of(experiment: Experiment, name: str) -> Experiment:
    """The goals of a test under another name, with two variants."""
    arms = tuple(
        variant.model_copy(update={"name": called, "label": None, "share": 0.5})
        for variant, called in zip(experiment.variants, (CONTROL, TREATED), strict=False)
    )
    other = {"key": "past-tests", "name": name, "hypothesis": "", "variants": arms, "ramp": ()}
    return experiment.model_copy(update=other)
