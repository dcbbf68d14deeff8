"""The report in plain ASCII and in colour."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from math import inf

import pytest

from abmicro import Analysis
from abmicro.analysis.results import CarryThrough, PassThroughSet
from abmicro.report.render import terminal, text
from abmicro.report.sections import rulers


def test_plain_text_is_ascii_and_at_most_100_wide(analyses: dict[str, Analysis]) -> None:
    for name in ("hillstrom", "two_arms", "failed", "monster", "unbounded", "huge", "small"):
        printed = text.render(analyses[name])
        assert printed.isascii(), name
        assert max(map(len, printed.splitlines())) <= 100, name


def test_the_verdict_comes_first(two_arms: Analysis) -> None:
    lines = text.render(two_arms).splitlines()
    assert lines[0] == "Sticky add-to-basket button on product pages"
    assert lines[2].startswith("KEEP RUNNING")
    assert lines[3].startswith("Let it run.")


def test_every_arm_gets_its_verdict(hillstrom: Analysis) -> None:
    printed = text.render(hillstrom)
    assert "Mens E-Mail against No E-Mail: Ship it" in printed
    assert "Womens E-Mail against No E-Mail: Ship it" in printed


def test_a_failed_check_leads_and_says_what_to_do(analyses: dict[str, Analysis]) -> None:
    printed = text.render(analyses["failed"])
    assert printed.index("DO NOT TRUST YET") < printed.index("[Failed] Split")
    assert "Look for redirects" in printed


def test_a_note_stands_beside_what_is_missing(analyses: dict[str, Analysis]) -> None:
    printed = text.render(analyses["unbounded"])
    assert "Purchases: no unit of either variant was exposed long enough" in printed
    assert "Not shown, segments: the file names no segments." in printed
    assert "Not shown: the file defines no macro goal." in text.render(analyses["small"])


def test_plain_text_does_not_load_rich() -> None:
    code = "import sys, abmicro.report.render.text; print('rich' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_colour_changes_no_number(two_arms: Analysis) -> None:
    bare = re.sub(r"\x1b\[[\d;]*m", "", terminal.render(two_arms)).replace("−", "-")
    for number in re.findall(r"[+-]\d[\d.]*%", text.render(two_arms)):
        assert number in bare


def test_colour_reads_no_markup_in_names(hostile: Analysis) -> None:
    assert "<script>alert(1)</script>" in terminal.render(hostile)


UNKNOWN = "<" + 18 * "." + " these data cannot say " + 18 * "." + ">"


@pytest.mark.parametrize(
    ("through", "drawn"),
    [
        (PassThroughSet(0.5, "interval", 0.0, 1.0, 0.95), " " * 20 + "==========o=========="),
        (PassThroughSet(5.0, "interval", 1.0, 9.0, 0.95), " " * 40 + "====================>"),
        (PassThroughSet(0.4, "rays", 0.0, 1.0, 0.95), UNKNOWN),
        (PassThroughSet(0.4, "line", -inf, inf, 0.95), UNKNOWN),
    ],
)
def test_the_ruler_shows_each_sort_of_set(
    two_arms: Analysis, through: PassThroughSet, drawn: str
) -> None:
    one: CarryThrough = two_arms.carry_through[0]
    one = replace(one, label="inconclusive", pass_through=through)
    assert rulers.draw(one)[0] == "    " + drawn


def test_the_ruler_marks_nothing_the_asked_share_and_all(two_arms: Analysis) -> None:
    _, axis, labels = rulers.draw(two_arms.carry_through[0])
    for label in ("none", "half", " all "):
        assert axis[labels.index(label) + len(label) // 2] == "|"
    assert labels.rstrip().endswith("more than all")


@pytest.mark.parametrize("macro", ["orders", "three news pages", "a" * 80])
def test_the_ruler_shortens_the_name_of_a_goal_and_no_word(two_arms: Analysis, macro: str) -> None:
    labels = rulers.draw(two_arms.carry_through[0], macro)[2]
    told = labels[: labels.index("none")].strip()
    assert told.endswith(" fell")
    assert told.startswith(macro[:9].strip())
