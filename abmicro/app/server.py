"""`abmicro app`: the pages served on this computer until Ctrl-C."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from abmicro.app.runs.desk import Desk
from abmicro.app.shell.site import Site
from abmicro.errors import OutputError, Problem
from abmicro.sources.engines.scratch import scratch

HOST = "127.0.0.1"
USUAL = 8765
TAKEN = "E660"


def serve(folder: Path, port: int | None, ready: Callable[[Site], None]) -> None:
    """Serve the pages until the process is interrupted.

    folder: where tests are kept. port: to listen on; None for the usual one, or a free one where
    that is taken. ready: is called with the site as soon as it can be asked: the pages are loaded
    while a browser starts, and what it asks for waits that long.

    Raises OutputError where the port is taken or the folder cannot be written to.
    """
    with _listening(port) as listening, scratch() as own:
        desk = Desk(own)
        own_folder = Path(os.path.realpath(folder))
        site = Site(folder=own_folder, port=listening.getsockname()[1], desk=desk)
        _check_folder(site.folder)
        signal.signal(signal.SIGTERM, _leave)
        listening.listen(128)
        ready(site)
        try:
            _answer(site, listening)
        finally:
            desk.close()


def _answer(site: Site, listening: socket.socket) -> None:
    """Load the pages, then answer until Ctrl-C."""
    import uvicorn

    gc.disable()  # what is loaded stays: to look for rubbish in it takes a seventh of the start
    from abmicro.app.web import pages_of

    config = uvicorn.Config(
        pages_of(site),
        access_log=False,
        log_level="error",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    Thread(target=warm_up, args=(site.desk,), daemon=True).start()
    uvicorn.Server(config).run(sockets=[listening])


def warm_up(desk: Desk) -> None:
    """Load what an answer needs before anybody asks for one; have a process ready for files."""
    try:
        _answer_one()
    finally:
        gc.freeze()
        gc.enable()
    desk.warm()


def _answer_one() -> None:
    from abmicro.app.answer import answer_to
    from abmicro.app.examples import MADE_UP
    from abmicro.report.render.html import render_sections

    answer = answer_to(next(iter(MADE_UP.values())))
    if answer.analysis is not None:
        render_sections(answer.analysis, is_short=True)


def _leave(number: int, _: object) -> None:
    """End as after Ctrl-C, so that nothing of the desk stays on the disk."""
    sys.exit(128 + number)


def _listening(port: int | None) -> socket.socket:
    """A socket on the loopback address; it is bound before anybody is told of it."""
    taken = None
    for one in (USUAL, 0) if port is None else (port,):
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((HOST, one))
        except (OSError, OverflowError) as error:
            server.close()
            taken = error
        else:
            return server
    what = f"port {port} cannot be used: {str(taken).lower()}"
    raise OutputError(Problem("--port", what, TAKEN, "leave --port out, or name another one"))


def _check_folder(folder: Path) -> None:
    from abmicro.atomic_files import check_writable

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made: {(error.strerror or str(error)).lower()}"
        raise OutputError(Problem(str(folder), what, "E501", "name another folder")) from error
    check_writable(folder / "experiment.toml")
