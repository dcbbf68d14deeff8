"""Real tests that ship with abmicro: facts that were counted, with origin and licence beside each.

Every example is a folder with an `experiment.toml` of the joint shape, its `counts.csv` and a
`README.md` that says where the data come from and what was counted. A folder with `past_tests.csv`
instead is a history: a sheet of many tests, made where its README says so.
"""

from __future__ import annotations

import csv
from importlib import resources
from importlib.resources.abc import Traversable
from io import StringIO
from typing import TYPE_CHECKING

from abmicro.errors import Problem, SourceError, suggest

if TYPE_CHECKING:
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.history import History

_SHEET = "past_tests.csv"


def names() -> tuple[str, ...]:
    """The examples, sorted.

    >>> "hillstrom" in names()
    True
    """
    return _with("counts.csv")


def histories() -> tuple[str, ...]:
    """The sheets of many tests, sorted.

    >>> histories()
    ('thirty_tests',)
    """
    return _with(_SHEET)


def headline(name: str) -> str:
    """What an example is, in one line: the title of its README. SourceError where there is none.

    >>> headline("hillstrom")
    'An e-mail to 64,000 customers of a shop (2008): visits, orders, spend'
    """
    first = (
        (_folder(name, (*names(), *histories())) / "README.md")
        .read_text("utf-8")
        .partition("\n")[0]
    )
    return first.removeprefix("# ")


def load(name: str) -> tuple[Experiment, JointCounts]:
    """The experiment and the joint table of an example. SourceError where there is none.

    >>> experiment, counts = load("hillstrom")
    >>> counts.reached("visit").sum(axis=(1, 2)).tolist()
    [2262, 3894, 3238]
    """
    from abmicro.counts import JointCounts
    from abmicro.experiment.file.toml import loads

    folder = _folder(name)
    experiment = loads((folder / "experiment.toml").read_text("utf-8"), where=name)
    variants = [variant.name for variant in experiment.variants]
    with resources.as_file(folder / "counts.csv") as path:
        return experiment, JointCounts.load(path, variants=variants)


def load_history(name: str = "thirty_tests") -> History:
    """The tests of a sheet as a history in memory. SourceError where there is none.

    >>> len(load_history().tests)
    34
    """
    from abmicro.history import History
    from abmicro.importing.past_tests import import_tests

    rows = csv.reader(StringIO(past_tests(name)))
    return History(import_tests([*rows]).tests)


def past_tests(name: str = "thirty_tests") -> str:
    """The sheet itself, as text. SourceError where there is none.

    >>> past_tests().splitlines()[0]
    'test,date,variant,visitors,carts,checkouts,orders,shipped'
    """
    return (_folder(name, histories()) / _SHEET).read_text("utf-8")


def _with(file: str) -> tuple[str, ...]:
    """The folders that hold a file, sorted."""
    folders = (one for one in resources.files(__name__).iterdir() if one.is_dir())
    return tuple(sorted(one.name for one in folders if (one / file).is_file()))


def _folder(name: str, known: tuple[str, ...] | None = None) -> Traversable:
    among = names() if known is None else known
    if name not in among:
        raise SourceError(Problem("datasets", f"no example {name!r}", "E301", suggest(name, among)))
    return resources.files(__name__) / name
