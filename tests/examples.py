"""How many examples a law is tried on, by the profile that tests/conftest.py loads."""

from __future__ import annotations

import os
from math import ceil

from hypothesis import settings

SEED = os.environ.get("ABMICRO_FUZZ_SEED", "17")  # of the fuzzers; told at the end of a run
FULL = 60  # what a law is tried on in CI where it names no number


def examples(full: int) -> settings:
    """For a law that costs too much, or too little, for the usual number of examples.

    full: how many in CI; the quick profile tries the same share of them as of all the others, and
        never fewer than three.
    """
    share = ceil(full * settings().max_examples / FULL)
    return settings(max_examples=min(full, max(share, 3)))
