"""The command as a process: pipes, signals, terminals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from shutil import which
from threading import Timer

import duckdb
import pytest

from abmicro.cli import run
from abmicro.cli.streams import Closed
from abmicro.sources.engines.duckdb_engine import DuckDB

from .conftest import Command, Shop

pytestmark = pytest.mark.journey

ABMICRO = (sys.executable, "-m", "abmicro")


def abmicro(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [*ABMICRO, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_a_reader_that_stops_reading_is_no_error(shop: Shop) -> None:
    shown = subprocess.run(
        ["/bin/sh", "-c", f"'{sys.executable}' -m abmicro schema | head -n 1"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (shown.stdout, shown.stderr) == ("{\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_behind_a_redirect_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        shown = subprocess.run(
            [*ABMICRO, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert shown.returncode == 3
    told = "abmicro: stdout: cannot be written: no space left on device (E501)\n  free some space"
    assert shown.stderr.startswith(told)


CLOSED = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *ABMICRO]
PRINTING = ("schema", "--help", "--version", "", "demo --list", "demo --help", "quick 1/9 2/9")
PRINTING += ("check E", "check E --no-data", "query E", "analyze E", "explain E")


@pytest.mark.parametrize("words", [["--help"], ["schema"], ["analyze", "experiment.toml"]])
def test_a_result_that_reaches_nobody_is_no_success(shop: Shop, words: list[str]) -> None:
    shown = subprocess.run(
        [*CLOSED, *words], cwd=shop.folder, stderr=subprocess.PIPE, text=True, check=False
    )
    assert shown.returncode == 3
    assert "abmicro: stdout: cannot be written: it is closed (E501)" in shown.stderr


@pytest.mark.parametrize("command", PRINTING)
def test_no_command_prints_to_nobody_with_success(
    shop: Shop, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what `prepare` puts in the place of a closed output, as the processes above get it."""
    words = [str(shop.file) if word == "E" else word for word in command.split()]
    monkeypatch.setattr(sys, "stdout", Closed())
    assert run(words) == 3
    told = "abmicro: stdout: cannot be written: it is closed (E501)"
    assert told in capsys.readouterr().err


def test_a_closed_output_is_never_the_file_that_is_written(shop: Shop) -> None:
    counts = shop.folder / "c.csv"
    command = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *ABMICRO, "-v", "collect"]
    done = subprocess.run([*command, shop.file, "-o", counts], check=False)
    assert done.returncode == 0
    assert counts.read_text().startswith("status,variant")
    missing = subprocess.run([*command, shop.folder / "no.toml"], check=False)
    assert missing.returncode == 2


LITTLE = ["/bin/sh", "-c", 'ulimit -v "$1"; shift; exec "$@"', "sh"]


@pytest.mark.parametrize("kilobytes", [300_000, 600_000, 1_000_000])
def test_too_little_memory_is_told_by_its_name(shop: Shop, kilobytes: int) -> None:
    command = [*LITTLE, str(kilobytes), *ABMICRO, "analyze", shop.file]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 3
    assert shown.stderr.startswith("abmicro: memory: the process may use ")
    assert shown.stderr.endswith("(ulimit -v) (E503)\n  allow 1,200 MB\n")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread")])
def test_memory_that_is_used_up_on_the_way_is_no_bug(
    shop: Shop, cli: Command, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("abmicro.analysis.analyze.analyze", exhausted)
    shown = cli("analyze", shop.file)
    assert (shown.status, "(E503)" in shown.err) == (3, True)


@pytest.mark.parametrize("endless", ["/dev/zero", "/dev/urandom"])
def test_a_definition_without_an_end_is_none(endless: str) -> None:
    shown = abmicro("check", endless, timeout=30)
    assert shown.returncode == 2
    assert "so it is no definition (E002)" in shown.stderr


def test_a_definition_comes_through_a_pipe(shop: Shop) -> None:
    text = shop.file.read_text().replace('"units.csv"', f'"{shop.data}"')
    shown = abmicro("check", "/dev/stdin", input=text, timeout=30)
    assert (shown.returncode, "sound" in shown.stdout) == (0, True)


def test_a_pipe_that_nobody_fills_is_told_of(
    shop: Shop, cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abmicro.experiment.file.bounded_reading.PATIENCE", 0.1)
    os.mkfifo(pipe := shop.folder / "pipe.toml")
    shown = cli("check", pipe)
    assert (shown.status, "cannot be read: nothing came" in shown.err) == (2, True)


def test_a_file_name_that_is_no_text_is_shown_by_its_bytes(tmp_path: Path) -> None:
    shown = subprocess.run(
        [*ABMICRO, "check", os.fsencode(tmp_path) + b"/\xff.toml"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 2
    assert b"no such file (E002)" in shown.stderr


def test_a_terminal_without_our_letters_gets_stand_ins_or_their_codes(shop: Shop) -> None:
    shop.define("Sticky button", "Жук → till")
    shown = abmicro("analyze", shop.file, env=os.environ | {"PYTHONIOENCODING": "latin-1"})
    assert shown.returncode == 0
    assert shown.stdout.startswith("\\u0416\\u0443\\u043a -> till\n")


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_stops_with_its_own_status(tmp_path: Path) -> None:
    pipe = tmp_path / "experiment.toml"
    os.mkfifo(pipe)
    process = subprocess.Popen([*ABMICRO, "check", pipe], stderr=subprocess.PIPE, text=True)
    with pipe.open("w"):  # opens once the command has begun to read
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.strip() == "abmicro: stopped; no file was left half written"


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_stops_a_query_that_runs() -> None:
    # one thread of DuckDB's works, while the one that hears signals has nothing to do
    endless = "SELECT i % 7, COUNT(*) FROM range(1000000000000) AS t(i) GROUP BY i % 7"
    with duckdb.connect() as connection:
        rows = DuckDB(connection).rows(endless)
        Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            next(rows)


def test_a_run_that_is_killed_while_writing_leaves_the_old_report(shop: Shop) -> None:
    report = shop.folder / "report.html"
    report.write_text("the old report")
    killed = """
import os, signal, sys
from pathlib import Path
from abmicro.atomic_files import replacing
with replacing(Path(sys.argv[1])) as unfinished:
    unfinished.write_text("half of the new")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", killed, report], check=False)
    assert done.returncode == -signal.SIGKILL
    assert report.read_text() == "the old report"
    assert abmicro("report", shop.file, "-o", report).returncode == 0
    assert report.read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_a_disk_that_is_full_leaves_the_old_report_and_no_trace(shop: Shop) -> None:
    report = shop.folder / "report.html"
    report.write_text("the old report")
    few = ["/bin/sh", "-c", 'ulimit -f 20; exec "$@"', "sh", *ABMICRO]
    shown = subprocess.run(
        [*few, "report", shop.file, "-o", report], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 3
    assert shown.stderr.startswith(f"abmicro: {report}: cannot be written: file too large (E501)")
    assert report.read_text() == "the old report"
    assert sorted(shop.folder.iterdir()) == [shop.file, report, shop.data]


def on_terminal(command: str, **environment: str) -> str:
    """What a command prints on a terminal."""
    shown = subprocess.run(
        ["script", "-qec", f"'{sys.executable}' -m abmicro {command}", "/dev/null"],
        capture_output=True, text=True, check=True, env=os.environ | environment,
    )  # fmt: skip
    return shown.stdout.replace("\r\x1b[K", "")  # a slow machine was told to wait, and then not


@pytest.mark.skipif(which("script") is None, reason="needs script(1) to make a terminal")
def test_colour_is_for_terminals_that_want_it(shop: Shop) -> None:
    assert "\x1b[" in on_terminal(f"analyze '{shop.file}'", NO_COLOR="")
    assert "\x1b[" not in on_terminal(f"analyze '{shop.file}'", NO_COLOR="1")
