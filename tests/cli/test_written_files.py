"""What becomes of the place where a result is written: links, modes, pipes, leftovers."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from abmicro.atomic_files import check_writable, replacing
from abmicro.errors import OutputError

from .conftest import Command, Shop

pytestmark = pytest.mark.journey

LEFT = ".report.html.abmicro-0123456789abcdef"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("form", ["md", "csv", "parquet"])
def test_a_pipe_is_written_through(shop: Shop, cli: Command, form: str) -> None:
    pipe = shop.folder / f"pipe.{form}"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    command = "analyze" if form == "md" else "collect"
    assert cli(command, shop.file, "-o", pipe).status == 0
    reader.join(20)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    plain = shop.folder / f"plain.{form}"
    assert cli(command, shop.file, "-o", plain).status == 0
    assert got == [plain.read_bytes()]


def test_a_device_is_not_replaced(shop: Shop, cli: Command) -> None:
    """A null device in a folder of the test's own, for root could lose /dev/null."""
    null = shop.folder / "null"
    try:
        os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        null.write_bytes(b"x")
    except OSError:
        pytest.skip("only root makes devices, and not everywhere")
    assert cli("analyze", shop.file, "-o", null, "--format", "text").status == 0
    assert stat.S_ISCHR(null.stat().st_mode)


def test_standard_output_by_its_name_is_written_to(shop: Shop) -> None:
    command = [sys.executable, "-m", "abmicro", "analyze", shop.file, "-o", "/dev/stdout"]
    shown = subprocess.run([*command, "--format", "md"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("# Sticky button")


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed(shop: Shop, cli: Command, *, there: bool) -> None:
    elsewhere = shop.folder / "elsewhere"
    elsewhere.mkdir()
    target, link = elsewhere / "real.md", shop.folder / "link.md"
    if there:
        target.write_text("old")
    link.symlink_to(target)
    assert cli("analyze", shop.file, "-o", link).status == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("# Sticky button")


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o666, 0o755])
def test_the_mode_is_kept(shop: Shop, cli: Command, kept: int) -> None:
    for name in ("out.md", "out.csv"):
        (out := shop.folder / name).touch()
        out.chmod(kept)
        command = "analyze" if name.endswith("md") else "collect"
        assert cli(command, shop.file, "-o", out).status == 0
        assert out.stat().st_size > 0
        assert mode(out) == kept


def test_while_it_is_written_a_private_file_is_private(tmp_path: Path) -> None:
    (out := tmp_path / "out").touch()
    out.chmod(0o600)
    with replacing(out) as unfinished:
        assert mode(unfinished) == 0o600


def test_a_new_file_has_the_mode_the_machine_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "new") as unfinished:
            unfinished.write_text("x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o640


READ_ONLY = """
import os, sys
from pathlib import Path
from abmicro.atomic_files import write_atomically
os.geteuid() == 0 and os.setuid(65534)
write_atomically(Path(sys.argv[1]), b"new")
"""


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for above in tmp_path.parents[:3]:
        above.chmod(above.stat().st_mode | 0o055)
    (out := tmp_path / "out").write_text("old")
    out.chmod(0o444)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, out], capture_output=True, text=True, check=False
    )
    if "ModuleNotFoundError" in done.stderr or "Permission denied: '" in done.stderr:
        pytest.skip("the package is where only root reads it")
    assert "cannot be written: permission denied (E501)" in done.stderr
    assert out.read_text() == "old"


def test_a_ring_of_links_is_an_error_with_a_name(tmp_path: Path) -> None:
    (one := tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(one)
    with pytest.raises(OutputError, match="E501"), replacing(one):
        pass
    assert one.is_symlink()


def test_a_ring_of_links_is_no_bug_of_a_command(shop: Shop, cli: Command) -> None:
    ring = shop.folder / "ring.md"
    ring.symlink_to(ring)
    told = cli("analyze", shop.file, "-o", ring)
    assert told.status == 3
    assert "(E501)" in told.err


def test_long_names_are_written_or_refused_by_their_length(tmp_path: Path) -> None:
    """The temporary name is no longer than the machine allows, whatever letters there are."""
    with replacing(tmp_path / ("\N{SHOPPING TROLLEY}" * 60 + ".html")) as unfinished:
        unfinished.write_text("whole")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["whole"]
    with pytest.raises(OutputError, match="choose a shorter name"):
        check_writable(tmp_path / ("x" * 300))


KILLED = """
import os, signal, sys
from pathlib import Path
from abmicro.atomic_files import replacing
with replacing(Path(sys.argv[1])) as unfinished:
    unfinished.write_text("half of the new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_swept_by_the_next(shop: Shop, cli: Command) -> None:
    report = shop.folder / "report.md"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED, report], check=False)
    assert len(list(shop.folder.glob(".report.md.*"))) == 1
    assert cli("analyze", shop.file, "-o", shop.folder / "other.md").status == 0
    assert not list(shop.folder.glob(".*"))


def test_nothing_else_is_swept(shop: Shop, cli: Command, tmp_path: Path) -> None:
    kept = [
        shop.folder / ".report.html.0123abcd.tmp",
        shop.folder / ".report.html.abmicro-notes",
        shop.folder / LEFT.removeprefix("."),
        shop.folder / f"{LEFT}.bak",
    ]
    for one in kept:
        one.write_text("mine")
    (folder := shop.folder / f"{LEFT[:-1]}0").mkdir()
    (link := shop.folder / f"{LEFT[:-1]}1").symlink_to(kept[0])
    with replacing(shop.folder / "report.html") as alive:
        alive.write_text("half")
        assert cli("analyze", shop.file, "-o", shop.folder / "other.md").status == 0
        assert alive.read_text() == "half"
    assert [one.read_text() for one in kept] == ["mine"] * 4
    assert folder.is_dir()
    assert link.is_symlink()
