"""`abmicro history`: what is kept, listed and refused, as a user meets it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from abmicro.history import History
from tests.cli.conftest import DEFINITION, UNITS, Command, Shop
from tests.workbooks import write_workbook

pytestmark = pytest.mark.journey

SHEET = """\
test,variant,visitors,carts,orders
Sticky,control,10000,1200,300
Sticky,new,10050,1350,318
Teaser,control,9020,1013,270
Teaser,new,9110,1122,291
"""
RUNNING = 'name = "Sticky button"\nstart = 2025-03-03\nend = 2125-03-03\n'


def test_a_test_is_added_once_listed_and_checked(cli: Command, shop: Shop) -> None:
    added = cli("history", "add", shop.file, "--shipped", "sticky")
    assert (added.status, added.err.splitlines()[-1]) == (0, "added sticky-button: 1 test")
    kept = shop.folder / "history"
    assert {path.name for path in kept.iterdir()} == {
        "sticky-button.toml",
        "sticky-button.counts.csv",
    }
    again = cli("history", "add", shop.file)
    assert (again.status, again.err.splitlines()[-1]) == (0, "sticky-button is there already")
    listed = cli("history", "list", "--dir", kept)
    assert [line.split("  ") for line in listed.out.splitlines()][1][0] == "sticky-button"
    assert listed.out.splitlines()[1].endswith("2         ship      sticky")
    assert cli("history", "check", "--dir", kept).out == (
        f"{kept}: sound; 1 test, 1 treated variant\n"
    )


def test_another_test_of_the_key_needs_to_be_asked_for(cli: Command, shop: Shop) -> None:
    cli("history", "add", shop.file)
    shop.fill("control,phone,0,0\n", "control,phone,0,1\n")
    shop.fill("desktop", "tablet")
    shop.data.write_text(shop.data.read_text() + "sticky,phone,1,1\n", encoding="utf-8")
    refused = cli("history", "add", shop.file)
    assert refused.status == 2
    assert "sticky-button is there already, with other counts (E611)" in refused.err
    assert cli("history", "add", shop.file, "--replace").status == 0


def test_what_shipped_may_be_said_later_and_not_in_two_ways(cli: Command, shop: Shop) -> None:
    cli("history", "add", shop.file)
    kept = shop.folder / "history"
    before = History.load(kept).tests[0]
    told = cli("history", "add", shop.file, "--shipped", "sticky")
    assert told.err.splitlines()[-1] == (
        "sticky-button is there already, and says now that sticky shipped"
    )
    (now,) = History.load(kept).tests
    assert (now.shipped, now.added, now.counts_sha256) == (
        "sticky",
        before.added,
        before.counts_sha256,
    )
    assert cli("history", "add", shop.file).err.endswith("sticky-button is there already\n")
    other = cli("history", "add", shop.file, "--shipped", "control")
    assert other.status == 2
    assert "sticky-button is there already, and says that sticky shipped (E635)" in other.err
    assert cli("history", "add", shop.file, "--shipped", "control", "--replace").status == 0
    assert History.load(kept).tests[0].shipped == "control"


def test_a_variant_that_cannot_have_shipped_is_answered_with_each_name_once(
    cli: Command, shop: Shop
) -> None:
    found = cli("history", "add", shop.file, "--shipped", "new")
    assert found.err.endswith("known: control, sticky\n")


def test_analyze_records_in_one_go_and_only_what_is_finished(cli: Command, shop: Shop) -> None:
    kept = shop.folder / "past"
    done = cli("analyze", shop.file, "--record", kept)
    assert done.status == 0
    assert "SHIP" in done.out.upper()
    assert cli("history", "list", "--dir", kept).out.count("sticky-button") == 1
    shop.define('name = "Sticky button"\n', RUNNING)
    running = cli("analyze", shop.file, "--record", shop.folder / "none")
    assert running.status == 2
    assert "sticky-button has not come to its end (E619)" in running.err
    assert not (shop.folder / "none").exists()
    part = cli("analyze", shop.file, "--record", kept, "--segment", "device=phone")
    assert "a segment is not the test" in part.err


def test_a_folder_of_definitions_is_no_history(cli: Command, shop: Shop) -> None:
    """A record never takes the place of the definition it was made from."""
    before = shop.file.read_text()
    done = cli("analyze", shop.file, "--record", shop.folder)
    assert done.status == 2
    assert "experiment.toml: is no past test: it holds no [record] (E510)" in done.err
    assert shop.file.read_text() == before


@pytest.mark.parametrize("key", ["../../stolen", "a/b", "..", "x\\y", "\x1b[2J"])
def test_a_key_cannot_leave_the_folder(cli: Command, shop: Shop, key: str) -> None:
    shop.define('name = "Sticky button"\n', f'name = "Sticky button"\nkey = {key!r}\n')
    refused = cli("history", "add", shop.file)
    assert refused.status == 2
    assert not (shop.folder / "history").exists()


def test_names_of_strangers_do_not_steer_the_terminal(cli: Command, shop: Shop) -> None:
    cli("history", "add", shop.file)
    table = shop.folder / "history" / "sticky-button.counts.csv"
    table.write_text(table.read_text().replace("sticky", "\x1b[2J<script>"), encoding="utf-8")
    refused = cli("history", "check", "--dir", table.parent)
    assert refused.status == 2
    assert "(E617)" in refused.err
    assert "\x1b" not in refused.err


def test_a_variant_that_is_not_there_did_not_go_live(cli: Command, shop: Shop) -> None:
    refused = cli("history", "add", shop.file, "--shipped", "stiky")
    assert "did you mean 'sticky'?" in refused.err
    assert Path(shop.folder / "history").exists() is False


def test_the_report_tells_what_the_folder_holds(cli: Command, shop: Shop) -> None:
    cli("history", "add", shop.file, "--shipped", "sticky")
    kept, page = shop.folder / "history", shop.folder / "past.html"
    told = cli("history", "report", "--dir", kept)
    assert told.status == 0
    assert "1 of 1 test won in purchases." in told.out
    assert cli("history", "report", "--dir", kept, "-o", page).status == 0
    assert "What past tests say" in page.read_text("utf-8")
    missing = cli("history", "report", "--dir", shop.folder / "none")
    assert missing.status == 3
    assert "no such folder (E301)" in missing.err
    refused = cli("history", "report", "--dir", kept, "--format", "xlsx")
    assert "xlsx is no text" in refused.err


def test_past_tests_stand_beside_the_verdict_of_a_new_one(cli: Command, shop: Shop) -> None:
    cli("history", "add", shop.file)
    shop.define('name = "Sticky button"\n', 'name = "Round button"\n')
    shop.data.write_text(shop.data.read_text() + "sticky,phone,1,1\n", encoding="utf-8")
    kept = shop.folder / "history"
    plain = cli("analyze", shop.file)
    told = cli("analyze", shop.file, "--history", kept)
    assert told.status == 0
    assert "By 1 past test and this one together" in " ".join(told.out.split())
    assert plain.out.startswith(told.out.partition("What do past tests say?")[0].rstrip("\n"))
    page = shop.folder / "page.html"
    assert cli("report", shop.file, "--history", kept, "-o", page).status == 0
    assert "The large step is to use both goals together" in page.read_text(encoding="utf-8")
    missing = cli("analyze", shop.file, "--history", shop.folder / "none")
    assert (missing.status, "no such folder (E301)" in missing.err) == (3, True)


def test_the_command_keeps_all_or_nothing(cli: Command, tmp_path: Path) -> None:
    sheet, kept = tmp_path / "past.csv", tmp_path / "history"
    sheet.write_text(SHEET, encoding="utf-8")
    done = cli("history", "import", sheet, "--dir", kept)
    assert done.status == 0
    assert "read 2 tests, 4 variants; path visitors > carts > orders" in done.err
    assert len(History.load(kept).tests) == 2
    assert "added 0 of them" in cli("history", "import", sheet, "--dir", kept).err
    fresh = "Fresh,control,5000,610,151\nFresh,new,5000,640,160\n"
    sheet.write_text(SHEET.replace("Sticky,new,10050", "Sticky,new,10060") + fresh, "utf-8")
    refused = cli("history", "import", sheet, "--dir", kept)
    assert refused.status == 2
    assert "sticky is there already, with other counts (E611)" in refused.err
    assert len(History.load(kept).tests) == 2
    assert cli("history", "import", sheet, "--dir", kept, "--replace").status == 0
    assert len(History.load(kept).tests) == 3
    missing = cli("history", "import", tmp_path / "none.csv")
    assert (missing.status, "no such file" in missing.err) == (2, True)
    odd = cli("history", "import", sheet, "--columns", "test")
    assert "is not ROLE=COLUMN" in odd.err


def test_tests_that_hang_on_a_hidden_column_are_refused(cli: Command, tmp_path: Path) -> None:
    rows = [line.split(",") for line in SHEET.split()]
    cells = [[int(one) if one.isdigit() else one for one in row] for row in rows]
    where, kept = tmp_path / "past.xlsx", tmp_path / "history"
    write_workbook(where, {"Past": cells}, columns={4})
    refused = cli("history", "import", where, "--dir", kept)
    assert (refused.status, "may not be meant: D (carts) (E649)" in refused.err) == (3, True)
    write_workbook(where, {"Past": [[*row, "x"] for row in cells]}, columns={6})
    assert "note: hidden columns: F (x)" in cli("history", "import", where, "--dir", kept).err


def test_the_commands_of_the_readme_run_one_after_the_other(
    cli: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = Path(__file__).resolve().parents[2] / "README.md"
    section = readme.read_text(encoding="utf-8").partition("\n## Memory\n")[2]
    shown = section.partition("```\n")[2].partition("```")[0].splitlines()
    shop.fill("sticky,phone,1,1\n" * 70, "sticky,phone,1,1\n" * 60)
    new = DEFINITION.replace("Sticky button", "Round button").replace("units.csv", "new.csv")
    (shop.folder / "new.toml").write_text(new, encoding="utf-8")
    (shop.folder / "new.csv").write_text(UNITS, encoding="utf-8")
    (shop.folder / "past.csv").write_text(SHEET.replace("carts,orders", "cart,buy"), "utf-8")
    monkeypatch.chdir(shop.folder)
    assert len(shown) == 4
    for line in shown:
        command, *arguments = shlex.split(line, comments=True)
        assert command == "abmicro"
        assert cli(*arguments).status == 0, line
    told = cli("analyze", "new.toml", "--history", "history")
    assert "By 3 past tests and this one together" in " ".join(told.out.split())
