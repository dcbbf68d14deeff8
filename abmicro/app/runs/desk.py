"""What one server holds: the files that were chosen and the runs over them, gone at its end."""

from __future__ import annotations

import json
import pickle
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from threading import Event, Lock
from typing import IO, Any, Literal

from abmicro.app.runs.worker import ERROR, RESULT, STAGE, Refused
from abmicro.app.runs.workers import Process, Workers
from abmicro.frozen import frozen
from abmicro.plain_text import STEERING

State = Literal["running", "done", "failed", "stopped"]
ENDINGS = (
    *(".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".md", ".json", ".jsonl", ".ndjson"),
    *(".json.gz", ".jsonl.gz", ".parquet", ".xlsx", ".xlsm"),
)
MOST_UPLOADS, MOST_RUNS = 20, 60
PIECE = 1 << 20
PATIENCE = 5.0
ENDED = "the run was ended by the machine, perhaps for want of memory or of room on the disk"


@frozen
class Upload:
    """A file that was chosen. name: what its owner calls it. path: where it lies."""

    id: str
    name: str
    path: Path


@dataclass(slots=True)
class FileRun:
    """One piece of work in a process of its own.

    is_passing: whether somebody was told of a failure that the machine may not repeat.
    """

    id: str
    folder: Path
    told: Mapping[str, str]
    ended: Event = field(default_factory=Event)
    process: Process | None = None
    begun: float = field(default_factory=time.monotonic)
    is_stopped: bool = False
    is_passing: bool = False

    @property
    def state(self) -> State:
        """Whether it runs, and how it ended."""
        if self.is_stopped:
            return "stopped"
        if not self.ended.is_set():
            return "running"
        return "done" if (self.folder / RESULT).is_file() else "failed"

    @property
    def stage(self) -> str:
        """What it does now, in a few words."""
        try:
            return (self.folder / STAGE).read_text("utf-8")
        except OSError:
            return "Starting"

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self.begun

    def wait(self, seconds: float) -> State:
        """Its state after it ended, or after so many seconds."""
        self.ended.wait(seconds)
        return self.state

    def result(self) -> Any:
        """What a finished run found."""
        with (self.folder / RESULT).open("rb") as file:
            return pickle.load(file)  # noqa: S301 - written by our own process in our own folder

    def refusal(self) -> Refused:
        """Why a run failed."""
        try:
            with (self.folder / ERROR).open("rb") as file:
                found: Refused = pickle.load(file)  # noqa: S301 - likewise
        except (OSError, EOFError, pickle.UnpicklingError):  # ended by a full memory or disk
            found = Refused(None, ENDED)
        self.is_passing = found.is_of_the_machine
        return found


class Desk:
    """Uploads and runs by id. Ids cannot be guessed; what has an id never changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock, self._asked = Lock(), Lock()
        self._begun: dict[str, str] = {}
        self._uploads: dict[str, Upload] = {}
        self._runs: dict[str, FileRun] = {}
        self._workers = Workers()

    def keep(self, name: str, content: IO[bytes]) -> Upload:
        """Keep a file that is being sent; ValueError for one of a form that cannot be read.

        Raises OSError where there is no room for it; nothing of it stays.
        """
        shown = " ".join(STEERING.sub(" ", Path(name.replace("\\", "/")).name).split())[:120]
        ending = next((one for one in ENDINGS if shown.lower().endswith(one)), None)
        if ending is None:
            raise ValueError(shown)
        upload = token_urlsafe(12)
        folder = self._made(upload)
        path = folder / f"data{ending if ending not in {'.txt', '.md'} else '.csv'}"
        try:
            with path.open("xb") as file:
                shutil.copyfileobj(content, file, PIECE)
        except OSError:  # a full disk
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self._remember(Upload(upload, shown, path))

    def upload(self, known_as: str) -> Upload | None:
        """The upload of an id; None where it is gone or never was."""
        return self._uploads.get(known_as)

    def run(self, known_as: str) -> FileRun | None:
        """The run of an id; None where it is gone or never was."""
        return self._runs.get(known_as)

    def start(
        self, job: str, told: Mapping[str, str] | None = None, **arguments: object
    ) -> FileRun:
        """Begin a piece of work; `told` goes with it, for the pages that show it."""
        run = FileRun(token_urlsafe(12), self._made(token_urlsafe(12)), dict(told or {}))
        asked = {"job": job, "folder": str(run.folder), "arguments": arguments}
        run.process = self._workers.begin(asked, run.ended.set)
        with self._lock:
            self._runs[run.id] = run
            old = [*self._runs][:-MOST_RUNS]
        for one in old:
            self.stop(one, forget=True)
        return run

    def once(self, job: str, told: Mapping[str, str] | None = None, **arguments: object) -> FileRun:
        """The run of this work, begun where it was not.

        One that was stopped is begun again, and one that failed by the machine once that was told:
        whoever made room on the disk and comes back finds no failure of before.
        """
        key = json.dumps([job, arguments], sort_keys=True, default=str)
        with self._asked:
            run = self._runs.get(self._begun.get(key, ""))
            if run is None or run.state == "stopped" or run.is_passing:
                run = self.start(job, told, **arguments)
                self._begun[key] = run.id
        return run

    def stop(self, known_as: str, *, forget: bool = False) -> None:
        """End a run and what it wrote; a run that is over keeps its result unless forgotten."""
        run = self._runs.get(known_as)
        if run is None:
            return
        if run.state == "running":
            run.is_stopped = True
            if run.process is not None:
                run.process.kill()
            run.ended.wait(PATIENCE)
        if forget:
            self._runs.pop(known_as, None)
            shutil.rmtree(run.folder, ignore_errors=True)

    def warm(self) -> None:
        """Have a process ready for the next piece of work."""
        self._workers.warm()

    def close(self) -> None:
        """End everything; nothing of it stays on the disk."""
        for run in [*self._runs]:
            self.stop(run, forget=True)
        self._workers.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _remember(self, upload: Upload) -> Upload:
        with self._lock:
            self._uploads[upload.id] = upload
            old = [*self._uploads][:-MOST_UPLOADS]
            gone = [self._uploads.pop(one) for one in old]
        for one in gone:
            if one.path.is_relative_to(self._folder):
                shutil.rmtree(one.path.parent, ignore_errors=True)
        return upload

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        return folder
