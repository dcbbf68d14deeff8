"""The command: an address that works, a browser that can be left out, Ctrl-C that ends it well."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from abmicro.cli import run

ABMICRO = [sys.executable, "-m", "abmicro", "app", "--no-open"]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port and its first address."""
    command = [*ABMICRO, "--port", "0", "--dir", str(tmp_path / "tests")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_it_prints_an_address_that_opens_and_stops_with_ctrl_c(
    started: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = started
    assert address.startswith("http://127.0.0.1:")
    with httpx2.Client(follow_redirects=True) as browser:
        assert "Did the gain reach the orders?" in browser.get(address).text
        assert "key" not in str(browser.get(address).url)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "stopped" in told
    assert "Traceback" not in told


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
    assert run(["app", "--no-open", "--port", "0", "--dir", str(tmp_path / "file" / "in")]) == 3
    assert "(E501)" in capsys.readouterr().err
