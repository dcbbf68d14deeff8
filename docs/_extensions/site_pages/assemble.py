"""The pages that are made at every build, so that they cannot fall behind the package."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from site_pages import (
    commands,
    definition,
    pictures,
    python_names,
    record_keys,
    vocabulary,
)

MADE = "made"
NOTEBOOKS = "tutorials"
PICTURES = "explanation"


def pages() -> Iterator[tuple[str, str]]:
    """Path below `reference/` and text of every page that is made."""
    yield "definition.md", definition.page()
    yield "commands.md", commands.page()
    yield "errors.md", vocabulary.errors_page()
    yield "vocabulary.md", vocabulary.words_page()
    yield "record.md", record_keys.page()
    yield "python.md", python_names.face_page()
    yield from python_names.chapter_pages()


def write_pages(app: Any) -> None:
    """Write them, draw the pictures, and put the notebooks beside (builder-inited)."""
    here = Path(app.srcdir)
    folder = _empty(here / "reference" / MADE)
    for name, text in pages():
        (folder / name).write_text(text, encoding="utf-8")
    pictures.draw(_empty(here / PICTURES / MADE))
    copies = _empty(here / NOTEBOOKS / MADE)
    for notebook in sorted((here.parent / "notebooks").glob("*.ipynb")):
        shutil.copy(notebook, copies / notebook.name)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_summary(app: Any, failure: Exception | None) -> None:
    """Write llms.txt: every page with its title and first sentence (build-finished)."""
    if failure is not None or app.builder.name != "html":
        return
    lines = ["# abmicro", "", f"> {app.config.project}: A/B tests on micro conversions", ""]
    for name in sorted(app.env.found_docs):
        title = app.env.titles[name].astext()
        told = _first_sentence(app.env.get_doctree(name))
        lines.append(f"- [{title}]({name}.html){': ' + told if told else ''}")
    Path(app.outdir, "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _first_sentence(document: Any) -> str:
    from docutils import nodes

    first = next(iter(document.findall(nodes.paragraph)), None)
    text = "" if first is None else " ".join(first.astext().split())
    return re.split(r"(?<=[.?!]) ", text, maxsplit=1)[0]
