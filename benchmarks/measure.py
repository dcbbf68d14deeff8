"""Side by side: alternatives take turns in one run, so that what else the machine does hits all."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median


def milliseconds(tasks: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median time of every task over so many rounds, in each of which every task runs once."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            begun = time.perf_counter()
            task()
            taken[name].append(1000 * (time.perf_counter() - begun))
    return {name: median(times) for name, times in taken.items()}


def process(*command: str) -> Callable[[], object]:
    """A task that runs a whole process to its end."""
    return lambda: subprocess.run(command, check=True, capture_output=True)


BESIDE_PEERS = ("alone, µs", "in a batch, µs", "peer, alone, µs", "times alone", "times in a batch")


def beside_peers(
    told: tuple[str, str, str], own: float, each: float, peers: Mapping[str, float]
) -> list[tuple[str, ...]]:
    """A row per peer, or one without: what is told of ours, then the peer's time against ours.

    own, each: our microseconds for one case, and for one of many in a call.
    """
    return [
        (*told, f"{peer} {time:,.0f}", f"{time / own:.1f}", f"{time / each:,.0f}")
        for peer, time in peers.items()
    ] or [(*told, "", "", "")]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], *, names: int = 1) -> str:
    """A Markdown table; the first columns, so many, hold names, the others numbers."""
    lines = [head, [*["---"] * names, *["--:"] * (len(head) - names)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
