"""`abmicro app`: the pages for a browser, on this computer alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from abmicro.cli.options import FILE, Command
from abmicro.cli.output import log, misuse, open_page, say

if TYPE_CHECKING:
    from abmicro.app.shell.site import Site

EXTRA = ("starlette", "uvicorn", "python_multipart")


@click.command("app", cls=Command)
@click.option("--port", type=int, metavar="N", help="Port; default 8765, or a free one.")
@click.option("--no-open", is_flag=True, help="Print the address and open no browser.")
@click.option(
    "--dir",
    "folder",
    type=FILE,
    default=".",
    show_default=True,
    metavar="FOLDER",
    help="Where tests, their history and reports are kept.",
)
def pages(port: int | None, no_open: bool, folder: Path) -> int:
    """Open pages in your browser: paste counts, get the answer.

    They are on this machine alone.
    """
    _require_extra()
    from abmicro.app.server import serve

    def ready(site: Site) -> None:
        say(site.first_address)
        log("abmicro runs in your browser; Ctrl-C here stops it")
        if not no_open:
            open_page(site.first_address)

    try:
        serve(folder, port, ready)
    except KeyboardInterrupt:
        log("abmicro: stopped")
    return 0


def _require_extra() -> None:
    from importlib.util import find_spec

    missing = [name.replace("_", "-") for name in EXTRA if find_spec(name) is None]
    if missing:
        hint = "install it: pip install 'abmicro[app]'"
        lacks = "is" if len(missing) == 1 else "are"
        raise misuse("app", f"{' and '.join(missing)} {lacks} not installed", hint)
