"""Every block of the site that can run runs, page by page, and every public thing has an entry."""

from __future__ import annotations

import doctest
import re
import runpy
import shlex
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

import abmicro as ab
from abmicro import stats
from abmicro.analysis.results.trust import CHECKS
from abmicro.cli import run
from abmicro.cli.commands.group import app
from abmicro.datasets import load
from abmicro.errors import CODES
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.file.json_schema import schema
from abmicro.experiment.file.toml_text import render
from abmicro.report.render.record_schema import record_schema
from abmicro.report.words import DECISIONS, GUARDS, LABELS, STATUSES

DOCS = Path(__file__).resolve().parents[1] / "docs"
sys.path.append(str(DOCS / "_extensions"))

from site_pages import assemble, docstrings, pictures, python_names, vocabulary  # noqa: E402

PAGES = sorted(
    path
    for folder in ("tutorials", "how-to", "explanation")
    for path in (DOCS / folder).glob("*.md")
)
TOLD = [*PAGES, *DOCS.glob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^( *)```(\w+)(?: (\S+))?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
BASE = """
experiment.name = "A test"
variants.arms = ["control", "new"]
goals.cart.kind = "milestone"
goals.order.kind = "macro"
"""


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, the file it is (if it says one), its text."""

    language: str
    file: str | None
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for indent, language, file, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        lines = [line.removeprefix(indent) for line in text.splitlines()]
        yield Block(language, file or None, "\n".join(lines) + "\n")


def completed(fragment: str, before: dict[str, Any]) -> dict[str, Any]:
    """The definition that a block of a page makes of the one before it on the page.

    One that names its experiment stands alone; one that says the shape of the data has new data.
    """
    told = tomllib.loads(fragment)
    if "experiment" in told:
        return told
    if "shape" in told.get("data", {}):
        before = {name: table for name, table in before.items() if name != "data"}
    return merged(before, told)


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two tables as one; the other's keys win."""
    both = {
        name: merged(one[name], key) if isinstance(key, dict) and name in one else key
        for name, key in other.items()
    }
    return {**one, **both}


def commands(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("$ "):
            program, *arguments = shlex.split(line[2:])
            assert program == "abmicro"
            yield arguments


def told_lines(text: str) -> Iterator[list[str]]:
    """The words of every call of the command that a text shows, in blocks and within sentences."""
    for code in re.findall(r"^ *```.*?^ *```|`[^`\n]+`", text, re.MULTILINE | re.DOTALL):
        for line in re.findall(r"(?:^|[`$&|]) *abmicro ([a-z-][^`\n|>#]*)", code, re.MULTILINE):
            yield line.split()


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.name)
def test_every_command_and_option_that_a_page_names_is_there(page: Path) -> None:
    for words in told_lines(page.read_text(encoding="utf-8")):
        command: click.Command = app
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        context = click.Context(command)
        known = {name for one in command.get_params(context) for name in one.opts}
        asked = {word.partition("=")[0] for word in words if re.match(r"-\w|--\w", word)}
        assert asked <= known, (command.name, words)
        assert not isinstance(command, click.Group) or asked or not words, words


@pytest.mark.journey
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_every_block_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    definition = tomllib.loads(BASE)
    for block in blocks(page):
        if block.file is not None:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "toml":
            definition = completed(block.text, definition)
            ab.loads(render(definition))
            Path("experiment.toml").write_text(render(definition), encoding="utf-8")
        elif block.language == "python":
            exec(compile(block.text, str(page), "exec"), names)  # noqa: S102
        elif block.language == "console":
            assert [run(one) for one in commands(block.text)] == [0] * block.text.count("$ ")
        else:
            assert block.language in {"sh", "text", "sql"}


def test_docstrings_become_lists_of_parameters() -> None:
    tried = doctest.testmod(docstrings)
    assert tried.attempted >= 2
    assert not tried.failed


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return dict(assemble.pages())


def test_every_command_and_key_has_an_entry(made: dict[str, str]) -> None:
    assert all(f"\n## abmicro {name}\n" in made["commands.md"] for name in app.commands)
    for table, keys in schema()["properties"].items():
        assert all(f"| `{key}` |" in made["definition.md"] for key in keys.get("properties", ())), (
            table
        )


def test_every_code_and_word_has_an_entry(made: dict[str, str]) -> None:
    assert all(f"| {code} | {meaning} |" in made["errors.md"] for code, meaning in CODES.items())
    for words in (DECISIONS, GUARDS, LABELS, STATUSES):
        assert all(f"| `{name}` |" in made["vocabulary.md"] for name in words)


def test_every_code_and_word_says_what_to_do() -> None:
    told = vocabulary.what_to_do()
    known = {
        "codes": CODES,
        "decisions": DECISIONS,
        "guardrails": GUARDS,
        "labels": LABELS,
        "statuses": STATUSES,
    }
    assert {chapter: set(names) for chapter, names in told.items()} == {
        chapter: set(names) for chapter, names in known.items()
    }
    assert all(text.strip() for names in told.values() for text in names.values())


def test_every_key_of_the_record_has_an_entry(made: dict[str, str]) -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", made["record.md"], re.DOTALL | re.M))
    kinds = {**record_schema()["properties"], **record_schema()["$defs"]}
    assert all(f"\n| `{name}` |" in made["record.md"] for name in record_schema()["properties"])
    for name, kind in kinds.items():
        for key in kind.get("properties", ()):
            assert f"\n| `{key}` |" in sections[name], (name, key)


def test_every_check_of_the_data_has_an_entry() -> None:
    page = (DOCS / "reference" / "checks.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    told = set(re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in rows)))
    assert set(CHECKS) <= told
    assert all(all(cell.strip() for cell in row.split("|")[1:-1]) for row in rows)


def test_every_public_name_has_an_entry(made: dict[str, str]) -> None:
    assert all(f":: abmicro.{name}\n" in made["python.md"] for name in ab.__all__)
    for chapter in stats.CHAPTERS:
        page = made[f"stats-{chapter}.md"]
        names = python_names.names_of(getattr(stats, chapter))
        assert all(f":: abmicro.stats.{chapter}.{name}\n" in page for name in names)


def test_every_preset_has_a_guide() -> None:
    guides = (DOCS / "how-to" / name for name in ("ga4.md", "exports.md"))
    shown = [block for page in guides for block in blocks(page) if block.language == "toml"]
    presets = {tomllib.loads(block.text).get("data", {}).get("preset") for block in shown}
    assert presets - {None} == set(PRESETS)


def test_what_a_build_leaves_behind_is_no_page_of_the_next() -> None:
    left = (DOCS.parent / ".gitignore").read_text(encoding="utf-8").splitlines()
    folders = {line.split("/")[2] for line in left if line.startswith("/docs/")}
    kept_out = set(runpy.run_path(str(DOCS / "conf.py"))["exclude_patterns"])
    assert {"_build", "jupyter_execute"} <= folders & kept_out


def test_every_page_is_reached() -> None:
    for folder in ("tutorials", "how-to", "explanation"):
        index = (DOCS / folder / "index.md").read_text(encoding="utf-8").splitlines()
        pages = {path.stem for path in (DOCS / folder).glob("*.md")} - {"index"}
        assert pages <= set(index)
        linked = set(re.findall(r"\]\((\S+)\.md\)", "\n".join(index)))
        assert pages <= linked, "where the source is read there is no tree of contents"


def test_the_plan_of_the_lesson_takes_the_weeks_that_it_tells(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lesson = (DOCS / "tutorials" / "first-test.md").read_text("utf-8")
    (plan,) = (line for line in commands(lesson) if line[0] == "plan")
    assert run(plan) == 0
    shown = " ".join(capsys.readouterr().out.replace("|", " ").split())
    assert "(43,294 per variant): 14 weeks" in shown
    assert "All at once, with 80% power, takes 80 weeks" in shown
    assert "take 14 weeks to show it, and *to ship* takes 80" in lesson


@pytest.mark.parametrize("label", pictures.RULERS)
def test_a_picture_of_an_explanation_shows_the_label_it_stands_for(label: str) -> None:
    (found,) = pictures.analysis_of(label).carry_through
    assert found.label == label
    assert f"made/ruler_{label}.svg" in (DOCS / "explanation/carry-through.md").read_text("utf-8")


def test_the_look_that_the_explanation_names_is_the_first_that_crossed() -> None:
    (goal,) = ab.analyze(*load("asos")).monitoring.goals
    assert f"{goal.crossed_at:%d %B}" == "21 January"
    assert "The claim of 21 January" in (DOCS / "explanation/looking-daily.md").read_text("utf-8")
