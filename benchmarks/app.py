"""The pages of `abmicro app`: from the start to the first answer, answers after it, memory.

Seconds of the clock, on a machine with much other work (eight runs on two cores); processor time
tells what a quiet one needs, and `import numpy` what no program of this kind can do without. The
address stands before the pages are loaded, so that the browser starts meanwhile. A first answer may
take 3 s from the start, a later one 0.5 s. Memory is that of the server and of the process that
waits for a file. The log has 1.8 million rows of 1.4 million visitors, sent as a browser sends it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx2

from abmicro.app.examples import MADE_UP, shop_events

STICKY = MADE_UP["Sticky order button"]
TIMES = 15


def memory_of(process: int) -> int:
    """Megabytes that a process and its children hold, without what they share twice."""
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False
    ).stdout.split()
    total = 0
    for one in (str(process), *children):
        rollup = Path(f"/proc/{one}/smaps_rollup")
        if rollup.exists():
            total += int(re.search(r"^Pss:\s+(\d+)", rollup.read_text(), re.MULTILINE)[1])
    return total // 1000


def busy(process: int) -> float:
    """Seconds of processor time that a process has had; other work adds nothing to them."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def floor() -> str:
    """Seconds of the clock and of the processor that `import numpy` takes."""
    before, begun = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy"], check=True)
    wall, after = time.perf_counter() - begun, os.times()
    used = sum(after[2:4]) - sum(before[2:4])
    return f"{wall:.1f} s, {used:.2f} s of processor"


def answered(browser: httpx2.Client, token: str, paste: str) -> float:
    """Seconds from sending counts to the page with their answer."""
    begun = time.perf_counter()
    page = browser.post("/counts", data={"token": token, "paste": paste}).text
    assert 'id="copy"' in page
    return time.perf_counter() - begun


def waited(browser: httpx2.Client, address: str) -> httpx2.Response:
    """The page behind pages of progress."""
    while True:
        page = browser.get(address)
        if "refresh" not in page.headers:
            return page
        time.sleep(0.1)


def judged(browser: httpx2.Client, token: str, folder: Path) -> tuple[float, float]:
    """Seconds to look into a log of 100 MB, and from there to its goals."""
    log = shop_events()
    head, _, rows = log.partition("\n")
    path = folder / "log.csv"
    copies = 100_000_000 // len(rows)
    with path.open("w") as file:
        file.write(f"{head}\n")
        for at in range(copies):
            file.write(re.sub(r",v(\d+),", rf",v\1-{at},", rows))
    begun = time.perf_counter()
    with path.open("rb") as file:
        sent = browser.post("/file", data={"token": token}, files={"upload": ("log.csv", file)})
    looked = waited(browser, str(sent.url))
    seconds = time.perf_counter() - begun
    chosen = re.search(r'name="s" value="([^"]*)"', looked.text)[1]
    begun = time.perf_counter()
    waited(browser, f"/goals?s={chosen}")
    return seconds, time.perf_counter() - begun


def table() -> str:
    """The figures as a table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [("`import numpy`, the floor", floor())]
        begun = time.perf_counter()

        def until_now() -> str:
            seconds = time.perf_counter() - begun
            return f"{seconds:.1f} s, {busy(process.pid):.2f} s of processor"

        command = [sys.executable, "-m", "abmicro", "app", "--no-open", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--dir", folder], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        address = process.stdout.readline().strip()
        rows.append(("address printed", until_now()))
        origin = address.partition("/?")[0]
        with httpx2.Client(
            base_url=origin, headers={"origin": origin}, follow_redirects=True, timeout=300
        ) as browser:
            page = browser.get(address.removeprefix(origin)).text
            token = re.search(r'name="token" value="(\w+)"', page)[1]
            rows.append(("first page, from the start", until_now()))
            answered(browser, token, STICKY)
            rows.append(("first answer, from the start", until_now()))
            used = busy(process.pid)
            later = [
                answered(browser, token, STICKY.replace("336", str(340 + at)))
                for at in range(TIMES)
            ]
            each = (busy(process.pid) - used) / TIMES
            told = f"{median(later):.2f} s, {each:.2f} s of processor"
            rows.append(("answers after it, middle of 15", told))
            rows.append(("the slowest of them", f"{max(later):.2f} s"))
            time.sleep(5)
            rows.append(("memory, server and a process that waits", f"{memory_of(process.pid)} MB"))
            looked, counted = judged(browser, token, Path(folder))
            rows.append(("a log of 100 MB: sent and looked into", f"{looked:.1f} s"))
            rows.append(("its goals counted", f"{counted:.1f} s"))
        process.send_signal(signal.SIGINT)
        process.wait()
    lines = (f"| {name} | {figure} |" for name, figure in rows)
    return "\n".join(["| `abmicro app` | figure |", "| --- | --: |", *lines])


if __name__ == "__main__":
    print(table())
