"""Real tests that ship with abmicro: facts that were counted, with origin and licence beside each.

Every example is a folder with an `experiment.toml` of the joint shape, its `counts.csv` and a
`README.md` that says where the data come from and what was counted.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from abmicro.errors import Problem, SourceError, suggest

if TYPE_CHECKING:
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment


def names() -> tuple[str, ...]:
    """The examples, sorted.

    >>> "hillstrom" in names()
    True
    """
    folders = (one for one in resources.files(__name__).iterdir() if one.is_dir())
    return tuple(sorted(one.name for one in folders if (one / "counts.csv").is_file()))


def headline(name: str) -> str:
    """What an example is, in one line: the title of its README. SourceError where there is none.

    >>> headline("hillstrom")
    'An e-mail to 64,000 customers of a shop (2008): visits, orders, spend'
    """
    first = (_folder(name) / "README.md").read_text("utf-8").partition("\n")[0]
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


def _folder(name: str) -> Traversable:
    if name not in names():
        raise SourceError(
            Problem("datasets", f"no example {name!r}", "E301", suggest(name, names()))
        )
    return resources.files(__name__) / name
