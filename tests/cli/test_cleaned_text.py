"""No text of a stranger's file steers the terminal, turns letters round, or becomes live TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import abmicro as ab
from abmicro.counts import JointCounts
from abmicro.errors import DefinitionError
from abmicro.experiment.file.toml_text import quoted
from abmicro.plain_text import STEERING, clean, packed, unpacked

from .conftest import UNITS, Command, Shop

pytestmark = pytest.mark.journey

EVIL = "\x1b]0;pwned\x07\x1b[2Jx\u202ey\x9b31m\r\x00".replace("\x00", "")
CODES = "\\u001b]0;pwned\\u0007\\u001b[2Jx\\u202ey\\u009b31m\\u000d"
SPEAKING = ("קנייה", "شراء", "نقر\u200cشد", "क्\u200dष", "👩\u200d💻 click", "Größe", "ボタン")
ON_SCREEN = ("text", "summary")
IN_FILES = ("md", "html", "json", "csv", "txt")


def steers(text: str) -> list[str]:
    """The characters that would steer, lines and tabs left out."""
    return [one for one in STEERING.findall(text) if one not in "\n\t"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "macro"', 'kind = "macro"\n"EVIL" = 1'),
        ('kind = "macro"', 'kind = "EVIL"'),
        ("[goals.buy]", '[goals."EVIL"]'),
        ('"units.csv"', '"EVIL.csv"'),
        ('variant = "arm"', 'variant = "EVIL"'),
        ("[segments]", '["EVIL"]'),
        ('name = "Sticky button"', 'name = "EVIL"'),
    ],
)
def test_nothing_of_a_definition_steers(shop: Shop, cli: Command, old: str, new: str) -> None:
    escaped = quoted(EVIL)[1:-1]
    shop.define(old, new.replace("EVIL", escaped))
    for options in ((), ("-vv",)):
        shown = cli(*options, "check", shop.file)
        assert shown.status in (2, 3)
        assert steers(shown.err + shown.out) == []


@pytest.mark.parametrize("old", ["phone", "device", "cart", "sticky", "arm,"])
def test_nothing_of_the_data_steers(shop: Shop, cli: Command, old: str) -> None:
    shop.fill(old, EVIL.replace("\r", "") + old)
    commands = [("check", shop.file), ("explain", shop.file), ("query", shop.file)]
    commands += [("analyze", shop.file, "--format", form) for form in ON_SCREEN]
    for command in commands:
        shown = cli("-vv", *command)
        assert steers(shown.err + shown.out) == [], command
    outputs = [shop.folder / f"out.{form}" for form in IN_FILES]
    for output in outputs:
        if cli("analyze", shop.file, "-o", output, "--csv", shop.folder / "tables").status == 0:
            assert steers(output.read_text(encoding="utf-8")) == [], output
    for table in (shop.folder / "tables").glob("*.csv"):
        assert steers(table.read_text(encoding="utf-8")) == [], table


def test_a_table_of_counts_is_clean_and_is_read_back_as_it_was(shop: Shop, cli: Command) -> None:
    shop.fill("phone", r"ph\u001b\one" + EVIL.replace("\r", ""))
    saved = shop.folder / "counts.csv"
    assert cli("collect", shop.file, "-o", saved).status == 0
    assert steers(saved.read_text(encoding="utf-8")) == []
    counts = ab.collect(ab.load(shop.file), folder=shop.folder)
    read = JointCounts.load(saved)
    assert read.segments == counts.segments
    assert (read.units == counts.units).all()


@pytest.mark.parametrize("place", ["phone", "device", "cart", "sticky", "buy"])
def test_init_writes_no_text_of_the_data_as_live_toml(
    shop: Shop, cli: Command, tmp_path: Path, place: str
) -> None:
    evil = '\n[evil]\nx = 1 # "'
    data = shop.folder / f"{evil.replace('/', '')}{EVIL}.csv"
    quotes = '"' + f"{place}{evil}{EVIL}".replace('"', '""') + '"'
    data.write_text(shop.data.read_text().replace(place, quotes), newline="")
    made = cli("init", tmp_path / "new", "--from", data)
    assert made.status == 0
    text = (tmp_path / "new" / "experiment.toml").read_text(encoding="utf-8")
    assert steers(text + made.out + made.err) == []
    assert "evil" not in tomllib.loads(text)
    assert text.startswith("# guessed from ")


@pytest.mark.parametrize("form", ["text", "md", "csv", "json", "html"])
def test_names_in_any_script_are_names(shop: Shop, cli: Command, form: str) -> None:
    """Goals and columns of these names, one for each, all reached with the cart."""
    goals = "".join(f'[goals."{name}"]\nkind = "action"\n' for name in SPEAKING)
    shop.define("[segments]", f"{goals}[segments]")
    head, *rows = UNITS.splitlines()
    widened = [",".join((row, *[row.split(",")[2]] * len(SPEAKING))) for row in rows]
    shop.data.write_text("\n".join((",".join((head, *SPEAKING)), *widened)), encoding="utf-8")
    shown = cli("analyze", shop.file, "--format", form)
    assert shown.status == 0
    assert [name for name in SPEAKING if name not in shown.out] == []


@pytest.mark.parametrize("name", [SPEAKING[0], SPEAKING[-1]])
def test_a_macro_goal_of_any_script_stands_in_the_headline(
    shop: Shop, cli: Command, name: str
) -> None:
    shop.define("[goals.buy]", f'[goals."{name}"]')
    shop.fill("buy", name)
    shown = cli("analyze", shop.file)
    assert shown.status == 0
    assert name in shown.out


@pytest.mark.parametrize("sign", ["\u202a", "\u202e", "\u2066", "\u2069", "\u200f", "\x1b", "\n"])
@pytest.mark.parametrize("where", ["name", "goal", "arm", "segment"])
def test_a_name_that_turns_letters_round_is_refused(where: str, sign: str) -> None:
    names = {"name": "T", "goal": "buy", "arm": "b", "segment": "device"}
    odd = {one: name + sign * (one == where) + "x" for one, name in names.items()}
    with pytest.raises(DefinitionError, match=r"cannot be printed: '\\(u20|x1b|n)") as caught:
        ab.Experiment(
            name=odd["name"],
            variants=["a", odd["arm"]],
            goals={"cart": "milestone", odd["goal"]: "macro"},
            segments={odd["segment"]: "device"},
        )
    assert steers(str(caught.value)) == []


@given(st.text(st.one_of(st.characters(), st.sampled_from("\\u001bx\x1b\u202e"))))
def test_cleaned_text_steers_nothing_and_packed_text_comes_back(text: str) -> None:
    assert steers(clean(text)) == []
    assert clean(clean(text)) == clean(text)
    assert unpacked(packed(text)) == text
    assert STEERING.search(packed(text)) is None


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoted_text_is_read_back_and_steers_nothing(text: str) -> None:
    assert tomllib.loads(f"x = {quoted(text)}")["x"] == text
    assert STEERING.search(quoted(text)) is None
