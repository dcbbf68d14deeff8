"""Parts of other libraries that these ask for by name and nobody here uses."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from importlib.abc import Loader

PARTS = frozenset(
    {
        "numpy.ctypeslib",
        "numpy.f2py",
        "numpy.testing",
        "numpy.ma",
        "numpy.polynomial",
        "numpy.random",
    }
)
"""Run when something in them is asked for.

`scipy.special` copies every name of numpy, and with it the front end of a Fortran compiler, a test
framework and masked arrays: a third of what importing it takes.
"""
DOCS, SOLID = "scipy.special._support_alternative_backends", "mpl_toolkits.mplot3d"


def _multigammaln(*arguments: Any, **options: Any) -> Any:
    """The function of that name, which `scipy.special` takes from that part since 1.17."""
    from scipy.special._spfun_stats import multigammaln

    return multigammaln(*arguments, **options)


HOLLOW: Mapping[str, Mapping[str, object]] = {
    DOCS: {"__all__": ("multigammaln",), "multigammaln": _multigammaln},
    SOLID: {"Axes3D": None},
}
"""Names that stand in for modules which are asked for at once.

The first writes into docstrings of scipy which arrays functions take, and holds one name that is
to be had from nowhere else.
The second draws in three dimensions, which Matplotlib does without where the name is None.
"""


class Later:
    """Finds the parts as any import does, and does not run them yet."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a part lies, with a loader that waits; None for any other module."""
        if name == DOCS and "SCIPY_ARRAY_API" in os.environ:  # there it does more
            return None
        wanted = name in PARTS or name in HOLLOW
        spec = PathFinder.find_spec(name, path, target) if wanted else None
        if spec is not None and spec.loader is not None:
            held = HOLLOW.get(name)
            real = spec.loader
            spec.loader = LazyLoader(real) if held is None else cast("Loader", Hollow(real, held))
        return spec


class Hollow:
    """Gives a module that holds some names, and runs it when another is asked for."""

    def __init__(self, real: Loader, held: Mapping[str, object]) -> None:
        self.real, self.held = real, held

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The usual one."""
        return self.real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it hollow until then."""

        def missing(name: str) -> object:
            if name.startswith("__"):  # the import itself asks for those
                raise AttributeError(name)
            for own in ("__getattr__", *self.held):
                del vars(module)[own]
            self.real.exec_module(module)
            return getattr(module, name)

        vars(module).update(self.held, __getattr__=missing)


def load_later() -> None:
    """From now on this process loads the parts at their first use."""
    sys.meta_path.insert(0, Later)
