"""The command: an address that works, a browser that can be left out, Ctrl-C that ends it well."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from abmicro.cli import run

pytestmark = pytest.mark.journey

ABMICRO = [sys.executable, "-m", "abmicro", "app", "--no-open"]
SHEET = b"variant,visitors,carts,orders\ncontrol,10000,1200,300\nnew,10050,1350,318\n"
BOUND = "part"


@dataclass
class Running:
    """A server on a free port, somebody who opened its first address, and what it keeps where."""

    process: subprocess.Popen[str]
    address: str
    browser: httpx2.Client
    temporary: Path

    def page(self, path: str) -> str:
        """The page of a path, after those of progress."""
        while "refresh" in (answer := self.browser.get(path, follow_redirects=True)).headers:
            time.sleep(0.2)
        return answer.text

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="(\w+)"', self.page("/file"))
        assert found
        return found[1]

    def sends(self, sheet: bytes) -> str:
        """Choose a file; the address of the page that follows."""
        files = {"upload": ("counts.csv", sheet)}
        answer = self.browser.post("/file", data={"token": self.token}, files=files)
        return str(answer.headers["location"])

    def begins_to_send(self, megabytes: int) -> socket.socket:
        """Send half of a file and hold the rest back."""
        head = f"--{BOUND}\r\nContent-Disposition: form-data; name="
        part = f'{head}"token"\r\n\r\n{self.token}\r\n{head}"upload"; filename="a.csv"\r\n\r\n'
        origin, cookies = str(self.browser.headers["origin"]), dict(self.browser.cookies)
        told = {
            "Host": origin.partition("//")[2],
            "Origin": origin,
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Content-Type": f"multipart/form-data; boundary={BOUND}",
            "Content-Length": str(2_000_000 * megabytes),
        }
        lines = [f"{name}: {value}" for name, value in told.items()]
        sent = socket.create_connection(("127.0.0.1", int(origin.rpartition(":")[2])), timeout=60)
        sent.sendall("\r\n".join(["POST /file HTTP/1.1", *lines, "", part]).encode())
        sent.sendall(b"1,2,3,4\n" * (125_000 * megabytes))
        return sent

    @property
    def kept(self) -> list[Path]:
        """Every file in the temporary folder."""
        return [one for one in self.temporary.rglob("*") if one.is_file()]

    @property
    def workers(self) -> list[int]:
        """The processes that work for it."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(one) for task in tasks for one in task.read_text().split()]


@contextmanager
def started(folder: Path) -> Iterator[Running]:
    (folder / "tmp").mkdir(exist_ok=True)
    command = [*ABMICRO, "--port", "0", "--dir", str(folder / "tests")]
    environment = os.environ | {"TMPDIR": str(folder / "tmp")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, **pipes, text=True, env=environment)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        origin = address.partition("/?")[0]
        with httpx2.Client(base_url=origin, headers={"origin": origin}, timeout=60) as browser:
            yield Running(process, address, browser, folder / "tmp")
    finally:
        process.kill()
        process.communicate()


def lives(process: int) -> bool:
    """Whether a process is there and not just waiting to be buried."""
    told = Path(f"/proc/{process}/cmdline")
    return told.exists() and b"abmicro" in told.read_bytes()


@pytest.mark.usefixtures("hears_ctrl_c")
def test_a_server_that_is_stopped_in_mid_upload_leaves_nothing(tmp_path: Path) -> None:
    """Killed at first, then by Ctrl-C: of both nothing stays."""
    with started(tmp_path) as server:
        assert server.address.startswith("http://127.0.0.1:")
        assert "Did the gain reach the orders?" in server.page(server.address)
        assert "key" not in str(server.browser.get(server.address, follow_redirects=True).url)
        assert "What was recognised" in server.page(server.sends(SHEET))
        workers = server.workers
        assert workers
        with server.begins_to_send(megabytes=4):
            assert any(one.name == "data.csv" for one in server.kept)
            server.process.kill()
            server.process.wait()
    with started(tmp_path) as server:
        server.page(server.address)
        assert not any(one.name == "data.csv" for one in server.kept)
        assert not any(map(lives, workers))
        server.sends(SHEET)
        server.begins_to_send(megabytes=1).close()  # a tab that was closed
        with server.begins_to_send(megabytes=4):
            server.process.send_signal(signal.SIGINT)
            _, told = server.process.communicate(timeout=60)
        assert server.process.returncode == 0
        assert "stopped" in told
        assert "Traceback" not in told
        assert server.kept == []


def test_a_port_that_is_taken_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run(["app", "--no-open", "--port", str(taken.getsockname()[1])]) == 3
    assert "(E660)" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    (ring := tmp_path / "ring").symlink_to(tmp_path / "ring")
    for folder in (tmp_path / "file" / "in", ring):
        assert run(["app", "--no-open", "--port", "0", "--dir", str(folder)]) == 3
        assert "(E501)" in capsys.readouterr().err
