"""Limits of a run: memory and threads are kept, and nothing is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from abmicro import collect, collect_histograms
from abmicro.errors import SourceError
from abmicro.experiment.file.toml import loads
from abmicro.experiment.model import Experiment
from abmicro.sources.engines import files
from abmicro.sources.engines.duckdb_engine import refusal
from abmicro.sources.engines.engine import locked, open_source
from abmicro.sources.engines.limits import Limits
from abmicro.sources.engines.scratch import LOCK, PREFIX, scratch

pytestmark = pytest.mark.journey

DEFINITION = """
[experiment]
name = "Many"
[variants]
arms = ["A", "B"]
[data]
shape = "events"
source = "log.parquet"
time_unit = "s"
[data.columns]
unit = "who"
time = "ts"
event = "event"
variant = "arm"
[goals.cart]
kind = "milestone"
[goals.buy]
kind = "macro"
"""
ROWS = 1_500_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log of 1.5 million rows of long names."""
    import duckdb

    folder = tmp_path_factory.mktemp("many")
    (folder / "experiment.toml").write_text(DEFINITION)
    duckdb.connect().execute(
        f"COPY (SELECT 'a visitor with a long name ' || (i % {ROWS // 3}) AS who, i AS ts, "
        "CASE i % 5 WHEN 0 THEN 'cart' WHEN 1 THEN 'buy' ELSE 'view' END AS event, "
        f"CASE (i % {ROWS // 3}) % 2 WHEN 0 THEN 'A' ELSE 'B' END AS arm "
        f"FROM range({ROWS}) AS log(i)) TO '{folder / 'log.parquet'}'"
    )
    return folder


@pytest.fixture
def experiment() -> Experiment:
    return loads(DEFINITION)


def test_a_run_beyond_its_memory_gives_the_same_table(many: Path, experiment: Experiment) -> None:
    free = collect(experiment, folder=many)
    assert collect(experiment, folder=many, memory="150MB", threads=1) == free


def test_the_engine_is_told_its_limits() -> None:
    with locked([], Limits("300MiB", 1)) as engine:
        ((memory, threads),) = engine.rows(
            "SELECT current_setting('memory_limit'), current_setting('threads')"
        )
    assert (memory, threads) == ("300.0 MiB", 1)


def test_no_thread_of_the_engine_waits_for_files_far_away() -> None:
    asked = "SELECT value FROM duckdb_settings() WHERE name = 'async_threads'"
    with locked([]) as engine:
        assert [*engine.rows(asked)] in ([("0",)], [])  # DuckDB 1 has no such threads


def test_too_little_memory_says_what_would_do(many: Path, experiment: Experiment) -> None:
    with pytest.raises(SourceError, match="allow more with --memory"):
        collect(experiment, folder=many, memory="1MB")


@pytest.mark.parametrize("memory", ["", "4", "four GB", "-1GB", "1GB; DROP TABLE x"])
def test_a_size_that_is_none_is_refused(memory: str) -> None:
    with pytest.raises(SourceError, match="is not a size"):
        Limits(memory)


def test_no_threads_are_refused() -> None:
    with pytest.raises(SourceError, match="0 is too few"):
        Limits(threads=0)


FULL = """
mount -t tmpfs -o size=2m tmpfs disk || exit 99
TMPDIR=$PWD/disk "$1" -m abmicro collect experiment.toml --memory 100MB --threads 1
echo "exit $?; left: $(find disk -type f)"
sed s/log.parquet/wide.csv/ experiment.toml > wide.toml
TMPDIR=$PWD/disk "$1" -m abmicro collect wide.toml
echo "exit $?; left: $(find disk -type f)"
"$1" -c 'open("disk/filler", "wb").write(bytes(2 << 20))' 2>/dev/null
"$1" -m abmicro collect experiment.toml -o disk/cells.csv
echo "exit $?; left: $(find disk -type f)"
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs Linux's mount namespaces")
def test_a_full_disk_says_so_and_keeps_nothing_half_written(many: Path) -> None:
    """A disk of 2 MB that only this shell sees: for what spills, for a copy, for the answer."""
    (many / "disk").mkdir()
    row = "who,ts,event,arm\n" + "1,1,cart,A\n" * 250_000
    (many / "wide.csv").write_text(row, encoding="utf-16")
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", FULL, "sh", sys.executable]
    done = subprocess.run(command, cwd=many, capture_output=True, text=True)
    for made in ("wide.csv", "wide.toml"):
        (many / made).unlink(missing_ok=True)
    (many / "disk").rmdir()
    if done.returncode == 99 or "unshare failed" in done.stderr:
        pytest.skip("this machine lets nobody mount a disk of their own")
    spilled, copied, written = done.stdout.replace("\n", " ").strip().split("exit ")[1:]
    assert "the disk is full" in done.stderr
    assert "disk/cells.csv: cannot be written: no space left on device" in done.stderr
    assert "TMPDIR: no room for a copy that can be read (E317)" in done.stderr
    assert spilled == copied == "3; left:  "
    assert written.startswith("3; left: ")
    assert "cells" not in written


def test_a_disk_that_another_fills_meanwhile_says_so_too() -> None:
    reason = OSError("IO Error: Could not write to file: No space left on device")
    assert "disk is full" in str(refusal(reason))


def test_scratch_is_gone_after_the_run() -> None:
    with scratch() as folder:
        (folder / "spilled").write_text("x")
        assert folder.is_dir()
    assert not folder.exists()


def test_two_runs_at_once_have_a_folder_each() -> None:
    with scratch() as one, scratch() as other:
        assert one != other
        assert one.is_dir()


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder that this process and those it starts take for the machine's."""
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def killed(many: Path, shared: Path) -> list[Path]:
    """What a run that was killed while it counted left in the temporary folder."""
    command = [sys.executable, "-m", "abmicro", "collect", "experiment.toml", "--memory", "150MB"]
    with subprocess.Popen(command, cwd=many, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(shared.glob(f"*/*/{LOCK}")):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    return [lock.parent for lock in shared.glob(f"*/*/{LOCK}")]


def test_what_a_killed_run_left_is_swept_away_by_the_next(many: Path, shared: Path) -> None:
    assert killed(many, shared)
    with scratch() as folder:
        assert [lock.parent for lock in shared.glob(f"*/*/{LOCK}")] == [folder]
    assert sorted(path.name for path in many.iterdir()) == ["experiment.toml", "log.parquet"]


def test_nothing_is_swept_that_is_not_proved_ours(shared: Path) -> None:
    with scratch() as first:
        home = first.parent
        assert home.stat().st_mode & 0o777 == 0o700
    reports, notes, elsewhere = shared / "abmicro-2026-reports", home / "notes", shared / "else"
    for folder in (reports, shared / "abmicro-999999999-x", notes, elsewhere):
        folder.mkdir()
        (folder / "kept.txt").write_text("mine")
    (elsewhere / LOCK).touch()
    (home / "link").symlink_to(elsewhere)
    with scratch() as live, scratch() as other:
        assert live.is_dir()
        assert other.is_dir()
    assert len(list(shared.rglob("kept.txt"))) == 4


@pytest.mark.parametrize("spoilt", ["link", "open to others", "a file"])
def test_a_private_folder_that_is_not_private_is_left_alone(shared: Path, spoilt: str) -> None:
    home = shared / f"{PREFIX}{os.getuid()}"
    target = shared / "target" if spoilt == "link" else home
    (target / "run").mkdir(parents=True)
    (target / "run" / LOCK).touch()
    target.chmod(0o700 if spoilt == "link" else 0o755)
    if spoilt == "link":
        home.symlink_to(target)
    if spoilt == "a file":
        shutil.rmtree(home)
        home.touch()
    with scratch() as folder:
        assert folder.parent == shared
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    assert home.is_file() if spoilt == "a file" else (target / "run").is_dir()


def test_no_temporary_folder_is_a_named_error(
    many: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(many / "nowhere"))
    with pytest.raises(SourceError, match=r"TMPDIR: no temporary folder .* \(E317\); set TMPDIR"):
        collect(experiment, folder=many)


def test_much_text_is_read_once_and_says_the_same(
    tmp_path: Path, shared: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text log is copied as it was read; a cell that does not fit is refused by name as ever."""
    rows = ["who,ts,event,arm,other", *(f"{at % 90},{at},{'cart' if at % 3 else 'buy'},"
            f"{'AB'[at % 90 % 2]},x" for at in range(1_400_000_000, 1_400_000_900))]  # fmt: skip
    (tmp_path / "log.csv").write_text("\n".join(rows))
    (tmp_path / "odd.csv").write_text("\n".join([*rows, "1,soon,cart,A,x"]))
    said = []
    for large in (files.LARGE, 0):
        monkeypatch.setattr(files, "LARGE", large)
        with open_source(experiment, tmp_path / "log.csv", None) as source:
            assert (source.engine.copy is None) == (large > 0)
        with pytest.raises(SourceError) as caught:
            collect(experiment, tmp_path / "odd.csv")
        histograms = collect_histograms(experiment, tmp_path / "log.csv")
        said.append((collect(experiment, tmp_path / "log.csv"), histograms, str(caught.value)))
    assert said[0] == said[1]
    assert "'soon'" in said[0][2]
    assert not [*shared.rglob("*.parquet")]
