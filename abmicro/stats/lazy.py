"""The face of a chapter: its public names, each loaded from its module when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def face(
    chapter: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """What a chapter needs to show the names of its modules without loading them (PEP 562).

    chapter: dotted name of the package. homes: by module below it, its public names in one string.

    Returns `__getattr__`, `__dir__` and `__all__` of the chapter.

    >>> load, names, _ = face("abmicro.stats.proportions", {"one_sample": "wilson wald"})
    >>> names()
    ['wald', 'wilson']
    >>> load("wilson").__module__
    'abmicro.stats.proportions.one_sample'
    """
    home_of = {name: module for module, names in homes.items() for name in names.split()}

    def load(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {chapter!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"{chapter}.{home_of[name]}"), name)
        setattr(import_module(chapter), name, value)
        return value

    def names() -> list[str]:
        return sorted(home_of)

    return load, names, names()
