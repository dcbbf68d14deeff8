"""From a file to a verdict, as a browser without script walks it."""

from __future__ import annotations

import gzip
import re
import resource
import zipfile
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO
from pathlib import Path
from shutil import rmtree

import pytest

import abmicro as ab
from abmicro.app import examples
from abmicro.app.saved import KEPT, keep_test
from abmicro.app.shell.site import Site
from abmicro.errors import OutputError

from ..workbooks import write_workbook
from .conftest import Visitor

pytestmark = pytest.mark.journey

GA4 = Path(__file__).parents[1] / "sources" / "presets" / "ga4" / "events_20261005.jsonl"
SHEET = [("variant", "visitors", "carts", "orders"), ("control", 10_000, 1200, 300),
         ("new", 10_050, 1350, 318)]  # fmt: skip
PLAIN = "\n".join(",".join(map(str, row)) for row in SHEET).encode()


def packed(page: str) -> str:
    """What a form carries of the choices so far."""
    found = re.search(r'name="s" value="([^"]*)"', page)
    assert found, page
    return found[1]


def fields(page: str) -> dict[str, str]:
    """What the form of goals would send as it stands."""
    page = page.partition('aria-label="Goals"')[2]
    sent = {"s": packed(page)}
    for name, value in re.findall(
        r'<input (?:id="[^"]*" )?name="([\w-]+)"[^>]*?value="([^"]*)"', page
    ):
        sent[name] = unescape(value)
    for name in re.findall(r'name="(use-\d+)" checked', page):
        sent[name] = "on"
    for name, options in re.findall(
        r'<select(?: id="[^"]*")? name="([\w-]+)"[^>]*>(.*?)</select>', page
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = unescape(chosen[1]) if chosen else ""
    sent["count"] = re.search(r'name="count" value="(\d+)"', page)[1]  # type: ignore[index]
    return sent


def looked_at(visitor: Visitor, name: str, content: bytes) -> str:
    page = visitor.sends("/file", file=(name, content))
    assert "What was recognised" in page, page
    return unescape(page)


def test_a_sheet_leads_to_a_verdict_with_its_files(visitor: Visitor, site: Site) -> None:
    page = looked_at(visitor, "test.csv", PLAIN)
    assert "A row is: A variant, with its counts." in page
    assert "control, new, compared with “control”." in page
    page = visitor.sends("/file", s=packed(page), do="goals")
    assert "20,050 visitors" in page
    page = visitor.sends("/goals", **fields(page), do="verdict")
    assert "Take it with you" in page
    files = dict.fromkeys(re.findall(r'href="(/verdict/[^"]+\.\w+)"', page))
    got = {one.rpartition("/")[2]: visitor.client.get(one) for one in files}
    assert {"report.html", "summary.html", "counts.csv", "experiment.toml"} <= got.keys()
    assert all("attachment" in one.headers["content-disposition"] for one in got.values())
    experiment = ab.loads(got["experiment.toml"].text)
    assert experiment.funnel.steps == ("carts", "orders")
    kept = visitor.sends(re.search(r'action="(/verdict/[^"]+/keep)"', page)[1])  # type: ignore[index]
    assert "Take it with you" in kept
    (own,) = (one for one in site.folder.iterdir() if one.name.startswith("test"))
    assert sorted(one.name for one in own.iterdir()) == [
        "counts.csv",
        "experiment.toml",
        "report.html",
    ]


def test_an_export_of_ga4_is_recognised_and_judged(visitor: Visitor) -> None:
    page = looked_at(visitor, "events_20261005.jsonl", GA4.read_bytes())
    assert "GA4 export to BigQuery" in page
    page = visitor.sends("/file", s=packed(page), do="goals")
    sent = fields(page) | {"label-0": "Baskets", "rise": "10", "month": "26,000"}
    page = visitor.sends("/goals", **sent, do="save")
    experiment = ab.loads(page)
    assert experiment.primary.mde == 0.1
    assert experiment.goals[0].label == "Baskets"
    assert experiment.decision.traffic
    assert "Take it with you" in visitor.sends("/goals", **sent, do="verdict")


def test_goals_are_ticked_named_and_put_in_order(visitor: Visitor) -> None:
    page = visitor.goes("/file/example/shop")
    assert "compared with “Today&#39;s page”." in page
    page = visitor.sends("/file", s=packed(page), do="goals")
    first = re.findall(r'name="use-\d+"(?: checked)?> (\w+)', page)
    page = visitor.sends("/goals", **fields(page), do="down:0")
    assert re.findall(r'name="use-\d+"(?: checked)?> (\w+)', page) == [
        first[1],
        first[0],
        *first[2:],
    ]
    page = visitor.sends("/goals", **fields(page) | {"role-3": "limit", "use-3": "on"}, do="keep")
    assert 'name="margin-3"' in page
    assert "guarded by" in page


def verdict(visitor: Visitor, name: str = "test.csv", content: bytes = PLAIN) -> str:
    """The page of a verdict over a file as it was recognised."""
    page = visitor.sends("/file", s=packed(looked_at(visitor, name, content)), do="goals")
    page = visitor.sends("/goals", **fields(page), do="verdict")
    assert "Take it with you" in page
    return page


def test_a_verdict_has_pictures_for_a_slide(visitor: Visitor) -> None:
    page = verdict(visitor)
    shown = dict.fromkeys(re.findall(r'href="(/verdict/[^"]+\.(?:png|svg))"', page))
    assert {one.rpartition("/")[2] for one in shown} == {
        *("ruler-1-new.png", "ruler-1-new.svg", "funnel.png", "funnel.svg")
    }
    got = [visitor.client.get(one) for one in shown]
    kinds = {one.headers["content-type"]: one.content[:5] for one in got}
    assert kinds == {"image/png": b"\x89PNG\r", "image/svg+xml": b"<?xml"}
    assert all("attachment" in one.headers["content-disposition"] for one in got)


@pytest.mark.parametrize(
    ("order", "goes"),
    [("2,0,1,3", [2, 0, 1, 3]), ("0,0,1,3", [0, 1, 2, 3]), ("9,x,<b>", [0, 1, 2, 3]), ("", None)],
)
def test_goals_are_dragged_into_their_order(
    visitor: Visitor, order: str, goes: list[int] | None
) -> None:
    named = r'name="use-\d+"(?: checked)?> (\w+)'
    page = visitor.sends("/file", s=packed(visitor.goes("/file/example/shop")), do="goals")
    first = re.findall(named, page)
    page = visitor.sends("/goals", **fields(page) | {"order": order}, do="keep")
    assert re.findall(named, page) == [first[at] for at in goes or range(4)]


def test_a_moved_goal_keeps_the_focus_at_its_button(visitor: Visitor) -> None:
    page = visitor.sends("/file", s=packed(visitor.goes("/file/example/shop")), do="goals")
    for do, ends in (("down:0", "#down-1"), ("up:1", "#down-0"), ("down:2", "#up-3")):
        page = visitor.sends("/goals", **fields(page), do=do)
        assert visitor.address.endswith(ends)
        assert f'id="{ends[1:]}"' in page


NEWER = PLAIN.replace(b"10050", b"11050").replace(b"1350", b"1450")


def test_newer_data_give_a_verdict_beside_the_old_one(visitor: Visitor) -> None:
    page = verdict(visitor)
    old = visitor.address
    page = visitor.sends(f"{old}/again", file=("newer.csv", NEWER))
    assert "1,450 of 11,050" in unescape(re.sub("<[^>]*>", "", page))
    assert f'href="{old}"' in page
    assert "1,350 of 10,050" in unescape(re.sub("<[^>]*>", "", visitor.goes(old)))


WRONG_NEWER = {
    "other columns": ("n.csv", b"arm,people,sold\ncontrol,10,1\nnew,10,2\n", "carts"),
    "other variants": ("n.csv", PLAIN.replace(b"new", b"red"), "visitors saw 'red'"),
    "an image": ("photo.png", b"\x89PNG\r\n", "“photo.png” is of a form that cannot be read."),
    "an image by another name": ("photo.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\0" * 9, ""),
    "nothing in it": ("n.csv", b"", "The file is empty."),
    "no workbook": ("n.xlsx", b"PK\x03\x04 broken", "no workbook that can be read"),
    "one line of ten megabytes": ("n.csv", b"a," * 5_000_000, "first line is longer"),
    "no file": (None, b"", "No newer file was chosen."),
}


def test_newer_data_that_do_not_go_are_said_and_the_old_verdict_stays(visitor: Visitor) -> None:
    verdict(visitor)
    old = visitor.address
    for name, (file, content, said) in WRONG_NEWER.items():
        chosen = None if file is None else (file, content)
        page = unescape(visitor.sends(f"{old}/again", file=chosen))
        assert visitor.status == 422, name
        assert "This is the verdict as it was." in page, name
        assert 'href="#upload"' in page, name
        assert 'id="upload-wrong"' in page, name
        assert f'action="{old}/again"' in page, name
        plain = re.sub("<[^>]*>", " ", page)
        assert "1,350 of 10,050" in plain, name
        assert said in plain, name
        assert not re.search(r"Error\b|Traceback|--|`|data\.\w", plain), name


WRONG_GOALS = {
    "none pays": ({"role-0": "step", "role-1": "step"}, "Choose the goal that pays"),
    "no rise": ({"rise": "0"}, "must be a number above 0"),
    "no month": ({"month": "many"}, "must be a number above 0"),
}


@pytest.mark.parametrize("name", WRONG_GOALS)
def test_goals_that_cannot_be_are_said_at_their_field(visitor: Visitor, name: str) -> None:
    changed, said = WRONG_GOALS[name]
    page = looked_at(visitor, "test.csv", PLAIN)
    page = visitor.sends("/file", s=packed(page), do="goals")
    page = visitor.sends("/goals", **fields(page) | changed, do="verdict")
    assert visitor.status == 422
    assert said in unescape(page)
    assert "to mend" in page


def test_a_sheet_of_a_workbook_is_chosen(visitor: Visitor, tmp_path: Path) -> None:
    other = [("who", "what"), ("ann", "notes")]
    path = write_workbook(tmp_path / "book.xlsx", {"Notes": other, "Result": SHEET})
    page = visitor.sends("/file", file=("book.xlsx", path.read_bytes()))
    page = visitor.sends("/file", s=packed(page), page="Result")
    assert "control, new, compared with “control”." in unescape(page)
    page = visitor.sends("/file", s=packed(page), do="goals")
    assert "Take it with you" in visitor.sends("/goals", **fields(page), do="verdict")


BAD = {
    "a program": ("tool.exe", b"MZ", "of a form that cannot be read"),
    "nothing": ("empty.csv", b"", "is empty"),
    "no workbook": ("a.xlsx", b"hello", "is no workbook that can be read"),
    "no table": ("a.parquet", b"hello", "Error: the file too small to be a Parquet file"),
    "half an archive": ("a.csv.gz", gzip.compress(PLAIN * 100)[:100], "The file cannot be "),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_none_is_said_where_it_was_chosen(visitor: Visitor, name: str) -> None:
    file, content, said = BAD[name]
    page = unescape(visitor.sends("/file", file=(file, content)))
    assert "to mend" in page
    assert said in page
    assert 'id="upload"' in page


def test_a_sheet_that_was_not_understood_is_mended_in_a_table(visitor: Visitor) -> None:
    page = visitor.sends("/file", file=("rates.csv", b"variant,visitors,rate\nA,90,3%\nB,80,4%"))
    link = re.search(r'href="(/counts\?s=[^"]+)">Mend it in a table', page)
    assert link
    assert "3% of 90 are 3." in visitor.goes(link[1])


def test_a_log_of_moments_with_a_zone_is_shown(visitor: Visitor) -> None:
    moments = (f"2026-11-02T10:00:0{at}Z" for at in range(4))
    rows = [
        f'{{"user": "{at}", "event": "view", "arm": "{"AB"[at[-2] in "13"]}", "ts": "{at}"}}'
        for at in moments
    ]
    page = looked_at(visitor, "log.jsonl", "\n".join(rows).encode())
    assert "2026-11-02 10:00:03" in page
    assert "A, B, compared with “A”." in page


PART = "worksheets/sheet1.xml"


def bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to half a gigabyte."""
    file = BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book,
        book.open(f"xl/{PART}", "w", force_zip64=True) as part,
    ):
        for _ in range(510):
            part.write(bytes(1_000_000))
    return file.getvalue()


def test_a_workbook_that_unpacks_without_end_is_refused(visitor: Visitor) -> None:
    content = bomb()
    assert len(content) < 5_000_000
    assert "unpacks to more than" in visitor.sends("/file", file=("bomb.xlsx", content))


def test_a_line_of_ten_megabytes_ends_in_words(visitor: Visitor) -> None:
    page = visitor.sends("/file", file=("line.csv", b"a," * 5_000_000))
    assert "The first line is longer than the names of a table." in page
    assert "is each row on a line of its own?" in page


NAMES = ["../../etc/passwd.csv", "..\\..\\evil.csv", "/etc/cron.d/x.csv", "<script>a</script>.csv",
         "a\u202evsc.csv", ".csv"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_ever_a_word_on_the_page(visitor: Visitor, site: Site, name: str) -> None:
    before = {*site.folder.parent.rglob("*")}
    page = visitor.sends("/file", file=(name, PLAIN))
    assert "<script>a" not in page
    assert "\u202e" not in page
    new = {*site.folder.parent.rglob("*")} - before
    assert {one.name for one in new if one.is_file()} <= {"data.csv", "result.pickle", "stage.txt"}


@pytest.mark.parametrize(
    "path", ["../../x", "%2e%2e", "none/../../x", "report.html%00", "stage.txt"]
)
def test_a_run_gives_away_its_own_files_only(visitor: Visitor, path: str) -> None:
    assert visitor.client.get(f"/verdict/none/{path}").status_code in (303, 404)


def test_an_address_of_before_says_what_to_do(visitor: Visitor) -> None:
    page = looked_at(visitor, "test.csv", PLAIN)
    gone = packed(page)
    visitor.client.app.pages.state.site.desk._uploads.clear()  # type: ignore[attr-defined]
    assert "no longer here" in visitor.goes(f"/file?s={gone}")
    assert "no longer here" in visitor.goes(f"/goals?s={gone}")
    assert "no longer here" in visitor.goes("/verdict/gone")


def test_two_files_in_two_tabs_do_not_meet(visitor: Visitor) -> None:
    one = packed(looked_at(visitor, "one.csv", PLAIN))
    other = PLAIN.replace(b"10050", b"20000")
    two = packed(looked_at(visitor, "two.csv", other))
    assert "20,050 visitors" in visitor.goes(f"/goals?s={one}")
    assert "30,000 visitors" in visitor.goes(f"/goals?s={two}")


def test_a_run_can_be_stopped_and_begun_again(visitor: Visitor, site: Site) -> None:
    upload = site.desk.keep("shop.csv", BytesIO(examples.shop_events().encode()))
    run = site.desk.start("look", path=str(upload.path))
    assert run.state == "running"
    visitor.sends("/stop", run=run.id, back="//evil.example")
    assert run.state == "stopped"
    assert run.process is not None
    assert run.process.poll() is not None
    assert visitor.address == "/counts"
    site.desk.stop("nobody")
    assert "You stopped this run." in visitor.goes(f"/verdict/{run.id}")
    again = site.desk.once("look", path=str(upload.path))
    assert again.wait(60) == "done"


def test_a_run_that_the_machine_ended_is_begun_anew_after_it_was_told(
    visitor: Visitor, site: Site
) -> None:
    upload = site.desk.keep("shop.csv", BytesIO(examples.shop_events().encode()))
    run = site.desk.once("look", path=str(upload.path))
    assert run.process is not None
    run.process.kill()
    assert run.wait(60) == "failed"
    assert site.desk.once("look", path=str(upload.path)) is run
    assert "ended by the machine" in run.refusal().fault
    again = site.desk.once("look", path=str(upload.path))
    assert again.wait(60) == "done"
    broken = site.desk.keep("a.csv", BytesIO(b""))
    run = site.desk.once("look", path=str(broken.path))
    assert run.wait(60) == "failed"
    assert run.refusal().error is not None
    assert site.desk.once("look", path=str(broken.path)) is run


def made_files(folder: Path) -> Path:
    """What a run leaves to be kept."""
    folder.mkdir()
    for name in KEPT:
        (folder / name).write_text(name)
    return folder


def test_a_double_click_keeps_one_test(tmp_path: Path) -> None:
    shelf, made = tmp_path / "shelf", made_files(tmp_path / "made")
    shelf.mkdir()
    with ThreadPoolExecutor(8) as clicks:
        names = set(clicks.map(lambda _: keep_test(shelf, "Button", made), range(8)))
    assert names == {"button"}
    assert [one.name for one in shelf.iterdir()] == ["button"]
    rmtree(shelf / "button")
    assert keep_test(shelf, "Button", made) == "button"


def test_what_could_not_be_kept_leaves_no_half_of_a_test(tmp_path: Path) -> None:
    shelf, made = tmp_path / "shelf", made_files(tmp_path / "made")
    shelf.mkdir()
    (made / KEPT[1]).write_text("x" * 70_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(OutputError, match="too large"):
            keep_test(shelf, "Button", made)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [*shelf.iterdir()] == []
    assert keep_test(shelf, "Button", made) == "button"


def test_two_people_who_keep_a_test_at_once_keep_two(tmp_path: Path) -> None:
    runs = [made_files(tmp_path / f"made {at}") for at in range(8)]
    with ThreadPoolExecutor(8) as people:
        names = list(people.map(lambda made: keep_test(tmp_path, "Button", made), runs))
    assert sorted(names) == ["button", *(f"button-{at}" for at in range(2, 9))]
    assert all({*KEPT} == {one.name for one in (tmp_path / name).iterdir()} for name in names)


def test_nothing_stays_on_the_disk(tmp_path: Path) -> None:
    from abmicro.app.runs.desk import Desk

    folder = tmp_path / "desk"
    folder.mkdir()
    desk = Desk(folder)
    upload = desk.keep("a.csv", BytesIO(PLAIN))
    run = desk.start("look", path=str(upload.path))
    desk.close()
    assert not folder.exists()
    assert run.process is not None
    assert run.process.poll() is not None
