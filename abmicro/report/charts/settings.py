"""Settings of matplotlib while one of ours is drawn, whoever else draws in this process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

from matplotlib import rc_context

_DRAWING = RLock()


@contextmanager
def drawing(settings: Mapping[str, Any]) -> Iterator[None]:
    """Draw with these settings, one thread at a time, and leave those of the host as they were.

    matplotlib and Python keep settings and filters of warnings for the whole process: two threads
    that changed them at once would draw with, and leave behind, those of one another. That the font
    which measures lacks a glyph is not said: the fonts of a page have it.
    """
    with _DRAWING, rc_context(dict(settings)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph|Matplotlib currently does not support")
        yield
