"""Counts that are pasted or typed, as a browser without script sends them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from abmicro.app import examples
from abmicro.app.answer import answer_to, quick_line
from abmicro.app.shell.site import Site

from .conftest import Visitor

pytestmark = pytest.mark.journey

STICKY = examples.MADE_UP["Sticky order button"]


def answered(client: TestClient, site: Site, **fields: str) -> str:
    """The page after a form was sent."""
    sent = client.post("/counts", data={"token": site.token, **fields})
    assert sent.status_code == 303, sent.text
    return unescape(client.get(sent.headers["location"]).text)


def table(text: str) -> dict[str, str]:
    rows = enumerate(line.split("\t") for line in text.splitlines())
    return {f"cell-{row}-{at}": cell for row, cells in rows for at, cell in enumerate(cells)}


def test_pasted_counts_are_answered_below(client: TestClient, site: Site) -> None:
    page = answered(client, site, paste=STICKY)
    assert "Not settled" in page
    assert "Steps: clicks, then checkouts, then orders." in page
    assert "“Today's page” is the control." in page
    assert "Clicks: 3,726 of 11,980 → 4,219 of 12,020 (31.1% → 35.1%) +12.9%" in page
    assert "'Sticky button=12020/4219/996/336'" in page


def test_the_table_answers_where_the_paste_was_left_alone(client: TestClient, site: Site) -> None:
    typed = table(STICKY) | {"cell-2-4": "936"}
    page = answered(client, site, paste=STICKY, was=STICKY, **typed)
    assert "Orders: 326 of 11,980 → 936 of 12,020" in page
    page = answered(client, site, paste=STICKY.replace("336", "337"), was=STICKY, **typed)
    assert "→ 337 of 12,020" in page


@pytest.mark.parametrize(("do", "shape"), [("variant", (4, 5)), ("goal", (3, 6))])
def test_the_table_grows(client: TestClient, site: Site, do: str, shape: tuple[int, int]) -> None:
    page = answered(client, site, paste=STICKY, was=STICKY, do=do, **table(STICKY))
    cells = {tuple(map(int, one)) for one in re.findall(r'name="cell-(\d+)-(\d+)"', page)}
    assert {(row, at) for row in range(shape[0]) for at in range(shape[1])} == cells


def test_an_empty_table_is_no_mistake(client: TestClient, site: Site) -> None:
    page = unescape(client.get("/counts").text)
    cells = dict(re.findall(r'name="(cell-\d+-\d+)"[^>]* value="([^"]*)"', page))
    assert "to mend" not in answered(client, site, paste="", was="", **cells)


def test_another_control_and_another_split(client: TestClient, site: Site) -> None:
    page = answered(client, site, paste=STICKY, control="Sticky button")
    assert "“Sticky button” is the control." in page
    page = answered(client, site, paste=STICKY, split="90/10")
    assert "Do not trust yet" in page


WRONG = {
    "a rate": (STICKY.replace("336", "2.8%").replace("326", "326"), "2.8% is a rate", "cell-2-4"),
    "a word": (STICKY.replace("336", "many"), "“many” is not a number", "cell-2-4"),
    "a missing digit": (STICKY.replace("11,980", "1,198"), "Is a digit missing?", "cell-1-2"),
    "nothing like counts": ("hello", "", "paste"),
    "no visitors": ("variant,orders\nA,3\nB,4", "", "paste"),
    "no names": ("Today\t1000\t30\nNew\t1000\t40", "no names above the numbers", "cell-0-0"),
    "rates": (
        "variant\tvisitors\trate\nA\t10,000\t3%\nB\t10,050\t3.2%",
        "3% of 10,000 are 300.",
        "cell-1-2",
    ),
    "one variant": ("variant,visitors,orders\nA,1000,3", "only one variant, “A”", "cell-1-0"),
    "one name": ("variant,visitors,orders\nA,1000,3\nA,1000,4", "called “A”", "cell-2-0"),
    "no variants": ("variant,visitors,orders\n,1000,3\n,1000,4", "have no names", "cell-1-0"),
    "events": ("variant,visitors,orders\nA,10,30\nB,10,40", "Count people", "cell-1-2"),
    "too many": ("variant,visitors,orders\nA,1000,30\nB,1000,1400", "1400 orders, but", "cell-2-2"),
    "less than none": ("variant,visitors,orders\nA,1000,-3\nB,1000,14", "below 0", "cell-1-2"),
    "nobody came": ("variant,visitors,orders\nA,1000,3\nB,0,0", "“B” has no visitors.", "paste"),
    "commas within numbers": (
        "variant,visitors,orders\nA,10,000,300\nB,10,050,318",
        "leave out commas between thousands",
        "paste",
    ),
    "too long": ("A 1\n" * 20_000, "too long for the counts of a test", "paste"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_at_its_field(client: TestClient, site: Site, name: str) -> None:
    paste, said, field = WRONG[name]
    page = answered(client, site, paste=paste)
    assert "to mend" in page
    assert said in page
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert "--" not in re.sub(r"<[^>]*>", "", page)
    assert paste[:200] in page


def test_names_that_were_missing_are_offered(client: TestClient, site: Site) -> None:
    plain = "10000\t1200\t300\n10050\t1350\t318"
    page = answered(client, site, paste=plain)
    cells = dict(re.findall(r'name="(cell-\d+-\d+)"[^>]* value="([^"]*)"', page))
    assert [cells[f"cell-0-{at}"] for at in range(4)] == ["variant", "visitors", "goal 1", "orders"]
    page = answered(client, site, paste=plain, was=plain, **cells | {"cell-0-2": "carts"})
    assert "Carts: 1,200 of 10,000 → 1,350 of 10,050" in page


def test_shares_that_are_none_are_refused(client: TestClient, site: Site) -> None:
    page = answered(client, site, paste=STICKY, split="90/10/5")
    assert "“90/10/5” is not 2 shares." in page


def test_effects_are_told_per_month_and_in_money(client: TestClient, site: Site) -> None:
    page = answered(client, site, paste=STICKY, month="26,000", worth="62.5", currency="EUR")
    assert "26,000 visitors" in page
    assert "€" in page or "EUR" in page
    page = answered(client, site, paste=STICKY, month="many")
    assert "“many” must be a number above 0." in page


def test_counts_become_a_verdict_that_can_be_kept(client: TestClient, site: Site) -> None:
    page = answered(client, site, paste=STICKY)
    packed = re.search(r'name="s" value="([^"]+)"', page)
    assert packed
    visitor = Visitor(client, site)
    page = visitor.sends("/counts/verdict", s=packed[1])
    assert "Take it with you" in page
    kept = visitor.sends(f"{visitor.address}/keep")
    assert "Take it with you" in kept
    (own,) = site.folder.iterdir()
    assert {one.name for one in own.iterdir()} == {"counts.csv", "experiment.toml", "report.html"}


HOSTILE = "<script>alert(1)</script>"


def test_names_are_text_wherever_they_stand(client: TestClient, site: Site) -> None:
    paste = STICKY.replace("Sticky button", HOSTILE).replace("clicks", '"><img src=x onerror=a()>')
    sent = client.post("/counts", data={"token": site.token, "paste": paste})
    page = client.get(sent.headers["location"]).text
    assert HOSTILE not in page
    assert "<img" not in page
    assert HOSTILE in unescape(page)


def test_the_answer_is_a_file_to_send(client: TestClient, site: Site) -> None:
    page = answered(client, site, paste=STICKY)
    report = re.search(r'href="(/counts/answer\.html\?s=[^"]+)"', page)
    assert report
    file = client.get(report[1])
    assert file.headers["content-disposition"].startswith('attachment; filename="sticky-button')
    assert file.text.startswith("<!doctype html>")
    assert "Sticky button" in file.text


def test_an_answer_that_is_not_there_leads_back(client: TestClient) -> None:
    assert client.get("/counts/answer.html?s=nonsense").headers["location"].startswith("/counts?")


@pytest.mark.parametrize("name", [one.name for one in examples.of_counts()])
def test_every_example_is_answered(client: TestClient, name: str) -> None:
    (example,) = (one for one in examples.of_counts() if one.name == name)
    page = client.get(example.address.partition("#")[0]).text
    assert 'id="copy"' in page


def test_a_line_for_a_terminal_gives_the_same_counts() -> None:
    answer = answer_to(STICKY)
    assert quick_line(answer).startswith("abmicro quick ")
    beside = "variant,visitors,chats,carts,orders\nA,1000,20,100,30\nB,1010,10,120,40"
    assert quick_line(answer_to(beside)) == ""
