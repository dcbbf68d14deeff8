"""The script of docs/how-to/cron-and-webhooks.md, run against a webhook that listens."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from .conftest import Command
from .test_monitor_folder import BAD, GOOD, written

pytestmark = pytest.mark.journey

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "cron-and-webhooks.md"


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address, and what is posted to it."""
    posted: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", posted
    server.shutdown()
    server.server_close()


def test_what_is_new_reaches_the_chat_once(
    cli: Command, tmp_path: Path, webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    address, posted = webhook
    script = re.findall(r"```python tell.py\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]
    (tmp_path / "tell.py").write_text(script)
    files = [written(tmp_path, "bad", BAD), written(tmp_path, "sound", GOOD)]
    for _ in range(2):
        lines = cli("monitor", *files, "--since-last", "--format", "json").out
        subprocess.run(
            [sys.executable, tmp_path / "tell.py"],
            input=lines,
            text=True,
            check=True,
            env={**os.environ, "WEBHOOK": address, "no_proxy": "127.0.0.1"},
        )
    assert [set(message) for message in posted] == [{"text"}, {"text"}]
    harm, sound = (message["text"] for message in posted)
    assert harm.startswith("*bad* Stop: Stop sticky, and look at what it changes.\n- 3 new looks")
    assert "- order is worse with sticky" in harm
    assert sound.startswith("*sound* finished: The final look is done.\n- 3 new looks")
