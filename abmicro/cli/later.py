"""Parts of numpy that scipy asks for by name and nobody uses: loaded at their first use."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

PARTS = frozenset({"numpy.ctypeslib", "numpy.f2py", "numpy.testing"})


class Later:
    """Finds the parts as any import does, but runs them when something in them is asked for.

    `scipy.special` copies every name of numpy, and with it the front end of a Fortran compiler and
    a test framework: a third of what importing it takes.
    """

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a part lies, with a loader that waits; None for any other module."""
        spec = PathFinder.find_spec(name, path, target) if name in PARTS else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def load_later() -> None:
    """From now on this process loads the parts at their first use."""
    sys.meta_path.insert(0, Later)
