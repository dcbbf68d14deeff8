"""A process that works on files for the pages: it can be stopped, and takes none of them down.

The server writes lines of JSON to its standard input: a job, a folder and arguments. The result, or
why there is none, is left in that folder, and a line on standard output says that it is there.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from abmicro.atomic_files import replacing
from abmicro.errors import AbmicroError
from abmicro.frozen import frozen

RESULT, ERROR, STAGE = "result.pickle", "error.pickle", "stage.txt"

JOBS = {
    "look": "abmicro.app.jobs.look:look",
    "found": "abmicro.app.jobs.found:found",
    "judge": "abmicro.app.jobs.judge:judge",
    "judge_saved": "abmicro.app.jobs.judge:judge_saved",
    "shelf": "abmicro.app.jobs.shelf:shelf",
    "traffic": "abmicro.app.jobs.traffic:traffic",
}
NEEDED = (
    *("abmicro.sources.collect", "abmicro.sources.inspection.inspect", "duckdb", "scipy.stats"),
    *("abmicro.analysis.analyze", "abmicro.report.render.html", "abmicro.sources.sheets.sheet"),
)


@frozen
class Refused:
    """Why a run has no result: an error of ours with its problems, or else what happened."""

    error: AbmicroError | None
    fault: str = ""

    @property
    def is_of_the_machine(self) -> bool:
        """Whether the same work may succeed another time: a disk was full, memory was short."""
        problems = () if self.error is None else self.error.problems
        return not problems or any(one.code in ("E501", "E503") for one in problems)


Tell = Callable[[str], None]
"""Says what is being done."""


def main() -> None:
    """Do one piece of work after another, until the server is gone."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    for name in NEEDED:
        import_module(name)
    asked: SimpleQueue[str] = SimpleQueue()
    Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        one = json.loads(asked.get())
        work(one["job"], Path(one["folder"]), one["arguments"])
        answers.write("done\n")
        answers.flush()


def work(job: str, folder: Path, arguments: dict[str, Any]) -> None:
    """Do a piece of work and leave what it gave in the folder."""

    def tell(what: str) -> None:
        (folder / STAGE).write_text(what, encoding="utf-8")

    module, _, name = JOBS[job].partition(":")
    try:
        found = getattr(import_module(module), name)(folder, tell, **arguments)
    except AbmicroError as error:
        _leave(folder / ERROR, Refused(error))
    except MemoryError:
        _leave(folder / ERROR, Refused(None, "the machine has too little memory for this file"))
    except Exception as error:  # the server says it on a page
        _leave(folder / ERROR, Refused(None, f"{type(error).__name__}: {error}"))
        if os.environ.get("ABMICRO_TRACEBACK"):
            raise
    else:
        _leave(folder / RESULT, found)


def _leave(path: Path, found: object) -> None:
    with replacing(path) as unfinished:
        unfinished.write_bytes(pickle.dumps(found))


def _listen(asked: SimpleQueue[str]) -> None:
    """Pass on what is asked, and end with the server: nothing else would end a run."""
    for line in sys.stdin:
        asked.put(line)
    os._exit(130)


@contextmanager
def quiet() -> Iterator[None]:
    """Warnings of libraries that no page could show."""
    import warnings

    with warnings.catch_warnings(action="ignore"):
        yield
