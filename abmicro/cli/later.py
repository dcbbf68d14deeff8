"""Parts of numpy and scipy that are asked for by name and used by nobody, until somebody does."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

PARTS = frozenset({"numpy.ctypeslib", "numpy.f2py", "numpy.testing"})
DOCS = "scipy.special._support_alternative_backends"
"""Writes into the docstrings of functions which arrays they take, and does nothing else."""


class Later:
    """Finds the parts as any import does, but runs them when something in them is asked for.

    `scipy.special` copies every name of numpy, and with it the front end of a Fortran compiler and
    a test framework: a third of what importing it takes. Another third are its docstrings.
    """

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a part lies, with a loader that waits; None for any other module."""
        wanted = name in PARTS or (name == DOCS and "SCIPY_ARRAY_API" not in os.environ)
        spec = PathFinder.find_spec(name, path, target) if wanted else None
        if spec is not None and spec.loader is not None:
            spec.loader = _Unused(spec.loader) if name == DOCS else LazyLoader(spec.loader)
        return spec


class _Unused(Loader):
    """Gives a module that adds no name where all are taken, and runs when one is asked for."""

    def __init__(self, real: Loader) -> None:
        self.real = real

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty until then."""

        def missing(name: str) -> object:
            if name.startswith("__"):  # the import itself asks for those
                raise AttributeError(name)
            for own in ("__getattr__", "__all__"):
                del vars(module)[own]
            self.real.exec_module(module)
            return getattr(module, name)

        vars(module).update(__all__=[], __getattr__=missing)


def load_later() -> None:
    """From now on this process loads the parts at their first use."""
    sys.meta_path.insert(0, Later)
