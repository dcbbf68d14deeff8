"""Processes that work on files: kept warm, used again, ended by whoever stops a run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from threading import Lock, Thread

MOST_IDLE = 2

Process = subprocess.Popen[str]


class Workers:
    """A few processes that wait for work."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: list[Process] = []
        self._is_closed = False

    def begin(self, asked: Mapping[str, object], ended: Callable[[], None]) -> Process:
        """Give a piece of work to a process; `ended` is called when it is over, well or not."""
        process = self._taken()
        if process.stdin is not None:
            process.stdin.write(json.dumps(asked, default=str) + "\n")
            process.stdin.flush()
        Thread(target=self._await, args=(process, ended), daemon=True).start()
        return process

    def warm(self) -> None:
        """Have a process ready for the next piece of work."""
        with self._lock:
            if not self._idle and not self._is_closed:
                self._idle.append(_started())

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            end(process)

    def _taken(self) -> Process:
        with self._lock:
            alive = [one for one in self._idle if one.poll() is None]
            process = alive.pop() if alive else None
            self._idle = alive
        return process or _started()

    def _await(self, process: Process, ended: Callable[[], None]) -> None:
        """Wait for the line that a process writes after its work; none comes where it was ended."""
        done = process.stdout is not None and process.stdout.readline() != ""
        with self._lock:
            is_kept = done and not self._is_closed and len(self._idle) < MOST_IDLE
            if is_kept:
                self._idle.append(process)
        if not is_kept:
            end(process)
        ended()


def end(process: Process) -> None:
    """End a process at once."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _started() -> Process:
    """A process of ours; it ends when this one does."""
    command = [sys.executable, "-c", "from abmicro.app.runs.worker import main; main()"]
    return subprocess.Popen(  # noqa: S603
        command, text=True, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
