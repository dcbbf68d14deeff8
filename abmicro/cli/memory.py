"""Too little memory: told by its name, not by whatever library meets it first."""

from __future__ import annotations

from abmicro.errors import OutputError, Problem

LEAST = 1_200_000_000  # bytes of addresses that the libraries of arithmetic and data ask for
CODE = "E503"


def refuse_too_little() -> None:
    """Raise OutputError where `ulimit -v` leaves so little that libraries end the process."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # Windows knows no such limit
        return
    limit, _ = getrlimit(RLIMIT_AS)
    if limit != RLIM_INFINITY and limit < LEAST:
        what = f"the process may use {limit / 1e6:,.0f} MB of addresses (ulimit -v)"
        raise OutputError(Problem("memory", what, CODE, f"allow {LEAST / 1e6:,.0f} MB"))


def shortage(error: Exception) -> OutputError | None:
    """What to tell where an error says that memory or threads are used up; None for any other."""
    told = f"{type(error).__name__}: {error}"
    signs = ("MemoryError", "can't start new thread", "Cannot allocate memory", "OutOfMemory")
    if not any(sign in told for sign in signs):
        return None
    hint = "close other programs, raise the limit (ulimit -v, -u), or take a smaller table"
    return OutputError(Problem("memory", "the machine lets this run have no more", CODE, hint))
