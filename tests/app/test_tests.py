"""The folder of tests: what runs, what is finished, what cannot be read, and nothing outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from abmicro import datasets
from abmicro.app.shelf import shelved, stamp_of
from abmicro.app.shell.site import Site
from abmicro.history import History

from .conftest import Visitor
from .test_file import fields, packed

pytestmark = pytest.mark.journey

RUNNING = """
schema = 1
[experiment]
name = "Free <b>shipping</b> bar"
start = {start}
end = {end}
[variants]
arms = ["control", "bar"]
control = "control"
[data]
shape = "counts"
source = "{source}"
columns = {{ variant = "variant", units = "visitors", period = "day" }}
[goals.baskets]
kind = "milestone"
[goals.orders]
kind = "macro"
[monitoring]
mode = "group_sequential"
"""


def running(folder: Path, source: str = "days.csv", *, baskets: int = 50, days: int = 10) -> None:
    """A test that began ten days ago and has ten more. baskets: of the bar on each day."""
    folder.mkdir(exist_ok=True)
    start = date.today() - timedelta(days=10)
    rows = ["variant,day,visitors,baskets,orders"]
    for at in range(days):
        day, orders = start + timedelta(days=at), 12 + at % 3
        for arm, reached in (("control", 50), ("bar", baskets)):
            rows.append(f"{arm},{day},{400 + at},{reached + at},{orders}")
    (folder / "days.csv").write_text("\n".join(rows))
    text = RUNNING.format(start=start, end=start + timedelta(days=20), source=source)
    (folder / "experiment.toml").write_text(text)


@pytest.fixture
def shelf(site: Site, tmp_path: Path) -> Iterator[Path]:
    """The folder of the site with a running, a finished and a broken test."""
    home = Path(datasets.__file__).parent
    copytree(home / "hillstrom", site.folder / "hillstrom", dirs_exist_ok=True)
    running(site.folder / "bar")
    (site.folder / "broken.toml").write_text("schema = 1")
    outside = tmp_path / "outside"
    outside.mkdir()
    running(outside)
    running(site.folder / "leads-out", source="../../*/outside/days.csv")
    link = site.folder / "linked"
    link.unlink(missing_ok=True)
    link.symlink_to(outside)
    yield site.folder
    link.unlink()


def test_an_empty_folder_says_how_to_begin(visitor: Visitor) -> None:
    assert "No tests yet" in visitor.goes("/tests")


def test_running_and_finished_tests_stand_apart(visitor: Visitor, shelf: Path) -> None:
    page = visitor.goes("/tests")
    runs, _, rest = page.partition("<h2>Finished")
    finished, _, unread = rest.partition("<h2>Could not be read")
    assert "Free &lt;b&gt;shipping&lt;/b&gt; bar" in runs
    assert "day 11 of 20" in runs
    assert "No sign of harm." in runs
    assert "An e-mail to past customers: Mens E-Mail" in finished
    assert "+72% (64% to 81%)" in finished
    assert "broken.toml" in unread
    assert "<b>shipping" not in page


def test_nothing_outside_the_folder_is_opened(visitor: Visitor, shelf: Path) -> None:
    assert [one.name for one in shelved(shelf) if "linked" in one.name] == []
    page = visitor.goes("/tests").partition("Could not be read")[2]
    assert "Its data lie outside the folder of tests." in page
    for name in ("../outside/experiment.toml", "linked/experiment.toml", "/etc/passwd"):
        assert visitor.client.get("/tests/open", params={"test": name}).status_code == 404


def test_tables_of_all_tests_are_files(visitor: Visitor, shelf: Path) -> None:
    page = visitor.goes("/tests")
    table = re.search(r'href="(/tests/[^"]+/tests\.csv)"', page)
    assert table
    assert "hillstrom" in visitor.client.get(table[1]).text
    other = table[1].replace("tests.csv", "result.pickle")
    assert visitor.client.get(other).status_code == 404


def test_a_test_of_the_folder_opens_its_verdict(visitor: Visitor, shelf: Path) -> None:
    page = visitor.goes("/tests/open?test=hillstrom/experiment.toml")
    assert "Take it with you" in page
    assert "All tests" in page


def test_the_traffic_of_a_log_is_looked_at(visitor: Visitor, shelf: Path) -> None:
    page = unescape(visitor.goes("/health/example"))
    assert "4,558 visitors" in page
    assert "Where they leave" in page
    report = re.search(r'href="(/health/[^"]+/health\.html)"', page)
    assert report
    assert visitor.client.get(report[1]).text.startswith("<!doctype html>")
    assert "Where they leave" in visitor.goes("/health?test=hillstrom/experiment.toml")
    assert "no longer in the folder" in visitor.goes("/health?test=../x.toml")


def test_a_log_without_a_test_has_traffic_too(visitor: Visitor) -> None:
    rows = ["time,visitor,event"]
    for at in range(60):
        rows.append(f"2026-10-{1 + at % 28:02} 10:00,v{at},view")
        rows += [f"2026-10-{1 + at % 28:02} 10:05,v{at},add_to_cart"] * (at % 3 == 0)
        rows += [f"2026-10-{1 + at % 28:02} 10:09,v{at},purchase"] * (at % 6 == 0)
    page = visitor.sends("/file", file=("log.csv", "\n".join(rows).encode()))
    assert "None were found" in page
    page = visitor.sends("/file", s=packed(page), do="goals")
    page = visitor.sends("/goals", **fields(page), do="health")
    assert "46 visitors" in page  # who had their seven days
    again = visitor.goes(visitor.address.replace("health", "goals"))
    page = visitor.sends("/goals", **fields(again), do="verdict")
    assert "names fewer than two variants" in unescape(page)


def test_a_broken_history_is_named_beside_the_tests(visitor: Visitor, shelf: Path) -> None:
    """It took the tests off the page, and stayed broken there after it was mended."""
    history = shelf / "history"
    history.mkdir()
    replace(History(), folder=history).with_tests(datasets.load_history().tests[:1])
    settings = history / "history.toml"
    settings.write_text("schema = 1\nunits_per")
    page = visitor.goes("/tests")
    assert "An e-mail to past customers" in page
    assert "history/history.toml" in page.partition("Could not be read")[2]
    assert "Too early to say" not in page
    settings.write_text("schema = 1\nunits_per_test = 5000")
    page = visitor.goes("/tests")
    assert "history.toml" not in page
    assert "Too early to say with 2 finished tests." in page
    rmtree(history)


def test_a_ring_of_links_and_a_link_to_nothing_are_no_tests(visitor: Visitor, shelf: Path) -> None:
    ring, nothing = shelf / "ring.toml", shelf / "nothing.toml"
    ring.symlink_to(ring)
    nothing.symlink_to(shelf / "gone.toml")
    page = visitor.goes("/tests")
    assert visitor.status == 200
    assert "An e-mail to past customers" in page
    assert "nothing.toml" in page.partition("Could not be read")[2]
    for link in (ring, nothing):
        link.unlink()


def test_newer_data_of_a_test_are_read_anew(visitor: Visitor, shelf: Path) -> None:
    before = stamp_of(shelf)
    with (shelf / "bar" / "days.csv").open("a") as file:
        file.write("\n")
    after = stamp_of(shelf)
    (shelf / "bar" / "free-shipping-bar.looks.jsonl").write_text("")
    assert len({before, after, stamp_of(shelf)}) == 3
    (shelf / "bar" / "free-shipping-bar.looks.jsonl").unlink()


def test_today_is_told_in_people(visitor: Visitor, shelf: Path) -> None:
    """No z and no bound; and data that nobody renewed are named."""
    running(shelf / "harm", baskets=20)
    running(shelf / "old", days=4)
    page = visitor.goes("/tests").partition("<h2>Finished")[0]
    assert "Baskets got worse with bar, clearly so since " in page
    assert "Stop bar, and look at what it changes." in page
    assert " bound " not in page
    newest = date.today() - timedelta(days=7)
    assert page.count(f"The data end on {newest.day} {newest:%B}: put newer ones in.") == 1
    for name in ("harm", "old"):
        rmtree(shelf / name)


def test_all_of_a_page_stands_in_a_landmark(visitor: Visitor) -> None:
    page = visitor.goes("/tests").partition("<body")[2]
    assert page.index("<header") < page.index("abmicro</a>") < page.index("</header>")
    assert page.index("Nothing leaves it.") < page.index("</header>") < page.index("<main")
